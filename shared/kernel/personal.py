"""What stands between somebody and personal data: refusals that several services raise."""

from shared.kernel.errors import LinliError, TooManyRequests


class StaysAnonymous(LinliError):
    status, code = 403, "stays_anonymous"
    zh = "诉求人要求匿名，任何人都不能查看其身份。"
    en = "Who reported this wants to stay unknown; nobody is shown who it was."


class ErasureRefused(LinliError):
    """What must end before a person's data may go; `why` lists codes."""

    status, code = 409, "erasure_refused"
    zh = "现在还不能删除：{why_zh}。"
    en = "The data cannot be erased yet: {why_en}."


class ProcessingStopped(LinliError):
    status, code = 409, "processing_stopped"
    zh = "此人的个人信息已删除或已停止处理，不能再查看。"
    en = "This person's data is erased, or its processing was stopped: it is not shown any more."


class MergeIntoConfidential(LinliError):
    """Otherwise whoever reported the merged one would learn the other's number."""

    status, code = 409, "merge_into_confidential"
    zh = "“{number}”是保密件，不能并入；请分别办理。"
    en = "{number!r} is confidential: nothing can be merged into it. Handle the two apart."


class RevealsUsedUp(TooManyRequests):
    code = "reveals_used_up"
    zh = "今天查看完整个人信息的次数（{limit} 次）已用完，请明天再查，或请管理员调整。"
    en = "You have looked at personal data {limit} times today, which is the limit. It starts again at midnight."
