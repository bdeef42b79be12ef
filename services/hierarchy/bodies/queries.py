"""Every statement of bodies."""

from functools import cache

from sqlalchemy import (
    ARRAY,
    CTE,
    Boolean,
    Date,
    Integer,
    Select,
    Text,
    Uuid,
    and_,
    bindparam,
    case,
    exists,
    func,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.sql.dml import ReturningInsert

from services.hierarchy.bodies.tables import BODIES, CHARTERS
from services.hierarchy.schema import SCHEMA
from shared.runtime.bulk import Rebase, put
from shared.runtime.changes import Change
from shared.runtime.db import Statement
from shared.runtime.scoping import between, in_scopes

B, C = BODIES.c, CHARTERS.c
_DISTRICT = bindparam("district", type_=Text())
_HERE = B.district == _DISTRICT
_CODE = bindparam("organisation", type_=Text())

_TODAY = bindparam("today", type_=Date())
_SAID = ("charter", "invented")


def _shown(*, then: bool) -> Select[tuple[object, ...]]:
    """Bodies with their charters: as they are, or as they were `on` a day gone by, if there were any."""
    if not then:
        return select(BODIES)
    said = (
        select(*(C[name] for name in _SAID))
        .where(C.district == B.district, C.body_id == B.id, C.since <= bindparam("on", type_=Date()))
        .order_by(C.since.desc())
        .limit(1)
        .lateral("then")
    )
    kept = (column for column in BODIES.c if column.name not in _SAID)
    return select(*kept, *said.c).select_from(BODIES.join(said, true()))


@cache
def of(*, then: bool) -> Statement:
    """The body of an organisation."""
    return Statement(_shown(then=then).where(_HERE, B.organisation == _CODE))


# The bodies of several organisations on a day gone by.
THEN = Statement(
    _shown(then=True).where(_HERE, B.organisation == func.any(bindparam("organisations", type_=ARRAY(Text()))))
)
BY_ID = Statement(select(BODIES).where(_HERE, B.id == bindparam("id", type_=Uuid())))
# Whoever takes a seat or says how many there are holds the body: nobody takes two at once, or one that is just going.
HOLD = Statement(select(BODIES).where(_HERE, B.organisation == _CODE).with_for_update())
_new = insert(BODIES).values(
    district=_DISTRICT,
    id=bindparam("id", type_=Uuid()),
    organisation=_CODE,
    path=bindparam("path", type_=Text()),
    charter=bindparam("charter", type_=JSONB()),
    invented=bindparam("invented", type_=Boolean()),
)


def _dated(change: CTE) -> CTE:
    """From today on it says this; another one of today held on no day that is over, and is corrected."""
    rows = select(change.c.district, change.c.id, _TODAY, *(change.c[name] for name in _SAID))
    return _written(rows).cte("dated")


def _written(rows: Select[tuple[object, ...]]) -> ReturningInsert[tuple[object, ...]]:
    write = insert(CHARTERS).from_select(["district", "body_id", "since", *_SAID], rows)
    return write.on_conflict_do_update(
        index_elements=["district", "body_id", "since"], set_={name: write.excluded[name] for name in _SAID}
    ).returning(C.body_id)


# Whoever read another version changes nothing; without one, whatever is there is replaced.
_EXPECTED = bindparam("expected", type_=Integer())
CHARTER = Change(
    SCHEMA,
    _new.on_conflict_do_update(
        index_elements=["district", "organisation"],
        set_={"charter": _new.excluded.charter, "invented": _new.excluded.invented, "version": B.version + 1},
        where=or_(_EXPECTED.is_(None), B.version == _EXPECTED),
    ).returning(BODIES),
    also=_dated,
)
PUT = put(BODIES, ["id", "organisation", "path", "charter", "invented"], ["organisation"], counted="version")
# What was loaded for the first time held from the first day of its data file; what another file says, from today.
_known = exists(select(C.body_id).where(C.district == B.district, C.body_id == B.id))
_first = case((_known, _TODAY), else_=bindparam("since", type_=Date()))
LOADED = Statement(
    _written(
        select(B.district, B.id, _first, *(B[name] for name in _SAID)).where(
            _HERE, B.id == func.any(bindparam("ids", type_=ARRAY(Uuid())))
        )
    )
)
REBASE = Rebase(BODIES)


@cache
def listed(*, placed: bool) -> Statement:
    """A page by organisation, of what serves the caller's places; perhaps only at a `place` and below (its `end`)."""
    lines = B.path == func.any(bindparam("lines", type_=ARRAY(Text())))
    return Statement(
        select(BODIES)
        .where(
            and_(_HERE, B.organisation > bindparam("after", type_=Text())),
            or_(in_scopes(B.path, "scopes", "scope_ends"), lines),
        )
        .where(*(between(B.path, "place", "end") if placed else ()))
        .order_by(B.organisation)
        .limit(bindparam("limit", type_=Integer()))
    )


TOUCH = Change(
    SCHEMA,
    update(BODIES).where(_HERE, B.id == bindparam("id", type_=Uuid())).values(version=B.version + 1).returning(BODIES),
)
