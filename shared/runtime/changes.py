"""One statement for a whole change: the write, its journal row, its text and its due jobs.

A slice declares its write once (`CHANGE = Change(SCHEMA, insert(...).returning(...))`); `Change` wraps it into a
data-modifying CTE in which the journal row and the jobs are inserted *from* the rows that the write returned. Where
the write touches nothing (an optimistic version that moved on), nothing at all is written.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    DateTime,
    LargeBinary,
    Select,
    Text,
    Uuid,
    bindparam,
    column,
    exists,
    func,
    insert,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql.dml import Insert, ReturningDelete, ReturningInsert, ReturningUpdate
from sqlalchemy.sql.elements import BindParameter, ColumnElement
from sqlalchemy.types import TypeEngine

from shared.runtime.db import Statement
from shared.runtime.tables import Schema

Writing = ReturningInsert[Any] | ReturningUpdate[Any] | ReturningDelete[Any] | Select[Any]
_ENTRY: dict[str, TypeEngine[Any]] = {
    "w_entry": Uuid(), "w_actor_kind": Text(), "w_actor": Text(), "w_request_key": Text(),
    "w_fingerprint": LargeBinary(), "w_subject_kind": Text(), "w_event": Text(), "w_before": Text(),
    "w_after": Text(), "w_data": JSONB(),
}  # fmt: skip


def _bound(name: str) -> BindParameter[Any]:
    return bindparam(name, type_=_ENTRY[name])


class Change:
    """A write whose RETURNING holds `id` (the case it is about), compiled with what must come along.

    `after` names a returned column that is the journal row's `after`, where the write itself decides the step.
    `also` makes a further write from the changed rows (a counter in another row). `beside` is a single row that the
    write came from; the changed row comes back with its columns too, as `beside_…`, so that nothing is read again.
    """

    def __init__(
        self,
        schema: Schema,
        write: Writing,
        *,
        after: str | None = None,
        also: Callable[[CTE], CTE] | None = None,
        beside: CTE | None = None,
    ) -> None:
        self._schema, self._write, self._after, self._also, self._beside = schema, write, after, also, beside
        self._variants: dict[tuple[bool, bool], Statement] = {}

    def statement(self, *, text: bool, jobs: bool) -> Statement:
        """The compiled statement with or without a text and jobs; two inserts fewer where there are none."""
        if (text, jobs) not in self._variants:
            change = self._write.cte("change")
            parts = [self._entry(change)]
            parts += [self._also(change)] if self._also else []
            parts += [self._text(change)] if text else []
            parts += [self._jobs(change)] if jobs else []
            self._variants[text, jobs] = Statement(self._shown(change).add_cte(*parts))
        return self._variants[text, jobs]

    def _shown(self, change: CTE) -> Select[Any]:
        if self._beside is None:
            return select(change)
        beside = (column.label(f"beside_{column.name}") for column in self._beside.c)
        return select(change, *beside).select_from(change.join(self._beside, true()))

    def _entry(self, change: CTE) -> CTE:
        columns = ["district", "at", "id", "actor_kind", "actor", "request_key", "fingerprint", "subject_kind", "event",
                   "before", "after", "data", "subject_id"]  # fmt: skip
        decided = {} if self._after is None else {"w_after": change.c[self._after]}
        entry = (decided.get(name, _bound(name)) for name in _ENTRY)
        # Not when the transaction began, but now that it holds what it writes: of two that waited for each other, the
        # later one is later in the journal too, and so in the change feed.
        values = [bindparam("w_district", type_=Text()), func.clock_timestamp(), *entry, change.c.id]
        return insert(self._schema.journal).from_select(columns, select(*values)).cte("entry")

    def _text(self, change: CTE) -> CTE:
        values = select(
            bindparam("w_district", type_=Text()),
            bindparam("w_entry", type_=Uuid()),
            change.c.id,
            bindparam("w_text", type_=JSONB()),
        )
        return insert(self._schema.texts).from_select(["district", "id", "subject_id", "body"], values).cte("words")

    def _jobs(self, change: CTE) -> CTE:
        return job_insert(self._schema, exists(select(change.c.id))).cte("due")


@cache
def record(schema: Schema) -> Change:
    """A journal row by itself, about the case `subject`: something was read, refused, or asked for."""
    return Change(schema, select(bindparam("subject", type_=Uuid()).label("id")))


@cache
def records(schema: Schema) -> Statement:
    """Journal rows of what was written in bulk, from one JSON parameter, `w_entries`."""
    fields: dict[str, TypeEngine[Any]] = {
        "id": Uuid(), "subject_kind": Text(), "subject_id": Uuid(), "event": Text(), "before": Text(), "after": Text(),
        "data": JSONB(),
    }  # fmt: skip
    given = (
        func.jsonb_to_recordset(bindparam("w_entries", type_=JSONB()))
        .table_valued(*(column(name, kind) for name, kind in fields.items()), name="given")
        .render_derived(with_types=True)
    )
    actor = (_bound("w_actor_kind"), _bound("w_actor"))
    values = (
        bindparam("w_district", type_=Text()),
        func.clock_timestamp(),
        *actor,
        *(given.c[name] for name in fields),
    )
    columns = ["district", "at", "actor_kind", "actor", *fields]
    return Statement(insert(schema.journal).from_select(columns, select(*values)))


def job_insert(schema: Schema, condition: ColumnElement[bool]) -> Insert:
    """The insert of any number of jobs from one JSON parameter, `w_jobs`."""
    fields: dict[str, TypeEngine[Any]] = {
        "id": Uuid(), "name": Text(), "queue": Text(), "args": JSONB(),
        "due_at": DateTime(timezone=True), "order_key": Text(), "order_seq": BigInteger(),
    }  # fmt: skip
    given = (
        func.jsonb_to_recordset(bindparam("w_jobs", type_=JSONB()))
        .table_valued(*(column(name, kind) for name, kind in fields.items()), name="given")
        .render_derived(with_types=True)
    )
    values = [func.coalesce(given.c.due_at, func.now()) if name == "due_at" else given.c[name] for name in fields]
    chosen = select(bindparam("w_district", type_=Text()), *values).where(condition)
    return insert(schema.jobs).from_select(["district", *fields], chosen)
