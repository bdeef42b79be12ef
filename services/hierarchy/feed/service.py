"""The change feed: what happened in a district, by its position in the sealed journal.

Positions are given once, in the order of the chain, to rows that are committed: whoever asks on from the last one
misses nothing, whatever committed late.
"""

from typing import get_args

from services.hierarchy.feed.refusals import FeedCut
from services.hierarchy.feed.views import Changes, ChangeView, Kind
from shared.runtime import feed
from shared.runtime.db import Row
from shared.runtime.work import Work

KINDS = frozenset((*get_args(Kind), "district"))
_SCANNED, _ROUNDS = 500, 10


async def changes(work: Work, after: int, proof: str | None, kinds: frozenset[str], limit: int) -> Changes:
    """Changes after a position. FeedCut where the journal does not hold what the subscriber has seen."""
    await _prove(work, after, proof)
    position, sealed = after, proof
    found: list[ChangeView] = []
    for _ in range(_ROUNDS):
        rows = await _rows(work, position)
        for row in rows:
            if row["subject_kind"] in kinds:
                if len(found) == limit:
                    return Changes(items=found, position=position, hash=sealed, more=True)
                found.append(_shown(row))
            position, sealed = row["position"], row["hash"].hex()
        if len(rows) < _SCANNED:
            return Changes(items=found, position=position, hash=sealed, more=False)
    return Changes(items=found, position=position, hash=sealed, more=True)


async def _rows(work: Work, after: int) -> list[Row]:
    last = after + _SCANNED
    return await work.all(feed.sealed_rows(work.schema), after=after, last=last, limit=_SCANNED)


async def _prove(work: Work, after: int, proof: str | None) -> None:
    """A journal that was cut or put back to an earlier day has not what the subscriber saw: it must begin anew."""
    if after == 0:
        return
    there = await work.all(feed.sealed_rows(work.schema), after=after - 1, last=after, limit=1)
    if not there or (proof is not None and there[0]["hash"].hex() != proof):
        raise FeedCut(position=after)


def _shown(row: Row) -> ChangeView:
    named = {name: row[name] for name in ("position", "at", "event", "before", "after", "data")}
    return ChangeView(**named, kind=row["subject_kind"], subject=row["subject_id"])
