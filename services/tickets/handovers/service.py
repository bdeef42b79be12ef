"""Use cases of hand-overs: hierarchy asks how much hangs on a post, and says who takes it."""

from collections.abc import Sequence
from uuid import UUID

from services.tickets.appeals import caseload
from services.tickets.handovers import due
from shared.runtime.journal import Entry
from shared.runtime.work import Work
from shared.schemas.succession import Caseload, HandOverOrder

BATCH = 20


async def standing(work: Work, person: UUID, posts: Sequence[str]) -> Caseload:
    """How much waits for a person under these posts."""
    return Caseload(person_id=person, open=await caseload.count(work, person, posts))


async def order(work: Work, given: HandOverOrder) -> None:
    """Keeps hierarchy's order; a job carries it out."""
    data = {"successor": str(given.successor_id), "posts": list(given.posts)}
    job = due.HAND_OVER.of(
        person_id=str(given.person_id), successor_id=str(given.successor_id), posts=list(given.posts)
    )
    await work.record(Entry("person", "person.hand_over", data=data), given.person_id, [job])


async def carry_out(work: Work, person: UUID, successor: UUID, posts: Sequence[str]) -> None:
    """Hands a few over, and has the job run again while there are more. Inside a transaction."""
    moved = await caseload.hand_over(work, person, successor, posts, BATCH)
    if moved == BATCH:
        again = due.HAND_OVER.of(person_id=str(person), successor_id=str(successor), posts=list(posts))
        data = {"successor": str(successor), "posts": list(posts), "more": True}
        await work.record(Entry("person", "person.hand_over", data=data), person, [again])
