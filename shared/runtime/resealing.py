"""Seals fields anew with today's key, and makes blind indexes anew, while the services run.

Which columns are sealed, the tables say themselves (`shared.runtime.tables.sealed`). A field is replaced only where it
still is what was read, so a service that writes at the same moment wins; what is sealed today already is passed by, so
a run that was stopped goes on where it was, and a second run finds nothing to do.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import asyncpg
import orjson
from sqlalchemy import (
    ARRAY,
    Column,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    bindparam,
    func,
    select,
    tuple_,
    update,
)

from shared.kernel.errors import LinliError
from shared.runtime.db import Database, Row, Statement
from shared.runtime.privacy import CannotOpen, Vault, bound_to
from shared.runtime.tables import IndexOf, Sealing, districts_of

BATCH = 500
_TRIES = 5
_ABOVE_TEXT = b"\x01\x02"  # a sealed field begins with its suite; text that was never sealed does not


@dataclass(frozen=True)
class Field:
    """One sealed column, with the blind index of it in the same row, if there is one."""

    table: Table
    column: Column[Any]
    sealing: Sealing
    index: Column[Any] | None

    @property
    def name(self) -> str:
        return f"{self.table.schema}.{self.table.name}.{self.column.name}"

    @property
    def key(self) -> list[Column[Any]]:
        """The primary key without the district."""
        return [column for column in self.table.primary_key if column.name != "district"]


class Done(NamedTuple):
    """What came of one batch: rows looked at, made anew, changed by somebody else meanwhile, and not to be opened."""

    seen: int = 0
    renewed: int = 0
    overtaken: int = 0
    broken: int = 0

    def __add__(self, other: object) -> "Done":
        if not isinstance(other, Done):
            return NotImplemented
        return Done(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))


def fields(metadata: MetaData) -> Iterator[Field]:
    """Every sealed column, table by table."""
    for table in metadata.sorted_tables:
        for column in table.columns:
            if sealing := column.info.get("sealed"):
                indexes = (c for c in table.columns if _is_index_of(c, column))
                yield Field(table, column, sealing, next(indexes, None))


def _is_index_of(candidate: Column[Any], column: Column[Any]) -> bool:
    found: IndexOf | None = candidate.info.get("index_of")
    return found is not None and found.column == column.name


async def reseal(db: Database, vault: Vault, field: Field, *, indexes: bool) -> AsyncIterator[Done]:
    """Makes a column anew, batch by batch; with `indexes` the blind index of every row as well."""
    resealer = _Resealer(db, vault, field, indexes=indexes and field.index is not None)
    for row in await db.fetch(Statement(districts_of(field.table)), {}):
        async for done in resealer.district(row["district"]):
            yield done


class _Resealer:
    def __init__(self, db: Database, vault: Vault, field: Field, *, indexes: bool) -> None:
        self._db, self._vault, self._field, self._indexes = db, vault, field, indexes
        self._first, self._next = _page(field, indexes, following=False), _page(field, indexes, following=True)
        self._write = _write(field, indexes)

    async def district(self, district: str) -> AsyncIterator[Done]:
        values: dict[str, Any] = {"district": district, "heading": self._vault.heading}
        values |= {"length": len(self._vault.heading), "limit": BATCH}
        rows = await self._db.fetch(self._first, values)
        while rows:
            yield await self._batch(district, rows)
            last = {f"after_{column.name}": rows[-1][column.name] for column in self._field.key}
            rows = await self._db.fetch(self._next, values | last)

    async def _batch(self, district: str, rows: list[Row]) -> Done:
        ready, broken = [], 0
        for row in rows:
            try:
                made = self._renewed(district, row)
            except (CannotOpen, UnicodeDecodeError, orjson.JSONDecodeError):
                broken += 1
                continue
            if made is not None:
                ready.append((row, *made))
        written, clashed = await self._written(district, ready)
        overtaken = len(ready) - written - clashed
        return Done(len(rows), written, overtaken, broken + clashed)

    def _renewed(self, district: str, row: Row) -> tuple[bytes, object] | None:
        """The field and its index as they should be; None where both are so."""
        field, vault, old = self._field, self._vault, row[self._field.column.name]
        bound = bound_to(district, field.table.name, field.sealing.column, *(row[name] for name in field.sealing.key))
        text = vault.open(old, bound_to=bound) if old[:1] and old[0] in _ABOVE_TEXT else old.decode()
        current = old[: len(vault.heading)] == vault.heading
        index = self._index(district, text) if self._indexes else None
        if current and (field.index is None or not self._indexes or row[field.index.name] == index):
            return None
        return (old if current else vault.seal(text, bound_to=bound)), index

    def _index(self, district: str, text: str) -> object:
        column = self._field.index
        assert column is not None  # noqa: S101 - asked for only where there is one
        of: IndexOf = column.info["index_of"]
        value = orjson.loads(text).get(of.part) if of.part else text
        if value is None:
            return None
        index = self._vault.blind_index(value, purpose=of.purpose, district=district)
        return index if isinstance(column.type, LargeBinary) else index.hex()

    async def _written(self, district: str, ready: list[tuple[Row, bytes, object]]) -> tuple[int, int]:
        """How many rows were replaced, and how many cannot be because another row has their index."""
        if not ready:
            return 0, 0
        name = self._field.column.name
        values: dict[str, Any] = {
            "district": district,
            "olds": [row[name] for row, _, _ in ready],
            "news": [new for _, new, _ in ready],
            "indexes": [index for _, _, index in ready],
        } | {f"k_{column.name}": [row[column.name] for row, _, _ in ready] for column in self._field.key}
        try:
            return len(await self._patiently(values)), 0
        except asyncpg.UniqueViolationError:
            if len(ready) == 1:
                return 0, 1
            parts = [await self._written(district, [one]) for one in ready]
            return sum(part[0] for part in parts), sum(part[1] for part in parts)

    async def _patiently(self, values: dict[str, Any]) -> list[Row]:
        """Waits for rows that a service holds at this moment."""
        for attempt in range(1, _TRIES):
            try:
                return await self._db.fetch(self._write, values)
            except LinliError:
                await asyncio.sleep(0.2 * attempt)
        return await self._db.fetch(self._write, values)


def _page(field: Field, indexes: bool, *, following: bool) -> Statement:  # noqa: FBT001 - private, called twice
    table, column = field.table, field.column
    wanted = {c.name: c for c in (*field.key, column, *(table.c[name] for name in field.sealing.key))}
    if field.index is not None:
        wanted[field.index.name] = field.index
    rows = select(*wanted.values()).where(table.c.district == bindparam("district", type_=Text()), column.is_not(None))
    if not indexes:
        begins = func.substr(column, 1, bindparam("length", type_=Integer()))
        rows = rows.where(begins != bindparam("heading", type_=LargeBinary()))
    if following:
        after = tuple_(*(bindparam(f"after_{c.name}", type_=c.type) for c in field.key))
        rows = rows.where(tuple_(*field.key) > after)
    return Statement(rows.order_by(*field.key).limit(bindparam("limit", type_=Integer())))


def _write(field: Field, indexes: bool) -> Statement:  # noqa: FBT001 - private, called once
    table, column = field.table, field.column
    given_values = [bindparam(f"k_{c.name}", type_=ARRAY(c.type)) for c in field.key]
    given_values += [bindparam(name, type_=ARRAY(LargeBinary())) for name in ("olds", "news")]
    names = [*(c.name for c in field.key), "was", "made"]
    if indexes and field.index is not None:
        given_values.append(bindparam("indexes", type_=ARRAY(field.index.type)))
        names.append("made_index")
    given = func.unnest(*given_values).table_valued(*names, name="given").render_derived()
    values = {column.name: given.c.made}
    if indexes and field.index is not None:
        values[field.index.name] = given.c.made_index
    return Statement(
        update(table)
        .where(table.c.district == bindparam("district", type_=Text()), column == given.c.was)
        .where(*(c == given.c[c.name] for c in field.key))
        .values(values)
        .returning(*field.key)
    )
