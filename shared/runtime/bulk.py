"""Many rows in one statement, from one JSON parameter: how data files and imports reach the database."""

from collections.abc import Sequence

from sqlalchemy import Table, Text, bindparam, column, func, select, tuple_
from sqlalchemy.dialects.postgresql import JSONB, insert

from shared.runtime.db import Statement


def put(table: Table, columns: Sequence[str], key: Sequence[str]) -> Statement:
    """Inserts the rows of the parameter `rows`, or updates those whose `key` is there and whose content differs.

    An existing row keeps its `id`. Returns the ids of the rows that were written; the others were so already.
    """
    given = (
        func.jsonb_to_recordset(bindparam("rows", type_=JSONB()))
        .table_valued(*(column(name, table.c[name].type) for name in columns), name="given")
        .render_derived(with_types=True)
    )
    values = select(bindparam("district", type_=Text()), *(given.c[name] for name in columns))
    write = insert(table).from_select(["district", *columns], values)
    changing = [name for name in columns if name != "id" and name not in key]
    before = tuple_(*(table.c[name] for name in changing))
    after = tuple_(*(write.excluded[name] for name in changing))
    return Statement(
        write.on_conflict_do_update(
            index_elements=["district", *key],
            set_={name: write.excluded[name] for name in changing},
            where=before.is_distinct_from(after),
        ).returning(table.c.id)
    )
