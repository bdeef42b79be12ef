"""Which role sees which field in full, masked, or not at all: the page `fields.py`, tried for every viewer."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.tickets.appeals import views
from services.tickets.appeals.intake import seal
from shared.kernel.rights import Role
from shared.runtime.journal import Entry
from shared.runtime.privacy import mask_phone
from tests.architecture.matrix.asks import ask
from tests.architecture.matrix.expectations import PERSONS, ROLES
from tests.architecture.matrix.fields import FIELDS, VALUES
from tests.architecture.matrix.table import Row, members, parse
from tests.architecture.matrix.things import PEOPLE_OF, Thing, make
from tests.architecture.matrix.world import RELATIVE, World, open_world
from tests.support.world import Somebody, service_headers

# Which thing a view is about.
_ABOUT = {
    "tickets": "appeal:contact", "person_read": "person", "person_reveal": "person", "person_search": "person",
    "person_list": "person",
    "activity_read": "activity:open", "activity_list": "activity:open", "registration_list": "registration:there",
    "attendance_list": "registration:there", "events": "registration:there", "hierarchy": "building",
}  # fmt: skip
_LISTS = {"appeal_list", "appeal_mine", "inbox_list", "activity_list", "registration_mine"}
_OF_ACTIVITY = {"registration_list", "attendance_list"}
LINES = [[cell.strip() for cell in line.split("|")] for line in FIELDS.strip().splitlines()]


@pytest.fixture(scope="module")
async def world(database: dict[str, str]) -> AsyncIterator[World]:
    async with open_world(database) as made:
        yield made


def viewers(service: str, thing: str) -> list[str]:
    return [role for role in ROLES if role != "nobody"] + list(PEOPLE_OF.get(thing.partition(":")[0], ()))


def named(cell: str) -> set[str]:
    return {one for word in cell.split() for one in members(word)}


async def _told(world: World, thing: Thing, *, contact: bool) -> None:
    """The notes of every step, as the journal of the case holds them, and who is to be reached."""
    if thing.table != "tickets.appeals" or thing.id is None:
        return
    service, value = world.services["tickets"], {name: full for name, (full, _) in VALUES.items()}
    known = {"name": value["contact name"], "phone": value["contact phone"], "address": value["contact address"]}
    sealed = seal(service, world.at, thing.id, known) if contact else None
    await world.sql(
        "UPDATE tickets.appeals SET contact = $3, content = $4, public_reply = $5 WHERE district = $1 AND id = $2",
        world.at, thing.id, sealed, value["content"], value["public reply"],
    )  # fmt: skip
    notes: list[tuple[str, dict[str, Any]]] = [
        ("file", {"note": value["filing note"]}),
        ("contact", {"note": value["calling note"]}),
        ("progress", {"note": value["progress note"]}),
        ("resolve", {"internal_note": value["internal note"], "public_reply": value["public reply"]}),
    ]
    for event, text in notes:
        async with service.work(service.job_principal(world.at, "test")) as work:
            await work.record(Entry("appeal", event, "handle", "handle", text=text), thing.id)


async def _prepared(world: World, row: Row, viewer: str, me: UUID) -> Thing:
    person = viewer if viewer in PERSONS else ""
    thing = await make(world, row.service, row.thing, person, me)
    await _told(world, thing, contact=viewer != "reporter")
    if thing.table == "events.registrations":
        note = VALUES["sign-up note"][0]
        await world.sql(
            "UPDATE events.registrations SET note = $3 WHERE district = $1 AND id = $2", world.at, thing.id, note
        )
    return thing


async def seen(world: World, row: Row, viewer: str) -> tuple[str, Thing]:
    """What the view says to this viewer."""
    me = uuid4()
    thing = await _prepared(world, row, viewer, me)
    subject = thing
    if row.route in _OF_ACTIVITY:
        sql = "SELECT activity_id FROM events.registrations WHERE district = $1 AND id = $2"
        subject = Thing(str((await world.sql(sql, world.at, thing.id))[0]["activity_id"]), thing.path)
    made = await ask(world, row, subject)
    if viewer == "service":
        headers = service_headers(world.at, "tickets" if row.service == "hierarchy" else "hierarchy", row.service)
    else:
        role, relation = PERSONS.get(viewer, (viewer, "own"))
        headers = Somebody(world.at, ((Role(role), RELATIVE[relation](thing.path)),), me).headers
    sent = headers | ({"Idempotency-Key": str(uuid4())} if made.method != "GET" else {})
    answer = await world.http[row.service].request(
        made.method, made.path, params=made.params, json=made.body, headers=sent
    )
    return answer.text if answer.is_success else "", thing


def judged(text: str, value: str, thing: Thing) -> str:
    full, masked = VALUES[value]
    if value == "person phone":
        full, masked = thing.within, mask_phone(thing.within)
    if full is not None and full in text:
        return "full"
    return "masked" if masked is not None and f'"{masked}"' in text else "none"


def _row(view: str) -> Row:
    service, _, route = view.partition(" ")
    way = "list" if route in _LISTS else "path"
    return parse(service, f"{route} | {way} | {_ABOUT.get(route, _ABOUT[service])}")


@pytest.mark.parametrize("view", sorted({line[0] for line in LINES}))
async def test_who_sees_which_field(world: World, view: str) -> None:
    row = _row(view)
    wrong = []
    tried = 0
    for viewer in viewers(row.service, row.thing):
        text, thing = await seen(world, row, viewer)
        for _, value, full, masked in (line for line in LINES if line[0] == view):
            expected = "full" if viewer in named(full) else "masked" if viewer in named(masked) else "none"
            tried += 1
            if (got := judged(text, value, thing)) != expected:
                wrong.append(f"{view}: {viewer} sees {value} {got}, not {expected}")
    print(f"\n{view}: {tried} cells")  # noqa: T201 - the number is what the reader asks for
    assert not wrong, "\n".join(wrong)


async def test_a_field_too_many_is_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The safety net is switched off: masking forgets to mask."""
    monkeypatch.setattr(views, "mask_phone", lambda phone: phone)
    text, thing = await seen(world, _row("tickets appeal_read"), "grid_worker")
    assert judged(text, "contact phone", thing) == "full"
