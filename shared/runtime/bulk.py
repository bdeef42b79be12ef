"""Many rows in one statement: data files and imports from one JSON parameter, and paths below a place that moved."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ARRAY, Column, Select, Table, Text, bindparam, column, func, select, true, tuple_, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.sql.elements import ColumnElement

from shared.kernel.paths import after
from shared.runtime.db import Statement
from shared.runtime.scoping import between
from shared.runtime.work import Work


def put(
    table: Table, columns: Sequence[str], key: Sequence[str], *, counted: str | None = None, once: Sequence[str] = ()
) -> Statement:
    """Inserts the rows of the parameter `rows`, or updates those whose `key` is there and whose content differs.

    An existing row keeps its `id` and what is written `once`; the column `counted` grows by one with every update.
    Returns the `id` and key of the rows that were written; the others were so already.
    """
    given = (
        func.jsonb_to_recordset(bindparam("rows", type_=JSONB()))
        .table_valued(*(column(name, table.c[name].type) for name in columns), name="given")
        .render_derived(with_types=True)
    )
    values = select(bindparam("district", type_=Text()), *(given.c[name] for name in columns))
    write = insert(table).from_select(["district", *columns], values)
    changing = [name for name in columns if name not in {"id", *key, *once}]
    before = tuple_(*(table.c[name] for name in changing))
    counting = {} if counted is None else {counted: table.c[counted] + 1}
    after = tuple_(*(write.excluded[name] for name in changing))
    return Statement(
        write.on_conflict_do_update(
            index_elements=["district", *key],
            set_={name: write.excluded[name] for name in changing} | counting,
            where=before.is_distinct_from(after),
        ).returning(table.c.id, *(table.c[name] for name in key if name != "id"))
    )


def among(
    key: Column[Any], parameter: str, *shown: ColumnElement[Any], hold: bool = False, **only: ColumnElement[bool]
) -> Select[Any]:
    """The rows of the district whose `key` is in the array `parameter` (each once), looked up one by one; `hold` locks
    them in the order of the array.

    To a planner that has never seen a district, every index of it promises one row. With `key = ANY(array)`, even with
    `key = one`, it may read the whole district by any of them, as often as there are keys: 50,000 rows a thousand times
    in a first import. The index by the key alone gives them in order, which is what is asked for here.
    """
    wanted = func.unnest(bindparam(parameter, type_=ARRAY(key.type))).table_valued("key", name="wanted")
    wanted = wanted.render_derived()
    here = key.table.c.district == bindparam("district", type_=Text())
    this = key.between(wanted.c.key, wanted.c.key)  # an equality would make the order nothing to ask for
    rows = select(*shown).where(here, this, *only.values()).order_by(key).offset(0)
    found = (rows.with_for_update() if hold else rows).lateral("found")
    return select(found).select_from(wanted.join(found, true()))


class Rebase:
    """Rewrites the `path` of rows at and below `old` to begin with `new`, for a place that moved; in this order."""

    def __init__(self, *tables: Table) -> None:
        self._statements = [_rebase(table) for table in tables]

    async def __call__(self, work: Work, old: str, new: str) -> None:
        for statement in self._statements:
            await work.all(statement, old=old, new=new, end=after(old))


def _rebase(table: Table) -> Statement:
    path, old, new = table.c.path, bindparam("old", type_=Text()), bindparam("new", type_=Text())
    below = table.c.district == bindparam("district", type_=Text()), *between(path, "old", "end")
    return Statement(update(table).where(*below).values(path=moved(path, old, new)))


def moved(path: ColumnElement[str], old: ColumnElement[str], new: ColumnElement[str]) -> ColumnElement[str]:
    """The path with `new` instead of `old` at its beginning."""
    return new.concat(func.substr(path, func.length(old) + 1))
