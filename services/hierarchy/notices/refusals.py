"""What a notice can be refused for. Pure."""

from shared.kernel.errors import LinliError


class NobodyThere(LinliError):
    status, code = 409, "nobody_there"
    zh = "“{place}”没有人担任所选岗位，通知未发出。"
    en = "Nobody holds such a post at {place!r}: the notice was not sent."
