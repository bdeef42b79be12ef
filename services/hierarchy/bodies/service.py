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


async def _of(work: Work, code: str) -> tuple[Row, Row]:
    """The organisation and its body. NotFound, Forbidden."""
    organisation = await organisations.seen(work, code)
    row = await work.one(q.OF, organisation=code)
    if row is None:
        raise NotFound
    return organisation, row


async def shown(work: Work, vault: Vault, code: str, on: date | None = None) -> BodyView:
    """A body with its seats and their holders on a day. NotFound, Forbidden."""
    organisation, row = await _of(work, code)
    day = on or work.today
    charter = Charter.model_validate(row["charter"])
    seats = await posts.in_organisations(work, [code], day)
    known = await people.by_ids(work, (seat["person_id"] for seat in seats if seat["person_id"]))
    sitting = _sitting(seats, known)
    held = await posts.kinds_held(work, {one.person for one in sitting}, day)
    wrong = faults(charter, sitting, held)
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
    rows = await work.all(q.listed(frozenset(wanted) - {"end"}), **values)
    codes = [row["organisation"] for row in rows[:limit]]
    bodies = await organisations.by_codes(work, codes)
    seats = await posts.in_organisations(work, codes, on or work.today)
    found = await places.by_paths(work, {row["path"] for row in rows[:limit] if row["path"]})
    items = []
    for row in rows[:limit]:
        mine = [seat for seat in seats if seat["organisation"] == row["organisation"]]
        charter = Charter.model_validate(row["charter"])
        items.append(BodySummary(**_summary(bodies[row["organisation"]], charter, mine, found)))
    return Page(items=items, next=encode(codes[-1]) if len(rows) > limit else None)


async def quorum(work: Work, code: str, given: Presence) -> QuorumView:
    """Whether those present can decide. NotFound, Forbidden."""
    _, row = await _of(work, code)
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
    await _make_seats(work, organisation, given.charter)
    document = given.charter.model_dump(mode="json")
    entry = Entry("body", "body.charter", data={"organisation": code, "charter": _codes(given.charter)},
                  text={"note": given.note} if given.note else None)  # fmt: skip
    values = {"id": new_id(), "organisation": code, "path": organisation["path"], "charter": document}
    row = await work.write(q.CHARTER, entry, **values, invented=False, expected=expected)
    if row is None:
        raise PreconditionFailed
    made: UUID = row["id"]
    return made


def _codes(charter: Charter) -> dict[str, Any]:
    return {"seats": {seat.key: seat.seats for seat in charter.seats}, "quorum": charter.quorum.model_dump()}


async def _make_seats(work: Work, organisation: Row, charter: Charter) -> None:
    """Posts for the seats that have none yet. SeatsHeld where more sit than there shall be."""
    there = await posts.in_organisations(work, [organisation["code"]], work.today)
    for kind in charter.seats:
        mine = [seat for seat in there if seat["kind"] == kind.key]
        held = sum(seat["person_id"] is not None for seat in mine)
        if held > kind.seats:
            raise SeatsHeld(seat=kind.label, held=held, seats=kind.seats)
        missing = kind.seats - len({seat["code"] for seat in mine})
        await posts.make(work, organisation, kind.key, kind.label, Role.RESIDENT, max(missing, 0))


async def seat(work: Work, code: str, given: Seating) -> UUID:
    """Somebody takes a free seat from today on. NotFound, Forbidden, UnknownSeatKind, UnknownPerson, ProcessingStopped,
    NotForThisSeat, AlreadyDone, NoSeatFree.
    """
    await work.begin()
    organisation = await organisations.seen(work, code, MANAGE)
    organisations.must_be_open(organisation)
    row = await work.one(q.HOLD, organisation=code)
    if row is None:
        raise NotFound
    kinds = {kind.key: kind for kind in Charter.model_validate(row["charter"]).seats}
    kind = kinds.get(given.seat)
    if kind is None:
        raise UnknownSeatKind(organisation=organisation["name"], seat=given.seat, seats="、".join(kinds))
    person, day = await people.nameable(work, given.person, organisation["path"] or ROOT), work.today
    held = (await posts.kinds_held(work, {given.person}, day)).get(given.person, {})
    why = why_not(kind, party=person["party_member"], posts=held)
    if why is not None:
        raise NotForThisSeat(seat=kind.label, why_zh=why.zh, why_en=why.en)
    there = [one for one in await posts.in_organisations(work, [code], day) if one["kind"] == kind.key]
    if any(one["person_id"] == given.person for one in there):
        raise AlreadyDone(what_zh="此人已在该席位任职。", what_en="This person holds such a seat already.")
    free = await posts.free(work, [one for one in there if one["person_id"] is None], day)
    if free is None:
        raise NoSeatFree(seat=kind.label)
    made: UUID = row["id"]
    data = {"organisation": code, "seat": kind.key, "post": free["code"], "person": str(given.person)}
    if await work.write(q.TOUCH, Entry("body", "body.seat", data=data), id=made) is None:
        raise Conflict
    await posts.appoint(work, free, given.person, since=day, source=given.source, term_ends=given.term_ends)
    return made


# --- for other slices --------------------------------------------------------------------------------------------


async def put(work: Work, rows: list[dict[str, Any]]) -> int:
    """Writes charters (`organisation`, `path`, `charter`, `invented`); how many changed."""
    return len(await work.all(q.PUT, rows=[{**row, "id": new_id()} for row in rows])) if rows else 0


rebase = q.REBASE
