"""The statements that keep a venue's hours when they change, and tell what they were on a day gone by."""

from sqlalchemy import ARRAY, CTE, Date, Select, Text, Uuid, any_, bindparam, column, func, select
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.sql.dml import Insert

from services.hierarchy.venues.tables import PASTS, VENUES
from shared.runtime.db import Statement

V, P = VENUES.c, PASTS.c
_DISTRICT = bindparam("district", type_=Text())
_COLUMNS = ["district", "venue_id", "until", "hours"]
_BEFORE = (V.district, V.id, bindparam("today", type_=Date()) - 1, V.hours)


def _keep(rows: Select[tuple[object, ...]]) -> Insert:
    """What a second change of the same day replaces held on no day that is over."""
    return insert(PASTS).from_select(_COLUMNS, rows).on_conflict_do_nothing()


def kept(change: CTE) -> CTE:
    """The hours before this change of the same statement, which does not see it yet."""
    now = change.c
    before = select(*_BEFORE).where(V.district == _DISTRICT, V.id == now.id, V.hours != now.hours)
    return _keep(before).cte("kept")


_given = (
    func.jsonb_to_recordset(bindparam("rows", type_=JSONB()))
    .table_valued(column("code", Text()), column("hours", JSONB()), name="given")
    .render_derived(with_types=True)
)
# Before data files are written: the hours of those that are there and will have others.
KEEP = Statement(
    _keep(
        select(*_BEFORE)
        .select_from(VENUES.join(_given, V.code == _given.c.code))
        .where(V.district == _DISTRICT, V.hours != _given.c.hours)
    ).returning(P.venue_id)
)
HOURS = Statement(
    select(P.venue_id, P.until, P.hours)
    .where(P.district == _DISTRICT, P.venue_id == any_(bindparam("venues", type_=ARRAY(Uuid()))))
    .where(P.until >= bindparam("since", type_=Date()))
    .order_by(P.venue_id, P.until)
)
