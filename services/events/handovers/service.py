"""Use cases of hand-overs: hierarchy says who takes what somebody organises."""

from typing import Any
from uuid import UUID

from services.events.activities import service as activities
from services.events.handovers import due
from shared.runtime.journal import Entry
from shared.runtime.work import Work
from shared.schemas.succession import ActivitiesOrder

BATCH = 20


async def order(work: Work, given: ActivitiesOrder) -> None:
    """Keeps hierarchy's order; a job carries it out."""
    await _due(work, given.person_id, given.successor_id, given.within)


async def carry_out(work: Work, person: UUID, successor: UUID, within: str | None) -> None:
    """Hands a few over, and has the job run again while there are more. Inside a transaction."""
    if await activities.hand_over(work, person, successor, within, BATCH) == BATCH:
        await _due(work, person, successor, within, more=True)


async def _due(work: Work, person: UUID, successor: UUID, within: str | None, **more: bool) -> None:
    data: dict[str, Any] = {"successor": str(successor), "within": within} | more
    job = due.HAND_OVER.of(person_id=str(person), successor_id=str(successor), within=within)
    await work.record(Entry("person", "person.hand_over", data=data), person, [job])
