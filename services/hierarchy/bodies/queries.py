"""Every statement of bodies."""

from functools import cache

from sqlalchemy import ARRAY, Boolean, Integer, Text, Uuid, and_, bindparam, func, or_, select, update
from sqlalchemy.dialects.postgresql import JSONB, insert

from services.hierarchy.bodies.tables import BODIES
from services.hierarchy.schema import SCHEMA
from shared.runtime.bulk import Rebase, put
from shared.runtime.changes import Change
from shared.runtime.db import Statement
from shared.runtime.scoping import between, in_scopes

B = BODIES.c
_DISTRICT = bindparam("district", type_=Text())
_HERE = B.district == _DISTRICT
_CODE = bindparam("organisation", type_=Text())

OF = Statement(select(BODIES).where(_HERE, B.organisation == _CODE))
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
# Whoever read another version changes nothing; without one, whatever is there is replaced.
_EXPECTED = bindparam("expected", type_=Integer())
CHARTER = Change(
    SCHEMA,
    _new.on_conflict_do_update(
        index_elements=["district", "organisation"],
        set_={"charter": _new.excluded.charter, "invented": _new.excluded.invented, "version": B.version + 1},
        where=or_(_EXPECTED.is_(None), B.version == _EXPECTED),
    ).returning(BODIES),
)
PUT = put(BODIES, ["id", "organisation", "path", "charter", "invented"], ["organisation"], counted="version")
REBASE = Rebase(BODIES)


@cache
def listed(filters: frozenset[str]) -> Statement:
    """A page by organisation, of what serves the caller's places. `filters`: place (with `end`)."""
    wanted = {"place": between(B.path, "place", "end")}
    lines = B.path == func.any(bindparam("lines", type_=ARRAY(Text())))
    return Statement(
        select(BODIES)
        .where(
            and_(_HERE, B.organisation > bindparam("after", type_=Text())),
            or_(in_scopes(B.path, "scopes", "scope_ends"), lines),
        )
        .where(*(condition for name in sorted(filters) for condition in wanted[name]))
        .order_by(B.organisation)
        .limit(bindparam("limit", type_=Integer()))
    )


TOUCH = Change(
    SCHEMA,
    update(BODIES).where(_HERE, B.id == bindparam("id", type_=Uuid())).values(version=B.version + 1).returning(BODIES),
)
