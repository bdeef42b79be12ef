import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from redis import asyncio as redis
from redis import exceptions

from services.local.home import Home
from services.local.output import Output
from services.local.supervisor import Supervisor
from services.local.valkey import EmbeddedValkey

Running = tuple[Any, Supervisor, EmbeddedValkey]


@asynccontextmanager
async def running(home: Home, output: Output) -> AsyncIterator[Running]:
    valkey = EmbeddedValkey(home)
    valkey.prepare()
    async with Supervisor([valkey.process()], output) as supervisor:
        client = redis.Redis.from_url(valkey.url)
        try:
            yield client, supervisor, valkey
        finally:
            await client.aclose()


async def test_it_asks_for_the_password_and_refuses_to_forget(home: Home, output: Output) -> None:
    async with running(home, output) as (client, _, valkey):
        anonymous = redis.Redis(port=valkey.port)
        with pytest.raises(exceptions.AuthenticationError):
            await anonymous.ping()
        await anonymous.aclose()
        settings = await client.config_get("maxmemory-policy", "appendonly", "appendfsync", "bind", "save")
        assert settings == {
            "maxmemory-policy": "noeviction",
            "appendonly": "yes",
            "appendfsync": "everysec",
            "bind": "127.0.0.1",
            "save": "",
        }


async def test_what_it_was_told_survives_a_kill(
    home: Home, output: Output, kill: Callable[..., None], eventually: Callable[..., Any]
) -> None:
    async with running(home, output) as (client, supervisor, valkey):
        await client.set("bell", "rung")
        pid = supervisor.pid("valkey")
        kill(pid)
        await eventually(lambda: supervisor.pid("valkey") not in {None, pid})
        await _reachable(client)
        assert await client.get("bell") == b"rung"
    async with running(home, output) as (client, _, again):
        assert again.port == valkey.port
        assert await client.get("bell") == b"rung"


async def _reachable(client: Any) -> None:
    async with asyncio.timeout(30):
        while True:
            try:
                await client.ping()
            except exceptions.RedisError:  # not yet, or still loading
                await asyncio.sleep(0.05)
            else:
                return


def _scramble(folder: Path) -> None:
    for file in folder.glob("*.incr.aof"):
        file.write_bytes(b"*3\r\n$3\r\nSET\r\nrubbish" + os.urandom(200) + b"\r\n")


def _scramble_base(folder: Path) -> None:
    for file in folder.glob("*.base.rdb"):
        file.write_bytes(b"VALKEY" + os.urandom(200))


def _truncate_base(folder: Path) -> None:
    for file in folder.glob("*.base.rdb"):
        file.write_bytes(file.read_bytes()[:20])


def _scramble_manifest(folder: Path) -> None:
    next(folder.glob("*.manifest")).write_text("nonsense\n")


def _lose_part(folder: Path) -> None:
    next(folder.glob("*.incr.aof")).unlink()


@pytest.mark.parametrize(
    "damage",
    [_scramble, _scramble_base, _truncate_base, _scramble_manifest, _lose_part],
    ids=lambda f: f.__name__,
)
async def test_an_unreadable_file_is_set_aside(home: Home, tmp_path: Path, damage: Callable[[Path], None]) -> None:
    output = Output(tmp_path / "logs")
    async with running(home, output) as (client, _, valkey):
        await client.set("bell", "rung")
    damage(valkey.data / "appendonlydir")
    async with running(home, output) as (client, _, _valkey):
        assert await client.get("bell") is None
        assert await client.set("bell", "again")
    output.close()
    assert len(list(valkey.data.glob("appendonlydir.unreadable-*"))) == 1
    said = (tmp_path / "logs" / "linli.log").read_text().splitlines()
    assert [line for line in said if "starts empty" in line] != []


async def test_a_cut_tail_is_read_as_far_as_it_goes(home: Home, output: Output) -> None:
    async with running(home, output) as (client, _, valkey):
        await client.set("bell", "rung")
        await client.set("last", "x" * 1000)
    file = next((valkey.data / "appendonlydir").glob("*.incr.aof"))
    file.write_bytes(file.read_bytes()[:-500])
    async with running(home, output) as (client, _, _):
        assert await client.get("bell") == b"rung"


def test_a_kill_during_loading_sets_nothing_aside(home: Home) -> None:
    valkey = EmbeddedValkey(home)
    valkey.prepare()
    (valkey.data / "appendonlydir").mkdir()
    repair = valkey.process().repair
    assert repair(-9, ["Reading RDB base file on AOF loading...", "Short read"]) is None
    assert repair(1, ["Bad file format reading the append only file", "No space left on device"]) is None
    assert (valkey.data / "appendonlydir").exists()
