"""Who may add, see and remove which attachment of an appeal. Pure."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from services.tickets.appeals.relations import Appeal, may_see_inside, parties
from services.tickets.appeals.workflow import APPEAL, Party
from shared.kernel.errors import Forbidden
from shared.kernel.rights import Permission, Principal


class Kind(StrEnum):
    """附件类别."""

    REPORT = "report"  # 诉求材料: what was reported
    EVIDENCE = "evidence"  # 办理佐证: what shows the result
    CONTACT = "contact"  # 联系记录
    CERTIFICATE = "certificate"  # 证明材料
    HANDLING = "handling"  # 办理过程材料


K, P = Kind, Party
# For the file, not for the one who asked nor for the hotline, unless whoever added it made it public.
INTERNAL = {K.CONTACT, K.CERTIFICATE, K.HANDLING}
_HANDLERS = {K.EVIDENCE, K.CONTACT, K.CERTIFICATE, K.HANDLING}
MAY_ADD: Mapping[Party, set[Kind]] = {
    P.RESIDENT: {K.REPORT, K.EVIDENCE},
    P.INTAKE: set(Kind),
    P.LEAD: _HANDLERS,
    P.CLOCK: {K.REPORT},  # our own job, which fetches what the hotline sent
}
Attachment = Mapping[str, Any]


def demand_adding(appeal: Appeal, caller: Principal, kind: Kind) -> None:
    """Raises Forbidden (403), or MoveNotOpen (409) for an appeal that has ended."""
    allowed = {one for party in parties(appeal, caller) for one in MAY_ADD.get(party, ())}
    if _wrote_it_down(appeal, caller):
        allowed |= {K.REPORT}
    if kind not in allowed:
        raise Forbidden
    _demand_open(appeal, "attach", "添加附件")


def _wrote_it_down(appeal: Appeal, caller: Principal) -> bool:
    """The paper that was copied belongs to the copy."""
    return str(appeal["entered_by"]) == caller.id and caller.may(Permission.APPEALS_READ)


def demand_removing(appeal: Appeal, attachment: Attachment, caller: Principal) -> None:
    """Who added it, or who takes appeals in. What a step was taken on stays, once the step is over.

    Raises Forbidden (403) or MoveNotOpen (409).
    """
    if attachment["added_by"] != caller.id and P.INTAKE not in parties(appeal, caller):
        raise Forbidden
    _demand_open(appeal, "detach", "移除附件")
    if attachment["kind"] != K.REPORT and attachment["step"] != appeal["step"]:
        raise APPEAL.not_open(appeal["step"], "detach", "移除附件")


def _demand_open(appeal: Appeal, what: str, label: str) -> None:
    if APPEAL.steps[appeal["step"]].is_end:
        raise APPEAL.not_open(appeal["step"], what, label)


def may_see(appeal: Appeal, attachment: Attachment, caller: Principal) -> bool:
    """Whether this attachment exists for somebody who sees the appeal."""
    inside = attachment["kind"] in INTERNAL and not attachment["public"]
    return not inside or attachment["added_by"] == caller.id or may_see_inside(appeal, caller)
