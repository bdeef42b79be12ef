"""What `linli doctor` looks at. Each finding says what to do about it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from services.local import postgres, probes, valkey
from services.local.home import Home
from services.local.ports import require_free
from services.local.problems import ENOUGH_DISK, LocalError, not_ours, require_disk
from services.local.settings import SERVICES, LocalSettings
from services.local.stack import plain_url, require_database, require_valkey


@dataclass(frozen=True)
class Finding:
    well: bool
    text: str


async def examine(home: Path, settings: LocalSettings) -> list[Finding]:
    return [
        _finding(_python),
        _finding(lambda: _disk(home)),
        *[_finding(partial(_program, program)) for program in _programs(settings)],
        *[await _port(service, settings) for service in SERVICES],
        await _database(home, settings),
        await _queue(home, settings),
    ]


def _finding(check: Callable[[], str]) -> Finding:
    try:
        return Finding(well=True, text=check())
    except LocalError as error:
        return Finding(well=False, text=str(error))


def _python() -> str:
    found = ".".join(map(str, sys.version_info[:3]))
    if tuple(sys.version_info) < (3, 11):
        raise LocalError(f"Python {found} is too old: install 3.11 or newer.")
    return f"Python {found}"


def _disk(home: Path) -> str:
    folder = next(path for path in (home, *home.parents) if path.exists())
    if not os.access(folder, os.W_OK):
        raise not_ours(folder)
    require_disk(folder)
    return f"{shutil.disk_usage(folder).free // 2**20} MB free for {home} (needed: {ENOUGH_DISK // 2**20} MB)"


def _programs(settings: LocalSettings) -> list[Callable[[], Path]]:
    embedded: list[Callable[[], Path]] = []
    if settings.database_url is None:
        embedded.append(lambda: postgres.programs() / "postgres")
    if settings.redis_url is None:
        embedded.append(valkey.program)
    return embedded


def _program(find: Callable[[], Path]) -> str:
    program = find()
    try:
        answer = subprocess.run(  # noqa: S603 - a program of our own dependencies
            [program, "--version"], capture_output=True, text=True, timeout=10, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise LocalError(f"{program} does not run here ({error}): set a URL of a server of your own.") from error
    return answer.stdout.strip()


async def _port(service: str, settings: LocalSettings) -> Finding:
    """A port that our own service holds is well."""
    port = settings.port(service)
    if await probes.http_status(port, "/healthz", deadline=1.0) is not None:
        return Finding(well=True, text=f"port {port}: {service} answers")

    def check() -> str:
        require_free(port, f"LINLI_{service.upper()}_PORT")
        return f"port {port} is free for {service}"

    return _finding(check)


async def _database(home: Path, settings: LocalSettings) -> Finding:
    if settings.database_url is not None:
        return await _reached("database", require_database(plain_url(settings.database_url.get_secret_value())))
    url = _embedded_url(home, postgres.EmbeddedPostgres.name, "postgresql://linli:{password}@127.0.0.1:{port}/linli")
    if url is None or not await probes.postgres_answers(url, deadline=2.0):
        return Finding(well=True, text="embedded database: not running, starts with linli up")
    return await _reached("embedded database", require_database(url))


async def _queue(home: Path, settings: LocalSettings) -> Finding:
    if settings.redis_url is not None:
        return await _reached("queue", require_valkey(settings.redis_url.get_secret_value()))
    url = _embedded_url(home, valkey.EmbeddedValkey.name, "redis://:{password}@127.0.0.1:{port}/0")
    if url is None or not await probes.valkey_answers(url, deadline=2.0):
        return Finding(well=True, text="embedded queue: not running, starts with linli up")
    return await _reached("embedded queue", require_valkey(url))


async def _reached(what: str, attempt: Awaitable[None]) -> Finding:
    try:
        await attempt
    except LocalError as error:
        return Finding(well=False, text=str(error))
    return Finding(well=True, text=f"{what}: answers")


def _embedded_url(home: Path, name: str, template: str) -> str | None:
    known = Home(home).read(postgres.REMEMBERED).get(name)
    return template.format(**known) if known else None
