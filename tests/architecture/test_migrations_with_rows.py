"""Districts are upgraded with what is in their tables: every migration that fills something keeps its promise.

One database goes up through the versions that wrote rows (`rows_of_before`), and is then only read.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any

import asyncpg
import pytest
from alembic import command
from sqlalchemy import Connection, make_url

from migrations import run as migrations
from services.hierarchy.main import create_app, open_hierarchy
from shared.kernel.rights import Role
from tests.architecture.rows_of_before import (
    BEGINNING,
    BUILDING,
    COMMUNITY,
    DISTRICT,
    DOORS,
    MANDATE,
    REORGANISED,
    Rows,
    home,
    u,
)
from tests.conftest import client_of
from tests.support.world import somebody

WRITTEN: dict[str, Rows] = {"80ff19cde5db": BEGINNING, "4584a93da5e3": DOORS, "a4f07d2c91be": REORGANISED}
FIRST = {"tickets": "de509782d60d", "events": "66444da0711a"}  # which fill nothing: their rows stay as they are
JOBS: Rows = [("jobs", {"id": u(1), "name": "some.job", "queue": "local", "args": {"id": u(2)}})]
ALL_ALONG = date(2000, 1, 1)


def at(address: str, database: str) -> str:
    return make_url(address).set(database=database).render_as_string(hide_password=False)


async def to(owner: str, service: str, revision: str, *, down: bool = False) -> None:
    def go(connection: Connection) -> None:
        (command.downgrade if down else command.upgrade)(migrations.config(service, connection), revision)
        connection.commit()

    await migrations.with_owner(owner, go)


@asynccontextmanager
async def connected(owner: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(owner)
    try:
        yield connection
    finally:
        await connection.close()


async def put(owner: str, service: str, rows: Rows) -> None:
    """Inserts them, each with the columns that it has."""
    async with connected(owner) as connection:
        for table, row in rows:
            names = ", ".join(["district", *row])
            await connection.execute(
                f"INSERT INTO {service}.{table} ({names}) "
                f"SELECT {names} FROM jsonb_populate_record(NULL::{service}.{table}, $1)",
                json.dumps(row | {"district": DISTRICT}),
            )


async def told(owner: str, sql: str) -> dict[Any, Any]:
    """What a query says, by its first column."""
    async with connected(owner) as connection:
        found = await connection.fetch(sql)
    return {row[0]: row[1] if len(row) == 2 else tuple(row[1:]) for row in found}


@pytest.fixture(scope="module")
async def old(database: dict[str, str]) -> AsyncIterator[dict[str, str]]:
    """Addresses of a database that was written by old versions, and upgraded."""
    name = "upgraded_with_rows"
    addresses = {of: at(address, name) for of, address in database.items()}
    async with connected(database["owner"]) as owner:
        await owner.execute(f"CREATE DATABASE {name}")
        for revision, rows in WRITTEN.items():
            await to(addresses["owner"], "hierarchy", revision)
            await put(addresses["owner"], "hierarchy", rows)
        for service, revision in FIRST.items():
            await to(addresses["owner"], service, revision)
            await put(addresses["owner"], service, JOBS)
        await migrations.upgrade(addresses["owner"], addresses)
        yield addresses
        await owner.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.parametrize("service", FIRST)
async def test_work_that_was_due_is_due(old: dict[str, str], service: str) -> None:
    waiting = f"SELECT name, queue, args FROM {service}.jobs WHERE dead_at IS NULL AND due_at <= now()"
    assert await told(old["owner"], waiting) == {"some.job": ("local", json.dumps({"id": u(2)}))}


async def test_names_are_readable_and_rolls_name_whom_they_named(old: dict[str, str]) -> None:
    sql = "SELECT convert_from(name, 'UTF8'), listed_as, listed_since FROM hierarchy.people"
    assert await told(old["owner"], sql) == {"虚构楼栋长": ("head", ALL_ALONG)}


async def test_tags_of_households_are_rows_that_say_why(old: dict[str, str]) -> None:
    sql = f"""SELECT tag, basis, withdrawn_at, since FROM hierarchy.household_tags WHERE household_id = '{u(81)}'"""
    assert await told(old["owner"], sql) == {
        tag: ("sample", None, date(2026, 1, 10)) for tag in ("elderly", "living_alone")
    }  # fmt: skip
    assert await told(old["owner"], "SELECT code, version, invented FROM hierarchy.households WHERE invented") == {
        home(n): (1, True) for n in (1, 2)
    }


async def test_what_was_there_has_its_first_state(old: dict[str, str]) -> None:
    """Organisations since always; a structure in force; a link where its household lies; who is at a venue."""
    always = (ALL_ALONG, None, COMMUNITY)
    sql = "SELECT code, since, until, path FROM hierarchy.organisation_states"
    assert await told(old["owner"], sql) == {"council": always, "assembly": always}
    assert await told(old["owner"], "SELECT step, revision, until FROM hierarchy.structures") == {"active": (1, None)}
    sql = f"SELECT household, path FROM hierarchy.household_links WHERE household = '{home(1)}'"
    assert await told(old["owner"], sql) == {home(1): f"{BUILDING}0001"}
    sql = "SELECT code, resident FROM hierarchy.venues"
    assert await told(old["owner"], sql) == {"venue-1": "staff", "venue-2": None}


SEATS = "SELECT code, since, until IS NOT NULL FROM hierarchy.posts WHERE organisation IS DISTINCT FROM 'closed'"
CHARTERS = """
    SELECT organisation, c.since, c.invented, c.charter = b.charter
    FROM hierarchy.body_charters c JOIN hierarchy.bodies b ON b.id = c.body_id
"""
LEFT = "SELECT code, until >= '2026-05-31', until < now()::date + 1 FROM hierarchy.posts WHERE organisation = 'closed'"
HOMES = "SELECT code, closed_on FROM hierarchy.households"


async def test_seats_begin_with_the_day_they_were_made(old: dict[str, str]) -> None:
    """What a data file brought was always there. Made at a door: that day in China, or when the first sat down."""
    assert await told(old["owner"], SEATS) == {
        "head": (ALL_ALONG, False),
        "council-1": (ALL_ALONG, False),
        "council-2": (ALL_ALONG, False),
        "assembly-1": (date(2026, 3, 2), False),
        "assembly-2": (date(2026, 2, 20), False),
        "added": (date(2026, 3, 2), False),
    }


async def test_charters_hold_since_they_were_given(old: dict[str, str]) -> None:
    """One that a data file gave held always, also where another was given at a door since."""
    assert await told(old["owner"], CHARTERS) == {
        "council": (ALL_ALONG, False, True),
        "assembly": (date(2026, 3, 2), False, True),
        "closed": (ALL_ALONG, True, True),
    }


async def test_empty_seats_of_what_is_closed_are_no_vacancies_any_more(old: dict[str, str]) -> None:
    """From now on: about the days since it closed there is the same answer as before. Who sits there keeps the seat."""
    assert await told(old["owner"], LEFT) == {
        "closed-1": (True, True), "closed-2": (True, True), "closed-3": (None, None),
    }  # fmt: skip


async def test_records_end_with_their_homes_unless_somebody_hangs_on_them(old: dict[str, str]) -> None:
    gone = date(2026, 4, 11)  # in China
    assert await told(old["owner"], HOMES) == {
        home(1): None,
        home(2): None,
        home(3): gone,  # pulled down, whatever its tags
        home(4): None,  # somebody lives there
        home(5): None,  # part of another one, and tagged
        home(6): gone,  # who lived there left, and the tag was withdrawn
        home(7): None,  # a post looks after it
    }


async def test_workbooks_on_their_way_are_kept_until_a_job_looks_at_them(old: dict[str, str]) -> None:
    """One that waits to be confirmed as long as it was told; one that is over needs no time."""
    sql = """
        SELECT step, kept_until = due_at, count(due_at) OVER (PARTITION BY i.id)
        FROM hierarchy.imports i LEFT JOIN hierarchy.jobs j ON j.args ->> 'import_id' = i.id::text
    """
    once = (True, 1)
    assert await told(old["owner"], sql) == {"received": once, "checked": once, "applying": once, "applied": (None, 0)}


async def test_who_had_what_was_lost_is_forgotten_thirty_days_later(old: dict[str, str]) -> None:
    """After the day that the journal tells, or else after the upgrade."""
    sql = """
        SELECT args ->> 'loan_id', due_at = '2026-05-31 10:00+08', due_at > now() + interval '29 days'
        FROM hierarchy.jobs WHERE name = 'hierarchy.loan.forget' AND args ->> 'step' = 'lost'
    """
    assert await told(old["owner"], sql) == {u(126): (True, False), u(128): (False, True)}


async def test_mandates_stay_one_of_a_kind(old: dict[str, str]) -> None:
    """The key that tells those apart which go on from others still refuses the same mandate twice."""
    with pytest.raises(asyncpg.UniqueViolationError, match="uq_responsibilities_held"):
        await put(old["owner"], "hierarchy", [("responsibilities", MANDATE | {"id": u(71), "continues": None})])


async def test_the_product_answers_about_days_before_the_upgrade(old: dict[str, str]) -> None:
    """The door's own words for seats, charters and who is in charge, on days when older versions ran."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LINLI_HIERARCHY_DATABASE_URL", old["hierarchy"])
        service = open_hierarchy()
    async with client_of(create_app(service)) as api:

        async def ask(path: str, **params: str) -> Any:
            headers = somebody(DISTRICT, Role.OPERATOR).headers
            return (await api.get(f"/api/hierarchy/v1/{path}", params=params, headers=headers)).json()

        for day, seats in (("2026-02-01", 5), ("2026-02-20", 6), ("2026-03-02", 8)):
            shown = (await ask("posts", place=f"{DISTRICT}100001", on=day))["items"]
            assert len(shown) == seats + 1, shown
        chain = (await ask("responsibility", place=home(1), category="JC05", on="2026-02-01"))["chain"]
        assert [(link["post_name"], link["person_id"]) for link in chain] == [("楼栋长", u(40))]
        held = await ask("bodies/council", on="2026-02-01")
        assert [(kind["seats"], len(kind["holders"])) for kind in held["seat_kinds"]] == [(2, 2)]
        assert (await ask("bodies/assembly", on="2026-03-01"))["code"] == "not_found"
        assert (await ask("bodies/assembly", on="2026-03-02"))["filled"] == 1
        assert [one["code"] for one in (await ask("households"))["items"]] == [home(n) for n in (1, 2, 4, 5, 7)]
    await service.close()


async def test_down_and_up_again_says_the_same(old: dict[str, str]) -> None:
    queries = (SEATS, CHARTERS, LEFT, HOMES)
    before = [await told(old["owner"], sql) for sql in queries]
    await put(old["owner"], "hierarchy", [("responsibilities", MANDATE | {"id": u(72), "continues": u(70)})])
    for revision in ("5e8b2f47d1a9", "7d3a19f6e2c4", "c58e0b3d7f14", "a4f07d2c91be"):
        await to(old["owner"], "hierarchy", revision, down=True)
    assert await told(old["owner"], "SELECT held_by, id::text FROM hierarchy.responsibilities") == {"head": u(70)}
    async with connected(old["owner"]) as owner:  # as if it had broken off right after that
        await owner.execute("ALTER TABLE hierarchy.responsibilities ADD COLUMN continues uuid")
    await to(old["owner"], "hierarchy", "head")
    assert [await told(old["owner"], sql) for sql in queries] == before
