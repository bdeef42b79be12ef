"""Every statement of the pool of experts."""

from functools import cache
from typing import Any

from sqlalchemy import Date, Integer, Text, Uuid, and_, bindparam, func, insert, or_, select, update

from services.hierarchy.experts.tables import EXPERTS
from services.hierarchy.schema import SCHEMA
from shared.runtime.bulk import Rebase
from shared.runtime.changes import Change
from shared.runtime.db import Statement
from shared.runtime.scoping import between, in_scopes

E = EXPERTS.c
_DISTRICT = bindparam("district", type_=Text())
_HERE = E.district == _DISTRICT
_THIS = and_(_HERE, E.id == bindparam("id", type_=Uuid()))
_UNCHANGED = and_(_THIS, E.version == bindparam("version", type_=Integer()))


def _given(*names: str) -> dict[str, Any]:
    return {name: bindparam(name, type_=E[name].type) for name in names}


BY_ID = Statement(select(EXPERTS).where(_THIS))
_BORN = ("id", "step", "person_id", "path", "fields", "weekdays", "note")
CREATE = Change(SCHEMA, insert(EXPERTS).values(district=_DISTRICT, **_given(*_BORN)).returning(EXPERTS))
ENTER = Statement(insert(EXPERTS).values(district=_DISTRICT, **_given(*_BORN)).returning(E.id))
_changing = _given("step", "fields", "weekdays", "away_until", "note") | {"version": E.version + 1}
CHANGE = Change(SCHEMA, update(EXPERTS).where(_UNCHANGED).values(_changing).returning(EXPERTS))
# Asked under the district's lock, which whoever adds one holds.
THERE = Statement(
    select(E.id).where(
        _HERE, E.person_id == bindparam("person_id", type_=Uuid()), E.path == bindparam("path", type_=Text())
    )
)
OF_PERSON = Statement(
    select(E.id, E.fields, E.weekdays, E.step, E.note, E.created_at).where(
        _HERE, E.person_id == bindparam("person_id", type_=Uuid())
    )
)
FORGET = Statement(
    update(EXPERTS)
    .where(_HERE, E.person_id == bindparam("person_id", type_=Uuid()))
    .values(note="", step="left", version=E.version + 1)
    .returning(E.id)
)
REBASE = Rebase(EXPERTS)


@cache
def listed(filters: frozenset[str]) -> Statement:
    """A page by id of those in the pool. `filters`: place (with `end`), field, on (with `weekday`)."""
    wanted = {
        "place": between(E.path, "place", "end"),
        "field": (bindparam("field", type_=Text()) == func.any(E.fields),),
        "on": (
            bindparam("weekday", type_=Integer()) == func.any(E.weekdays),
            or_(E.away_until.is_(None), E.away_until < bindparam("on", type_=Date())),
        ),
    }
    return Statement(
        select(EXPERTS)
        .where(_HERE, E.step == "listed", E.id > bindparam("after", type_=Uuid()))
        .where(in_scopes(E.path, "scopes", "scope_ends"))
        .where(*(condition for name in sorted(filters) for condition in wanted[name]))
        .order_by(E.id)
        .limit(bindparam("limit", type_=Integer()))
    )
