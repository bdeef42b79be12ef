"""What places were, and where those went that are gone.

An answer about a past day never changes: what was is only ever added to, with moments that the database's clock gives
while the district's lock is held. Whoever asks in the first minute of a day about the day before waits for whatever is
still being written down.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from services.hierarchy.places import past_queries as q
from services.hierarchy.places import queries
from services.hierarchy.places.admission import admit
from services.hierarchy.places.rules import Known, full_name
from services.hierarchy.places.views import Episode, GoneRef, PastPlace, PlaceHistory
from shared.kernel.errors import NotFound, PlaceGone
from shared.kernel.periods import CHINA, midnight
from shared.kernel.rights import Permission
from shared.runtime.db import Row
from shared.runtime.work import Work

_UNSETTLED = timedelta(minutes=1)
_FURTHEST = 64  # how often a place may have gone on to another one
_EPISODES = 500
_HOW = {
    "merge": ("并入其他地点", "merged into another place"),
    "split": ("拆分", "split"),
    "close": ("撤销", "closed"),
}


class Was(NamedTuple):
    """A place as it was at a moment."""

    id: UUID
    kind: str
    name: str
    full_name: str
    zone_type: str | None
    path: str


async def clock(work: Work) -> datetime:
    """The moment of a change. Inside the transaction that holds the lock."""
    row = await work.one(q.NOW)
    if row is None:
        raise NotFound
    at: datetime = row["at"]
    return at


def end_of(day: date) -> datetime:
    """The first moment after a day."""
    return midnight(day + timedelta(days=1))


# --- places that are gone --------------------------------------------------------------------------------------


async def missing(work: Work, code: str, permission: Permission) -> None:
    """Raises PlaceGone for a place that was there, to whom it would have been shown; returns for any other code."""
    row = await gone(work, code)
    if row is not None:
        admit(work.actor, permission, row["path"], row["kind"])
        raise await place_gone(work, row)


async def gone(work: Work, code: str) -> Row | None:
    """A place that is gone, whoever asks."""
    return await work.one(q.GONE_BY_CODES, codes=[code])


async def gone_among(work: Work, codes: list[str]) -> list[Row]:
    """Those of the codes whose places are gone."""
    return await work.all(q.GONE_BY_CODES, codes=codes)


async def gone_by_id(work: Work, place: UUID) -> Row:
    """A place that is gone, by its id. NotFound."""
    row = await work.one(q.GONE_BY_ID, id=place)
    if row is None:
        raise NotFound
    return row


async def living(work: Work, place: UUID) -> Row:
    """The place, or the first of those that took over from it. NotFound."""
    row = await work.one(queries.BY_ID, id=place)
    if row is not None:
        return row
    for code in await heirs(work, await gone_by_id(work, place)):
        row = await work.one(queries.BY_CODE, code=code)
        if row is not None:
            return row
    raise NotFound


async def heirs(work: Work, row: Row, before: datetime | None = None) -> list[str]:
    """The codes of the places that took over from one that is gone, the first heir first; also where they went on.

    `before`: as it was at that moment.
    """
    [codes] = await _heirs_of(work, [row], before)
    return codes


async def _heirs_of(work: Work, rows: Sequence[Row], before: datetime | None) -> list[list[str]]:
    """The same of many, with one statement for each time that places went on."""
    heirs: list[list[str]] = [list(row["successors"]) for row in rows]
    for _ in range(_FURTHEST):
        asked = sorted({code for codes in heirs for code in codes})
        left = {r["code"]: r for r in await gone_among(work, asked) if before is None or r["gone_at"] < before}
        if not left:
            break
        for number, codes in enumerate(heirs):
            onwards = [new for code in codes for new in (left[code]["successors"] if code in left else [code])]
            heirs[number] = list(dict.fromkeys(onwards))
    return heirs


async def place_gone(work: Work, row: Row, before: datetime | None = None) -> PlaceGone:
    """The refusal that says what became of a place."""
    now, (zh, en) = await heirs(work, row, before), _HOW[row["how"]]
    shown = {"zh": "、".join(now) or "无", "en": ", ".join(now) or "nothing"}
    return PlaceGone(
        place=row["code"], on=_day(row["gone_at"]), how=row["how"], successors=now, how_zh=zh, how_en=en,
        now_zh=shown["zh"], now_en=shown["en"],
    )  # fmt: skip


async def gone_refs(work: Work, rows: Sequence[Row]) -> list[GoneRef]:
    """Places that are gone, in an answer about many."""
    went = await _heirs_of(work, rows, None) if rows else []
    return [
        GoneRef(code=row["code"], how=row["how"], on=_day(row["gone_at"]), successors=codes)
        for row, codes in zip(rows, went, strict=True)
    ]


async def gone_ref(work: Work, row: Row) -> GoneRef:
    """A place that is gone."""
    [shown] = await gone_refs(work, [row])
    return shown


def _day(moment: datetime) -> date:
    return moment.astimezone(CHINA).date()


# --- as of a day -----------------------------------------------------------------------------------------------


async def as_of(work: Work, code: str, on: date) -> PastPlace:
    """A place as it was at the end of a past day. NotFound before it was made, PlaceGone after it was
    gone, Forbidden.
    """
    moment = await settled(work, on)
    there = await work.one(queries.BY_CODE, code=code) or await gone(work, code)
    if there is None:
        raise NotFound
    admit(work.actor, Permission.PLACES_READ, there["path"], there["kind"])
    ended = await gone(work, code)
    if ended is not None and ended["gone_at"] < moment:
        raise await place_gone(work, ended, moment)
    line = await line_at(work, there["id"], moment)
    if not line:
        raise NotFound
    now = await today_of(work, [was.id for was in line[:2]])
    was = line[0]
    return PastPlace(
        code=code, on=on, path=was.path, kind=was.kind, name=was.name, full_name=was.full_name,
        zone_type=was.zone_type, parent=now[line[1].id]["code"] if len(line) > 1 else None,
    )  # fmt: skip


async def settled(work: Work, on: date) -> datetime:
    """The end of a day; of a past one, once everything that was done on it is written down. What is read about that
    after this is of one tree, whatever is reorganised meanwhile.
    """
    moment = end_of(on)
    if on >= work.today:
        return moment
    if work.now - moment < _UNSETTLED:
        await work.begin()
        await work.one(q.QUIET)
    else:
        await work.stand_still()
    return moment


async def changed_since(work: Work, code: str, on: date) -> bool:
    """Whether the place or one that it lies in has changed since the end of that day, or is gone."""
    return await work.one(q.CHANGED, code=code, moment=await settled(work, on)) is not None


async def line_on(work: Work, code: str, on: date, permission: Permission) -> list[Was]:
    """The place and those it lay in, nearest first, at the end of a past day; before it was made, as it was first.

    What is recorded about days before a place was entered here holds for the place as it was entered. NotFound,
    Forbidden, PlaceGone after it was gone.
    """
    moment = await settled(work, on)
    there = await work.one(queries.BY_CODE, code=code) or await gone(work, code)
    if there is None:
        raise NotFound
    admit(work.actor, permission, there["path"], there["kind"])
    ended = await gone(work, code)
    if ended is not None and ended["gone_at"] < moment:
        raise await place_gone(work, ended, moment)
    return await line_at(work, there["id"], moment, from_the_first=True)


async def line_at(work: Work, place: UUID, moment: datetime, *, from_the_first: bool = False) -> list[Was]:
    """The place and those it lay in, nearest first, as they were at a moment; nothing before it was made."""
    states: list[tuple[UUID, Row]] = []
    following: UUID | None = place
    while following is not None:
        state = await work.one(q.STATE, id=following, moment=moment)
        if state is None and from_the_first:
            state = await work.one(q.FIRST, id=following)
        if state is None:
            return []
        states.append((following, state))
        following = state["parent_id"]
    path, over, kind = "", None, None
    found: list[Was] = []
    for id_, state in reversed(states):
        path += state["segment"]
        whole = full_name(over, kind, state["name"])
        found.append(Was(id_, state["kind"], state["name"], whole, state["zone_type"], path))
        over, kind = Known(path, state["name"], whole, 0), state["kind"]
    return found[::-1]


async def today_of(work: Work, ids: list[UUID]) -> dict[UUID, Row]:
    """Each one's `code`, and the `path` where what was recorded at it lies today, also of places that are gone."""
    return {row["id"]: row for row in await work.all(q.CODES_OF, ids=ids)}


async def called(work: Work, paths: Iterable[str], on: date) -> dict[str, Row]:
    """The `code` and `name` of places on a day by where they lie today, also of places that are gone."""
    moment = await settled(work, on)
    return {row["path"]: row for row in await work.all(q.CALLED, paths=list(paths), moment=moment)}


async def history(work: Work, code: str) -> PlaceHistory:
    """What a place was, from its beginning on. NotFound, Forbidden."""
    there, ended = await work.one(queries.BY_CODE, code=code), await gone(work, code)
    row = there or ended
    if row is None:
        raise NotFound
    admit(work.actor, Permission.PLACES_READ, row["path"], row["kind"])
    rows: list[dict[str, Any]] = [dict(r) for r in await work.all(q.HISTORY, id=row["id"], limit=_EPISODES)]
    if there is not None:
        rows.append({**dict((await work.all(q.PRESENT, id=row["id"]))[0]), "until": None})
    now = await today_of(work, list({r["parent_id"] for r in rows if r["parent_id"]}))
    parents = {id_: place["code"] for id_, place in now.items()}
    episodes = [Episode(**{**r, "parent": parents.get(r["parent_id"])}) for r in rows]
    return PlaceHistory(
        code=code, episodes=episodes, gone_at=ended and ended["gone_at"], how=ended and ended["how"],
        successors=list(ended["successors"]) if ended else [],
    )  # fmt: skip
