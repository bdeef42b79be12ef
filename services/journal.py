"""`linli journal`: whether what happened is still written as it happened."""

import asyncio
import base64
import binascii
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import BinaryIO

import asyncpg
import click
import orjson

from migrations.run import SERVICES
from services.local.home import Home
from services.local.keys import ANCHOR_KEY, public_key
from services.local.keys import REMEMBERED as SECRETS
from services.local.layout import ANCHORS
from services.local.postgres import DATABASE, OWNER
from services.local.postgres import REMEMBERED as SERVERS
from services.local.problems import LocalError
from shared.runtime.anchors import Anchors, read_anchors
from shared.runtime.journal import chain
from shared.runtime.tables import Schema
from shared.runtime.verify import Verdict, known_districts, verify


@click.group()
def journal() -> None:
    """The journal: what happened, sealed in a hash chain per district. 流水与审计。"""


@journal.command("verify")
@click.option(
    "--database-url",
    envvar="LINLI_DATABASE_URL",
    help="PostgreSQL as the owner of all schemas. [env: LINLI_DATABASE_URL; else the local stack's]",
)
@click.option("--service", type=click.Choice(SERVICES), help="Only this service's journal.")
@click.option("--district", help="Only this district.")
@click.option(
    "--anchors",
    "directory",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder with the anchors: finds a cut tail, and a chain that its owner wrote anew.",
)
@click.option(
    "--anchor-key",
    envvar="LINLI_ANCHOR_PUBLIC_KEY",
    help="Public key of the anchors (base64; comma-separated if it changed). [env: LINLI_ANCHOR_PUBLIC_KEY]",
)
@click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="LINLI_HOME",
    default=Path(".linli"),
    show_default=True,
    help="Folder of the local stack, where no address is given; its anchors are compared without being asked for.",
)
def verify_journal(
    database_url: str | None,
    service: str | None,
    district: str | None,
    directory: Path | None,
    anchor_key: str | None,
    home: Path,
) -> None:
    """Walk the chains and name the first row that was changed, removed or inserted. 核验流水。

    Exit code 1 if there is one. Without --anchors this finds what was changed by somebody who did not compute the
    chain anew; with them also what its owner did.
    """
    if database_url is None:
        database_url, local, own_key = _of_home(home)
        directory, anchor_key = directory or local, anchor_key or own_key
    services = [service] if service else list(SERVICES)
    anchors = {} if directory is None else dict(_anchors(directory, services, _keys(anchor_key)))
    for name, found in anchors.items():
        state = found.broken or f"hold, the latest of {found.latest}"
        click.echo(f"{name} anchors: {found.lines} lines: {state}")
    broken = sum(found.broken is not None for found in anchors.values())
    broken += asyncio.run(_verify(database_url, services, district, anchors))
    raise SystemExit(1 if broken else 0)


def _of_home(home: Path) -> tuple[str, Path | None, str | None]:
    """The local stack's database, its anchors and the key they are signed with."""
    place = Home(home.absolute())
    try:
        server, seed = place.read(SERVERS).get("postgres"), place.read(SECRETS).get(ANCHOR_KEY)
        key = public_key(seed) if seed else None
    except LocalError as error:
        raise click.ClickException(str(error)) from error
    if not server:
        raise click.ClickException(
            f"give --database-url (LINLI_DATABASE_URL): {home} has no database. 缺少数据库地址。"
        )
    url = f"postgresql://{OWNER}:{server['password']}@127.0.0.1:{server['port']}/{DATABASE}"
    anchors = place.path / ANCHORS
    return url, anchors if anchors.is_dir() else None, key


def _keys(given: str | None) -> list[bytes]:
    try:
        keys = [base64.b64decode(key.strip(), validate=True) for key in (given or "").split(",")]
    except binascii.Error:
        keys = []
    if not keys or any(len(key) != 32 for key in keys):  # noqa: PLR2004 - an Ed25519 key
        raise click.ClickException(
            "--anchors needs --anchor-key (LINLI_ANCHOR_PUBLIC_KEY), the base64 of 32 bytes: "
            "without it nobody knows who wrote the anchors. 缺少锚点公钥。"
        )
    return keys


def _anchors(directory: Path, services: list[str], keys: list[bytes]) -> Iterator[tuple[str, Anchors]]:
    for service in services:
        try:
            yield service, read_anchors(directory, service, keys)
        except OSError as error:
            raise click.ClickException(f"the anchors of {service} cannot be read ({error.strerror})") from error


async def _verify(database_url: str, services: list[str], district: str | None, anchors: dict[str, Anchors]) -> int:
    broken = 0
    connection = await asyncpg.connect(database_url)
    try:
        await prepare_json(connection)
        for service in services:
            schema: Schema = import_module(f"services.{service}.schema").SCHEMA
            remembered = anchors.get(service, Anchors()).by_district
            found = {*await known_districts(connection, schema), *remembered}
            for code in sorted(found if district is None else {district}):
                verdict = await verify(connection, schema, code, remembered.get(code))
                broken += verdict.broken is not None
                click.echo(f"{service} {code}: {_said(verdict, anchored=service in anchors)}")
    finally:
        await connection.close()
    return broken


def _said(verdict: Verdict, *, anchored: bool) -> str:
    state = verdict.broken or "holds"
    erased = f", {verdict.erased} texts erased" if verdict.erased else ""
    anchors = f", {verdict.anchors} anchors met" if anchored else ""
    return f"{verdict.rows} rows, head {verdict.head[:16]}{erased}{anchors}: {state}"


@journal.command("check")
@click.argument("file", type=click.File("rb"))
def check_export(file: BinaryIO) -> None:
    """Compute the chain of an NDJSON export anew, without any database. 核验导出文件。

    Says where it begins and ends: compare both hashes with an anchor, or with what `GET /journal/head` once said. Exit
    code 1 at the first line that does not follow from the one before it.
    """
    rows, first, link = 0, "", b""
    for line in file:
        row = orjson.loads(line)
        link = link or bytes.fromhex(row["previous"])
        first = first or f"{row['position']} ({link.hex()[:16]} before it)"
        if row["previous"] != link.hex() or chain(link, row).hex() != row["hash"]:
            raise click.ClickException(f"position {row['position']} does not follow from the row before it. 链已断。")
        rows, link = rows + 1, bytes.fromhex(row["hash"])
    if not rows:
        raise click.ClickException("there is no row in it. 没有内容。")
    click.echo(f"{rows} rows from position {first} to {row['position']}, head {link.hex()[:16]}: holds")


async def prepare_json(connection: asyncpg.Connection) -> None:
    """JSON as Python values, as the services' own connections have it."""
    await connection.set_type_codec(
        "jsonb", schema="pg_catalog", encoder=lambda v: orjson.dumps(v).decode(), decoder=orjson.loads
    )


COMMANDS: list[click.Command] = [journal]
