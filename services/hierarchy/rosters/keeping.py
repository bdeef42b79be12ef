"""What rosters were: an answer about a day gone by stays as it was."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from services.hierarchy.rosters import past_queries as past
from shared.runtime.db import Row
from shared.runtime.work import Work


async def said(work: Work, rosters: Sequence[Row], since: date) -> dict[UUID, list[tuple[date, Row]]]:
    """Of each its `step`, `cover` and `needed` since a day, in order, with the last day on which they were so."""
    found: dict[UUID, list[tuple[date, Row]]] = {row["id"]: [] for row in rosters}
    for one in await work.all(past.OF_ROSTERS, rosters=list(found), since=since) if since < work.today else ():
        found[one["roster_id"]].append((one["until"], one))
    for row in rosters:
        found[row["id"]].append((date.max, row))
    return found
