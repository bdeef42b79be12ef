"""What filling, leaving and handing over a post can be refused for. Pure."""

from shared.kernel.errors import LinliError


class StillNeeded(LinliError):
    """`appeals`, `shifts` and `households` are how many still hang on the appointment."""

    status, code = 409, "still_needed"
    zh = "尚不能卸任：名下还有未办结诉求 {appeals} 件、值班 {shifts} 班、联系户 {households} 户。请指定接任人办理交接。"
    en = "It cannot end yet: {appeals} open appeals, {shifts} shifts and {households} households hang on it. Hand over."


class SuccessorNamed(LinliError):
    status, code = 409, "successor_named"
    zh = "前任名下的诉求、值班等自 {since} 起交给此人，不能就此卸任。请办理交接，另行指定接任人。"
    en = "From {since} on they take over what hangs on the one before them. Hand over to somebody else."


class PostHeld(LinliError):
    status, code = 409, "post_held"
    zh = "该岗位自 {since} 起已有人任职，请先办理卸任或交接。"
    en = "Somebody holds this post, from {since}. End that appointment or hand it over."


class NotAppointed(LinliError):
    status, code = 403, "not_appointed"
    zh = "“{role}”类岗位的任免不在您的权限内。"
    en = "Posts with the role {role!r} are not yours to fill or empty."


class NotOneself(LinliError):
    status, code = 403, "not_oneself"
    zh = "不能任免自己，请由另一位工作人员办理。"
    en = "Nobody appoints themself or ends their own appointment. Ask somebody else."


class UnknownSuccessor(LinliError):
    status, code = 422, "unknown_successor"
    zh = "没有编号为“{person}”的人员可接任。"
    en = "There is no person {person} who could take over."


class DayOver(LinliError):
    status, code = 422, "day_over"
    zh = "日期不能早于 {earliest}：过去的任职情况不再改动。"
    en = "The day cannot be before {earliest}: who held a post on days gone by stays as it was."


class WouldBreach(LinliError):
    """`errors` lists the breaches that it would bring."""

    status, code = 409, "would_breach"
    zh = "任职将违反组织架构，共 {count} 处：{words_zh}。"
    en = "This would breach the structure in {count} places: {words_en}."


class UnknownPostKind(LinliError):
    status, code = 422, "unknown_post_kind"
    zh = "该地点的组织架构没有岗位“{kind}”。"
    en = "The structure in force at that place has no post {kind!r}."
