"""Use cases of visitor counts (服务人次): write down how many came, and add them up by period."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any, Literal
from uuid import UUID

from services.hierarchy.places import service as places
from services.hierarchy.venues import inputs, service
from services.hierarchy.venues import queries as q
from services.hierarchy.venues.views import VisitCount, VisitSum, VisitSums
from shared.kernel.errors import Conflict
from shared.kernel.paths import after
from shared.kernel.periods import PeriodKind, period_of
from shared.kernel.rights import Permission
from shared.runtime.db import Row
from shared.runtime.ids import new_id
from shared.runtime.journal import Entry
from shared.runtime.work import Work

By = Literal["day", "half-month", "month", "quarter", "year"]


async def count(work: Work, venue: UUID, given: inputs.Counted) -> VisitCount:
    """Writes down how many came; the number before, if there was one, stands in the journal. NotFound, Forbidden."""
    await service.seen(work, venue, Permission.VENUES_SERVE)
    await work.begin()
    before = await work.one(q.COUNTED, venue=venue, day=given.day, part=given.part)
    said = {"day": given.day.isoformat(), "part": given.part, "count": given.count}
    entry = Entry("venue", "venue.visits", data=said | {"before": before["count"] if before else None})
    row = await work.write(q.COUNT, entry, venue=venue, id=new_id(), invented=False, **given.model_dump())
    if row is None:
        raise Conflict
    return VisitCount(venue_id=venue, **given.model_dump())


async def of_venue(work: Work, venue: UUID, since: date, until: date, by: By) -> VisitSums:
    """A venue's visits. NotFound, Forbidden."""
    await service.seen(work, venue)
    rows = await work.all(q.OF_VENUE, venue=venue, since=since, until=until)
    return _sums(rows, since, until, by, of_kind=False)


async def of_place(work: Work, code: str, since: date, until: date, by: By) -> VisitSums:
    """Visits of all venues at a place and below, by kind. NotFound, Forbidden."""
    place = await places.seen(work, code)
    rows = await work.all(q.BY_DAY, place=place["path"], end=after(place["path"]), since=since, until=until)
    return _sums(rows, since, until, by, of_kind=True)


def _sums(rows: Iterable[Row], since: date, until: date, by: By, *, of_kind: bool) -> VisitSums:
    sums: defaultdict[tuple[date, str, str | None], int] = defaultdict(int)
    days: defaultdict[tuple[date, str, str | None], set[date]] = defaultdict(set)
    invented = False
    for row in rows:
        first, label = _period(row["day"], by)
        key = first, label, row["kind"] if of_kind else None
        sums[key] += row["count"]
        days[key].add(row["day"])
        invented = invented or row["invented"]
    found = [
        VisitSum(period=key[1], kind=key[2], count=number, days=len(days[key]))
        for key, number in sorted(sums.items(), key=_in_order)
    ]
    return VisitSums(
        since=since, until=until, by=by, total=sum(sums.values()), invented=invented, sums=found
    )  # fmt: skip


def _in_order(item: tuple[tuple[date, str, str | None], Any]) -> tuple[date, str]:
    return item[0][0], item[0][2] or ""


def _period(day: date, by: By) -> tuple[date, str]:
    """When the period begins, and its label."""
    if by == "day":
        return day, day.isoformat()
    period = period_of(PeriodKind(by), day)
    return period.first, period.label
