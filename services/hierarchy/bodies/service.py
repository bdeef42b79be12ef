"""Use cases of bodies: the seats a body has, who sits there on a day, and whether those present can decide."""

from datetime import date
from typing import Any
from uuid import UUID

from services.hierarchy.appointments import seats as posts
from services.hierarchy.bodies import queries as q
from services.hierarchy.bodies.inputs import NewCharter, Seating
from services.hierarchy.bodies.refusals import NoBody, NoSeatFree, NotForThisSeat, SeatsHeld, UnknownSeatKind
from services.hierarchy.bodies.rules import BODY_KINDS, Charter, SeatKind, why_not
from services.hierarchy.organisations import service as organisations
from services.hierarchy.people import service as people
from services.hierarchy.places import service as places
from shared.kernel.errors import AlreadyDone, Conflict, NotFound, PreconditionFailed
from shared.kernel.paths import ROOT
from shared.kernel.refusals import expect
from shared.kernel.rights import Role
from shared.runtime.db import Row
from shared.runtime.ids import new_id
from shared.runtime.journal import Entry
from shared.runtime.work import Work

READ, MANAGE = organisations.READ, organisations.MANAGE


# --- changing ----------------------------------------------------------------------------------------------------


async def charter(work: Work, code: str, given: NewCharter, expected: int | None) -> UUID:
    """Says which seats a body has. NotFound, Forbidden, NoBody, OrganisationClosed, SeatsHeld, PreconditionFailed."""
    await places.lock(work)
    organisation = await organisations.seen(work, code, MANAGE)
    organisations.must_be_open(organisation)
    if organisation["kind"] not in BODY_KINDS:
        raise NoBody(organisation=organisation["name"])
    before = await work.one(q.HOLD, organisation=code)
    expect(before["version"] if before else None, expected)
    await _fit_seats(work, organisation, Charter.model_validate(before["charter"]) if before else None, given.charter)
    document = given.charter.model_dump(mode="json")
    entry = Entry("body", "body.charter", data={"organisation": code, "charter": _codes(given.charter)},
                  text={"note": given.note} if given.note else None)  # fmt: skip
    values = {"id": new_id(), "organisation": code, "path": organisation["path"], "charter": document}
    values |= {"invented": False, "today": work.today}
    row = await work.write(q.CHARTER, entry, **values, expected=expected)
    if row is None:
        raise PreconditionFailed
    made: UUID = row["id"]
    return made


def _codes(charter: Charter) -> dict[str, Any]:
    return {"seats": {seat.key: seat.seats for seat in charter.seats}, "quorum": charter.quorum.model_dump()}


async def _fit_seats(work: Work, organisation: Row, before: Charter | None, charter: Charter) -> None:
    """Posts for the seats that have none yet; vacant ones that are too many go. SeatsHeld where more sit, or are to
    sit, than there shall be.
    """
    there = await posts.in_organisations(work, [organisation["code"]], work.today)
    kept = {kind.key for kind in charter.seats}
    dropped = [kind for kind in (before.seats if before else ()) if kind.key not in kept]
    for kind, seats in [*((kind, kind.seats) for kind in charter.seats), *((kind, 0) for kind in dropped)]:
        mine = list(dict.fromkeys(seat["post_id"] for seat in there if seat["kind"] == kind.key))
        held = await posts.taken(work, mine, work.today)
        if len(held) > seats:
            raise SeatsHeld(seat=kind.label, held=len(held), seats=seats)
        spare = [post for post in mine if post not in held]
        await posts.give_up(work, spare[len(spare) - max(len(mine) - seats, 0) :])
        await posts.make(work, organisation, kind.key, kind.label, Role.RESIDENT, max(seats - len(mine), 0))


async def seat(work: Work, code: str, given: Seating) -> UUID:
    """Somebody takes a free seat from today on. NotFound, Forbidden, UnknownSeatKind, UnknownPerson, ProcessingStopped,
    NotForThisSeat, AlreadyDone, NoSeatFree, TermOver.
    """
    row = await hold(work, code)  # before it is looked whether it is open: who closes it holds it as well
    organisation = await organisations.seen(work, code, MANAGE)
    organisations.must_be_open(organisation)
    if row is None:
        raise NotFound
    kinds = {kind.key: kind for kind in Charter.model_validate(row["charter"]).seats}
    kind = kinds.get(given.seat)
    if kind is None:
        raise UnknownSeatKind(organisation=organisation["name"], seat=given.seat, seats="、".join(kinds))
    person, day = await people.nameable(work, given.person, organisation["path"] or ROOT), work.today
    there = await _fitting(work, code, kind, person, day)
    free = await posts.free(work, there, day, kind.seats)
    if free is None:
        raise NoSeatFree(seat=kind.label)
    made: UUID = row["id"]
    data = {"organisation": code, "seat": kind.key, "post": free["code"], "person": str(given.person)}
    if await work.write(q.TOUCH, Entry("body", "body.seat", data=data), id=made) is None:
        raise Conflict
    await posts.appoint(work, free, given.person, since=day, source=given.source, term_ends=given.term_ends)
    return made


async def _fitting(work: Work, code: str, kind: SeatKind, person: Row, day: date) -> list[Row]:
    """The seats of the kind, of which this person may take one that day. NotForThisSeat, AlreadyDone."""
    held = (await posts.kinds_held(work, {person["id"]}, day)).get(person["id"], {})
    why = why_not(kind, party=person["party_member"], posts=held)
    if why is not None:
        raise NotForThisSeat(seat=kind.label, why_zh=why.zh, why_en=why.en)
    there = [one for one in await posts.in_organisations(work, [code], day) if one["kind"] == kind.key]
    taken = await posts.taken(work, (one["post_id"] for one in there), day)
    if any(person["id"] in sitting for sitting in taken.values()):
        raise AlreadyDone(what_zh="此人已在该席位任职。", what_en="This person holds such a seat already.")
    return there


async def hold(work: Work, organisation: str) -> Row | None:
    """The body, if the organisation is one: nobody else takes a seat of it until the work ends. Before the seat."""
    await work.begin()
    return await work.one(q.HOLD, organisation=organisation)


async def follow(work: Work, left: Row, successor: UUID, since: date, term_ends: date | None) -> None:
    """Somebody takes the seat of an appointment that was just ended. Whoever calls holds the body and the seat.
    NotForThisSeat, AlreadyDone, TermOver.
    """
    body = await work.one(q.of(then=False), organisation=left["organisation"])
    kinds = Charter.model_validate(body["charter"]).seats if body else ()
    kind = next((one for one in kinds if one.key == left["post_kind"]), None)
    person = (await people.by_ids(work, [successor])).get(successor)
    if kind is None or person is None:
        raise Conflict
    there = await _fitting(work, left["organisation"], kind, person, since)
    seat = next(one for one in there if one["post_id"] == left["post_id"])
    await posts.appoint(work, seat, successor, since=since, source="交接", term_ends=term_ends)


# --- for other slices --------------------------------------------------------------------------------------------


async def put(work: Work, rows: list[dict[str, Any]], since: date) -> int:
    """Writes charters (`organisation`, `path`, `charter`, `invented`); how many changed. One that was not there held
    from `since`; what differs from before holds from today.
    """
    changed = [row["id"] for row in await work.all(q.PUT, rows=[{**row, "id": new_id()} for row in rows])]
    if changed:
        await work.all(q.LOADED, ids=changed, since=since, today=work.today)
    return len(changed)


rebase = q.REBASE
