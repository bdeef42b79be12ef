"""Who the caller is to this one appeal, and which facts about it open or shut moves. No I/O."""

from collections.abc import Mapping
from typing import Any

from services.tickets.appeals.workflow import Party
from shared.kernel.paths import ROOT
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
        Party.LEAD: str(appeal["lead_person"]) == caller.id,
        Party.RESIDENT: str(appeal["reporter_id"]) == caller.id,
    }
    return frozenset(party for party, holds in related.items() if holds)


def may_see(appeal: Appeal, caller: Principal) -> bool:
    """Whether the appeal exists for this caller at all (otherwise 404)."""
    return bool(parties(appeal, caller)) or caller.may(Permission.APPEALS_READ, appeal["place_path"])


def is_unplaced(appeal: Appeal) -> bool:
    """Whether nobody could tell yet where it belongs; only those over the whole district see it."""
    return bool(appeal["place_path"] == ROOT and appeal["place_code"] is None)


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
