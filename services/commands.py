"""Commands that concern all services: migrations, documents. Each service's own stand in its folder."""

import asyncio
import os
from collections.abc import Callable

import asyncpg
import click
from sqlalchemy.exc import SQLAlchemyError

from migrations import run as migrations
from services.local.keys import service_database_url
from services.local.servers import embedded_servers

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


COMMANDS: list[click.Command] = [migrate, revise, check_migrations, documents]
