"""Every statement of records."""

from functools import cache

from sqlalchemy import (
    ARRAY,
    Boolean,
    Date,
    Integer,
    Text,
    Uuid,
    and_,
    bindparam,
    case,
    cast,
    false,
    func,
    insert,
    literal,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql.elements import ColumnElement

from services.hierarchy.records.tables import RECORDS
from services.hierarchy.schema import SCHEMA
from shared.runtime.bulk import Rebase
from shared.runtime.changes import Change
from shared.runtime.db import Statement
from shared.runtime.scoping import between, in_scopes

R = RECORDS.c
_DISTRICT = bindparam("district", type_=Text())
_HERE = R.district == _DISTRICT
_THIS = and_(_HERE, R.id == bindparam("id", type_=Uuid()))
_OWN = [column for column in RECORDS.c if column.name != "district"]
_BORN = ("id", "kind", "path", "person_id", "post_id", "mentor_id", "organisation", "content", "since")


def _about(person: str) -> ColumnElement[bool]:
    who = bindparam(person, type_=Uuid())
    return or_(R.person_id == who, R.mentor_id == who)


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
LOG = Change(
    SCHEMA,
    update(RECORDS)
    .where(_THIS, R.version == bindparam("version", type_=Integer()))
    .values(log=R.log.concat(bindparam("line", type_=JSONB())), version=R.version + 1)
    .returning(R.id),
)
_gone = {"opinion": "已删除"}  # a sentence must stand there
FORGET = Statement(
    update(RECORDS)
    .where(_HERE, _about("person_id"))
    .values(
        log=literal([], JSONB()),
        content=case((R.kind == "opinion", R.content.concat(literal(_gone, JSONB()))), else_=R.content),
        version=R.version + 1,
    )
    .returning(R.id)
)
REBASE = Rebase(RECORDS)


HELD_WITH = Statement(  # what is handed out with a post: its duties, and the badges of whoever sits there
    select(R.kind, R.content)
    .where(_HERE, R.post_id == bindparam("post_id", type_=Uuid()), R.step == "open")
    .where(or_(R.kind == "duties", and_(R.kind == "badge", R.person_id == bindparam("person_id", type_=Uuid()))))
    .order_by(R.id.desc())
)
OF_PERSON = Statement(select(*_OWN).where(_HERE, _about("person_id")).order_by(R.id))


# What a post is for, and where its holder is known as such.
OF_POST = Statement(
    select(R.kind, R.path, R.content)
    .where(
        _HERE,
        R.post_id == bindparam("post_id", type_=Uuid()),
        R.step == "open",
        or_(R.kind == "duties", R.kind == "group"),
    )
    .order_by(R.id.desc())
    .limit(100)
)


_what = func.coalesce(R.content["what"].astext, R.content["title"].astext)
_quantity = func.coalesce(cast(R.content["quantity"].astext, Integer), 1)
_used_up = func.coalesce(cast(R.content["consumable"].astext, Boolean), false())
_out = func.sum(_quantity).filter(R.step == "open", ~_used_up)
# The ledger of what was handed out (equipment, badges) and given (awards); what was struck does not count.
SUMS = Statement(
    select(
        R.kind, _what.label("what"), func.count(R.person_id.distinct()).label("people"),
        func.sum(_quantity).label("given"), func.coalesce(_out, 0).label("out"),
    )
    .where(_HERE, in_scopes(R.path, "scopes", "scope_ends"))
    .where(R.kind == func.any(bindparam("kinds", type_=ARRAY(Text()))), R.step != "struck")
    .group_by(R.kind, _what)
    .order_by(R.kind, _what)
    .limit(bindparam("limit", type_=Integer()))
)  # fmt: skip


# Spelled out as their index has them: a parameter in their place would not be recognised.
_opinion, _matter = literal_column("kind = 'opinion'", Boolean), literal_column("content ->> 'matter'", Text)


@cache
def listed(filters: frozenset[str], *, own: bool) -> Statement:
    """A page, the newest first: about the caller, or in scope; `filters`: place and `end`, person, post, organisation,
    kind, matter, step.
    """
    wanted = {
        "place": between(R.path, "place", "end"),
        "person": (_about("person"),),
        "post": (R.post_id == bindparam("post", type_=Uuid()),),
        "organisation": (R.organisation == bindparam("organisation", type_=Text()),),
        "kind": (R.kind == bindparam("kind", type_=Text()),),
        "matter": (_opinion, _matter == bindparam("matter", type_=Text())),
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
