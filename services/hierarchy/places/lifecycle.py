"""How places move, become one, are parted, and go: each dated, journaled, in one transaction.

Only the places and what they were: `relocation` has the rows of the other slices follow, in the same transaction. The
other services are told by jobs that are written with the change, in the order of the changes.
"""

from datetime import datetime
from typing import Any, Literal, NamedTuple
from uuid import UUID

import asyncpg

from services.hierarchy.places import history, service
from services.hierarchy.places import past_queries as past
from services.hierarchy.places import queries as q
from services.hierarchy.places import tree_queries as t
from services.hierarchy.places.due import telling
from services.hierarchy.places.refusals import CannotMove, PlaceCodesUsedUp, PlaceCodeTaken
from services.hierarchy.places.rules import Known, Series, full_name, why_not_move
from shared.kernel.errors import Conflict, NotFound, UnknownPlace
from shared.kernel.paths import WIDTH, after, child
from shared.kernel.refusals import expect
from shared.kernel.rights import Permission
from shared.runtime.db import Row
from shared.runtime.journal import Entry
from shared.runtime.work import Work
from shared.schemas.hierarchy import PlaceRef
from shared.schemas.places import PathMove, PlaceChange, PlaceNow

MOST_CHILDREN = 1000
UNIQUE_CODE = "uq_places_code"
How = Literal["move", "rename", "merge", "split", "close"]


class Turn(NamedTuple):
    """How a place goes, when, and by which document."""

    how: How
    at: datetime
    reason: str | None = None


class Moved(NamedTuple):
    """A place that moved: its id, and its path before and after."""

    id: UUID
    old: str
    new: str


# --- moving ----------------------------------------------------------------------------------------------------


async def move(work: Work, code: str, to: str, expected: int | None, reason: str | None = None) -> Moved:
    """Gives a place and all below it new paths under another parent, and journals it.

    Only the places: whoever calls has the rows rewritten that hold their paths. NotFound, Forbidden, UnknownPlace,
    PreconditionFailed, CannotMove.
    """
    place = await locked(work, code, expected)
    above = await named(work, to)
    depth, size = await extent(work, place["path"])
    why = why_not_move(place["path"], above["path"], depth)
    if why is not None:
        raise CannotMove(place=code, parent=to, why_zh=why[0], why_en=why[1])
    return await _move(work, place, above, size, reason)


async def _move(work: Work, place: Row, above: Row, size: int, reason: str | None) -> Moved:
    await work.all(past.REMEMBER, ids=[place["id"]], at=await history.clock(work))
    [new] = await new_paths(work, above["path"], 1)
    old, over = place["path"], Known(above["path"], above["name"], above["full_name"], 0)
    whole = full_name(over, above["kind"], place["name"])
    facts = {"code": place["code"], "parent": above["code"], "places": size}
    entry = Entry("place", "move", before=old, after=new, data=facts, text=because(reason))
    names = {"old_name": place["full_name"], "new_name": whole}
    change = await told(work, place, "move", moves=[(old, new)], stale=[new])
    await work.write(q.MOVED, entry, telling(change), old=old, new=new, parent=above["path"], **names)
    await work.all(t.CARRY_GONE, olds=[old], news=[new])
    return Moved(place["id"], old, new)


# --- what joining, parting and ending are made of --------------------------------------------------------------


async def locked(work: Work, code: str, expected: int | None = None) -> Row:
    """The place, with the tree kept as it is until the work ends. NotFound, PlaceGone, Forbidden,
    PreconditionFailed.
    """
    await service.lock(work)
    place = await service.seen(work, code, Permission.PLACES_MANAGE)
    expect(place["version"], expected)
    return place


async def named(work: Work, code: str) -> Row:
    """A place that a body names and the caller may change. UnknownPlace, PlaceGone, Forbidden."""
    try:
        return await service.seen(work, code, Permission.PLACES_MANAGE)
    except NotFound as error:
        raise UnknownPlace(place=code) from error


async def rename_below(work: Work, path: str) -> None:
    """Full names below a place follow its own, level by level, as far as anything changes."""
    length = len(path) + WIDTH
    while True:
        done = await work.one(t.NAME_LEVEL, path=path, end=after(path), length=length)
        if done is None or not done["count"]:
            return
        length += WIDTH


async def extent(work: Work, path: str) -> tuple[int, int]:
    """The length of the longest path at or below, and how many places there are."""
    below = await work.one(q.DEEPEST, old=path)
    return (len(path), 1) if below is None or not below["count"] else (below["length"], below["count"])


async def children(work: Work, path: str) -> list[Row]:
    """The places directly below; one more than may be carried at once tells that there are too many."""
    return await work.all(t.CHILDREN, path=path, limit=MOST_CHILDREN + 1)


async def graves(work: Work, path: str) -> list[str]:
    """The paths directly below of places that are gone: what was recorded there goes along."""
    return [row["path"] for row in await work.all(t.GONE_BELOW, path=path, end=after(path))]


async def new_paths(work: Work, parent: str, count: int) -> list[str]:
    """Paths for that many new children."""
    row = await work.one(t.TAKE_NUMBERS, path=parent, count=count)
    first = 0 if row is None else row["first"]
    return [child(parent, number) for number in range(first, first + count)]


async def carry(work: Work, moved: list[Row], mapping: list[tuple[str, str]], at: datetime) -> None:
    """Gives children with all below them new paths, and remembers where they lay."""
    if moved:
        await work.all(past.REMEMBER, ids=[row["id"] for row in moved], at=at)
    if mapping:
        olds, news = [old for old, _ in mapping], [new for _, new in mapping]
        await work.all(t.CARRY, olds=olds, news=news)
        await work.all(t.CARRY_GONE, olds=olds, news=news)


async def plant(work: Work, like: Row, part: dict[str, Any], parent: Row, path: str, at: datetime) -> None:
    """Makes a place that takes over a part of another one, of its kind and in the same place."""
    over = Known(parent["path"], parent["name"], parent["full_name"], 0)
    whole = full_name(over, parent["kind"], part["name"])
    values = {"kind": like["kind"], "zone_type": like["zone_type"], "attributes": like["attributes"], "path": path}
    try:
        await work.one(t.PLANTED, **part, **values, parent=parent["path"], full_name=whole, at=at)
    except asyncpg.UniqueViolationError as error:
        if error.constraint_name != UNIQUE_CODE:
            raise
        raise taken(part["code"]) from error


def taken(code: str) -> PlaceCodeTaken:
    """The refusal of a code that a place has or had."""
    return PlaceCodeTaken(place=code)


async def take_code(work: Work, chosen: Series) -> str:
    """The next free code of a series. Inside the transaction that holds the lock."""
    row = await work.one(t.TAKE_CODE, **chosen._asdict())
    if row is None or row["number"] > chosen.last:
        raise PlaceCodesUsedUp(prefix=chosen.prefix)
    code: str = row["code"]
    return code


async def end(work: Work, place: Row, turn: Turn, heirs: list[Row], told: PlaceChange) -> None:
    """The place is gone from now on; its row of what it was, its journal row, and the word to the others."""
    await work.all(past.REMEMBER, ids=[place["id"]], at=turn.at)
    facts = {"code": place["code"], "successors": [heir["code"] for heir in heirs], "carried": len(told.moves)}
    after_ = heirs[0]["path"] if heirs else None
    entry = Entry("place", turn.how, before=place["path"], after=after_, data=facts, text=because(turn.reason))
    values = {"id": place["id"], "how": turn.how, "successors": facts["successors"], "at": turn.at}
    if await work.write(t.ENDED, entry, telling(told), **values) is None:
        raise Conflict


def because(reason: str | None) -> dict[str, str] | None:
    """The document of a change, as its journal row keeps it."""
    return {"reason": reason} if reason else None


async def told(
    work: Work,
    place: Row,
    event: How,
    *,
    moves: list[tuple[str, str]] | None = None,
    stale: list[str] | None = None,
    heir: Row | None = None,
) -> PlaceChange:
    """What the other services hear of a change, with its number in the district."""
    counted = await work.one(t.COUNT_CHANGE)
    now = [] if heir is None else [PlaceNow(code=place["code"], place=ref(heir))]
    return PlaceChange(
        order=0 if counted is None else counted["changes"],
        place_id=place["id"],
        code=place["code"],
        event=event,
        moves=[PathMove(old=old, new=new) for old, new in moves or []],
        stale=stale or [],
        now=now,
    )


def ref(row: Row) -> PlaceRef:
    """A place as other services keep it."""
    return PlaceRef(**{name: row[name] for name in PlaceRef.model_fields})
