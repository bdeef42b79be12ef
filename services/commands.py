"""Commands that concern all services: migrations, journals, documents. Each service's own stand in its folder."""

import asyncio
import os
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import asyncpg
import click
import orjson

from migrations import run as migrations
from services.local.keys import service_database_url
from shared.runtime.db import Statement
from shared.runtime.sealer import districts_of
from shared.runtime.verify import verify

DOCUMENTS = Path(__file__).parent.parent / "docs" / "openapi"
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
    asyncio.run(migrations.upgrade(database_url, service_urls(database_url, os.environ.get), click.echo))
    click.echo("schemas are up to date")


@click.command()
@_OWNER
@_SERVICE
@click.argument("message")
def revise(database_url: str, service: str, message: str) -> None:
    """For developers: write a migration from the difference between SERVICE's tables and its schema."""
    asyncio.run(migrations.revise(database_url, service, message))


@click.command("check-migrations")
@_OWNER
def check_migrations(database_url: str) -> None:
    """For developers: fail where tables and migrations differ."""
    asyncio.run(migrations.check(database_url))


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
def openapi(*, check: bool) -> None:
    """For developers: write the services' OpenAPI documents to docs/openapi."""
    from services.documents import documents  # noqa: PLC0415 - builds the three applications

    differing = []
    for service, text in documents().items():
        path = DOCUMENTS / f"{service}.json"
        if path.exists() and path.read_bytes() == text:
            continue
        differing.append(service)
        if not check:
            DOCUMENTS.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text)
    if check and differing:
        raise click.ClickException(f"docs/openapi differs for {', '.join(differing)}: run `linli openapi` and commit.")
    click.echo("docs/openapi " + ("matches" if not differing else f"written for {', '.join(differing)}"))


COMMANDS: list[click.Command] = [migrate, revise, check_migrations, journal, openapi]
