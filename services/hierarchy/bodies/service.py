"""Use cases of bodies: the seats a body has, who sits there on a day, and whether those present can decide."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from services.hierarchy.appointments import seats as posts
from services.hierarchy.bodies import queries as q
from services.hierarchy.bodies.inputs import NewCharter, Presence, Seating
from services.hierarchy.bodies.refusals import NoBody, NoSeatFree, NotForThisSeat, SeatsHeld, UnknownSeatKind
from services.hierarchy.bodies.rules import BODY_KINDS, Charter, SeatKind, Sitting, faults, is_quorate, why_not
from services.hierarchy.bodies.views import (
    BodySummary,
    BodyView,
    QuorumView,
    SeatKindView,
    SeatView,
    quorum_view,
)
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
from shared.runtime.privacy import Vault
from shared.runtime.web.pages import decode, encode
from shared.runtime.work import Work
from shared.schemas.base import Page

READ, MANAGE = organisations.READ, organisations.MANAGE


# --- reading -----------------------------------------------------------------------------------------------------


def _when(work: Work, on: date | None) -> tuple[bool, dict[str, date]]:
    """Whether it is asked about a day gone by, and then that day."""
    return (True, {"on": on}) if on is not None and on < work.today else (False, {})


async def _of(work: Work, code: str, on: date | None) -> tuple[Row, Row]:
    """The organisation and its body, with the charter of the day. NotFound, Forbidden."""
    organisation = await organisations.seen(work, code)
    then, day = _when(work, on)
    row = await work.one(q.of(then=then), organisation=code, **day)
    if row is None:
        raise NotFound
    return organisation, row


async def shown(work: Work, vault: Vault, code: str, on: date | None = None) -> BodyView:
    """A body with its seats and their holders on a day. NotFound, Forbidden."""
    organisation, row = await _of(work, code, on)
    day = on or work.today
    charter = Charter.model_validate(row["charter"])
    seats = await posts.in_organisations(work, [code], day)
    known = await people.by_ids(work, (seat["person_id"] for seat in seats if seat["person_id"]))
    sitting = _sitting(seats, known)
    held = await posts.kinds_held(work, {one.person for one in sitting}, day)
    wrong = [] if _over(organisation, day) else faults(charter, sitting, held)
    place = await places.by_paths(work, [organisation["path"]] if organisation["path"] else [])
    return BodyView(
        **_summary(organisation, charter, seats, place),
        id=row["id"],
        version=row["version"],
        on=day,
        charter=charter,
        invented=row["invented"],
        seat_kinds=[_kind(vault, work.district, kind, seats, (known, held)) for kind in charter.seats],
        faults_zh=[words.zh for words in wrong],
        faults_en=[words.en for words in wrong],
    )


def _over(organisation: Row, day: date) -> bool:
    return organisation["until"] is not None and organisation["until"] < day


async def by_id(work: Work, vault: Vault, body: UUID) -> BodyView:
    """The same by id, for a repeated request. NotFound."""
    row = await work.one(q.BY_ID, id=body)
    if row is None:
        raise NotFound
    return await shown(work, vault, row["organisation"])


def _sitting(seats: Iterable[Row], known: dict[UUID, Row]) -> list[Sitting]:
    return [
        Sitting(seat["kind"], seat["person_id"], known[seat["person_id"]]["party_member"])
        for seat in seats
        if seat["person_id"] in known
    ]


def _kind(
    vault: Vault, district: str, kind: SeatKind, seats: Sequence[Row],
    crowd: tuple[dict[UUID, Row], dict[UUID, dict[str, str]]],
) -> SeatKindView:  # fmt: skip
    known, held = crowd
    mine = [seat for seat in seats if seat["kind"] == kind.key]
    holders = []
    for seat in mine:
        who = known.get(seat["person_id"])
        holders.append(
            SeatView(
                post_code=seat["code"],
                person_id=seat["person_id"],
                name=people.name_of(vault, district, who) if who else None,
                party_member=who["party_member"] if who else None,
                since=seat["since"],
                until=seat["until"],
                also=sorted(label for key, label in held.get(seat["person_id"], {}).items() if key != kind.key),
            )
        )
    filled = sum(seat["person_id"] is not None for seat in mine)
    return SeatKindView(key=kind.key, label=kind.label, seats=kind.seats, filled=filled, holders=holders)


def _summary(organisation: Row, charter: Charter, seats: Sequence[Row], found: dict[str, Any]) -> dict[str, Any]:
    keys = {kind.key for kind in charter.seats}
    filled = [seat["kind"] for seat in seats if seat["person_id"] is not None and seat["kind"] in keys]
    place = found.get(organisation["path"] or "")
    return {
        "organisation": organisation["code"],
        "name": organisation["name"],
        "kind": organisation["kind"],
        "place_code": place["code"] if place else None,
        "seats": charter.size,
        "filled": len(filled),
        "kinds": len(keys),
        "kinds_filled": len(set(filled)),
    }


async def page(work: Work, place: str | None, on: date | None, cursor: str | None, limit: int) -> Page[BodySummary]:
    """A page by organisation. UnknownPlace, Forbidden."""
    work.actor.demand(READ)
    wanted = await places.placed(work, {"place": place})
    key = decode(cursor, str)
    values = wanted | organisations.scoped(work.actor) | {"after": key[0] if key else "", "limit": limit + 1}
    then, day = _when(work, on)
    rows = await work.all(q.listed(frozenset(wanted) - {"end"}, then=then), **values, **day)
    codes = [row["organisation"] for row in rows[:limit]]
    bodies = await organisations.by_codes(work, codes)
    seats = await posts.in_organisations(work, codes, on or work.today)
    found = await places.by_paths(work, {row["path"] for row in rows[:limit] if row["path"]})
    items, when = [], on or work.today
    for row in rows[:limit]:
        if _over(bodies[row["organisation"]], when):
            continue
        mine = [seat for seat in seats if seat["organisation"] == row["organisation"]]
        charter = Charter.model_validate(row["charter"])
        items.append(BodySummary(**_summary(bodies[row["organisation"]], charter, mine, found)))
    return Page(items=items, next=encode(codes[-1]) if len(rows) > limit else None)


async def quorum(work: Work, code: str, given: Presence) -> QuorumView:
    """Whether those present can decide. NotFound, Forbidden."""
    _, row = await _of(work, code, given.on)
    day = given.on or work.today
    seats = await posts.in_organisations(work, [code], day)
    sitting = [Sitting(seat["kind"], seat["person_id"]) for seat in seats if seat["person_id"] is not None]
    charter = Charter.model_validate(row["charter"])
    keys = {kind.key for kind in charter.seats}
    verdict = is_quorate(charter, [one for one in sitting if one.kind in keys], given.present)
    return quorum_view(verdict, len(set(given.present)))


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
