"""Who may fill and empty which posts, and from which day on. Pure."""

from datetime import date, timedelta

from services.hierarchy.structures.rules import years_on
from services.hierarchy.structures.structure import PostKind
from services.hierarchy.succession.refusals import DayOver, NotAppointed
from shared.kernel.rights import Permission, Principal, Role

# A community finds its own helpers; whoever takes in its appeals, and departments' hands, are found by whoever runs the
# structures. The three administrators are nobody's to appoint: they are granted (`POST /grants`).
LOCAL = frozenset({Role.BUILDING_HEAD, Role.POST_HOLDER, Role.GRID_WORKER, Role.MEDIATOR, Role.PARTNER})
# Seats of councils, which give no rights: a charter says for whom they are, whoever runs organisations who sits there.
SEAT = Role.RESIDENT
OFFICIAL = frozenset({Role.COMMUNITY_STAFF, Role.DEPARTMENT})
_NEEDS = dict.fromkeys(LOCAL, Permission.APPOINTMENTS_MANAGE) | dict.fromkeys(OFFICIAL, Permission.STRUCTURES_MANAGE)
DAY = timedelta(days=1)


def may_fill(caller: Principal, role: str, path: str) -> bool:
    """Whether posts with this role at this place are the caller's to fill and to empty."""
    needed = _NEEDS.get(Role(role))
    return needed is not None and caller.may(needed, path)


def manages(caller: Principal, role: str, path: str) -> bool:
    """Whether an appointment to such a post is the caller's to renew, to end and to hand over."""
    return may_fill(caller, role, path) or (role == SEAT and caller.may(Permission.ORGANISATIONS_MANAGE, path))


def must_fill(caller: Principal, role: str, path: str) -> None:
    """Raises NotAppointed."""
    if not may_fill(caller, role, path):
        raise NotAppointed(role=role)


def last_day(given: date | None, today: date) -> date:
    """The last day in office. DayOver where that is before yesterday."""
    if given is not None and given < today - DAY:
        raise DayOver(earliest=(today - DAY).isoformat())
    return given or today


def first_day(given: date | None, today: date) -> date:
    """The first day in office. DayOver where that is gone by."""
    if given is not None and given < today:
        raise DayOver(earliest=today.isoformat())
    return given or today


def term_of(kind: PostKind | None, since: date) -> date | None:
    """The last day of a term that begins then, by the structure."""
    return years_on(since, kind.term_years) - DAY if kind is not None and kind.term_years else None
