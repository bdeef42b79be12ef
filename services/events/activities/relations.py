"""Who the caller is to this one activity. No I/O."""

from typing import Any, Protocol

from services.events.activities.workflow import Party
from shared.kernel.rights import Permission, Principal


class Activity(Protocol):
    """A row of activities, from the database or made up."""

    def __getitem__(self, name: str, /) -> Any: ...  # noqa: ANN401 - columns are of many kinds


def parties(activity: Activity, caller: Principal) -> frozenset[Party]:
    """The caller's relations to this activity. An organiser who holds no post there any more organises nothing."""
    if caller.kind == "job":
        return frozenset({Party.CLOCK})
    related = {
        Party.STAFF: caller.may(Permission.ACTIVITIES_MANAGE, activity["place_path"]),
        Party.ORGANISER: activity["organiser"] == caller.id
        and caller.may(Permission.ATTENDANCE_RECORD, activity["place_path"]),
    }
    return frozenset(party for party, holds in related.items() if holds)


def may_record(activity: Activity, caller: Principal) -> bool:
    """Whether the caller keeps the list of participants: organiser, staff, and the posts of the place."""
    at_place = caller.may(Permission.ATTENDANCE_RECORD, activity["place_path"])
    return at_place or Party.ORGANISER in parties(activity, caller)


def may_see(activity: Activity, caller: Principal) -> bool:
    """Whether the activity exists for this caller: a draft only for those who work on it, the rest for everybody."""
    return activity["step"] != "draft" or bool(parties(activity, caller))
