"""Use cases of swaps: ask, say yes or no, have it approved where the roster wants that, take the question back."""

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
from services.hierarchy.swaps.workflow import OPEN, SWAP, Party
from shared.kernel.errors import AlreadyDone, NotFound
from shared.kernel.refusals import expect, stale
from shared.kernel.rights import Permission
from shared.kernel.workflow import Outcome
from shared.runtime.db import Row
from shared.runtime.ids import new_id
from shared.runtime.jobs import has_come
from shared.runtime.journal import Entry
from shared.runtime.personal import own_id
from shared.runtime.privacy import Vault
from shared.runtime.web.pages import decode, encode
from shared.runtime.work import Work
from shared.schemas.base import Page


async def ask(work: Work, shift: UUID, given: inputs.NewSwap) -> UUID:
    """Asks another to take one's shift. NotFound, NotAMember, CannotSwap, AlreadyDone."""
    me = own_id(work)
    gives = await rosters.shift(work, shift)
    if gives is None or gives["person_id"] != me:
        raise NotFound
    takes = await _theirs(work, given)
    may_change_hands(gives, takes, me, given.asked, work.now)
    held = await rosters.hold(work, [me, given.asked])
    if (gives["roster_id"], given.asked) not in held:
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


def _parties(row: Row, shift: Row, work: Work) -> frozenset[Party]:
    """Who the caller is to it; `shift` is one of its roster. Nobody approves a swap of their own."""
    if work.actor.kind == "job":
        return frozenset({Party.CLOCK})
    related = {Party.ASKER: str(row["asker"]), Party.ASKED: str(row["asked"])}
    mine = frozenset(party for party, person in related.items() if person == work.actor.id)
    staff = not mine and work.actor.may(Permission.ROSTERS_MANAGE, shift["path"])
    return mine | ({Party.STAFF} if staff else set())


def _facts(shift: Row) -> frozenset[str]:
    return frozenset({"needs_approval"} if shift["swaps_need_approval"] else ())


async def load(work: Work, swap: UUID) -> tuple[Row, Row]:
    """The swap and the shift that it is about, for the two and for those who plan. NotFound."""
    row = await work.one(q.BY_ID, id=swap)
    shift = None if row is None else await rosters.shift(work, row["gives"])
    if row is None or shift is None or not _parties(row, shift, work):
        raise NotFound
    return row, shift


async def whole(work: Work, vault: Vault, swap: UUID) -> SwapView:
    """As the two see it, and those who plan. NotFound."""
    row, _ = await load(work, swap)
    return (await _views(work, vault, [row]))[0]


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
            moves=SWAP.open_moves(row["step"], _parties(row, found[row["gives"]], work), _facts(found[row["gives"]])),
        )
        for row in rows
    ]


async def mine(work: Work, vault: Vault, *, cursor: str | None, limit: int) -> Page[SwapView]:
    """Those in which the caller asked or is asked, newest first."""
    key = decode(cursor, UUID)
    more = {} if key is None else {"after": key[0]}
    rows = await work.all(q.mine(following=key is not None), me=own_id(work), limit=limit + 1, **more)
    items = await _views(work, vault, rows[:limit])
    return Page(items=items, next=encode(items[-1].id) if len(rows) > limit else None)


async def of_roster(
    work: Work, vault: Vault, roster: UUID, step: str | None, *, cursor: str | None, limit: int
) -> Page[SwapView]:
    """Those of a roster, for who plans it, newest first. NotFound, Forbidden."""
    await rosters.seen(work, roster, Permission.ROSTERS_MANAGE)
    key = decode(cursor, UUID)
    more: dict[str, Any] = {} if key is None else {"after": key[0]}
    more |= {} if step is None else {"step": step}
    statement = q.of_roster(step=step is not None, following=key is not None)
    rows = await work.all(statement, roster=roster, limit=limit + 1, **more)
    items = await _views(work, vault, rows[:limit])
    return Page(items=items, next=encode(items[-1].id) if len(rows) > limit else None)


async def move(work: Work, swap: UUID, name: str, given: BaseModel, expected: int | None = None) -> UUID:
    """Makes a move. NotFound, PreconditionFailed, Conflict, CannotSwap, TwoPlacesAtOnce; as `Workflow.apply`."""
    row, shift = await load(work, swap)
    outcome = SWAP.apply(row["step"], name, _parties(row, shift, work), _facts(shift))
    expect(row["version"], expected)
    if name in ("accept", "consent", "approve"):
        await _exchange(work, row, done=name != "consent")
    if await _write(work, row, outcome, given.model_dump(exclude_none=True) or None) is None:
        raise stale(expected)
    return swap


async def _write(work: Work, row: Row, outcome: Outcome, text: dict[str, Any] | None) -> Row | None:
    data = {"gives": str(row["gives"]), "takes": str(row["takes"]) if row["takes"] else None}
    entry = Entry("swap", f"swap.{outcome.move}", outcome.before, outcome.after, data, text)
    return await work.write(q.MOVE, entry, id=row["id"], version=row["version"], to_step=outcome.after)


async def _exchange(work: Work, row: Row, *, done: bool) -> None:
    """Both have agreed: the shifts change hands, as they are now and not as they were when it was asked.

    Where it is not `done` but waits to be approved, this only finds out that they could.
    """
    asker, asked = row["asker"], row["asked"]
    held = await rosters.hold(work, [asker, asked])
    gives = await rosters.shift(work, row["gives"])
    takes = await rosters.shift(work, row["takes"]) if row["takes"] else None
    if gives is None or (row["takes"] and takes is None):
        raise cannot("not_published")
    may_change_hands(gives, takes, asker, asked, work.now)
    both = [row["gives"], *([row["takes"]] if row["takes"] else [])]
    for shift, person in ((gives, asked), (takes, asker)):
        if shift is None:
            continue
        if (row["roster_id"], person) not in held:
            raise NotAMember(roster=gives["roster_name"])
        await rosters.free(work, person, shift["begins_at"], shift["ends_at"], but=both)
    if not done:
        return
    for shift, giver, person in ((gives, asker, asked), (takes, asked, asker)):
        if shift is not None and not await rosters.give(work, shift["id"], giver, person, held):
            raise cannot("not_published")


async def lapse(work: Work, swap: UUID) -> None:
    """A shift of it begins: where nobody has answered, or nobody approved, the question is void."""
    row = await work.one(q.BY_ID, id=swap)
    if row is not None and row["step"] in OPEN and has_come(row["lapses_at"], work.now):
        await _write(work, row, SWAP.apply(row["step"], "lapse", {Party.CLOCK}), None)


async def of_person(work: Work, person: UUID) -> list[UUID]:
    """Every swap in which a person asked or was asked: what was noted there is theirs."""
    return [row["id"] for row in await work.all(q.OF_PERSON, person=person)]
