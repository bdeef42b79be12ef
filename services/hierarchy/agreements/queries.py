"""Every statement of agreements."""

from functools import cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    CTE,
    Date,
    Integer,
    Text,
    Uuid,
    and_,
    bindparam,
    func,
    insert,
    literal_column,
    null,
    select,
    tuple_,
    update,
)
from sqlalchemy.sql.elements import ColumnElement

from services.hierarchy.agreements.tables import AGREEMENTS, DELIVERIES
from services.hierarchy.schema import SCHEMA
from shared.runtime.bulk import Rebase
from shared.runtime.changes import Change
from shared.runtime.db import Statement
from shared.runtime.scoping import between, in_scopes

A, D = AGREEMENTS.c, DELIVERIES.c
_DISTRICT = bindparam("district", type_=Text())
_HERE = A.district == _DISTRICT
_THIS = and_(_HERE, A.id == bindparam("id", type_=Uuid()))
_UNCHANGED = and_(_THIS, A.version == bindparam("version", type_=Integer()))
_LIMIT = bindparam("limit", type_=Integer())
_STEP = bindparam("to_step", type_=Text())


def _given(*names: str) -> dict[str, Any]:
    return {name: bindparam(name, type_=A[name].type) for name in names}


BY_ID = Statement(select(AGREEMENTS).where(_THIS))
_BORN = ("id", "step", "organisation", "path", "title", "clauses", "starts_on", "ends_on", "remind_days", "renews")
CREATE = Change(
    SCHEMA, insert(AGREEMENTS).values(district=_DISTRICT, **_given(*_BORN)).returning(AGREEMENTS)
)  # fmt: skip
_EDITABLE = ("title", "clauses", "starts_on", "ends_on", "remind_days")
EDIT = Change(
    SCHEMA,
    update(AGREEMENTS).where(_UNCHANGED).values(_given(*_EDITABLE) | {"version": A.version + 1}).returning(AGREEMENTS),
)
MOVE = Change(
    SCHEMA,
    update(AGREEMENTS).where(_UNCHANGED).values(step=_STEP, version=A.version + 1).returning(AGREEMENTS),
)
RENEW = Change(
    SCHEMA,
    update(AGREEMENTS)
    .where(_UNCHANGED, A.renewed_by.is_(None))
    .values(step=_STEP, version=A.version + 1, renewed_by=bindparam("renewed_by", type_=Uuid()))
    .returning(AGREEMENTS),
)
# What was to follow never begins: it is as if it had not been renewed.
RESUME = Change(
    SCHEMA,
    update(AGREEMENTS)
    .where(_THIS, A.renewed_by == bindparam("renewed_by", type_=Uuid()), A.step == bindparam("step", type_=Text()))
    .values(step=_STEP, version=A.version + 1, renewed_by=null())
    .returning(AGREEMENTS),
)
REMIND = Change(
    SCHEMA,
    update(AGREEMENTS).where(_UNCHANGED).values(reminders=A.reminders + 1, version=A.version + 1).returning(AGREEMENTS),
)


def _delivered(change: CTE) -> CTE:
    values: list[Any] = [_DISTRICT, bindparam("delivery", type_=Uuid()), change.c.id]
    given = ("clause", "day", "count", "activity", "activity_state", "note")
    values += [bindparam(f"d_{name}", type_=D[name].type) for name in given]
    return (
        insert(DELIVERIES).from_select(["district", "id", "agreement_id", *given], select(*values)).cte("delivered")
    )  # fmt: skip


DELIVER = Change(
    SCHEMA,
    update(AGREEMENTS).where(_UNCHANGED).values(version=A.version + 1).returning(AGREEMENTS),
    also=_delivered,
)
_DELIVERY = and_(D.district == _DISTRICT, D.id == bindparam("delivery", type_=Uuid()))
DELIVERY = Statement(select(D.id, D.agreement_id, D.day, D.activity, D.activity_state).where(_DELIVERY))


def _seen_anew(change: CTE) -> CTE:
    """Whoever has seen the agreement before has seen other counts."""
    return update(AGREEMENTS).where(_HERE, A.id == change.c.id).values(version=A.version + 1).cte("seen_anew")


VERIFIED = Change(
    SCHEMA,
    update(DELIVERIES)
    .where(_DELIVERY, D.activity_state == literal_column("'unverified'"))
    .values(activity_state=bindparam("state", type_=Text()))
    .returning(D.agreement_id.label("id")),
    also=_seen_anew,
)
DELIVERED = Statement(
    select(D.id, D.clause, D.day, D.count, D.activity, D.activity_state, D.note)
    .where(D.district == _DISTRICT, D.agreement_id == bindparam("agreement_id", type_=Uuid()))
    .order_by(D.day.desc(), D.id.desc())
    .limit(_LIMIT)
)
OPEN_WITH = Statement(
    select(A.id, A.title)
    .where(
        _HERE,
        A.organisation == bindparam("organisation", type_=Text()),
        A.step == func.any(bindparam("steps", type_=ARRAY(Text()))),
    )
    .order_by(A.id)
    .limit(_LIMIT)
)
REBASE = Rebase(AGREEMENTS)


@cache
def listed(filters: frozenset[str]) -> Statement:
    """A page, what ends first at the top. `filters`: place (with `end`), organisation, step, ends_before, after."""
    wanted: dict[str, tuple[ColumnElement[bool], ...]] = {
        "place": between(A.path, "place", "end"),
        "organisation": (A.organisation == bindparam("organisation", type_=Text()),),
        "step": (A.step == bindparam("step", type_=Text()),),
        "ends_before": (A.ends_on <= bindparam("ends_before", type_=Date()),),
        "after": (
            tuple_(A.ends_on, A.id) > tuple_(bindparam("after", type_=Date()), bindparam("after_id", type_=Uuid())),
        ),
    }
    return Statement(
        select(AGREEMENTS)
        .where(_HERE, in_scopes(A.path, "scopes", "scope_ends"))
        .where(*(condition for name in sorted(filters) for condition in wanted[name]))
        .order_by(A.ends_on, A.id)
        .limit(_LIMIT)
    )
