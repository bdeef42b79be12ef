"""Commands that concern all services: migrations, journals, documents. Each service's own stand in its folder."""

import asyncio
import os
from collections.abc import Callable
from importlib import import_module

import asyncpg
import click
import orjson
from sqlalchemy.exc import SQLAlchemyError

from migrations import run as migrations
from services.local.keys import service_database_url
from services.local.servers import embedded_servers
from shared.runtime.db import Statement
from shared.runtime.sealer import districts_of
from shared.runtime.verify import verify

_OWNER = click.option(
    "--database-url",
    envvar="LINLI_DATABASE_URL",
    required=True,
    help="PostgreSQL as the owner of all schemas. [env: LINLI_DATABASE_URL]",
)
_SERVICE = click.argument("service", type=click.Choice(migrations.SERVICES))


def service_urls(owner_url: str, environment: Callable[[str], str | None]) -> dict[str, str]:
    """Each service's own address: as the environment says, or derived from the owner's."""
    return {
        service: environment(f"LINLI_{service.upper()}_DATABASE_URL") or service_database_url(owner_url, service)
        for service in migrations.SERVICES
    }


@click.command()
@_OWNER
def migrate(database_url: str) -> None:
    """Bring every schema, role and grant up to date. Safe to repeat; two at once take turns."""
    try:
        asyncio.run(migrations.upgrade(database_url, service_urls(database_url, os.environ.get), click.echo))
    except (OSError, SQLAlchemyError, asyncpg.PostgresError) as error:
        reason = str(error).splitlines()[0][:300]
        raise click.ClickException(f"the database in LINLI_DATABASE_URL could not be migrated: {reason}") from error
    click.echo("schemas are up to date")


@click.command()
@_OWNER
@_SERVICE
@click.argument("message")
def revise(database_url: str, service: str, message: str) -> None:
    """For developers: write a migration from the difference between SERVICE's tables and its schema."""
    asyncio.run(migrations.revise(database_url, service, message))


@click.command("check-migrations")
def check_migrations() -> None:
    """For developers: fail where tables and migrations differ. Runs on a throw-away database of its own."""
    asyncio.run(_check_migrations())
    click.echo("tables and migrations agree")


async def _check_migrations() -> None:
    async with embedded_servers() as servers:
        await migrations.upgrade(servers.database_url, service_urls(servers.database_url, lambda _: None))
        await migrations.check(servers.database_url)


@click.group()
def journal() -> None:
    """The journal: what happened, sealed in a hash chain per district."""


@journal.command("verify")
@_OWNER
@click.option("--service", type=click.Choice(migrations.SERVICES), help="Only this service's journal.")
@click.option("--district", help="Only this district.")
def verify_journal(database_url: str, service: str | None, district: str | None) -> None:
    """Walk the chains and name the first row that was changed, removed or inserted. Exit code 1 if there is one."""
    broken = asyncio.run(_verify(database_url, [service] if service else list(migrations.SERVICES), district))
    raise SystemExit(1 if broken else 0)


async def _verify(database_url: str, services: list[str], district: str | None) -> int:
    broken = 0
    connection = await asyncpg.connect(database_url)
    try:
        await prepare_json(connection)
        for service in services:
            schema = import_module(f"services.{service}.schema").SCHEMA
            sql, _ = Statement(districts_of(schema)).bind({})
            found = [row["district"] for row in await connection.fetch(sql)]
            for code in found if district is None else [district]:
                verdict = await verify(connection, schema, code)
                broken += verdict.broken is not None
                state = verdict.broken or "holds"
                click.echo(f"{service} {code}: {verdict.rows} rows, head {verdict.head[:16]}: {state}")
    finally:
        await connection.close()
    return broken


async def prepare_json(connection: asyncpg.Connection) -> None:
    """JSON as Python values, as the services' own connections have it."""
    await connection.set_type_codec(
        "jsonb", schema="pg_catalog", encoder=lambda v: orjson.dumps(v).decode(), decoder=orjson.loads
    )


@click.command()
@click.option("--check", is_flag=True, help="Only compare with the committed copies; exit code 1 where they differ.")
def documents(*, check: bool) -> None:
    """For developers: write what is made from the code, docs/openapi and the README's table of the six steps."""
    from services.documents import ROOT, made  # noqa: PLC0415 - builds the three applications

    wanted = made()
    differing = [path for path, text in wanted.items() if not path.exists() or path.read_bytes() != text]
    names = ", ".join(str(path.relative_to(ROOT)) for path in differing)
    if check and differing:
        raise click.ClickException(f"not as the code says: {names}. Run `linli documents` and commit.")
    for path in differing:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(wanted[path])
    click.echo(f"written: {names}" if differing else "all documents are as the code says")


COMMANDS: list[click.Command] = [migrate, revise, check_migrations, journal, documents]
