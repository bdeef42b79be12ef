"""The kinds of things that the table names: how one is made, where it lies, and how a person comes to stand in it."""

import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import shapely

from services.tickets.appeals.intake import seal
from services.tickets.attachments.service import files_of
from shared.kernel.paths import ROOT, child
from shared.kernel.rights import Role
from shared.runtime.attachments.store import new_name
from shared.runtime.ids import new_id, new_number
from shared.schemas.hierarchy import PlaceRef, Responsible
from tests.architecture.matrix import households, partners, posts, venues
from tests.architecture.matrix.world import BUILDING, CODE, COMMUNITY, HOME, PICTURE, World


@dataclass(frozen=True)
class Thing:
    """`name` is what an address or a body calls it by; `table` and `id` are its row."""

    name: str
    path: str
    table: str = ""
    id: UUID | None = None
    also: tuple[str, ...] = ()  # what a list would show of it
    within: str = ""  # the id of what it belongs to


STAGES: dict[str, dict[str, Any]] = {
    "": {},
    "of": {},  # called by its number
    "report": {"step": "report", "place_code": None, "place_name": None, "place_path": ROOT},
    "assign": {"step": "assign"},
    "handle": {"step": "handle"},
    "contact": {"step": "handle", "reporter_id": None},
    "suspended": {"step": "handle", "suspended": True, "seconds_left": 100},
    "feedback": {"step": "feedback", "result": "resolved"},
    "rate": {"step": "rate", "result": "resolved"},
    "called": {"step": "rate", "result": "resolved", "called_back": "reached"},
}
_drawings = itertools.count(1)
ACTIVITY = {"": "draft", "open": "open", "closed": "closed", "underway": "underway"}
REGISTRATION = {"": "registered", "begun": "registered", "there": "checked_in"}


def _chain(first: UUID | None) -> list[dict[str, Any]]:
    where = PlaceRef(code="x", path=BUILDING, kind="building", name="楼", full_name="楼")
    links = [
        Responsible(
            order=order, post_code=f"post-{order}", post_name=f"岗位{order}", role=Role.BUILDING_HEAD, place=where,
            organisation_code=None, person_id=person, person_name=None,
        )
        for order, person in enumerate([first or new_id(), new_id()], 1)
    ]  # fmt: skip
    return [link.model_dump(mode="json", exclude={"person_name"}) for link in links]


def _handled(person: str, me: UUID | None) -> dict[str, Any]:
    """Who handles the appeal, or had it."""
    mine = me if person in ("lead", "unit", "former_lead", "moved_lead", "was_asked") else None
    chain = _chain(mine)
    position = 1 if person == "was_asked" else 0
    lead = {"lead_post": f"post-{position + 1}", "lead_name": "岗位", "lead_person": chain[position]["person_id"]}
    return {"chain": chain, "chain_position": position} | lead


async def _appeal(world: World, stage: str, person: str, me: UUID | None, *, secret: bool = False) -> Thing:
    stands = STAGES[stage] | {"number": new_number(world.services["tickets"].db.now()), "confidential": secret}
    if person or stage not in ("", "of", "report"):
        stands |= _handled(person, me)
    if person == "reporter":
        stands["reporter_id"] = me
    if person in ("writer", "former_writer"):
        stands |= {"reporter_id": None, "entered_by": me}
    made = await world.copy("tickets.appeals", world.first["appeals"], **stands)
    if stage == "contact":
        contact = seal(world.services["tickets"], world.at, made, {"name": "虚构邻居", "phone": "10000000009"})
        await world.sql(
            "UPDATE tickets.appeals SET contact = $3 WHERE district = $1 AND id = $2", world.at, made, contact
        )
    name = stands["number"] if stage == "of" else str(made)
    return Thing(name, stands.get("place_path", BUILDING), "tickets.appeals", made, (stands["number"],))


async def _activity(world: World, stage: str, person: str, me: UUID | None) -> Thing:
    changed: dict[str, Any] = {"step": ACTIVITY[stage], "check_in_code": CODE}
    if stage == "underway":
        changed["starts_at"] = world.services["events"].db.now()
    if person in ("organiser", "former_organiser"):
        changed["organiser"] = str(me)
    made = await world.copy("events.activities", world.first["activities"], **changed)
    return Thing(str(made), BUILDING, "events.activities", made)


async def _registration(world: World, stage: str, person: str, me: UUID | None) -> Thing:
    of = await _activity(world, "underway" if stage else "open", person, me)
    who = str(me if person == "participant" else new_id())
    changed = {"step": REGISTRATION[stage], "person": who, "activity_id": of.id}
    made = await world.copy("events.registrations", world.first["registrations"], **changed)
    await world.sql("UPDATE events.activities SET taken = 1 WHERE district = $1 AND id = $2", world.at, of.id)
    if stage == "there":
        await world.sql(
            "INSERT INTO events.attendance (district, id, activity_id, person, in_at, in_evidence) "
            "VALUES ($1, $2, $3, $4, now() - interval '1 minute', 'scan')", world.at, made, of.id, who,
        )  # fmt: skip
    return Thing(str(made), BUILDING, "events.registrations", made)


async def _notice(world: World, _: str, person: str, me: UUID | None) -> Thing:
    made, who = new_id(), str(me if person == "participant" else new_id())
    await world.sql(
        "INSERT INTO events.notices (district, id, person, kind, activity_id, registration_id, text) "
        "VALUES ($1, $2, $3, 'promoted', $2, $2, '虚构通知')", world.at, made, who,
    )  # fmt: skip
    return Thing(str(made), BUILDING, "events.notices", made)


async def _job(world: World, service: str) -> Thing:
    made = new_id()
    await world.sql(
        f"INSERT INTO {service}.jobs (district, id, name, queue, args, attempts, dead_at) "
        "VALUES ($1, $2, 'nobody.knows.it', 'local', '{}', 12, now())", world.at, made,
    )  # fmt: skip
    return Thing(str(made), ROOT, f"{service}.jobs", made)


async def _attachment(world: World, stage: str, person: str, me: UUID | None) -> Thing:
    appeal = await _appeal(world, "handle", person, me, secret=stage == "secret")
    kind = "contact" if stage == "internal" else "report"
    stored_as = new_name(world.at, world.services["tickets"].db.now())
    await files_of(world.services["tickets"]).store.put(stored_as, PICTURE)
    changed = {"appeal_id": appeal.id, "kind": kind, "stored_as": stored_as, "preview": False}
    made = await world.copy("tickets.attachments", await world.attachment(), **changed)
    return Thing(str(made), BUILDING, "tickets.attachments", made, within=str(appeal.id))


async def _person(world: World, stage: str) -> Thing:
    """Somebody who lives at the building."""
    made, phone = await world.person_at(BUILDING)
    if stage == "disabled":
        sql = "INSERT INTO hierarchy.accounts (district, id, disabled_at) VALUES ($1, $2, now())"
        await world.sql(sql, world.at, made)
    return Thing(str(made), BUILDING, "hierarchy.people", made, within=phone)


async def _session(world: World, me: UUID | None) -> Thing:
    made = new_id()
    await world.sql(
        "INSERT INTO hierarchy.sessions (district, id, person_id, way, family, turn, idle_ends_at, ends_at) "
        "VALUES ($1, $2, $3, 'password', $4, $4, now() + interval '1 day', now() + interval '1 day')",
        world.at, made, me or new_id(), made.bytes,
    )  # fmt: skip
    return Thing(str(made), ROOT, "hierarchy.sessions", made)


async def _client(world: World) -> Thing:
    made = new_id()
    await world.sql(
        "INSERT INTO hierarchy.clients (district, id, name, role, path, secret) "
        "VALUES ($1, $2, '虚构系统', 'partner', $3, $4)",
        world.at, made, BUILDING, made.bytes,
    )  # fmt: skip
    return Thing(str(made), BUILDING, "hierarchy.clients", made)


async def _grant(world: World) -> Thing:
    made = new_id()
    await world.sql(
        "INSERT INTO hierarchy.grants (district, id, person_id, role, path, since) "
        "VALUES ($1, $2, $2, 'partner', $3, now())",
        world.at, made, BUILDING,
    )  # fmt: skip
    return Thing(str(made), BUILDING, "hierarchy.grants", made)


async def _entry(world: World, service: str) -> Thing:
    """Something that happened in the service, by what it happened to."""
    sql = f"SELECT subject_id FROM {service}.journal WHERE district = $1 ORDER BY at LIMIT 1"
    [row] = await world.sql(sql, world.at)
    return Thing(str(row["subject_id"]), ROOT)


async def _building(world: World) -> Thing:
    number = (await world.sql(
        "UPDATE hierarchy.places SET next_child = next_child + 1 WHERE district = $1 AND path = $2 "
        "RETURNING next_child - 1 AS n", world.at, COMMUNITY,
    ))[0]["n"]  # fmt: skip
    path, code = child(COMMUNITY, number), f"{world.at}100001-M{number:04}"
    made = await world.copy("hierarchy.places", world.first["places"], path=path, code=code, next_child=1)
    return Thing(code, path, "hierarchy.places", made)


@dataclass(frozen=True)
class Wanted:
    """What a thing is made from: `me` is its `person`."""

    service: str
    stage: str
    person: str
    me: UUID | None


async def _there(world: World, _: Wanted) -> Thing:
    return Thing(world.building, BUILDING)


async def _drawn(world: World) -> Thing:
    """A place with an outline, each somewhere else; `within` is its longitude."""
    made, west = await _building(world), 80 + 0.02 * next(_drawings)
    wkb = shapely.to_wkb(shapely.box(west, 35.0, west + 0.01, 35.01), hex=True)
    await world.sql(
        "INSERT INTO hierarchy.boundaries (district, id, place_id, kind, shape, west, south, east, north, area_m2, "
        "vertices, given_as, since) VALUES ($1, $2, $3, 'building', decode($4, 'hex'), $5, 35, $6, 35.01, 1, 5, "
        "'wgs84', now())", world.at, new_id(), made.id, wkb, west, west + 0.01,
    )  # fmt: skip
    return replace(made, within=str(west + 0.005))


async def _home(world: World, _: Wanted) -> Thing:
    return Thing(f"{world.building}-H0001", HOME)


async def _hotline(world: World, _: Wanted) -> Thing:
    return Thing(f"{world.at}-12345", ROOT)


_MAKERS: dict[str, Callable[[World, Wanted], Awaitable[Thing]]] = {
    "appeal": lambda world, w: _appeal(world, w.stage, w.person, w.me),
    "secret": lambda world, w: _appeal(world, w.stage, w.person, w.me, secret=True),
    "attachment": lambda world, w: _attachment(world, w.stage, w.person, w.me),
    "activity": lambda world, w: _activity(world, w.stage, w.person, w.me),
    "registration": lambda world, w: _registration(world, w.stage, w.person, w.me),
    "notice": lambda world, w: _notice(world, w.stage, w.person, w.me),
    "job": lambda world, w: _job(world, w.service),
    "entry": lambda world, w: _entry(world, w.service),
    "person": lambda world, w: _person(world, w.stage),
    "session": lambda world, w: _session(world, w.me if w.person == "owner" else None),
    "client": lambda world, _: _client(world),
    "grant": lambda world, _: _grant(world),
    "movable": lambda world, _: _building(world),
    "building": _there,
    "drawn": lambda world, _: _drawn(world),
    "place": _there,
    "parent": _there,
    "household": _home,
    "hotline": _hotline,
    **venues.MAKERS,
    **partners.MAKERS,
    **posts.MAKERS,
    **households.MAKERS,
}


async def make(world: World, service: str, kind: str, person: str = "", me: UUID | None = None) -> Thing:
    """A thing of the kind; `me` stands in it as `person`."""
    name, _, stage = kind.partition(":")
    return await _MAKERS[name](world, Wanted(service, stage, person, me))


PEOPLE_OF = {
    "appeal": ("reporter", "writer", "former_writer", "lead", "unit", "former_lead", "moved_lead", "was_asked"),
    "secret": ("reporter", "writer", "former_writer", "lead", "unit", "former_lead", "moved_lead", "was_asked"),
    "activity": ("organiser", "former_organiser"),
    "registration": ("organiser", "former_organiser", "participant"),
    "notice": ("participant",),
    "attachment": ("reporter", "writer", "former_writer", "lead", "unit", "former_lead", "moved_lead", "was_asked"),
    "session": ("owner",),
    "person": ("owner",),
    **venues.PEOPLE_OF,
    **partners.PEOPLE_OF,
    **posts.PEOPLE_OF,
}
