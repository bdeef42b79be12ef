"""A place moves with all below it: every path follows, and whoever looks meanwhile sees the one or the other tree."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner
from sqlalchemy import Table
from sqlalchemy.dialects import postgresql

from services.__main__ import main
from services.hierarchy.metadata import METADATA
from services.hierarchy.places import service as places
from services.hierarchy.places.loading import import_places
from services.hierarchy.places.rules import why_not_move
from services.hierarchy.places.tree import Given
from services.hierarchy.relocation import service as relocation
from services.hierarchy.responsibility import service as responsibility
from shared.kernel.paths import ROOT
from shared.kernel.rights import Grant, Principal, Role
from shared.runtime.service import Service
from shared.runtime.work import Work
from tests.hierarchy.small import load_small, loader, place, with_password
from tests.support.world import somebody

STREET, FIRST, SECOND = "00010001", "000100010001", "000100010002"


def moving(service: Service, district: str) -> Work:
    return service.work(Principal(district, "mover", "user", (Grant(Role.OPERATOR, ROOT),)))


async def read(service: Service, sql: str, *values: object) -> list[Any]:
    async with service.db.connection() as connection:
        return list(await connection.fetch(sql, *values))


async def paths(service: Service, district: str) -> dict[str, tuple[str, str, str, int]]:
    sql = "SELECT code, path, parent, full_name, version FROM hierarchy.places WHERE district = $1"
    return {row["code"].removeprefix(district): tuple(row)[1:] for row in await read(service, sql, district)}


async def test_everything_below_follows(api: httpx.AsyncClient, hierarchy: Service, district: str) -> None:
    await load_small(hierarchy, district)
    operator, building = somebody(district, Role.OPERATOR), f"{district}100001-B01"
    before = await api.get(f"places/{building}", headers=operator.headers)
    assert before.headers["etag"] == '"1"'
    answer = await api.post(f"places/{building}/move", json={"parent": f"{district}100002"}, headers=operator.writes())
    assert (answer.status_code, answer.headers["etag"]) == (200, '"2"')
    assert (answer.json()["path"], answer.json()["full_name"]) == (f"{SECOND}0001", "示例街道乙社区甲社区1号楼")
    sql = """SELECT before, after, data, actor FROM hierarchy.journal WHERE district = $1 AND event = 'move'"""
    [row] = await read(hierarchy, sql, district)
    assert (row["before"], row["after"], row["actor"]) == (f"{FIRST}0001", f"{SECOND}0001", str(operator.id))
    assert row["data"] == {"code": building, "parent": f"{district}100002", "places": 1}


async def test_every_row_that_holds_a_path_follows(hierarchy: Service, district: str) -> None:
    """All tables of the schema, so that a new one with a path cannot be forgotten."""
    d = district
    flat = place(d, f"{d}100001-B01-H0001", f"{d}100001-B01", "household", "101室")
    await load_small(hierarchy, d, flat)
    await with_password(hierarchy, d)
    tables = [table.name for table in METADATA.sorted_tables if "path" in table.c and table.schema == "hierarchy"]
    assert len(tables) > 12
    for table in METADATA.sorted_tables:
        if table.name in tables and table.name != "places":
            await _plant(hierarchy, d, table, f"{FIRST}0001")
    before = await _rows(hierarchy, d, tables)
    async with moving(hierarchy, d) as work:
        await relocation.move(work, f"{d}100001", d)
    after = await _rows(hierarchy, d, tables)
    for name in tables:
        assert any(path.startswith(FIRST) for path in before[name].values() if path), name
        assert after[name] == {
            id_: "00010002" + path[len(FIRST) :] if path and path.startswith(FIRST) else path
            for id_, path in before[name].items()
        }, name
    assert {code: row[1:3] for code, row in (await paths(hierarchy, d)).items() if code.startswith("100001")} == {
        "100001": ("0001", "甲社区"),
        "100001-B01": ("00010002", "甲社区1号楼"),
        "100001-B01-H0001": ("000100020001", "甲社区1号楼101室"),
    }


_FILLED = {
    "UUID": "gen_random_uuid()", "DATE": "date '2025-01-01'", "JSONB": "'{}'", "BOOLEAN": "false", "BYTEA": "''",
    "TEXT": "gen_random_uuid()::text",
}  # fmt: skip


async def _plant(service: Service, district: str, table: Table, path: str) -> None:
    """A row with something in every column that must have it; times run forwards."""
    values: dict[str, str] = {}
    for column in table.columns:
        kind = str(column.type.compile(postgresql.dialect())).removesuffix(' COLLATE "C"')  # type: ignore[no-untyped-call]
        if column.name in {"district", "path"}:
            values[column.name] = "$1" if column.name == "district" else "$2"
        elif not column.nullable and column.server_default is None:
            moment = f"now() + interval '{len(values)} hours'" if kind.startswith("TIMESTAMP") else None
            array = "'{}'" if kind.endswith("[]") or "ARRAY" in kind else None
            values[column.name] = moment or array or _FILLED.get(kind, "1")
    sql = f"INSERT INTO hierarchy.{table.name} ({', '.join(values)}) VALUES ({', '.join(values.values())})"
    async with service.db.connection() as connection:
        await connection.execute(sql, district, path)


async def _rows(service: Service, district: str, tables: list[str]) -> dict[str, dict[str, str | None]]:
    """Paths by the rest of the key."""
    found = {}
    for name in tables:
        key = [c.name for c in METADATA.tables[f"hierarchy.{name}"].primary_key.columns if c.name != "path"]
        sql = f"SELECT concat_ws(' ', {', '.join(key)}) AS key, path FROM hierarchy.{name} WHERE district = $1"
        found[name] = {row["key"]: row["path"] for row in await read(service, sql, district)}
    return found


async def test_back_again_is_a_new_path(hierarchy: Service, district: str) -> None:
    await load_small(hierarchy, district)
    for parent in ("100002", "100001", "100002"):
        async with moving(hierarchy, district) as work:
            await relocation.move(work, f"{district}100001-B01", f"{district}{parent}")
    assert (await paths(hierarchy, district))["100001-B01"][0] == f"{SECOND}0002"


async def test_the_chain_of_the_new_place_answers(hierarchy: Service, district: str) -> None:
    await load_small(hierarchy, district)
    building = f"{district}100001-B01"

    async def chain(days_ago: int) -> list[str]:
        async with moving(hierarchy, district) as work:
            on = work.today - timedelta(days=days_ago)
            found = await responsibility.chain(work, hierarchy.vault, building, "JC05", on)
        return [link.post_name for link in found.chain]

    async with moving(hierarchy, district) as work:
        await relocation.move(work, building, f"{district}100002")
    assert await chain(0) == ["楼栋长"]  # the secretary stayed
    assert await chain(1) == ["楼栋长", "书记"]  # and answered until yesterday


async def test_a_load_leaves_it_where_it_is(hierarchy: Service, district: str) -> None:
    await load_small(hierarchy, district)
    async with moving(hierarchy, district) as work:
        await relocation.move(work, f"{district}100001-B01", f"{district}100002")
    moved = (await paths(hierarchy, district))["100001-B01"]
    await load_small(hierarchy, district, place(district, f"{district}100003", f"{district}100", "community", "丙"))
    assert (await paths(hierarchy, district))["100001-B01"] == moved


REFUSED = {
    "the district": ("", "100", "cannot_move"),
    "into itself": ("100", "100", "cannot_move"),
    "below itself": ("100", "100001-B01", "cannot_move"),
    "where it is": ("100001", "100", "cannot_move"),
    "to nowhere": ("100001", "666", "unknown_place"),
    "from nowhere": ("666", "100", "not_found"),
}


@pytest.mark.parametrize("what", REFUSED)
async def test_what_cannot_be(api: httpx.AsyncClient, hierarchy: Service, district: str, what: str) -> None:
    await load_small(hierarchy, district)
    code, parent, problem = REFUSED[what]
    before = await paths(hierarchy, district)
    headers = somebody(district, Role.OPERATOR).writes()
    answer = await api.post(f"places/{district}{code}/move", json={"parent": f"{district}{parent}"}, headers=headers)
    assert answer.json()["code"] == problem
    assert await paths(hierarchy, district) == before


@pytest.mark.parametrize(
    ("who", "parent", "problem"),
    [
        ((Role.COMMUNITY_STAFF, STREET), "100002", "forbidden"),
        ((Role.OPERATOR, FIRST), "100002", "unknown_place"),
        ((Role.OPERATOR, SECOND), "100002", "not_found"),
    ],
)
async def test_both_places_must_be_the_callers(
    api: httpx.AsyncClient, hierarchy: Service, district: str, who: tuple[Role, str], parent: str, problem: str
) -> None:
    await load_small(hierarchy, district)
    headers = somebody(district, *who).writes()
    body = {"parent": f"{district}{parent}"}
    answer = await api.post(f"places/{district}100001-B01/move", json=body, headers=headers)
    assert answer.json()["code"] == problem


async def test_another_district_is_out_of_reach(hierarchy: Service, api: httpx.AsyncClient, district: str) -> None:
    await load_small(hierarchy, district)
    headers = somebody(district, Role.OPERATOR).writes()
    answer = await api.post(f"places/{district}100001/move", json={"parent": "141021"}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_place")


async def test_if_match(api: httpx.AsyncClient, hierarchy: Service, district: str) -> None:
    await load_small(hierarchy, district)
    operator, body = somebody(district, Role.OPERATOR), {"parent": f"{district}100002"}
    address = f"places/{district}100001-B01/move"
    stale = await api.post(address, json=body, headers=operator.writes(**{"If-Match": '"7"'}))
    assert (stale.status_code, stale.json()["code"]) == (412, "precondition_failed")
    fresh = await api.post(address, json=body, headers=operator.writes(**{"If-Match": '"1"'}))
    assert fresh.status_code == 200


async def test_a_repetition_is_only_shown_again(api: httpx.AsyncClient, hierarchy: Service, district: str) -> None:
    await load_small(hierarchy, district)
    headers = somebody(district, Role.OPERATOR).writes()
    body = {"parent": f"{district}100002"}
    first, again = [await api.post(f"places/{district}100001-B01/move", json=body, headers=headers) for _ in range(2)]
    assert (again.status_code, again.content, again.headers["etag"]) == (200, first.content, first.headers["etag"])
    assert again.headers["idempotent-replayed"] == "true"


def test_depth_has_an_end() -> None:
    assert why_not_move("00010001", "00010002", 8) is None
    assert why_not_move("00010001", "0002" * 16, 8) is not None
    assert why_not_move("00010001", "0002" * 14, 8 + 3 * 4) is not None
    assert why_not_move("00010001", "0002" * 12, 8 + 3 * 4) is None


# --- while it moves ---------------------------------------------------------------------------------------------------

HOUSES, FLATS = 40, 49


async def large(service: Service, district: str) -> None:
    """Two thousand places below the first community's building."""
    await load_small(service, district)
    d, top = district, f"{district}100001-B01"
    rows = [Given(0, f"{top}-U{u:02}", f"{u}单元", "staircase", top) for u in range(HOUSES)]
    rows += [
        Given(0, f"{top}-U{u:02}-H{h:04}", f"{h:02}室", "household", f"{top}-U{u:02}")
        for u in range(HOUSES)
        for h in range(FLATS)
    ]
    async with loader(service, d) as work:
        assert (await import_places(work, rows)).added == HOUSES * (FLATS + 1)


async def test_whoever_looks_meanwhile_is_never_told_wrong(hierarchy: Service, district: str) -> None:
    await large(hierarchy, district)
    top = f"{district}100001-B01"
    flat = f"{top}-U07-H0007"
    whole = [f"{top}-U00", *(f"{top}-U00-H{h:04}" for h in range(FLATS)), *(f"{top}-U01",)]
    chains: set[tuple[str, ...]] = set()
    rounds = 0
    ended = asyncio.Event()

    async def chain() -> None:
        async with moving(hierarchy, district) as work:
            found = await responsibility.chain(work, hierarchy.vault, flat, "JC01", work.today)
        spots = [link.place for link in found.chain]
        assert all(found.place.path.startswith(spot.path) for spot in spots)
        assert all(found.place.full_name.startswith(spot.full_name) for spot in spots)
        chains.add(tuple(link.post_name for link in found.chain))

    async def pages() -> None:
        codes: list[str] = []
        cursor = None
        for _ in range(3):
            async with moving(hierarchy, district) as work:
                page = await places.subtree(work, top, None, cursor, 17)
            assert len({item.path[:16] for item in page.items}) == 1
            codes += [item.code for item in page.items]
            cursor = page.next
        assert codes == whole

    async def keep(look: Callable[[], Awaitable[None]]) -> None:
        nonlocal rounds
        while not ended.is_set():
            await look()
            rounds += 1

    async with asyncio.TaskGroup() as group:
        for look in (chain, chain, pages, pages):
            group.create_task(keep(look))
        for turn in range(6):
            async with moving(hierarchy, district) as work:
                await relocation.move(work, top, f"{district}10000{2 - turn % 2}")
        ended.set()
    assert chains == {("楼栋长", "书记"), ("楼栋长",)}
    assert rounds > 12


# --- the command ------------------------------------------------------------------------------------------------------


async def test_the_command(hierarchy: Service, district: str, tmp_path: Path) -> None:
    await load_small(hierarchy, district)
    environment = {name: value for name, value in os.environ.items() if name.startswith("LINLI_")}

    def move(*words: str) -> Any:
        given = ["places", "move", *words, "--district", district, "--home", str(tmp_path)]
        return CliRunner().invoke(main, given, env=environment)

    done = await asyncio.to_thread(move, f"{district}100001-B01", "--to", f"{district}100002")
    assert (done.exit_code, f"at {SECOND}0001" in done.output) == (0, True), done.output
    for words, reason in (
        ((district, "--to", f"{district}100"), "the district itself does not move"),
        (("666", "--to", f"{district}100"), "'666'"),
    ):
        refused = await asyncio.to_thread(move, *words)
        assert (refused.exit_code, reason in refused.output) == (1, True), refused.output
