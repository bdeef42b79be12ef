"""`linli keys`: new keys for personal data, and everything sealed anew with them while the services run."""

import asyncio
import base64
import os
import re
import secrets
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

import click
from pydantic import ValidationError

from migrations.run import SERVICES
from services.local.home import Home
from services.local.keys import REMEMBERED as SECRETS
from services.local.keys import development_keys, service_database_url
from services.local.postgres import DATABASE, OWNER
from services.local.postgres import REMEMBERED as SERVERS
from services.local.problems import LocalError
from shared.kernel.errors import LinliError
from shared.runtime.resealing import Done, Field, fields, reseal
from shared.runtime.service import Service

_HOME = click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="LINLI_HOME",
    default=Path(".linli"),
    show_default=True,
    help="Folder of the local stack, for what the environment does not say.",
)
_FIRST = "LINLI_DATA_KEY"


@click.group()
def keys() -> None:
    """The keys that encrypt personal data. 数据密钥。"""


@keys.command("rotate")
@click.option("--file", type=click.Path(path_type=Path, dir_okay=False), help="The .env of `docker compose`.")
@_HOME
def rotate(file: Path | None, home: Path) -> None:
    """Make a new data key and have new rows encrypted with it. 更换数据密钥。

    Writes LINLI_DATA_KEYS and LINLI_DATA_KEY_ID into the .env given by --file, else into the local stack's home; old
    keys stay. Then restart every service and worker, and run `linli keys reseal`.
    """
    known = _in_file(file) if file else Home(home.absolute()).read(SECRETS)
    if not known.get(_FIRST) and not known.get("LINLI_DATA_KEYS"):
        raise click.ClickException(f"{file or home / SECRETS} holds no data key yet: run `linli env` or `linli up`.")
    made, name = _with_another(str(known.get("LINLI_DATA_KEYS", "")))
    values = {"LINLI_DATA_KEYS": made, "LINLI_DATA_KEY_ID": name}
    if file:
        _put(file, values)
    else:
        Home(home.absolute()).write(SECRETS, known | values)
    click.echo(f"The key {name} is written to {file or home / SECRETS}; keep a copy of it apart from the backups.")
    click.echo("Next: restart every service and worker, then `linli keys reseal`. 请重启全部进程后执行重新加密。")


def _with_another(before: str) -> tuple[str, str]:
    """The list with a new key at its end, and the new key's id."""
    names = [part.partition("=")[0].strip() for part in before.split(",") if part.strip()]
    highest = max((int(name[1:]) for name in names if re.fullmatch(r"k[0-9]+", name)), default=1)
    name = f"k{highest + 1}"
    fresh = base64.b64encode(secrets.token_bytes(32)).decode()
    return ",".join([*filter(None, [before]), f"{name}={fresh}"]), name


def _in_file(file: Path) -> dict[str, str]:
    try:
        lines = file.read_text("utf-8").splitlines()
    except OSError as error:
        raise click.ClickException(f"{file} cannot be read ({error.strerror}).") from error
    return dict(line.split("=", 1) for line in lines if re.match(r"[A-Z][A-Z0-9_]*=", line))


def _put(file: Path, values: dict[str, str]) -> None:
    """Replaces the file; a kill leaves the old or the new one, never half."""
    kept = [line for line in file.read_text("utf-8").splitlines() if line.partition("=")[0] not in values]
    draft = file.with_name(f"{file.name}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write("\n".join([*kept, *(f"{name}={value}" for name, value in values.items()), ""]))
    draft.replace(file)


@keys.command("reseal")
@click.option("--service", "only", type=click.Choice(SERVICES), help="Only this service's tables.")
@click.option("--indexes", is_flag=True, help="Make every blind index anew as well (after a new index key or profile).")
@_HOME
def reseal_all(only: str | None, home: Path, *, indexes: bool) -> None:
    """Encrypt every sealed field with the current key, while the services run. 用现行密钥重新加密。

    May be stopped and started again at any time. Where LINLI_INDEX_KEY_BEFORE is set, blind indexes are made anew as
    well. Says at the end whether the old keys may go; exit code 1 while they may not.
    """
    _use(home)
    total = Done()
    try:
        for name in [only] if only else SERVICES:
            total += asyncio.run(_service(name, indexes=indexes))
    except (LinliError, OSError) as error:
        raise click.ClickException(f"stopped: {error}. What was done stays; run it again. 可重复执行。") from error
    click.echo(f"{total.seen:,} fields looked at, {total.renewed:,} made anew, {total.overtaken:,} changed meanwhile")
    if total.broken:
        raise click.ClickException(f"{total.broken:,} fields cannot be made anew: keep every key. 请保留旧密钥。")
    if total.renewed or total.overtaken:
        click.echo("Run it once more when every process has the new key: the old ones may go when nothing is left.")
        raise SystemExit(1)
    click.echo("Nothing is sealed with another key: the old keys may go from the settings. 旧密钥可以移除。")


async def _service(name: str, *, indexes: bool) -> Done:
    try:
        service: Service = getattr(import_module(f"services.{name}.main"), f"open_{name}")()
    except ValidationError as error:
        missing = ", ".join(str(item["loc"][0]) for item in error.errors(include_input=False) if item["loc"])
        raise click.ClickException(f"{name}: not usable or not set: {missing or error.errors()[0]['msg']}") from error
    total = Done()
    try:
        for field in fields(import_module(f"services.{name}.metadata").METADATA):
            total += await _field(service, field, indexes=indexes or service.vault.reindexing)
    finally:
        await service.close()
    return total


async def _field(service: Service, field: Field, *, indexes: bool) -> Done:
    began, done, terminal = time.monotonic(), Done(), sys.stderr.isatty()
    async for batch in reseal(service.db, service.vault, field, indexes=indexes):
        done += batch
        if terminal:
            rate = done.seen / max(0.001, time.monotonic() - began)
            click.echo(f"\r{field.name}: {done.seen:,} ({rate:,.0f}/s)\033[K", err=True, nl=False)
    if terminal and done.seen:
        click.echo("\r\033[K", err=True, nl=False)
    broken = f", {done.broken:,} cannot be opened" if done.broken else ""
    click.echo(f"{field.name}: {done.renewed:,} made anew{broken}")
    return done


def _use(home: Path) -> None:
    """Takes from a local stack's home what the environment does not say."""
    try:
        for name, value in _of_home(home).items():
            os.environ.setdefault(name, value)
    except LocalError as error:
        raise click.ClickException(str(error)) from error


def _of_home(home: Path) -> dict[str, str]:
    if not (home / SECRETS).exists():
        return {}
    place = Home(home.absolute())
    made = {"LINLI_ENV": "dev", "LINLI_REDIS_URL": "redis://127.0.0.1:6379/0", **development_keys(place)}
    server: dict[str, Any] = place.read(SERVERS).get("postgres", {})
    owner = os.environ.get("LINLI_DATABASE_URL")
    if owner is None and server:
        owner = f"postgresql://{OWNER}:{server['password']}@127.0.0.1:{server['port']}/{DATABASE}"
    if owner is not None:
        made |= {f"LINLI_{name.upper()}_DATABASE_URL": service_database_url(owner, name) for name in SERVICES}
    return made


COMMANDS: list[click.Command] = [keys]
