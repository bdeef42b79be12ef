"""Keys: several at once, everything sealed anew with the current one while the services run, and nothing forgotten."""

import asyncio
import base64
import os
from collections.abc import AsyncIterator
from importlib import import_module
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from click.testing import CliRunner, Result
from pydantic import ValidationError
from sqlalchemy import LargeBinary, make_url

import services.hierarchy.worker
import services.tickets.worker  # noqa: F401 - registers the handlers of jobs
from migrations import run as migrations
from migrations.run import SERVICES
from services.commands import service_urls
from services.hierarchy.main import open_hierarchy
from services.hierarchy.people import service as people
from services.keys import keys
from services.local.home import Home
from services.local.keys import REMEMBERED, development_keys
from services.tickets.hotline import service as hotlines
from services.tickets.main import create_app, open_tickets
from services.tickets.settings import TicketsSettings
from shared.kernel.paths import ROOT
from shared.kernel.rights import Principal, Role
from shared.runtime import resealing
from shared.runtime.privacy import Vault
from shared.runtime.resealing import Done, fields, reseal
from shared.runtime.service import Service
from tests.conftest import client_of
from tests.hierarchy.small import loader
from tests.support.stand_in import StandIn, serving
from tests.support.world import KEY, somebody

METADATA = {name: import_module(f"services.{name}.metadata").METADATA for name in SERVICES}
FIELDS = {field.name: field for metadata in METADATA.values() for field in fields(metadata)}
K2 = base64.b64encode(b"2" * 32).decode()
NAME, PHONE, NUMBER = "虚构楼栋长", "10077770001", "320102199001010010"
K3 = base64.b64encode(b"3" * 32).decode()


def person(district: str, name: str, phone: str) -> dict[str, Any]:
    """A row as loaders give it."""
    return {"code": f"{district}-{phone}", "name": name, "phone": phone, "listed_as": "x", "path": ROOT,
            "party_member": False, "invented": True, "attributes": {}}  # fmt: skip


# --- the register ------------------------------------------------------------------------------------------------


def test_all_bytes_in_every_table_say_what_they_are() -> None:
    """A new column of bytes is sealed (and so sealed anew with every key), an index, or says why it is neither."""
    silent = [
        f"{table.fullname}.{column.name}"
        for metadata in METADATA.values()
        for table in metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, LargeBinary) and not {"sealed", "unsealed", "index_of"} & set(column.info)
    ]
    assert silent == []
    assert {"hierarchy.people.name", "hierarchy.people.phone", "hierarchy.people.id_number", "tickets.appeals.contact",
            "tickets.hotlines.secret", "tickets.hotlines.previous_secret", "tickets.hotline_orders.payload",
            "hierarchy.second_factors.secret"} <= set(FIELDS)  # fmt: skip
    assert {name for name, field in FIELDS.items() if field.index is not None} >= {
        "hierarchy.people.phone", "hierarchy.people.id_number", "tickets.appeals.contact"
    }  # fmt: skip


# --- settings ------------------------------------------------------------------------------------------------------


def test_settings_know_several_keys(database: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert "tickets" in database
    monkeypatch.setenv("LINLI_DATA_KEYS", f"k2={K2}, k3={K3}")
    monkeypatch.setenv("LINLI_DATA_KEY_ID", "k3")
    assert list(TicketsSettings().all_data_keys) == ["k1", "k2", "k3"]
    monkeypatch.setenv("LINLI_DATA_KEY", "")
    assert list(TicketsSettings().all_data_keys) == ["k2", "k3"]  # the first one may go
    for name, value, reason in (
        ("LINLI_DATA_KEY_ID", "k9", "neither LINLI_DATA_KEY"),
        ("LINLI_DATA_KEYS", "k3=short", "linli keys rotate"),
        ("LINLI_DATA_KEYS", K2, "linli keys rotate"),
        ("LINLI_CRYPTO", "des", "aes-256-gcm"),
    ):
        with monkeypatch.context() as wrong:
            wrong.setenv(name, value)
            with pytest.raises(ValidationError, match=reason) as refused:
                TicketsSettings()
        assert K2 not in str(refused.value.errors(include_input=False))


# --- sealing anew ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
async def owner_url(database: dict[str, str]) -> AsyncIterator[str]:
    """A database of this module's own: the other tests' rows keep the keys that they were sealed with."""
    admin = await asyncpg.connect(database["owner"])
    await admin.execute("CREATE DATABASE keys")
    url = make_url(database["owner"]).set(database="keys").render_as_string(hide_password=False)
    urls = service_urls(url, lambda _: None)
    await migrations.upgrade(url, urls)
    with pytest.MonkeyPatch.context() as patch:
        for name, own in urls.items():
            patch.setenv(f"LINLI_{name.upper()}_DATABASE_URL", own)
        yield url
    await admin.execute("DROP DATABASE keys WITH (FORCE)")
    await admin.close()


@pytest.fixture
async def filled(owner_url: str, district: str) -> AsyncIterator[None]:
    """Something in every sealed column of people, appeals and hotlines, with the keys that everybody has."""
    hierarchy = open_hierarchy()
    try:
        async with loader(hierarchy, district) as work:
            await work.begin()
            await people.put(work, hierarchy.vault, [person(district, NAME, PHONE) | {"id_number": NUMBER}])
    finally:
        await hierarchy.close()
    await _fill_tickets(district)
    yield
    owner = await asyncpg.connect(owner_url)
    for table in {field.table.fullname for field in FIELDS.values()}:
        await owner.execute(f"TRUNCATE {table}")
    await owner.close()


async def _fill_tickets(district: str) -> None:
    async with serving(StandIn()) as stand_in:
        stand_in.place("C1", ROOT + "00010001")
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("LINLI_HIERARCHY_URL", stand_in.url)
            tickets = open_tickets()
        operator, hotline = somebody(district, Role.OPERATOR), f"{district}-12345"
        appeal = {"title": "暖气", "content": "不热", "place": "C1", "category": "JC05",
                  "on_behalf_of": {"name": "虚构甲", "phone": "10012345678"}}  # fmt: skip
        async with client_of(create_app(tickets)) as http:
            base = "/api/tickets/v1"
            made = await http.post(f"{base}/appeals", json=appeal, headers=operator.writes())
            assert made.status_code == 201, made.text
            for rotate in (False, True):
                body = {"name": "热线", "rotate_secret": rotate}
                assert (
                    await http.put(f"{base}/hotlines/{hotline}", json=body, headers=operator.headers)
                ).status_code == 200
        await tickets.close()


@pytest.fixture
def another_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINLI_DATA_KEYS", f"k2={K2}")
    monkeypatch.setenv("LINLI_DATA_KEY_ID", "k2")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(keys, [*arguments, "--home", "nowhere"])


async def in_thread(*arguments: str) -> Result:
    return await asyncio.to_thread(run, *arguments)


async def ids_in_use(owner_url: str, district: str) -> dict[str, set[str]]:
    """By column, which keys the district's rows are sealed with."""
    owner = await asyncpg.connect(owner_url)
    found = {}
    for name, field in FIELDS.items():
        table, column = field.table.fullname, field.column.name
        rows = await owner.fetch(f"SELECT {column} FROM {table} WHERE district = $1 AND {column} IS NOT NULL", district)
        if rows:
            found[name] = {f"{row[0][0]}{row[0][2 : 2 + row[0][1]].decode()}" for row in rows}
    await owner.close()
    return found


@pytest.mark.usefixtures("filled", "another_key")
async def test_everything_is_sealed_with_the_new_key_and_the_old_one_may_go(
    owner_url: str, district: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await ids_in_use(owner_url, district)
    assert before == {name: {"1k1"} for name in before}
    assert len(before) >= 6
    first = await in_thread("reseal")
    assert (first.exit_code, "made anew" in first.output) == (1, True), first.output
    assert await ids_in_use(owner_url, district) == {name: {"1k2"} for name in before}
    second = await in_thread("reseal")
    assert (second.exit_code, "old keys may go" in second.output) == (0, True), second.output
    monkeypatch.setenv("LINLI_DATA_KEY", "")  # the old key is gone
    hierarchy, tickets = open_hierarchy(), open_tickets()
    async with loader(hierarchy, district) as work:
        row = await people.by_phone(work, hierarchy.vault, PHONE)
    assert row is not None
    assert people.name_of(hierarchy.vault, district, row) == NAME
    assert people.id_number_of(hierarchy.vault, district, row) == NUMBER
    async with tickets.work(Principal(district, "test", "command")) as work:
        known = await hotlines.look_up(work, f"{district}-12345")
        assert len(hotlines.heard(tickets, known, work.now)) == 2
    await hierarchy.close()
    await tickets.close()


@pytest.mark.usefixtures("filled", "another_key")
async def test_it_can_be_stopped_and_goes_on(district: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped after every batch of one row, and started again: each run takes up where the last one ended."""
    monkeypatch.setattr(resealing, "BATCH", 1)
    service = open_hierarchy()
    async with loader(service, district) as work:
        await work.begin()
        rows = [person(district, f"虚构{number}", f"1000000000{number}") for number in range(4)]
        await people.put(work, Vault({"k1": KEY}, "k1", bytes(reversed(KEY))), rows)
    field, runs = FIELDS["hierarchy.people.phone"], []
    for _ in range(7):
        done = Done()
        async for batch in reseal(service.db, service.vault, field, indexes=False):
            done += batch
            break
        runs.append(done.renewed)
    await service.close()
    assert runs == [1, 1, 1, 1, 1, 0, 0]


@pytest.mark.usefixtures("filled", "another_key")
async def test_whoever_writes_meanwhile_wins(owner_url: str, district: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between reading and writing, the service seals another value: it must not be overwritten with the old one."""
    service = open_hierarchy()
    owner = await asyncpg.connect(owner_url)
    somebody_id = await owner.fetchval("SELECT id FROM hierarchy.people WHERE district = $1", district)
    newer = service.vault.seal("虚构新名", bound_to=f"{district}|people|name|{somebody_id}")
    fetch = service.db.fetch

    async def interrupted(statement: Any, values: dict[str, Any]) -> Any:
        if "olds" in values:
            sql = "UPDATE hierarchy.people SET name = $3 WHERE district = $1 AND id = $2"
            await owner.execute(sql, district, somebody_id, newer)
        return await fetch(statement, values)

    monkeypatch.setattr(service.db, "fetch", interrupted)
    total = Done()
    async for batch in reseal(service.db, service.vault, FIELDS["hierarchy.people.name"], indexes=False):
        total += batch
    assert (total.renewed, total.overtaken) == (0, 1)
    async with loader(service, district) as work:
        row = await people.by_id(work, somebody_id)
    assert row is not None
    assert people.name_of(service.vault, district, row) == "虚构新名"
    await owner.close()
    await service.close()


@pytest.mark.usefixtures("filled", "another_key")
async def test_what_cannot_be_opened_keeps_the_keys(owner_url: str, district: str) -> None:
    owner = await asyncpg.connect(owner_url)
    sql = "UPDATE hierarchy.people SET phone = set_byte(phone, 40, 255 - get_byte(phone, 40)) WHERE district = $1"
    await owner.execute(sql, district)
    result = await in_thread("reseal", "--service", "hierarchy")
    assert (result.exit_code, "keep every key" in result.output) == (1, True), result.output
    await owner.close()


@pytest.mark.usefixtures("filled")
async def test_another_profile_and_index_key(owner_url: str, district: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """SM4-GCM and HMAC-SM3, and a new index key: everybody is found before, during and after."""

    async def found(service: Service) -> bool:
        async with loader(service, district) as work:
            by_phone = await people.by_phone(work, service.vault, PHONE)
            return by_phone == await people.by_id_number(work, service.vault, NUMBER) is not None

    before = os.environ["LINLI_INDEX_KEY"]
    monkeypatch.setenv("LINLI_CRYPTO", "sm4-gcm")
    monkeypatch.setenv("LINLI_INDEX_KEY", base64.b64encode(b"i" * 32).decode())
    blind = open_hierarchy()
    assert not await found(blind)  # without the key before, nobody is found
    monkeypatch.setenv("LINLI_INDEX_KEY_BEFORE", before)
    during = open_hierarchy()
    assert await found(during)
    assert (await in_thread("reseal", "--service", "hierarchy")).exit_code == 1
    assert (await in_thread("reseal", "--service", "tickets")).exit_code == 1
    assert await found(during)
    assert await found(blind)
    assert {next(iter(kinds)) for kinds in (await ids_in_use(owner_url, district)).values()} == {"2k1"}
    for service in (blind, during):
        await service.close()


# --- new keys ------------------------------------------------------------------------------------------------------


def test_rotate_writes_the_env_file_and_keeps_what_is_there(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("# Encrypts personal data.\nLINLI_DATA_KEY=abc\nLINLI_HTTP_PORT=8080\n")
    for expected in ("k2", "k3"):
        result = CliRunner().invoke(keys, ["rotate", "--file", str(file)])
        assert result.exit_code == 0, result.output
        lines = file.read_text().splitlines()
        assert lines[:3] == ["# Encrypts personal data.", "LINLI_DATA_KEY=abc", "LINLI_HTTP_PORT=8080"]
        assert lines[-1] == f"LINLI_DATA_KEY_ID={expected}"
    [made] = [line for line in lines if line.startswith("LINLI_DATA_KEYS=")]
    assert [part.partition("=")[0] for part in made.removeprefix("LINLI_DATA_KEYS=").split(",")] == ["k2", "k3"]
    assert file.stat().st_mode & 0o077 == 0
    assert not any(part.partition("=")[2] in result.output for part in made.removeprefix("LINLI_DATA_KEYS=").split(","))


def test_rotate_in_a_local_home_reaches_its_processes(tmp_path: Path, no_settings: None) -> None:
    home = Home(tmp_path)
    old = development_keys(home)
    assert CliRunner().invoke(keys, ["rotate", "--home", str(tmp_path)]).exit_code == 0
    new = development_keys(home)
    assert (new["LINLI_DATA_KEY"], new["LINLI_DATA_KEY_ID"]) == (old["LINLI_DATA_KEY"], "k2")
    assert new["LINLI_DATA_KEYS"] == home.read(REMEMBERED)["LINLI_DATA_KEYS"]


def test_rotate_makes_no_first_key(tmp_path: Path) -> None:
    for arguments in (["--home", str(tmp_path)], ["--file", str(tmp_path / "none")]):
        result = CliRunner().invoke(keys, ["rotate", *arguments])
        assert result.exit_code == 1
        assert not isinstance(result.exception, OSError)
