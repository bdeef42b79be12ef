"""How a service that is not hierarchy follows the place tree: what was stored under a path moves with the place.

hierarchy tells every change, in order (`POST …/place-changes`). It is journaled here at once, and followed by jobs that
rewrite so many rows each and go on until none is left; the next change waits for the one before it. Every table with a
column `place_path` is followed, whatever slice it belongs to. Where a place was merged or split, an open case (without
`closed_at`, or before `ends_at`) also gets the code and name of the place that took over; a closed one keeps them, and
only its path, by which rights are decided, follows.

A row can still be written under the old path for as long as a process remembers it (`known_places`, half a minute). So
every change is followed a second time, a minute later: then all is where hierarchy says, and until then every row has
one path, the old or the new one. Nothing is ever seen by nobody, and nothing by those of both places.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Integer,
    Table,
    Text,
    Uuid,
    bindparam,
    func,
    literal_column,
    select,
    true,
    tuple_,
    update,
)

from shared.kernel.paths import after
from shared.runtime.bulk import moved
from shared.runtime.db import Statement
from shared.runtime.jobs import JobKind, Registry, Run
from shared.runtime.journal import Entry
from shared.runtime.scoping import between
from shared.runtime.tables import Schema
from shared.runtime.work import Work
from shared.schemas.places import PlaceChange

BATCH, STEPS = 500, 40
_DEPTHS = (12, 16)  # a community's path, and a grid's
_AGAIN = timedelta(minutes=1)  # longer than anything remembers a place without asking, and a request may take
_KNOWN = "known_places"


def follow_kind(schema: Schema) -> JobKind:
    """The kind of job that follows a change."""
    return JobKind(f"{schema.name}.places.follow", attempts=50, cap_s=300.0)


@dataclass(frozen=True, slots=True)
class _Of:
    """The statements for one table."""

    rebase: dict[int, Statement]  # by how many characters of the path surely agree
    rename: Statement | None


@cache
def _statements(schema: Schema) -> dict[str, _Of]:
    tables = (table for table in schema.metadata.sorted_tables if _path_of(table) is not None)
    return {
        table.name: _Of({depth: _rebase(table, depth) for depth in (0, *_DEPTHS)}, _rename(table)) for table in tables
    }


def _path_of(table: Table) -> ColumnElement[str] | None:
    return table.c.get("path" if table.name == _KNOWN else "place_path")


def followed(schema: Schema) -> list[str]:
    """The tables whose paths follow."""
    return list(_statements(schema))


def _key(table: Table) -> list[ColumnElement[Any]]:
    return [column for column in table.primary_key.columns if column.name != "district"]


def _chosen(table: Table, *conditions: ColumnElement[bool]) -> CTE:
    """A batch of rows, held until they are written."""
    return (
        select(*_key(table))
        .where(table.c.district == bindparam("district", type_=Text()), *conditions)
        .limit(bindparam("limit", type_=Integer()))
        .with_for_update()
        .cte("chosen")
    )


def _write(table: Table, chosen: CTE, values: dict[str, Any]) -> Statement:
    key = tuple_(*_key(table)).in_(select(*chosen.c))
    if "version" in table.c:  # whoever has read the row before must not write its old place back
        values["version"] = table.c.version + 1
    write = (
        update(table)
        .where(table.c.district == bindparam("district", type_=Text()), key)
        .values(values)
        .returning(true().label("one"))
        .cte("written")
    )
    return Statement(select(func.count().label("count")).select_from(write))


def _rebase(table: Table, depth: int) -> Statement:
    path = _path_of(table)
    assert path is not None  # noqa: S101 - such tables only
    old, new = bindparam("old", type_=Text()), bindparam("new", type_=Text())
    # Large tables are indexed by the beginnings of their paths; the same words find such an index.
    start = [literal_column(f"substr({path.name}, 1, {depth})") == func.left(old, depth)] if depth else []
    chosen = _chosen(table, *between(path, "old", "end"), *start)
    values: dict[str, Any] = {path.name: moved(path, old, new)}
    if table.name == _KNOWN:  # its names may be others now: it is asked for again at its next use
        values["seen_at"] = func.to_timestamp(0)
    return _write(table, chosen, values)


def _rename(table: Table) -> Statement | None:
    if table.name == _KNOWN or "place_code" not in table.c:
        return None
    c, code = table.c, bindparam("code", type_=Text())
    open_: list[ColumnElement[bool]] = []
    if "closed_at" in c:
        open_.append(c.closed_at.is_(None))
    elif "ends_at" in c:
        open_.append(c.ends_at > func.now())
    values: dict[str, Any] = {"place_code": bindparam("to_code", type_=Text())}
    if "place_name" in c:
        values["place_name"] = bindparam("to_name", type_=Text())
    return _write(table, _chosen(table, c.place_code == code, *between(c.place_path, "path", "end"), *open_), values)


@cache
def _stale(schema: Schema) -> Statement | None:
    """Places at and below a path are asked for again."""
    table = schema.metadata.tables.get(f"{schema.name}.{_KNOWN}")
    if table is None:
        return None
    here = table.c.district == bindparam("district", type_=Text())
    write = update(table).where(here, *between(table.c.path, "path", "end")).values(seen_at=func.to_timestamp(0))
    return Statement(write.returning(table.c.code))


async def note(work: Work, change: PlaceChange) -> None:
    """Takes a change down: its journal row and the jobs that follow it, now and later."""
    kind = follow_kind(work.schema)
    body = change.model_dump(mode="json")
    names = {"moves": body["moves"], "now": body["now"], "stale": body["stale"]}
    order = change.order
    jobs = [
        kind.of(order=("places", order), steps=names, at=0),
        kind.of(order=("places again", order), due_at=work.now + _AGAIN, steps=names, at=0),
    ]
    facts = {"code": change.code, "event": change.event, "order": order, "moves": len(change.moves)}
    await work.record(Entry("place", "follow", data=facts), change.place_id, jobs)


def follow_places(registry: Registry, schema: Schema) -> None:
    """Registers the job that follows changes."""
    kind = follow_kind(schema)

    @registry.handles(kind)
    async def follow(run: Run, steps: dict[str, Any], at: int) -> None:
        async with run.work() as work:
            goes_on = await _some(work, steps, at)
            if goes_on is not None:
                await _later(work, run, kind, steps, goes_on)


def _all_steps(schema: Schema, steps: dict[str, Any]) -> Iterator[tuple[Statement, dict[str, Any]]]:
    for move in steps["moves"]:
        for of in _statements(schema).values():
            depth = max((depth for depth in _DEPTHS if depth <= len(move["old"])), default=0)
            yield of.rebase[depth], {"old": move["old"], "new": move["new"], "end": after(move["old"]), "limit": BATCH}
    for now in steps["now"]:
        place = now["place"]
        for of in _statements(schema).values():
            if of.rename is not None:
                named = {"code": now["code"], "to_code": place["code"], "to_name": place["full_name"]}
                lies = {"path": place["path"], "end": after(place["path"])}
                yield of.rename, {**named, **lies, "limit": BATCH}
    stale = _stale(schema)
    for path in steps["stale"] if stale is not None else []:
        assert stale is not None  # noqa: S101 - said a line above
        yield stale, {"path": path, "end": after(path)}


async def _some(work: Work, steps: dict[str, Any], at: int) -> int | None:
    """Does a bounded part of it; where to go on, None when all is done."""
    todo = list(_all_steps(work.schema, steps))
    last = min(at + STEPS, len(todo))
    written = 0
    for number in range(at, last):
        statement, values = todo[number]
        rows = await work.all(statement, **values)
        count = rows[0]["count"] if rows and "limit" in values else 0
        written += count
        if count == values.get("limit"):
            return number  # a full batch: there may be more of it
        if written >= BATCH:
            return number + 1
    return last if last < len(todo) else None


async def _later(work: Work, run: Run, kind: JobKind, steps: dict[str, Any], at: int) -> None:
    """Goes on in another transaction, at the same place in the order."""
    order = await work.one(_order(work.schema), id=run.job_id)
    key = None if order is None or order["order_key"] is None else (order["order_key"], order["order_seq"])
    await work.due(kind.of(order=key, steps=steps, at=at))


@cache
def _order(schema: Schema) -> Statement:
    j = schema.jobs.c
    here = j.district == bindparam("district", type_=Text())
    return Statement(select(j.order_key, j.order_seq).where(here, j.id == bindparam("id", type_=Uuid())))
