"""What organisations can refuse. Pure."""

from shared.kernel.errors import LinliError


class UnknownOrganisation(LinliError):
    status, code = 422, "unknown_organisation"
    zh = "没有编号为“{organisation}”的组织，或它不在您的管理范围内。"
    en = "There is no organisation {organisation!r} here, or it is outside your scope."


class WrongParent(LinliError):
    """An organisation that cannot stand below that one."""

    status, code = 422, "wrong_parent"
    zh = "“{organisation}”不能隶属于“{parent}”：{why_zh}。"
    en = "{organisation!r} cannot stand below {parent!r}: {why_en}."


class OrganisationClosed(LinliError):
    status, code = 409, "organisation_closed"
    zh = "“{organisation}”已于 {until} 撤销。"
    en = "{organisation!r} was closed on {until}."


class StillHolds(LinliError):
    """Something hangs on an organisation that shall be closed."""

    status, code = 409, "still_holds"
    zh = "“{organisation}”还不能撤销：{what_zh}。请先处理，或指定由哪个组织接替（successor）。"
    en = "{organisation!r} cannot be closed yet: {what_en}. Settle it first, or name a successor."
