"""Every statement of visits."""

from functools import cache

from sqlalchemy import (
    ARRAY,
    CTE,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    Text,
    Uuid,
    and_,
    bindparam,
    column,
    func,
    insert,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by
from sqlalchemy.sql.elements import ColumnElement

from services.hierarchy.schema import SCHEMA
from services.hierarchy.visits.rules import COUNTED_FORMS, COUNTED_RESULTS
from services.hierarchy.visits.tables import NEEDS, VISITS
from shared.runtime.bulk import Rebase, among
from shared.runtime.changes import Change
from shared.runtime.db import Statement
from shared.runtime.scoping import between, in_scopes

V, N = VISITS.c, NEEDS.c
_DISTRICT = bindparam("district", type_=Text())
_HERE = V.district == _DISTRICT
_THIS = and_(_HERE, V.id == bindparam("id", type_=Uuid()))
_MOMENT = DateTime(timezone=True)
_WORDS = ("title", "content", "category")


def _with_needs(change: CTE) -> CTE:
    given = (
        func.jsonb_to_recordset(bindparam("needs", type_=JSONB()))
        .table_valued(column("id", Uuid()), *(column(name, Text()) for name in _WORDS), name="given")
        .render_derived(with_types=True)
    )
    values = select(change.c.district, given.c.id, change.c.id, given.c.title, given.c.content, given.c.category)
    return (
        insert(NEEDS).from_select(["district", "id", "visit_id", "title", "content", "category"], values).cte("needs")
    )


RECORD = Change(
    SCHEMA,
    insert(VISITS)
    .values(
        district=_DISTRICT,
        id=bindparam("id", type_=Uuid()),
        path=bindparam("path", type_=Text()),
        place=bindparam("place", type_=Text()),
        household_id=bindparam("household_id", type_=Uuid()),
        visitor_id=bindparam("visitor_id", type_=Uuid()),
        recorded_by=bindparam("recorded_by", type_=Text()),
        cause=bindparam("cause", type_=Text()),
        form=bindparam("form", type_=Text()),
        result=bindparam("result", type_=Text()),
        note=bindparam("note", type_=LargeBinary()),
        visited_at=bindparam("visited_at", type_=_MOMENT),
        next_on=bindparam("next_on", type_=Date()),
        checked=bindparam("checked", type_=JSONB()),
    )
    .returning(V.district, V.id),
    also=_with_needs,
)
BY_ID = Statement(select(VISITS).where(_THIS))
NEEDS_OF = Statement(
    select(NEEDS)
    .where(N.district == _DISTRICT, N.visit_id == func.any(bindparam("visits", type_=ARRAY(Uuid()))))
    .order_by(N.visit_id, N.id)
)
NEED = Statement(
    select(
        N.id,
        N.title,
        N.content,
        N.category,
        N.appeal_number,
        V.id.label("visit_id"),
        V.place,
        V.visitor_id,
        V.visited_at,
    )
    .select_from(NEEDS.join(VISITS, (V.district == N.district) & (V.id == N.visit_id)))
    .where(N.district == _DISTRICT, N.id == bindparam("id", type_=Uuid()))
)
BECAME = Change(
    SCHEMA,
    update(NEEDS)
    .where(N.district == _DISTRICT, N.id == bindparam("id", type_=Uuid()), N.appeal_id.is_(None))
    .values(appeal_id=bindparam("appeal_id", type_=Uuid()), appeal_number=bindparam("appeal_number", type_=Text()))
    .returning(N.visit_id.label("id")),
)
MET = {"forms": sorted(COUNTED_FORMS), "results": sorted(COUNTED_RESULTS)}  # the values of the next
_MET = and_(V.form == func.any(bindparam("forms", type_=ARRAY(Text()))),
            V.result == func.any(bindparam("results", type_=ARRAY(Text()))))  # fmt: skip
# What each of these people did for the floor in a month, wherever in the district: only their visits are looked at.
_counted = among(
    V.visitor_id,
    "visitors",
    V.visitor_id,
    V.place,
    V.visited_at,
    met=_MET,
    home=V.household_id.is_not(None),
    since=V.visited_at >= bindparam("first", type_=_MOMENT),
    until=V.visited_at < bindparam("last", type_=_MOMENT),
).subquery()
MONTHS = Statement(
    select(
        _counted.c.visitor_id,
        func.count(_counted.c.place.distinct()).label("households"),  # as they were: two may be one by now
        func.max(_counted.c.visited_at).label("last"),
    ).group_by(_counted.c.visitor_id)
)
_PROMISED = func.array_agg(aggregate_order_by(V.next_on, V.visited_at.desc())).filter(V.next_on.is_not(None))
# Per household of a place: when somebody was last met there, and when somebody was to come again.
LAST_SEEN = Statement(
    select(V.household_id, func.max(V.visited_at).filter(_MET).label("seen_at"), _PROMISED[1].label("next_on"))
    .where(_HERE, *between(V.path, "path", "end"), V.household_id.is_not(None))
    .group_by(V.household_id)
)
OF_PERSON = Statement(
    select(V.id, V.place, V.cause, V.form, V.result, V.visited_at)
    .where(_HERE, V.visitor_id == bindparam("person", type_=Uuid()))
    .order_by(V.visited_at, V.id)
)
REBASE = Rebase(VISITS)
JOIN = Statement(
    update(VISITS)
    .where(_HERE, V.household_id == bindparam("gone", type_=Uuid()))
    .values(household_id=bindparam("heir", type_=Uuid()))
)


@cache
def listed(filters: frozenset[str]) -> Statement:
    """A page in the scopes, the newest first. `filters`: place (with `end`), household, visitor, result, before."""
    key = tuple_(bindparam("before", type_=_MOMENT), bindparam("before_id", type_=Uuid()))
    wanted: dict[str, tuple[ColumnElement[bool], ...]] = {
        "place": between(V.path, "place", "end"),
        "household": (V.household_id == bindparam("household", type_=Uuid()),),
        "visitor": (V.visitor_id == bindparam("visitor", type_=Uuid()),),
        "result": (V.result == bindparam("result", type_=Text()),),
        "before": (tuple_(V.visited_at, V.id) < key,),
    }
    return Statement(
        select(VISITS)
        .where(_HERE, in_scopes(V.path, "scopes", "scope_ends"))
        .where(*(condition for name in sorted(filters) for condition in wanted[name]))
        .order_by(V.visited_at.desc(), V.id.desc())
        .limit(bindparam("limit", type_=Integer()))
    )
