"""What hangs on an appointment: open appeals in tickets, shifts in rosters, households that are linked to it.

Activities that its holder organises in events keep nobody in office, whoever runs the place can hold them; a successor
takes them over too.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from services.hierarchy.appointments import service as appointments
from services.hierarchy.links import service as links
from services.hierarchy.rosters import service as rosters
from services.hierarchy.rosters import turns
from services.hierarchy.succession.refusals import StillNeeded
from shared.runtime.clients import ServiceClient
from shared.runtime.work import Work
from shared.schemas.succession import ActivitiesOrder, Caseload, HandOverKept, HandOverOrder


@dataclass(frozen=True)
class Hanging:
    """How much of each."""

    appeals: int
    shifts: int
    households: int

    @property
    def anything(self) -> bool:
        return bool(self.appeals or self.shifts or self.households)

    def refuse(self) -> None:
        """Raises StillNeeded where anything hangs."""
        if self.anything:
            raise StillNeeded(appeals=self.appeals, shifts=self.shifts, households=self.households)


def posts_of(row: Any) -> list[str]:  # noqa: ANN401 - a row
    """The codes under which tickets knows the post: its own, and that of the organisation that it speaks for."""
    return [row["post_code"], *([row["organisation"]] if row["organisation"] else [])]


async def hanging(work: Work, tickets: ServiceClient, row: Any, since: date) -> Hanging:  # noqa: ANN401 - a row
    """What hangs on it from that day on. Asks tickets, so it belongs before the transaction. Unavailable."""
    person: UUID = row["person_id"]
    asked: dict[str, str | int | bool | list[str]] = {"post": posts_of(row)}
    load = await tickets.get(f"caseloads/{person}", work.district, asked, model=Caseload)
    return Hanging(load.open, len(await shifts(work, row, since)), await households(work, row))


async def left_behind(work: Work, tickets: ServiceClient, row: Any, since: date) -> Hanging:  # noqa: ANN401 - a row
    """The same of somebody who has left without a successor: households are the next holder's, where there is one."""
    load = await hanging(work, tickets, row, since)
    held = await appointments.in_the_way(work, row["post_id"], since)
    return load if held is None else replace(load, households=0)


async def households(work: Work, row: Any) -> int:  # noqa: ANN401 - a row
    """How many are linked to the seat: they stay with it, and so with whoever comes to hold it."""
    seat = await appointments.post_by_id(work, row["post_id"])
    return 0 if seat is None or seat["path"] is None else (await links.span(work, seat)).count


async def shifts(work: Work, row: Any, since: date) -> list[Any]:  # noqa: ANN401 - a row
    """The person's shifts from that day on: they hang on the last post that the person has."""
    others = [held for held in await appointments.held_by(work, row["person_id"], since) if held["id"] != row["id"]]
    return [] if others else await rosters.shifts_of(work, row["person_id"], since)


async def reach(work: Work, row: Any, since: date) -> str | None:  # noqa: ANN401 - a row
    """Below which place the successor takes what the person organises; None where it was the last post: anywhere."""
    others = [held for held in await appointments.held_by(work, row["person_id"], since) if held["id"] != row["id"]]
    return row["path"] if others else None


async def order(
    clients: Mapping[str, ServiceClient],
    district: str,
    row: Any,  # noqa: ANN401 - a row
    within: str | None,
    key: str,
) -> None:
    """Has tickets give the open appeals to the successor, and events the activities; `key` keeps both from doing so
    twice.
    """
    people = {"person_id": row["person_id"], "successor_id": row["successor_id"]}
    appeals, activities = HandOverOrder(**people, posts=posts_of(row)), ActivitiesOrder(**people, within=within)
    tickets, events = clients["tickets"], clients["events"]
    await tickets.post("caseloads/hand-over", district, appeals, idempotency_key=key, model=HandOverKept)
    await events.post("organisers/hand-over", district, activities, idempotency_key=key, model=HandOverKept)


async def take_over(work: Work, row: Any, since: date) -> dict[str, int]:  # noqa: ANN401 - a row
    """Gives what hangs on it here to the successor, inside a transaction; how much that was.

    A shift that the successor cannot take, being elsewhere then, is a gap of its roster: an end waits for nobody.
    """
    await turns.leave_post(work, row["person_id"], row["post_code"], row["successor_id"], since)
    if not await shifts(work, row, since):
        return {"shifts": 0}
    taken, gaps = await turns.hand_over(work, row["person_id"], row["successor_id"], since, leave_gaps=True)
    return {"shifts": len(taken)} | ({"gaps": len(gaps)} if gaps else {})


async def fits(work: Work, row: Any, successor: UUID, since: date) -> None:  # noqa: ANN401 - a row
    """Raises TwoPlacesAtOnce where the successor cannot take a shift that would go to them, as it looks now."""
    if await shifts(work, row, since):
        await turns.fits(work, row["person_id"], successor, since)
