"""Use cases of swaps: ask, say yes or no, take the question back."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from services.hierarchy.rosters import service as rosters
from services.hierarchy.rosters import views as roster_views
from services.hierarchy.rosters.refusals import NotAMember
from services.hierarchy.swaps import due, inputs
from services.hierarchy.swaps import queries as q
from services.hierarchy.swaps.refusals import cannot
from services.hierarchy.swaps.rules import may_change_hands
from services.hierarchy.swaps.views import SwapView
from services.hierarchy.swaps.workflow import SWAP, Party
from shared.kernel.errors import AlreadyDone, Conflict, Forbidden, NotFound, PreconditionFailed
from shared.kernel.rights import Permission
from shared.kernel.workflow import Outcome
from shared.runtime.db import Row
from shared.runtime.ids import new_id
from shared.runtime.journal import Entry
from shared.runtime.privacy import Vault
from shared.runtime.web.pages import decode, encode
from shared.runtime.work import Work
from shared.schemas.base import Page

_CLOCKS_DIFFER = timedelta(seconds=2)  # jobs are due by the database's clock, `work.now` only estimates it


def _me(work: Work) -> UUID:
    if work.actor.kind != "user":
        raise Forbidden
    return UUID(work.actor.id)


async def ask(work: Work, shift: UUID, given: inputs.NewSwap) -> UUID:
    """Asks another to take one's shift. NotFound, NotAMember, CannotSwap, AlreadyDone."""
    me = _me(work)
    gives = await rosters.shift(work, shift)
    if gives is None or gives["person_id"] != me:
        raise NotFound
    takes = await _theirs(work, given)
    may_change_hands(gives, takes, me, given.asked, work.now)
    labels = await rosters.hold(work, [me, given.asked])
    if (gives["roster_id"], given.asked) not in labels:
        raise NotAMember(roster=gives["roster_name"])
    if await work.one(q.ASKED_ALREADY, gives=shift, asker=me) is not None:
        raise AlreadyDone(
            what_zh="这个班次已有一个待答复的换班请求，请先撤回。",
            what_en="You have asked somebody for this shift already: take that back first.",
        )
    lapses = min([one["begins_at"] for one in (gives, takes) if one is not None])
    made = new_id()
    data = {"gives": str(shift), "takes": str(given.takes) if given.takes else None, "asked": str(given.asked)}
    text = {"note": given.note} if given.note else None
    values: dict[str, Any] = {
        "id": made, "roster_id": gives["roster_id"], "gives": shift, "takes": given.takes, "asker": me,
        "asked": given.asked, "step": SWAP.first, "lapses_at": lapses,
    }  # fmt: skip
    jobs = [due.LAPSE.of(due_at=lapses, swap_id=str(made))]
    await work.write(q.ASK, Entry("swap", "swap.ask", after=SWAP.first, data=data, text=text), jobs, **values)
    return made


async def _theirs(work: Work, given: inputs.NewSwap) -> Row | None:
    if given.takes is None:
        return None
    takes = await rosters.shift(work, given.takes)
    if takes is None or takes["person_id"] != given.asked:
        raise cannot("not_theirs")  # and no word about whether it is somebody else's
    return takes


def _parties(row: Row, work: Work) -> frozenset[Party]:
    if work.actor.kind == "job":
        return frozenset({Party.CLOCK})
    related = {Party.ASKER: str(row["asker"]), Party.ASKED: str(row["asked"])}
    return frozenset(party for party, person in related.items() if person == work.actor.id)


async def load(work: Work, swap: UUID) -> Row:
    """The swap, for the two and for those who plan. NotFound."""
    row = await work.one(q.BY_ID, id=swap)
    if row is None:
        raise NotFound
    if not _parties(row, work):
        try:
            await rosters.seen(work, row["roster_id"], Permission.ROSTERS_MANAGE)
        except Forbidden as error:
            raise NotFound from error
    return row


async def whole(work: Work, vault: Vault, swap: UUID) -> SwapView:
    """As the two see it, and those who plan. NotFound."""
    return (await _views(work, vault, [await load(work, swap)]))[0]


async def _views(work: Work, vault: Vault, rows: list[Row]) -> list[SwapView]:
    found = await rosters.shifts_by_ids(
        work, (shift for row in rows for shift in (row["gives"], row["takes"]) if shift is not None)
    )
    people = {person for row in rows for person in (row["asker"], row["asked"])}
    people |= {shift["person_id"] for shift in found.values()}
    names = await rosters.names_of(work, vault, people)

    def shown(shift: UUID | None) -> roster_views.ShiftView | None:
        if shift is None:
            return None
        row = found[shift]
        return roster_views.shift(row, names[row["person_id"]], work.actor, work.now)

    kept = ("id", "version", "roster_id", "asker", "asked", "step", "lapses_at", "created_at")
    return [
        SwapView(
            **{name: row[name] for name in kept},
            gives=shown(row["gives"]),
            takes=shown(row["takes"]),
            asker_name=names[row["asker"]],
            asked_name=names[row["asked"]],
            step_label=SWAP.steps[row["step"]].label,
            moves=SWAP.open_moves(row["step"], _parties(row, work)),
        )
        for row in rows
    ]


async def mine(work: Work, vault: Vault, *, cursor: str | None, limit: int) -> Page[SwapView]:
    """Those in which the caller asked or is asked, newest first."""
    key = decode(cursor, UUID)
    more = {} if key is None else {"after": key[0]}
    rows = await work.all(q.mine(following=key is not None), me=_me(work), limit=limit + 1, **more)
    items = await _views(work, vault, rows[:limit])
    return Page(items=items, next=encode(items[-1].id) if len(rows) > limit else None)


async def move(work: Work, swap: UUID, name: str, given: BaseModel, expected: int | None = None) -> UUID:
    """Makes a move. NotFound, PreconditionFailed, Conflict, CannotSwap, TwoPlacesAtOnce; as `Workflow.apply`."""
    row = await load(work, swap)
    outcome = SWAP.apply(row["step"], name, _parties(row, work))
    if expected is not None and row["version"] != expected:
        raise PreconditionFailed
    if name == "accept":
        await _exchange(work, row)
    if await _write(work, row, outcome, given.model_dump(exclude_none=True) or None) is None:
        raise PreconditionFailed if expected is not None else Conflict
    return swap


async def _write(work: Work, row: Row, outcome: Outcome, text: dict[str, Any] | None) -> Row | None:
    data = {"gives": str(row["gives"]), "takes": str(row["takes"]) if row["takes"] else None}
    entry = Entry("swap", f"swap.{outcome.move}", outcome.before, outcome.after, data, text)
    return await work.write(q.MOVE, entry, id=row["id"], version=row["version"], to_step=outcome.after)


async def _exchange(work: Work, row: Row) -> None:
    """Both have agreed: the shifts change hands, as they are now and not as they were when it was asked."""
    asker, asked = row["asker"], row["asked"]
    labels = await rosters.hold(work, [asker, asked])
    gives = await rosters.shift(work, row["gives"])
    takes = await rosters.shift(work, row["takes"]) if row["takes"] else None
    if gives is None or (row["takes"] and takes is None):
        raise cannot("not_published")
    may_change_hands(gives, takes, asker, asked, work.now)
    both = [row["gives"], *([row["takes"]] if row["takes"] else [])]
    for shift, person in ((gives, asked), (takes, asker)):
        if shift is None:
            continue
        if (row["roster_id"], person) not in labels:
            raise NotAMember(roster=gives["roster_name"])
        await rosters.free(work, person, shift["begins_at"], shift["ends_at"], but=both)
    for shift, giver, person in ((gives, asker, asked), (takes, asked, asker)):
        if shift is not None and not await rosters.give(work, shift["id"], giver, person, labels):
            raise cannot("not_published")


async def lapse(work: Work, swap: UUID) -> None:
    """A shift of it begins: where nobody has answered, the question is void."""
    row = await work.one(q.BY_ID, id=swap)
    if row is not None and row["step"] == SWAP.first and row["lapses_at"] - work.now < _CLOCKS_DIFFER:
        await _write(work, row, SWAP.apply(row["step"], "lapse", _parties(row, work)), None)


async def of_person(work: Work, person: UUID) -> list[UUID]:
    """Every swap in which a person asked or was asked: what was noted there is theirs."""
    return [row["id"] for row in await work.all(q.OF_PERSON, person=person)]
