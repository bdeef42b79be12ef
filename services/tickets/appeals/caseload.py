"""What waits for a person under a post, and giving it to a successor: appeals go with the post, not with the person."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from services.tickets.appeals import moves
from services.tickets.appeals import queries as q
from shared.runtime.work import Work


async def count(work: Work, person: UUID, posts: Sequence[str]) -> int:
    """How many appeals the person leads under these posts that are not answered yet."""
    row = await work.one(q.CASELOAD, person=person, posts=list(posts))
    return 0 if row is None else int(row["open"])


async def hand_over(work: Work, person: UUID, successor: UUID, posts: Sequence[str], most: int) -> int:
    """Gives some of them to the successor, inside a transaction, a journal row each; how many that were."""
    rows = await work.all(q.LED_BY, person=person, posts=list(posts), limit=most)
    for row in rows:
        appeal = await moves.load(work, row["id"])
        data = {"from": str(person), "to": str(successor), "post": appeal["lead_post"]}
        chain = _chain(appeal["chain"], appeal["chain_position"], successor)
        await moves.note(work, appeal, "hand_over", data, lead_person=successor, chain=chain)
    return len(rows)


def _chain(chain: Sequence[dict[str, Any]], position: int, successor: UUID) -> list[dict[str, Any]]:
    """The chain with the successor in the place of the one who leads."""
    return [link | ({"person_id": str(successor)} if n == position else {}) for n, link in enumerate(chain)]
