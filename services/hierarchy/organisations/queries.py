"""The statements that change organisations, and look them up; `past_queries` lists them, today or on a day."""

from sqlalchemy import (
    ARRAY,
    CTE,
    Date,
    Integer,
    Text,
    Uuid,
    and_,
    bindparam,
    case,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert

from services.hierarchy.organisations.tables import MEMBERS, ORGANISATIONS, STATES
from services.hierarchy.schema import SCHEMA
from shared.runtime.bulk import Rebase, put
from shared.runtime.changes import Change
from shared.runtime.db import Statement
from shared.runtime.scoping import between

ORG, S, M = ORGANISATIONS.c, STATES.c, MEMBERS.c
_DISTRICT = bindparam("district", type_=Text())
_HERE = ORG.district == _DISTRICT
_THIS = and_(_HERE, ORG.id == bindparam("id", type_=Uuid()))
_UNCHANGED = and_(_THIS, ORG.version == bindparam("version", type_=Integer()))
_TODAY, _ON = bindparam("today", type_=Date()), bindparam("on", type_=Date())
_CODE, _LIMIT = bindparam("code", type_=Text()), bindparam("limit", type_=Integer())
_CODES = func.any(bindparam("codes", type_=ARRAY(Text())))
_KEPT = ("code", "kind", "name", "parent", "path", "invented", "attributes")  # what a state remembers

COUNTS = Statement(
    select(
        ORG.kind,
        func.count().label("count"),
        func.count().filter(ORG.invented).label("invented"),
    )
    .where(_HERE, ORG.until.is_(None), *between(ORG.path, "path", "end"))
    .group_by(ORG.kind)
    .order_by(ORG.kind)
)
IDS = Statement(select(ORG.id, ORG.code, ORG.path).where(_HERE))
BY_CODE = Statement(select(ORGANISATIONS).where(_HERE, ORG.code == _CODE))
BY_CODES = Statement(select(ORGANISATIONS).where(_HERE, ORG.code == _CODES))
BY_IDS = Statement(select(ORGANISATIONS).where(_HERE, ORG.id == func.any(bindparam("ids", type_=ARRAY(Uuid())))))
CHILDREN = Statement(
    select(ORG.id, ORG.code, ORG.name, ORG.version)
    .where(_HERE, ORG.parent == _CODE, ORG.until.is_(None))
    .order_by(ORG.code)
    .limit(_LIMIT)
)

# --- changing ----------------------------------------------------------------------------------------------------


def _remembered(change: CTE) -> CTE:
    """The state before ends yesterday (or was of today, and is corrected); what holds now begins today."""
    ended = (
        update(STATES)
        .where(
            S.district == _DISTRICT, S.organisation_id == change.c.id, S.until.is_(None), S.since < _TODAY
        )
        .values(until=_TODAY - literal(1, Integer()))
        .returning(S.organisation_id)
        .cte("ended")
    )  # fmt: skip
    columns = ["district", "organisation_id", "since", "until", *_KEPT]
    now = select(
        _DISTRICT,
        change.c.id,
        func.greatest(_TODAY, change.c.since),
        change.c.until,
        *(change.c[name] for name in _KEPT),
    ).select_from(change.outerjoin(ended, ended.c.organisation_id == change.c.id))
    write = upsert(STATES).from_select(columns, now)
    return write.on_conflict_do_update(
        index_elements=["district", "organisation_id", "since"],
        set_={name: write.excluded[name] for name in ("until", *_KEPT)},
    ).cte("remembered")


_own = ("id", "code", "kind", "name", "parent", "path", "attributes", "since")
CREATE = Change(
    SCHEMA,
    insert(ORGANISATIONS)
    .values(district=_DISTRICT, invented=False, **{name: bindparam(name, type_=ORG[name].type) for name in _own})
    .returning(ORGANISATIONS),
    also=_remembered,
)
EDIT = Change(
    SCHEMA,
    update(ORGANISATIONS)
    .where(_UNCHANGED, ORG.until.is_(None))
    .values(
        {name: bindparam(name, type_=ORG[name].type) for name in ("name", "parent", "path", "attributes")}
        | {"version": ORG.version + 1}
    )
    .returning(ORGANISATIONS),
    also=_remembered,
)
CLOSE = Change(
    SCHEMA,
    update(ORGANISATIONS)
    .where(_UNCHANGED, ORG.until.is_(None))
    .values(until=_TODAY, version=ORG.version + 1)
    .returning(ORGANISATIONS),
    also=_remembered,
)

# --- loading -----------------------------------------------------------------------------------------------------

PUT = put(
    ORGANISATIONS,
    ["id", "code", "kind", "name", "parent", "path", "since", "invented", "attributes"],
    ["code"],
    counted="version",
    once=["since"],
)
_latest = (
    select(S.organisation_id, func.max(S.since).label("since"))
    .where(S.district == _DISTRICT)
    .group_by(S.organisation_id)
    .cte("latest")
)
_WITHOUT = (
    select(ORG.id, _latest.c.since)
    .select_from(ORGANISATIONS.outerjoin(_latest, _latest.c.organisation_id == ORG.id))
    .where(_HERE, ORG.id == func.any(bindparam("ids", type_=ARRAY(Uuid()))))
    .cte("loaded")
)
# What was loaded for the first time held from its first day; what a data file changed, holds from today.
ENDED = Statement(
    update(STATES)
    .where(
        S.district == _DISTRICT, S.organisation_id == func.any(bindparam("ids", type_=ARRAY(Uuid()))),
        S.until.is_(None), S.since < _TODAY,
    )
    .values(until=_TODAY - literal(1, Integer()))
    .returning(S.organisation_id)
)  # fmt: skip
_loaded = upsert(STATES).from_select(
    ["district", "organisation_id", "since", "until", *_KEPT],
    select(
        _DISTRICT,
        ORG.id,
        case((_WITHOUT.c.since.is_(None), ORG.since), else_=_TODAY),
        ORG.until,
        *(ORG[name] for name in _KEPT),
    )
    .select_from(ORGANISATIONS.join(_WITHOUT, _WITHOUT.c.id == ORG.id))
    .where(_HERE),
)
LOADED = Statement(
    _loaded.on_conflict_do_update(
        index_elements=["district", "organisation_id", "since"],
        set_={name: _loaded.excluded[name] for name in ("until", *_KEPT)},
    ).returning(S.organisation_id)
)
REBASE = Rebase(ORGANISATIONS, STATES, MEMBERS)
_NEW = bindparam("new", type_=Text())
_gone_on = (
    update(ORGANISATIONS)
    .where(_HERE, ORG.path == bindparam("old", type_=Text()), ORG.until.is_(None))
    .values(path=_NEW, version=ORG.version + 1)
    .returning(ORGANISATIONS)
    .cte("gone_on")
)
_members_too = (
    update(MEMBERS)
    .where(M.district == _DISTRICT, M.organisation_id.in_(select(_gone_on.c.id)))
    .values(path=_NEW)
    .returning(M.id)
    .cte("members_too")
)
# Those in force at a place are at another one from today on; what they were until yesterday stays where it was.
GO_ON = Statement(
    select(func.count().label("count")).select_from(_gone_on).add_cte(_remembered(_gone_on), _members_too)
)

# --- members -----------------------------------------------------------------------------------------------------

_MEMBER = and_(M.district == _DISTRICT, M.id == bindparam("id", type_=Uuid()))
MEMBER = Statement(select(MEMBERS).where(_MEMBER))
STILL_MEMBER = Statement(
    select(M.id).where(
        M.district == _DISTRICT,
        M.organisation_id == bindparam("organisation_id", type_=Uuid()),
        M.person_id == bindparam("person_id", type_=Uuid()),
        or_(M.until.is_(None), M.until >= bindparam("since", type_=Date())),
    )
)
_joins = ("id", "organisation_id", "path", "person_id", "capacity", "since")
JOIN = Change(
    SCHEMA,
    insert(MEMBERS)
    .values(district=_DISTRICT, **{name: bindparam(name, type_=M[name].type) for name in _joins})
    .returning(MEMBERS),
)
LEAVE = Change(
    SCHEMA,
    update(MEMBERS)
    .where(_MEMBER, M.version == bindparam("version", type_=Integer()))
    .values(until=bindparam("until", type_=Date()), version=M.version + 1)
    .returning(MEMBERS),
)
MEMBERS_OF = Statement(
    select(MEMBERS)
    .where(
        M.district == _DISTRICT,
        M.organisation_id == bindparam("organisation_id", type_=Uuid()),
        M.since <= _ON,
        or_(M.until.is_(None), M.until >= _ON),
        tuple_(M.since, M.id)
        > tuple_(bindparam("after", type_=Date()), bindparam("after_id", type_=Uuid())),
    )
    .order_by(M.since, M.id)
    .limit(_LIMIT)
)  # fmt: skip
_ITS = and_(M.district == _DISTRICT, M.organisation_id == bindparam("organisation_id", type_=Uuid()))
_never_began = delete(MEMBERS).where(_ITS, M.since > _TODAY).returning(M.id).cte("never_began")
ALL_LEAVE = Statement(
    update(MEMBERS)
    .where(_ITS, or_(M.until.is_(None), M.until > _TODAY), M.since <= _TODAY)
    .values(until=_TODAY, version=M.version + 1)
    .returning(M.id)
    .add_cte(_never_began)
)
OF_PERSON = Statement(
    select(M.organisation_id, M.capacity, M.since, M.until)
    .where(M.district == _DISTRICT, M.person_id == bindparam("person_id", type_=Uuid()))
    .order_by(M.since)
)
FACTS = Statement(
    select(ORG.code, ORG.kind, ORG.path).where(
        ORG.district == bindparam("district", type_=Text()), *between(ORG.path, "path", "end"), ORG.until.is_(None)
    )
)
