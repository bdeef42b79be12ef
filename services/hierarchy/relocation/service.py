"""Moving, merging, splitting and closing places: the use cases that change paths, and so the rows of every slice.

Everything happens in one transaction, so whoever asks in one statement (谁来管, a page of a subtree) sees all of it or
nothing. What is kept outside these rows learns of it later and is never wrong about somebody else's place, because a
path is never given twice: other services are told by jobs, in order, and rewrite what they hold; a token holds the
grants of the day it was made at the old paths, finds nothing there, and is made anew within minutes.

What hangs on a place that is merged or split goes with it, to the place that takes it in or to the first part. Dated
things (who answered until yesterday) stay where they were, so that what is asked about a past day is answered as it was
then. Nothing may hang on a place that is closed; what is over stays on its path, which lies in the places above as
before, and so do appeals: whoever carries one goes on, and holds no post there any more. Changes take effect when they
are made (docs/decisions/0018).
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from types import ModuleType
from typing import Any, NoReturn
from uuid import UUID

from services.hierarchy.agreements import service as agreements
from services.hierarchy.appointments import service as appointments
from services.hierarchy.bodies import service as bodies
from services.hierarchy.bookings import service as bookings
from services.hierarchy.boundaries import service as boundaries
from services.hierarchy.candidacies import service as candidacies
from services.hierarchy.capabilities import service as capabilities
from services.hierarchy.clients import service as clients
from services.hierarchy.contact_sheets import service as contact_sheets
from services.hierarchy.evaluations import service as evaluations
from services.hierarchy.experts import service as experts
from services.hierarchy.grants import service as grants
from services.hierarchy.households import ending
from services.hierarchy.households import service as households
from services.hierarchy.links import service as links
from services.hierarchy.loans import service as loans
from services.hierarchy.notices import service as notices
from services.hierarchy.organisations import service as organisations
from services.hierarchy.people import service as people
from services.hierarchy.places import history, lifecycle, making
from services.hierarchy.places import service as places
from services.hierarchy.places.inputs import EditPlace
from services.hierarchy.places.lifecycle import Turn
from services.hierarchy.places.refusals import CannotChangePlace, PlaceStillNeeded
from services.hierarchy.places.rules import too_deep, why_not_merge
from services.hierarchy.places.views import GoneRef, PlaceView
from services.hierarchy.records import service as records
from services.hierarchy.relocation import queries as q
from services.hierarchy.relocation.inputs import SplitPart
from services.hierarchy.relocation.rules import said
from services.hierarchy.relocation.views import SHOWN, MergedPlace
from services.hierarchy.report_ins import service as report_ins
from services.hierarchy.responsibility import service as responsibility
from services.hierarchy.rosters import service as rosters
from services.hierarchy.structures import linting
from services.hierarchy.structures import service as structures
from services.hierarchy.structures.views import breaches
from services.hierarchy.venues import service as venues
from services.hierarchy.visits import service as visits
from services.hierarchy.workbooks import service as workbooks
from shared.kernel.paths import ROOT, after
from shared.runtime.db import Row
from shared.runtime.ids import new_id
from shared.runtime.work import Work

_HOLD_PATHS: tuple[ModuleType, ...] = (
    agreements,
    bodies,  # before their seats: whoever takes one holds the body first
    appointments,
    capabilities,
    records,
    candidacies,
    evaluations,
    experts,
    report_ins,
    clients,
    contact_sheets,
    grants,
    households,
    links,
    notices,
    organisations,
    people,
    responsibility,
    venues,  # before those who copy its path: whoever books, lends or plans holds its row, and is waited for there
    rosters,
    structures,
    bookings,
    loans,
    visits,
    workbooks,
)


async def move(work: Work, code: str, to: str, expected: int | None = None, reason: str | None = None) -> PlaceView:
    """Moves the place with this code below `to`. NotFound, Forbidden, UnknownPlace, PreconditionFailed, CannotMove.

    `expected` is the version that the caller has seen.
    """
    await work.begin()
    moved = await lifecycle.move(work, code, to, expected, reason)
    await _rebase(work, [(moved.old, moved.new)])
    return await shown(work, moved.id)


async def edit(work: Work, code: str, given: EditPlace, expected: int | None) -> PlaceView:
    """Changes what is said of a place."""
    return await shown(work, await making.edit(work, code, given, expected))


async def merge(work: Work, code: str, into: str, expected: int | None = None, reason: str | None = None) -> PlaceView:
    """The place becomes a part of another: what lies in it lies there, and its code leads there from now on."""
    await work.begin()
    place, target = await lifecycle.locked(work, code, expected), await lifecycle.named(work, into)
    why = why_not_merge((place["path"], place["kind"]), (target["path"], target["kind"]))
    if why is not None:
        _refuse(place, "合并", "merged", why)
    below, graves = await _below(work, place), await lifecycle.graves(work, place["path"])
    await _depth(work, place, target["path"])
    at = await history.clock(work)
    fresh = await lifecycle.new_paths(work, target["path"], len(below) + len(graves))
    mapping = list(zip([*(row["path"] for row in below), *graves], fresh, strict=True))
    await lifecycle.carry(work, below, mapping, at)
    await lifecycle.rename_below(work, target["path"])
    await making.join(work, place, target)
    await _hand_over(work, place, mapping, [target], Turn("merge", at, reason))
    return await shown(work, target["id"])


async def split(
    work: Work, code: str, parts: list[SplitPart], expected: int | None = None, reason: str | None = None
) -> PlaceView:
    """Two or more places instead of one; the first takes over what is not given to another. It is returned."""
    await work.begin()
    place = await lifecycle.locked(work, code, expected)
    if place["path"] == ROOT:
        _refuse(place, "拆分", "split", ("区县本身不能拆分", "it is the district itself"))
    below, graves = await _below(work, place), await lifecycle.graves(work, place["path"])
    chosen = _dealt(place, below, parts)
    at, made = await history.clock(work), await _parts(work, place, parts)
    mapping: list[tuple[str, str]] = []
    for part, rows in zip(made, chosen, strict=True):
        old = [*(row["path"] for row in rows), *(graves if part is made[0] else [])]
        mapping += zip(old, await lifecycle.new_paths(work, part["path"], len(old)), strict=True)
    await lifecycle.carry(work, below, mapping, at)
    for part in made:
        await lifecycle.rename_below(work, part["path"])
    await _hand_over(work, place, mapping, made, Turn("split", at, reason))
    return await shown(work, made[0]["id"])


async def close(work: Work, code: str, expected: int | None = None, reason: str | None = None) -> GoneRef:
    """Ends a place in which nothing lies and on which nothing hangs any more; what its code answers from now on.

    CannotChangePlace, PlaceStillNeeded.
    """
    await work.begin()
    place = await lifecycle.locked(work, code, expected)
    if place["path"] == ROOT:
        _refuse(place, "撤销", "closed", ("区县本身不能撤销", "it is the district itself"))
    below = await _below(work, place)
    if below:
        zh, en = f"还有 {len(below)} 个下级地点，请先移走", f"{len(below)} places lie in it: move or merge them first"
        _refuse(place, "撤销", "closed", (zh, en))
    await _must_be_free(work, place)
    turn = Turn("close", await history.clock(work), reason)
    told = await lifecycle.told(work, place, "close", stale=[place["path"]])
    await lifecycle.end(work, place, turn, [], told)
    await boundaries.leave(work, place["id"])
    await ending.close(work, place["code"])
    await responsibility.hand_over(work, place["path"], None, work.today)
    await appointments.give_up(work, place["path"], work.today - timedelta(days=1))
    return await ended(work, place["id"])


async def _must_be_free(work: Work, place: Row) -> None:
    """Raises PlaceStillNeeded. Who would begin something there meanwhile waits for the tree or for the post."""
    path = place["path"]
    posts = await appointments.hold_at(work, path)
    values = {"path": path, "end": after(path), "posts": posts, "today": work.today, "now": work.now}
    counts = {row["kind"]: row["count"] for row in await work.all(q.HANGING, **values)}
    what = said(counts)
    if what is not None:
        raise PlaceStillNeeded(place=place["code"], what_zh=what.zh, what_en=what.en, **counts)


async def ended(work: Work, place: UUID) -> GoneRef:
    """What a gone place's code answers."""
    return await history.gone_ref(work, await history.gone_by_id(work, place))


async def shown(work: Work, place: UUID) -> PlaceView:
    """The place as it is now; of one that is gone, the first that took over."""
    return places.shown(await history.living(work, place))


async def joined(work: Work, now: PlaceView) -> MergedPlace:
    """What took a place in, and what the structure in force finds amiss there today."""
    row = await structures.in_force(work, now.path, work.today)
    found = (await linting.check(work, structures.parsed(row), now.path, work.today)).violations if row else []
    return MergedPlace(**now.model_dump(), breaches=breaches(found[:SHOWN]))


# --- parts of it -----------------------------------------------------------------------------------------------


async def _below(work: Work, place: Row) -> list[Row]:
    rows = await lifecycle.children(work, place["path"])
    if len(rows) > lifecycle.MOST_CHILDREN:
        most = lifecycle.MOST_CHILDREN
        zh, en = f"直接下级超过 {most} 个", f"more than {most} places lie directly in it: move some first"
        _refuse(place, "变更", "changed", (zh, en))
    return rows


async def _depth(work: Work, place: Row, to: str) -> None:
    longest, _ = await lifecycle.extent(work, place["path"])
    if too_deep(place["path"], to, longest):
        _refuse(place, "合并", "merged", ("层级过深，最多 16 级", "what lies in it would lie too deep: 16 levels"))


def _dealt(place: Row, below: list[Row], parts: list[SplitPart]) -> list[list[Row]]:
    """Which children go to which part."""
    wanted: dict[str, int] = {}
    known = {row["code"] for row in below}
    for number, part in enumerate(parts):
        for code in part.children:
            if code not in known:
                _refuse(place, "拆分", "split", (f"“{code}”不是它的直接下级", f"{code!r} does not lie directly in it"))
            if wanted.setdefault(code, number) != number:
                _refuse(place, "拆分", "split", (f"“{code}”被划入两处", f"{code!r} is given to two parts"))
    return [[row for row in below if wanted.get(row["code"], 0) == number] for number in range(len(parts))]


async def _parts(work: Work, place: Row, parts: list[SplitPart]) -> list[Row]:
    parent = await places.parent_of(work, place)
    above = await making.codes_above(work, parent)
    for part in parts:
        if part.code is not None:
            making.check_code(place["kind"], part.code, work.district, above)
            if await history.gone(work, part.code) is not None:
                raise lifecycle.taken(part.code)
    at = await history.clock(work)
    made: list[Row] = []
    for part, path in zip(parts, await lifecycle.new_paths(work, parent["path"], len(parts)), strict=True):
        code = part.code or await lifecycle.take_code(work, making.code_series(place["kind"], parent["code"], above))
        given: dict[str, Any] = {"id": new_id(), "code": code, "name": part.name}
        await lifecycle.plant(work, place, given, parent, path, at)
        made.append(await places.by_id(work, given["id"]))
    return made


async def _hand_over(work: Work, place: Row, mapping: list[tuple[str, str]], heirs: list[Row], turn: Turn) -> None:
    """What lay below and what hangs on the place itself follows, to the first of the heirs; then the place is gone, and
    the others hear of it.
    """
    heir = heirs[0]
    moves = [*mapping, (place["path"], heir["path"])]
    stale = [one["path"] for one in heirs]
    told = await lifecycle.told(work, place, turn.how, moves=moves, stale=stale, heir=heir)
    await lifecycle.end(work, place, turn, heirs, told)
    await (boundaries.join(work, place["id"], heir) if turn.how == "merge" else boundaries.leave(work, place["id"]))
    await _rebase(work, mapping)
    special: dict[ModuleType, Callable[[], Awaitable[None]]] = {
        responsibility: lambda: responsibility.hand_over(work, place["path"], heir["path"], work.today),
        organisations: lambda: organisations.join(work, place["path"], heir["path"]),
        grants: lambda: grants.join(work, place["path"], heir["path"]),
        contact_sheets: lambda: contact_sheets.join(work, place["path"], heir["path"]),
        appointments: lambda: appointments.join(work, place["path"], heir["path"], turn.at),
    }
    for holder in _HOLD_PATHS:
        if holder in special:
            await special[holder]()
        elif holder is not structures or turn.how == "split":  # who takes a community in has a way of its own
            await holder.rebase(work, place["path"], heir["path"])
    if (home := await ending.join(work, place["code"], heir["code"])) is not None:
        await links.join(work, *home, heir["code"])
        await visits.join(work, *home)


async def _rebase(work: Work, mapping: list[tuple[str, str]]) -> None:
    for old, new in mapping:
        for holder in _HOLD_PATHS:
            await holder.rebase(work, old, new)


def _refuse(place: Row, zh: str, en: str, why: tuple[str, str]) -> NoReturn:
    raise CannotChangePlace(place=place["code"], what_zh=zh, what_en=en, why_zh=why[0], why_en=why[1])
