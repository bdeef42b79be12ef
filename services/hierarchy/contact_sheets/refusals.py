"""What a contact sheet can be refused for. Pure."""

from shared.kernel.errors import LinliError


class RulesThere(LinliError):
    """Rules are replaced as a whole: whoever has not read them would wipe them."""

    status, code = 428, "if_match_required"
    zh = "“{place}”已有公示规则，提交会整份替换。请先读取，在其上修改，并在请求头 If-Match 中带上读到的 ETag。"
    en = "{place!r} has rules already, and these would replace them all. Read them and send their ETag as If-Match."
