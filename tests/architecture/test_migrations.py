"""Migrations and tables are the same thing said twice: they agree, and they go down and up again."""

from collections.abc import AsyncIterator
from importlib import import_module

import asyncpg
import pytest
from alembic import command
from alembic.util import CommandError
from sqlalchemy import Column, Connection, Integer, MetaData, make_url

from migrations import run as migrations

LEFT = "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname = ANY($1) ORDER BY 1"


@pytest.fixture
async def scratch(database: dict[str, str]) -> AsyncIterator[str]:
    """An empty database of one's own; its address as the owner."""
    owner = await asyncpg.connect(database["owner"])
    await owner.execute("CREATE DATABASE scratch_migrations")
    yield make_url(database["owner"]).set(database="scratch_migrations").render_as_string(hide_password=False)
    await owner.execute("DROP DATABASE scratch_migrations WITH (FORCE)")
    await owner.close()


def metadata(service: str) -> MetaData:
    made: MetaData = import_module(f"services.{service}.metadata").METADATA
    return made


# What Alembic's comparison leaves out: collations, defaults, conditions of partial indexes, checks.
LETTER = """
    SELECT format('%s %s %s %s %s', a.attrelid::regclass, a.attname, format_type(a.atttypid, a.atttypmod),
        CASE WHEN a.attcollation <> 0 THEN (SELECT collname FROM pg_collation WHERE oid = a.attcollation) END,
        concat_ws(' ', CASE WHEN a.attnotnull THEN 'NOT NULL' END, pg_get_expr(d.adbin, d.adrelid)))
    FROM pg_attribute a JOIN pg_class t ON t.oid = a.attrelid
    LEFT JOIN pg_attrdef d ON d.adrelid = t.oid AND d.adnum = a.attnum
    WHERE t.relnamespace::regnamespace::text = ANY($1) AND t.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
    AND t.relname <> 'alembic_version'
    UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = ANY($1) AND tablename <> 'alembic_version'
    UNION ALL SELECT concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid)) FROM pg_constraint
    WHERE connamespace::regnamespace::text = ANY($1) AND contype <> 'n' AND conname <> 'alembic_version_pkc'
"""


async def letter(url: str) -> set[str]:
    connection = await asyncpg.connect(url)
    try:
        return {row[0] for row in await connection.fetch(LETTER, list(migrations.SERVICES))}
    finally:
        await connection.close()


async def tables(url: str) -> list[str]:
    connection = await asyncpg.connect(url)
    try:
        return [row[0] for row in await connection.fetch(LEFT, list(migrations.SERVICES))]
    finally:
        await connection.close()


async def test_tables_and_migrations_agree(database: dict[str, str]) -> None:
    await migrations.check(database["owner"])


async def test_they_agree_to_the_letter(scratch: str, database: dict[str, str]) -> None:
    def make(connection: Connection) -> None:
        for service in migrations.SERVICES:
            connection.exec_driver_sql(f"CREATE SCHEMA {service}")
            metadata(service).create_all(connection)
        connection.commit()

    await migrations.with_owner(scratch, make)
    declared, migrated = await letter(scratch), await letter(database["owner"])
    assert len(declared) > 300
    assert sorted(declared ^ migrated) == []


@pytest.mark.parametrize("service", migrations.SERVICES)
async def test_a_column_without_a_migration_is_found(database: dict[str, str], service: str) -> None:
    table = metadata(service).tables[f"{service}.jobs"]
    column: Column[int] = Column("planted", Integer)
    table.append_column(column)
    try:
        with pytest.raises(CommandError, match="planted"):
            await migrations.check(database["owner"])
    finally:
        table._columns.remove(column)  # there is no public way
    await migrations.check(database["owner"])


@pytest.mark.parametrize("service", migrations.SERVICES)
async def test_a_table_without_metadata_is_found(scratch: str, database: dict[str, str], service: str) -> None:
    await migrations.upgrade(scratch, database)
    connection = await asyncpg.connect(scratch)
    await connection.execute(f"CREATE TABLE {service}.planted (district text PRIMARY KEY)")
    await connection.close()
    with pytest.raises(CommandError, match="planted"):
        await migrations.check(scratch)


async def test_every_migration_goes_down_and_up_again(scratch: str, database: dict[str, str]) -> None:
    await migrations.upgrade(scratch, database)
    before = await tables(scratch)

    def down(connection: Connection) -> None:
        for service in migrations.SERVICES:
            command.downgrade(migrations.config(service, connection), "base")
            connection.commit()

    await migrations.with_owner(scratch, down)
    assert await tables(scratch) == sorted(f"{service}.alembic_version" for service in migrations.SERVICES)
    await migrations.upgrade(scratch, database)
    assert await tables(scratch) == before
    await migrations.check(scratch)


async def test_migrating_twice_changes_nothing(scratch: str, database: dict[str, str]) -> None:
    said: list[str] = []
    await migrations.upgrade(scratch, database)
    before = await tables(scratch)
    await migrations.upgrade(scratch, database, said.append)
    assert await tables(scratch) == before
    assert len(said) == len(migrations.SERVICES)


async def test_each_service_has_one_history() -> None:
    """One head per service: two would make `upgrade head` fail for the next person."""
    for service in migrations.SERVICES:
        folder = migrations._HERE / "versions" / service
        texts = [file.read_text() for file in folder.glob("*.py")]
        revisions = {
            line.split("=")[1].strip() for text in texts for line in text.splitlines() if line.startswith("revision")
        }
        parents = [
            line.split("=")[1].strip()
            for text in texts
            for line in text.splitlines()
            if line.startswith("down_revision")
        ]
        assert len(revisions) == len(texts) == len(parents) == len(set(parents))
        assert parents.count("None") == 1
