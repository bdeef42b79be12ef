"""The statements that keep what a roster was when it changes, and tell what was to be covered on a day gone by."""

from functools import cache

from sqlalchemy import (
    ARRAY,
    CTE,
    Date,
    DateTime,
    Integer,
    Select,
    Text,
    Uuid,
    any_,
    bindparam,
    column,
    exists,
    func,
    literal_column,
    or_,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.sql.dml import Insert

from services.hierarchy.rosters.tables import PASTS, ROSTERS, SHIFTS
from shared.runtime.db import Statement
from shared.runtime.scoping import between, in_scopes

R, P, S = ROSTERS.c, PASTS.c, SHIFTS.c
_DISTRICT = bindparam("district", type_=Text())
_SINCE = bindparam("since", type_=Date())
_END = bindparam("ends_at", type_=DateTime(timezone=True))
_SAID = ("step", "cover", "needed")
_BEFORE = (R.district, R.id, bindparam("today", type_=Date()) - 1, *(R[name] for name in _SAID))


def _keep(rows: Select[tuple[object, ...]]) -> Insert:
    """What a second change of the same day replaces was so on no day that is over."""
    write = insert(PASTS).from_select(["district", "roster_id", "until", *_SAID], rows)
    return write.on_conflict_do_nothing()


def kept(change: CTE) -> CTE:
    """What the roster was before this change of the same statement, which does not see it yet."""
    was, now = (tuple_(*(row[name] for name in _SAID)) for row in (R, change.c))
    before = select(*_BEFORE).where(R.district == _DISTRICT, R.id == change.c.id, was.is_distinct_from(now))
    return _keep(before).cte("kept")


_given = (
    func.jsonb_to_recordset(bindparam("rows", type_=JSONB()))
    .table_valued(column("code", Text()), column("cover", JSONB()), column("needed", Integer()), name="given")
    .render_derived(with_types=True)
)
# Before data files are written: what those were that are there and will be something else.
KEEP = Statement(
    _keep(
        select(*_BEFORE)
        .select_from(ROSTERS.join(_given, R.code == _given.c.code))
        .where(
            R.district == _DISTRICT,
            tuple_(R.cover, R.needed).is_distinct_from(tuple_(_given.c.cover, _given.c.needed)),
        )
    ).returning(P.roster_id)
)
OF_ROSTERS = Statement(
    select(P.roster_id, P.until, *(P[name] for name in _SAID))
    .where(P.district == _DISTRICT, P.roster_id == any_(bindparam("rosters", type_=ARRAY(Uuid()))), P.until >= _SINCE)
    .order_by(P.roster_id, P.until)
)
# What was published and not cancelled: whoever is found missing afterwards was to be there all the same.
STOOD = Statement(
    select(S.roster_id, S.person_id, S.begins_at, S.ends_at, S.step)
    .where(S.district == _DISTRICT, S.roster_id == any_(bindparam("rosters", type_=ARRAY(Uuid()))))
    .where(S.begins_at < _END, S.ends_at > bindparam("begins_at", type_=DateTime(timezone=True)))
    .where(S.step.in_([literal_column(f"'{step}'") for step in ("published", "on_duty", "done", "missed")]))
    .order_by(S.begins_at, S.id)
)


@cache
def in_place(*, gone_by: bool) -> Statement:
    """The rosters in use at a place and below, in the scopes; or that may have been, since a day `gone_by`."""
    in_use = R.step == literal_column("'active'")
    changed = exists(select(1).where(P.district == R.district, P.roster_id == R.id, P.until >= _SINCE))
    return Statement(
        select(ROSTERS)
        .where(R.district == _DISTRICT, or_(in_use, changed) if gone_by else in_use)
        .where(R.created_at < _END)
        .where(*between(R.path, "place", "place_end"), in_scopes(R.path, "scopes", "scope_ends"))
        .order_by(R.id)
        .limit(bindparam("limit", type_=Integer()))
    )
