import asyncio
import json
import os
import signal
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg
import psutil
import pytest

from services.local.home import Home
from services.local.output import Output
from services.local.postgres import EmbeddedPostgres
from services.local.problems import LocalError
from services.local.servers import embedded_servers

Eventually = Callable[..., Any]
Kill = Callable[..., None]


async def fetch(url: str, statement: str) -> Any:
    connection = await asyncpg.connect(url, timeout=5, ssl=False)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


async def test_it_asks_for_the_password_and_listens_on_loopback_only(tmp_path: Path) -> None:
    async with embedded_servers(tmp_path / "home", durable=False) as servers:
        with pytest.raises(asyncpg.InvalidPasswordError):
            await fetch(servers.database_url.replace(":", ":x", 2).replace("postgresql:x", "postgresql:"), "SELECT 1")
        assert await fetch(servers.database_url, "SHOW listen_addresses") == "127.0.0.1"
        assert await fetch(servers.database_url, "SHOW unix_socket_directories") == ""
        assert await fetch(servers.database_url, "SHOW synchronous_commit") == "on"
        collation = "SELECT datlocale FROM pg_database WHERE datname = current_database()"
        assert await fetch(servers.database_url, collation) == "C.UTF-8"
        secret = tmp_path / "home" / "servers.json"
        assert stat.S_IMODE(secret.stat().st_mode) == 0o600
        command_line = psutil.Process(servers.supervisor.pid("postgres")).cmdline()
        assert json.loads(secret.read_text())["postgres"]["password"] not in " ".join(command_line)


async def test_data_and_port_survive_kills_of_the_postmaster(
    tmp_path: Path, eventually: Eventually, kill: Kill
) -> None:
    async with embedded_servers(tmp_path) as servers:
        url = servers.database_url
        await fetch(url, "CREATE TABLE kept AS SELECT 0 AS n")
        for number in range(1, 4):
            await fetch(url, f"INSERT INTO kept VALUES ({number})")
            pid = servers.supervisor.pid("postgres")
            kill(pid)
            await eventually(lambda pid=pid: servers.supervisor.pid("postgres") not in {None, pid})
            await _connectable(url)
        assert await fetch(url, "SELECT count(*) FROM kept") == 4
        assert await fetch(url, "SHOW fsync") == "on"
    async with embedded_servers(tmp_path) as servers:
        assert servers.database_url == url
        assert await fetch(url, "SELECT count(*) FROM kept") == 4


async def _connectable(url: str) -> None:
    async with asyncio.timeout(30):
        while True:
            try:
                await fetch(url, "SELECT 1")
            except (OSError, asyncpg.PostgresError):
                await asyncio.sleep(0.05)
            else:
                return


async def test_a_backend_that_outlives_its_postmaster_does_not_block_the_restart(
    tmp_path: Path, eventually: Eventually, kill: Kill
) -> None:
    async with embedded_servers(tmp_path, durable=False) as servers:
        session = await asyncpg.connect(servers.database_url, ssl=False)
        backend = session.get_server_pid()
        postmaster = servers.supervisor.pid("postgres")
        kill(backend, signal.SIGSTOP)
        kill(postmaster)
        await eventually(lambda: servers.supervisor.pid("postgres") not in {None, postmaster})
        await _connectable(servers.database_url)
        session.terminate()


async def test_a_stale_lock_file_with_somebody_elses_process_number(tmp_path: Path) -> None:
    async with embedded_servers(tmp_path, durable=False):
        pass
    stale = tmp_path / "postgres" / "postmaster.pid"
    stale.write_text(f"{os.getppid()}\n{tmp_path}/postgres\n1\n1\n\n127.0.0.1\n  1 1\nready\n")
    async with embedded_servers(tmp_path, durable=False) as servers:
        assert await fetch(servers.database_url, "SELECT 1") == 1


async def test_a_pause_is_no_reason_to_restart(tmp_path: Path, kill: Kill) -> None:
    async with embedded_servers(tmp_path, durable=False) as servers:
        pid = servers.supervisor.pid("postgres")
        kill(pid, signal.SIGSTOP)
        await asyncio.sleep(2)
        kill(pid, signal.SIGCONT)
        await _connectable(servers.database_url)
        assert servers.supervisor.pid("postgres") == pid


async def test_an_interrupted_initdb_leaves_nothing_that_looks_like_data(home: Home, output: Output) -> None:
    (home.path / "postgres.new").mkdir()
    (home.path / "postgres.new" / "PG_VERSION").write_text("18\n")
    postgres = EmbeddedPostgres(home, output, durable=False)
    await postgres.prepare()
    assert (postgres.data / "global").exists()
    assert not (home.path / "postgres.new").exists()
    assert not (home.path / "postgres.password").exists()


async def test_data_of_another_version_and_a_lost_password_are_named(home: Home, output: Output) -> None:
    data = home.path / "postgres"
    data.mkdir()
    (data / "PG_VERSION").write_text("17\n")
    with pytest.raises(LocalError, match="PostgreSQL 17 and this is PostgreSQL 18"):
        await EmbeddedPostgres(home, output).prepare()
    (data / "PG_VERSION").write_text("18\n")
    with pytest.raises(LocalError, match="password is gone"):
        await EmbeddedPostgres(home, output).prepare()


def test_a_full_disk_is_named(home: Home, output: Output) -> None:
    explain = EmbeddedPostgres(home, output).process().explain
    assert "is full" in str(explain(["FATAL: could not write lock file: No space left on device"]))
    assert explain(["FATAL: something else"]) is None
