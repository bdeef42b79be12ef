"""Every statement of records."""

from functools import cache

from sqlalchemy import Date, Integer, Text, Uuid, and_, bindparam, insert, or_, select, update
from sqlalchemy.sql.elements import ColumnElement

from services.hierarchy.records.tables import RECORDS
from services.hierarchy.schema import SCHEMA
from shared.runtime.bulk import rebase
from shared.runtime.changes import Change
from shared.runtime.db import Statement
from shared.runtime.scoping import between, in_scopes

R = RECORDS.c
_DISTRICT = bindparam("district", type_=Text())
_HERE = R.district == _DISTRICT
_THIS = and_(_HERE, R.id == bindparam("id", type_=Uuid()))
_OWN = [column for column in RECORDS.c if column.name != "district"]
_BORN = ("id", "kind", "path", "person_id", "post_id", "mentor_id", "content", "since")

BY_ID = Statement(select(*_OWN).where(_THIS))
ADD = Change(
    SCHEMA,
    insert(RECORDS)
    .values(district=_DISTRICT, **{name: bindparam(name, type_=RECORDS.c[name].type) for name in _BORN})
    .returning(R.id),
)
MOVE = Change(
    SCHEMA,
    update(RECORDS)
    .where(_THIS, R.version == bindparam("version", type_=Integer()))
    .values(step=bindparam("to_step", type_=Text()), until=bindparam("until", type_=Date()), version=R.version + 1)
    .returning(R.id),
)
REBASE = rebase(RECORDS)


def _about(person: str) -> ColumnElement[bool]:
    who = bindparam(person, type_=Uuid())
    return or_(R.person_id == who, R.mentor_id == who)


OF_PERSON = Statement(select(*_OWN).where(_HERE, _about("person_id")).order_by(R.id))


@cache
def listed(filters: frozenset[str], *, own: bool) -> Statement:
    """A page, the newest first: about the caller, or in scope; `filters`: place and `end`, person, post, kind, step."""
    wanted = {
        "place": between(R.path, "place", "end"),
        "person": (_about("person"),),
        "post": (R.post_id == bindparam("post", type_=Uuid()),),
        "kind": (R.kind == bindparam("kind", type_=Text()),),
        "step": (R.step == bindparam("step", type_=Text()),),
    }
    return Statement(
        select(*_OWN)
        .where(_HERE, R.id < bindparam("before", type_=Uuid()))
        .where(_about("me") if own else in_scopes(R.path, "scopes", "scope_ends"))
        .where(*(condition for name in sorted(filters) for condition in wanted[name]))
        .order_by(R.id.desc())
        .limit(bindparam("limit", type_=Integer()))
    )
