"""Use cases of what organisations answer for: which places, for what, from a day to a day; and handing it over.

A day that is over is never written again: who answered for a place then stays the answer.
"""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from services.hierarchy.organisations import service as organisations
from services.hierarchy.organisations.service import MANAGE
from services.hierarchy.places import history, reading
from services.hierarchy.places import service as places
from services.hierarchy.responsibility import mandate_queries as q
from services.hierarchy.responsibility import service
from services.hierarchy.responsibility.inputs import MandateEnd, NewMandate
from services.hierarchy.responsibility.views import MandateView, OrganisationFor
from shared.kernel.categories import is_category
from shared.kernel.errors import AlreadyDone, Conflict, NotFound, UnknownCategory
from shared.kernel.refusals import invalid
from shared.runtime.db import Row
from shared.runtime.ids import new_id
from shared.runtime.journal import Entry
from shared.runtime.work import Work

MOST = 2000
_DAY = timedelta(days=1)
_TOP = frozenset({"*", "JC", "RJ", "MD", "KN", "WY"})


async def give(work: Work, code: str, given: NewMandate) -> UUID:
    """An organisation answers for a place from a day on. NotFound, Forbidden, OrganisationClosed, UnknownPlace,
    UnknownCategory, Invalid (the day), AlreadyDone.
    """
    await places.lock(work)
    body = await organisations.seen(work, code, MANAGE)
    organisations.must_be_open(body)
    place = await places.meant(work, given.place, MANAGE)
    for category in given.categories:
        if category not in _TOP and not is_category(category):
            raise UnknownCategory(category=category)
    since = given.since or work.today
    if since < work.today:
        raise invalid("since", "不能早于今天", "since must not be before today")
    if given.until is not None and given.until < since:
        raise invalid("until", "不能早于开始日期", "until must not be before the first day")
    data = {"organisation": code, "place": given.place, "categories": list(given.categories), "since": str(since)}
    values: dict[str, Any] = {"categories": list(given.categories), "position": given.order, "until": given.until}
    fixed = {"id": new_id(), "path": place["path"], "held_by": code, "organisation_id": body["id"], "since": since}
    entry = Entry("responsibility", "responsibility.give", data=data)
    try:
        row = await work.write(q.GIVE, entry, **fixed, **values)
    except asyncpg.UniqueViolationError as error:
        if error.constraint_name != "uq_responsibilities_held":
            raise
        raise AlreadyDone(
            what_zh="该组织自该日起已负责此地点。", what_en="It answers for that place from that day already."
        ) from error
    if row is None:
        raise Conflict
    made: UUID = row["id"]
    return made


async def end(work: Work, mandate: UUID, given: MandateEnd) -> UUID:
    """Ends one with a day, yesterday at the earliest. NotFound, Forbidden, AlreadyDone, Invalid (the day)."""
    row = await _seen(work, mandate)
    last = given.last_day or work.today
    if last < max(work.today - _DAY, row["since"]):
        raise invalid("last_day", "不能早于昨天和起始日", "last_day must not be before yesterday or the first day")
    data = {"organisation": row["held_by"], "last_day": str(last)}
    entry = Entry("responsibility", "responsibility.end", data=data, text={"reason": given.reason})
    if await work.write(q.END, entry, id=mandate, until=last) is None:
        raise AlreadyDone(what_zh="该职责已经结束。", what_en="It has ended by then already.")
    return mandate


async def _seen(work: Work, mandate: UUID) -> Row:
    row = await work.one(q.MANDATE, id=mandate)
    if row is None:
        raise NotFound
    await organisations.seen(work, row["held_by"], MANAGE)
    return row


async def shown(work: Work, mandate: UUID) -> MandateView:
    """One of them. NotFound, Forbidden."""
    return (await _views(work, [await _seen(work, mandate)]))[0]


async def of(work: Work, code: str, on: date | None) -> list[MandateView]:
    """What an organisation answers for on a day; 2,000 places at most. NotFound, Forbidden."""
    organisation = await organisations.seen(work, code)
    rows = await work.all(q.OF_ORGANISATION, organisation_id=organisation["id"], on=on or work.today, limit=MOST)
    return await _views(work, rows)


async def _views(work: Work, rows: list[Row]) -> list[MandateView]:
    found = await history.called(work, {row["path"] for row in rows}, work.today)
    return [
        MandateView(
            **{name: row[name] for name in ("id", "categories", "since", "until")},
            organisation=row["held_by"],
            order=row["position"],
            place_code=found[row["path"]]["code"] if row["path"] in found else None,
        )
        for row in rows
    ]


async def for_place(work: Work, code: str, on: date | None) -> list[OrganisationFor]:
    """Every organisation that answers for a place on a day, for anything. NotFound, Forbidden, PlaceGone."""
    day = on or work.today
    line = await reading.line(work, code, day, organisations.READ)
    rows = await work.all(q.ORGANISATIONS_FOR, paths=list(line), on=day, limit=MOST)
    nearest = {path: step for step, path in enumerate(line)}
    return [
        OrganisationFor(
            **{name: row[name] for name in ("code", "name", "kind", "categories", "since", "until")},
            family=organisations.family(row["kind"]),
            place_code=line[row["path"]],
        )
        for row in sorted(rows, key=lambda row: nearest[row["path"]])
    ]


# --- for other slices --------------------------------------------------------------------------------------------


async def ahead(work: Work, organisation: UUID, on: date) -> list[Row]:
    """What an organisation answers for on a day or will after it, whoever asks; 2,000 at most."""
    return await work.all(q.AHEAD, organisation_id=organisation, on=on, limit=MOST)


async def hand_over(work: Work, organisation: Row, successor: Row, day: date) -> None:
    """All that one organisation answers for from a day on, or will, is another's, for as long as it was to be."""
    new = {"held_by": successor["code"], "successor": successor["id"]}
    await service.go_on(work, q.SUCCEED, organisation_id=organisation["id"], day=day, **new)
