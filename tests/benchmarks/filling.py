"""Fills the tables by COPY: secondary indexes are made afterwards, statistics and visibility before measuring."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import asyncpg
import click
from sqlalchemy import Table

from services.events.activities.tables import ACTIVITIES
from services.events.registrations.tables import REGISTRATIONS
from services.events.schema import SCHEMA as EVENTS
from services.tickets.appeals.tables import APPEALS
from services.tickets.metadata import METADATA
from services.tickets.schema import SCHEMA as TICKETS
from shared.runtime.journal import GENESIS
from tests.benchmarks import rows as r
from tests.benchmarks.plan import Plan
from tests.benchmarks.town import ACTIVITIES as SPREAD
from tests.benchmarks.town import DISTRICT, Town

_CHUNK = 20_000
_INDEXES = """
SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = $1 AND tablename = $2 AND indexname NOT LIKE 'pk_%'
"""


@dataclass
class Filler:
    """`have` appeals are there already; growing a table keeps what was written while measuring."""

    owner_url: str
    town: Town
    plan: Plan
    have: int = 0

    async def grow(self, size: int) -> None:
        """Until there are `size` generated appeals."""
        connection = await asyncpg.connect(self.owner_url)
        try:
            await connection.execute("SET maintenance_work_mem = '512MB'")
            await connection.set_type_codec(
                "jsonb", schema="pg_catalog", format="binary", encoder=lambda given: b"\x01" + given, decoder=bytes
            )
            await self._fill(connection, r.Invented(self.town, self.plan, self.have, size), size)
        finally:
            await connection.close()
        self.have = size

    async def _fill(self, connection: asyncpg.Connection, invented: r.Invented, size: int) -> None:
        if not self.have:
            await self._once(connection, invented, size)
        new = size - self.have
        wholes = min(self.plan.timelines, new) * 6
        fresh = min(new, 3 * r.in_verify(size))
        await _copy(connection, APPEALS, r.APPEAL_COLUMNS, invented.appeals(), new)
        await _copy(connection, TICKETS.journal, r.JOURNAL_COLUMNS, invented.journal(), new + wholes)
        await connection.execute("DELETE FROM tickets.jobs WHERE district = $1", DISTRICT)
        await _copy(connection, TICKETS.jobs, r.JOB_COLUMNS, invented.jobs(), fresh)
        for table in (APPEALS, TICKETS.journal, TICKETS.jobs, ACTIVITIES, REGISTRATIONS):
            await connection.execute(f"VACUUM (ANALYZE) {table.fullname}")
        await connection.execute("CHECKPOINT")

    async def _once(self, connection: asyncpg.Connection, invented: r.Invented, size: int) -> None:
        places = (
            (DISTRICT, spot.code, spot.path, spot.kind, spot.full_name, spot.full_name) for spot in self.town.spots
        )
        columns = ("district", "code", "path", "kind", "name", "full_name")
        await _copy(connection, METADATA.tables["tickets.known_places"], columns, places, len(self.town.spots))
        await _copy(connection, ACTIVITIES, r.ACTIVITY_COLUMNS, invented.activities(), 2 * SPREAD)
        registrations = invented.registrations(size // 10)
        await _copy(connection, REGISTRATIONS, r.REGISTRATION_COLUMNS, registrations, size // 10)
        # The sealer starts here and does not seal what was invented.
        for schema in (TICKETS, EVENTS):
            await connection.execute(
                f"INSERT INTO {schema.seal_heads.fullname} VALUES ($1, 0, $2, now()) ON CONFLICT DO NOTHING",
                DISTRICT,
                GENESIS,
            )


async def _copy(
    connection: asyncpg.Connection, table: Table, columns: Iterable[str], records: Iterator[r.Record], count: int
) -> None:
    async with _without_indexes(connection, table):
        with click.progressbar(length=count, label=f"  {table.fullname:<22}", width=40) as bar:
            await _stream(connection, table, columns, records, bar.update)


async def _stream(
    connection: asyncpg.Connection,
    table: Table,
    columns: Iterable[str],
    records: Iterator[r.Record],
    done: Callable[[int], None],
) -> None:
    while chunk := list(islice(records, _CHUNK)):
        await connection.copy_records_to_table(
            table.name, schema_name=table.schema, columns=list(columns), records=chunk
        )
        done(len(chunk))


class _without_indexes:  # noqa: N801 - reads as a statement
    """Sorting an index at the end costs a fraction of filling it row by row."""

    def __init__(self, connection: asyncpg.Connection, table: Table) -> None:
        self._connection, self._table = connection, table
        self._dropped: list[str] = []

    async def __aenter__(self) -> None:
        for row in await self._connection.fetch(_INDEXES, self._table.schema, self._table.name):
            await self._connection.execute(f'DROP INDEX {self._table.schema}."{row["indexname"]}"')
            self._dropped.append(row["indexdef"])

    async def __aexit__(self, *_: object) -> None:
        for definition in self._dropped:
            await self._connection.execute(definition)
