"""Who the caller is to this one appeal, and which facts about it open or shut moves. No I/O."""

from collections.abc import Mapping
from typing import Any

from services.tickets.appeals.workflow import Party
from shared.kernel.rights import Permission, Principal

Appeal = Mapping[str, Any]


def parties(appeal: Appeal, caller: Principal) -> frozenset[Party]:
    """The caller's relations to this appeal; empty for a stranger."""
    if caller.kind == "job":
        return frozenset({Party.CLOCK})
    if caller.kind == "hotline":
        return frozenset({Party.HOTLINE} if appeal["hotline"] == caller.id else ())
    place = appeal["place_path"]
    related = {
        Party.INTAKE: caller.may(Permission.APPEALS_INTAKE, place),
        Party.DISPATCH: caller.may(Permission.APPEALS_DISPATCH, place),
        Party.SUPERVISOR: caller.may(Permission.APPEALS_SUPERVISE, place),
        Party.LEAD: str(appeal["lead_person"]) == caller.id and _in_office(appeal, caller),
        Party.RESIDENT: str(appeal["reporter_id"]) == caller.id,
    }
    return frozenset(party for party, holds in related.items() if holds)


def may_see(appeal: Appeal, caller: Principal) -> bool:
    """Whether the appeal exists for this caller at all (otherwise 404).

    A confidential one exists only for its parties and for those through whose hands it went.
    """
    if parties(appeal, caller) or _had_it(appeal, caller):
        return True
    if caller.kind == "service":  # what it had written down for the person it acts for, so that a retry is answered
        return caller.act is not None and str(appeal["entered_by"]) == caller.act
    return not appeal["confidential"] and caller.may(Permission.APPEALS_READ, appeal["place_path"])


def may_see_inside(appeal: Appeal, caller: Principal) -> bool:
    """Whether the file's internal notes are for this caller: not for the one who reported it, nor for the hotline."""
    outsiders = {Party.RESIDENT, Party.HOTLINE}
    if parties(appeal, caller) - outsiders or _had_it(appeal, caller):
        return True
    return caller.may(Permission.APPEALS_READ, appeal["place_path"])


def _had_it(appeal: Appeal, caller: Principal) -> bool:
    """Whether the caller wrote it down for somebody, or was asked to handle it before it went up the chain; in both
    cases only while a post is still theirs.
    """
    if str(appeal["entered_by"]) == caller.id:
        return caller.may(Permission.APPEALS_READ)
    asked = appeal["chain"][: appeal["chain_position"] + 1]
    return any(link["person_id"] == caller.id for link in asked) and _in_office(appeal, caller)


def _in_office(appeal: Appeal, caller: Principal) -> bool:
    """Whether a post of the caller still reaches this appeal: by its place, or because it is a unit's, which is asked
    wherever it is needed. Who was asked by name and has left the post is a stranger again (docs/decisions/0011).
    """
    return caller.may(Permission.APPEALS_SERVE) or caller.may(Permission.APPEALS_HANDLE, appeal["place_path"])


def is_unplaced(appeal: Appeal) -> bool:
    """Whether nobody could tell yet where it belongs: it waits for an operator of the whole district."""
    return bool(appeal["step"] == "report" and appeal["place_code"] is None)


def facts(appeal: Appeal) -> frozenset[str]:
    """The facts that the table's `when` and `unless` speak of."""
    held = {
        "assigned": appeal["lead_person"] is not None,
        "suspended": appeal["suspended"],
        "called_back": appeal["called_back"] is not None,
        "rated": appeal["rating"] is not None,
        "refused": appeal["refused"] is not None,
    }
    return frozenset(name for name, holds in held.items() if holds)
