"""Every statement of grants."""

from functools import cache

from sqlalchemy import Boolean, Date, Integer, Text, Uuid, and_, bindparam, case, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from services.hierarchy.grants.tables import GRANTS
from services.hierarchy.schema import SCHEMA
from shared.runtime.bulk import Rebase, put
from shared.runtime.changes import Change
from shared.runtime.db import Statement
from shared.runtime.scoping import in_scopes

G = GRANTS.c
_DISTRICT = bindparam("district", type_=Text())
_THIS = and_(G.district == _DISTRICT, G.id == bindparam("id", type_=Uuid()))
_PERSON = and_(G.district == _DISTRICT, G.person_id == bindparam("person_id", type_=Uuid()))
_SINCE, _UNTIL = bindparam("since", type_=Date()), bindparam("until", type_=Date())
_SHOWN = (G.id, G.person_id, G.role, G.path, G.since, G.until, G.created_at)

ON = Statement(
    select(G.role, G.path)
    .where(
        _PERSON,
        G.since <= bindparam("on", type_=Date()),
        or_(G.until.is_(None), G.until >= bindparam("on", type_=Date())),
    )
    .order_by(G.path)
)
# What a person has on any day from `since` to `until` (or for ever).
DURING = Statement(
    select(G.role, G.path).where(
        _PERSON, or_(G.until.is_(None), G.until >= _SINCE), or_(_UNTIL.is_(None), G.since <= _UNTIL)
    )
)
_give = insert(GRANTS).values(
    district=_DISTRICT,
    id=bindparam("id", type_=Uuid()),
    person_id=bindparam("person_id", type_=Uuid()),
    role=bindparam("role", type_=Text()),
    path=bindparam("path", type_=Text()),
    since=_SINCE,
    until=_UNTIL,
)
# One that was ended before it began and is given again.
GIVE = Change(
    SCHEMA,
    _give.on_conflict_do_update(
        index_elements=["district", "person_id", "role", "path", "since"], set_={"until": _give.excluded.until}
    ).returning(G.id),
)
END = Change(
    SCHEMA,
    update(GRANTS)
    .where(_THIS, or_(G.until.is_(None), G.until > func.greatest(bindparam("last_day", type_=Date()), G.since - 1)))
    .values(until=func.greatest(bindparam("last_day", type_=Date()), G.since - 1))
    .returning(G.id),
)
BY_ID = Statement(select(*_SHOWN).where(_THIS))
PUT = put(GRANTS, ["id", "person_id", "role", "path", "since", "until"], ["person_id", "role", "path", "since"])
REBASE = Rebase(GRANTS)
_kept = GRANTS.alias("kept")
_dropped = (
    delete(GRANTS)
    .where(G.district == _DISTRICT, G.path == bindparam("old", type_=Text()))
    .where(_kept.c.district == G.district, _kept.c.path == bindparam("new", type_=Text()))
    .where(_kept.c.person_id == G.person_id, _kept.c.role == G.role, _kept.c.since == G.since)
    .returning(_kept.c.id, G.until)
    .cte("dropped")
)
# Of two places that become one: what a person holds at both is held once, for as long as at either.
JOIN_TWINS = Statement(
    update(GRANTS)
    .where(G.district == _DISTRICT, G.id == _dropped.c.id)
    .values(
        until=case(
            (or_(G.until.is_(None), _dropped.c.until.is_(None)), None), else_=func.greatest(G.until, _dropped.c.until)
        )
    )
    .returning(G.id)
)
FORGET = Statement(delete(GRANTS).where(_PERSON).returning(G.id))


@cache
def listed(filters: frozenset[str]) -> Statement:
    """Those in the scopes, by id; `filters` are `person_id` and `role`."""
    wanted = {"person_id": G.person_id, "role": G.role}
    return Statement(
        select(*_SHOWN)
        .where(G.district == _DISTRICT, G.id > bindparam("after", type_=Uuid()), in_scopes(G.path, "scopes", "ends"))
        .where(*(wanted[name] == bindparam(name, type_=wanted[name].type) for name in sorted(filters)))
        .where(
            or_(
                bindparam("all", type_=Boolean()),
                G.until.is_(None),
                G.until >= bindparam("on", type_=Date()),
            )
        )
        .order_by(G.id)
        .limit(bindparam("limit", type_=Integer()))
    )
