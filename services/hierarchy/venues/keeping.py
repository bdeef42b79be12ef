"""What the weekly patterns of venues were: an answer about a day gone by stays as it was."""

from collections.abc import Sequence
from datetime import date

from services.hierarchy.venues import past_queries as past
from services.hierarchy.venues import queries as q
from services.hierarchy.venues import views
from services.hierarchy.venues.rules import Weeks
from shared.runtime.db import Row
from shared.runtime.work import Work


async def said(work: Work, rows: Sequence[Row], since: date) -> Weeks:
    """Their patterns since a day, and those of the venues of rooms that have or had none of their own."""
    gone_by = since < work.today
    whole = [row["part_of"] for row in rows if row["part_of"] and (gone_by or not row["hours"])]
    there = {row["id"]: row for row in (*rows, *(await work.all(q.BY_IDS, ids=whole) if whole else ()))}
    found: Weeks = {venue: [] for venue in there}
    for one in await work.all(past.HOURS, venues=list(there), since=since) if gone_by else ():
        found[one["venue_id"]].append((one["until"], views.week_of(one)))
    for venue, row in there.items():
        found[venue].append((date.max, views.week_of(row)))
    return found
