"""Who the caller is to this one registration, and which facts open or shut its moves. No I/O."""

from datetime import datetime, timedelta
from typing import Any, Protocol

from services.events.activities import relations as activities
from services.events.activities.relations import Activity
from services.events.registrations.workflow import Party
from shared.kernel.rights import Principal

DOOR_OPENS = timedelta(hours=1)


class Registration(Protocol):
    """A row of registrations, from the database or made up."""

    def __getitem__(self, name: str, /) -> Any: ...  # noqa: ANN401 - columns are of many kinds


def parties(registration: Registration, activity: Activity, caller: Principal) -> frozenset[Party]:
    """The caller's relations to this registration; empty for a stranger, for whom it does not exist."""
    if caller.kind == "job":
        return frozenset({Party.CLOCK})
    related = {
        Party.VOLUNTEER: registration["person"] == caller.id,
        Party.RECORDER: activities.may_record(activity, caller),
        Party.STAFF: bool(activities.parties(activity, caller)),
    }
    return frozenset(party for party, holds in related.items() if holds)


def facts(activity: Activity, now: datetime) -> frozenset[str]:
    """What the table's `when` and `unless` speak of. The door opens an hour early."""
    held = {
        "begun": activity["step"] in ("underway", "finished") or now >= activity["starts_at"],
        "door_open": activity["step"] in ("open", "closed", "underway", "finished")
        and (activity["step"] == "underway" or now >= activity["starts_at"] - DOOR_OPENS),
    }
    return frozenset(name for name, holds in held.items() if holds)
