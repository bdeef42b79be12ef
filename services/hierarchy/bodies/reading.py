"""Bodies as people see them: which there are, their seats and who sits there on a day, whether they can decide.

On a day gone by a body is called what its organisation was called, and lies where that was at home.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from services.hierarchy.appointments import seats as posts
from services.hierarchy.bodies import queries as q
from services.hierarchy.bodies.inputs import Presence
from services.hierarchy.bodies.rules import BODY_KINDS, Charter, SeatKind, Sitting, faults, is_quorate
from services.hierarchy.bodies.views import BodySummary, BodyView, QuorumView, SeatKindView, SeatView, quorum_view
from services.hierarchy.organisations import reading as states
from services.hierarchy.organisations import service as organisations
from services.hierarchy.people import service as people
from services.hierarchy.places import history
from services.hierarchy.places import service as places
from shared.kernel.errors import NotFound
from shared.runtime.db import Row
from shared.runtime.privacy import Vault
from shared.runtime.web.pages import decode, encode
from shared.runtime.work import Work
from shared.schemas.base import Page

READ = organisations.READ


async def _of(work: Work, code: str, day: date) -> tuple[Row, Row]:
    """The organisation and its body, as they were on the day, if it is gone by. NotFound, Forbidden."""
    organisation, then = await organisations.seen(work, code), day < work.today
    row = await work.one(q.of(then=then), organisation=code, **({"on": day} if then else {}))
    if row is None:
        raise NotFound
    was = await states.on_day(work, code, day) if then else None
    return was or organisation, row


async def shown(work: Work, vault: Vault, code: str, on: date | None = None) -> BodyView:
    """A body with its seats and their holders on a day. NotFound, Forbidden."""
    day = on or work.today
    organisation, row = await _of(work, code, day)
    charter = Charter.model_validate(row["charter"])
    seats = await posts.in_organisations(work, [code], day)
    known = await people.by_ids(work, (seat["person_id"] for seat in seats if seat["person_id"]))
    sitting = _sitting(seats, known)
    held = await posts.kinds_held(work, {one.person for one in sitting}, day)
    wrong = [] if _over(organisation, day) else faults(charter, sitting, held)
    place = await history.called(work, [organisation["path"]] if organisation["path"] else [], day)
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
    key, day = decode(cursor, str), on or work.today
    listed = _listed_then if day < work.today else _listed
    bodies, rows = await listed(work, place, day, key[0] if key else "", limit + 1)
    codes = list(bodies)[:limit]
    seats = await posts.in_organisations(work, codes, day)
    found = await history.called(work, {bodies[code]["path"] for code in codes if bodies[code]["path"]}, day)
    items = []
    for code in codes:
        if code not in rows or _over(bodies[code], day):
            continue
        mine = [seat for seat in seats if seat["organisation"] == code]
        charter = Charter.model_validate(rows[code]["charter"])
        items.append(BodySummary(**_summary(bodies[code], charter, mine, found)))
    return Page(items=items, next=encode(codes[-1]) if len(bodies) > limit else None)


Found = tuple[dict[str, Row], dict[str, Row]]


async def _listed(work: Work, place: str | None, _: date, after: str, limit: int) -> Found:
    """Organisations and their bodies, by the codes of the organisations."""
    wanted = await places.placed(work, {"place": place}) | organisations.scoped(work.actor)
    rows = await work.all(q.listed(placed="place" in wanted), **wanted, after=after, limit=limit)
    known = await organisations.by_codes(work, (row["organisation"] for row in rows))
    return {row["organisation"]: known[row["organisation"]] for row in rows}, {r["organisation"]: r for r in rows}


async def _listed_then(work: Work, place: str | None, day: date, after: str, limit: int) -> Found:
    """The same on a day gone by. Of an organisation whose seats nobody had told by then there is no body."""
    filters = {"place": place, "kinds": list(BODY_KINDS)}
    known = {row["code"]: row for row in await states.listed(work, filters, day, after, limit)}
    rows = await work.all(q.THEN, organisations=list(known), on=day)
    return known, {row["organisation"]: row for row in rows}


async def quorum(work: Work, code: str, given: Presence) -> QuorumView:
    """Whether those present can decide. NotFound, Forbidden."""
    day = given.on or work.today
    _, row = await _of(work, code, day)
    seats = await posts.in_organisations(work, [code], day)
    sitting = [Sitting(seat["kind"], seat["person_id"]) for seat in seats if seat["person_id"] is not None]
    charter = Charter.model_validate(row["charter"])
    keys = {kind.key for kind in charter.seats}
    verdict = is_quorate(charter, [one for one in sitting if one.kind in keys], given.present)
    return quorum_view(verdict, len(set(given.present)))
