"""The statements that remember what places were, and tell."""

from datetime import datetime

from sqlalchemy import (
    ARRAY,
    DateTime,
    Integer,
    Select,
    Text,
    Uuid,
    bindparam,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    true,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.sql.elements import ColumnElement

from services.hierarchy.places.tables import DISTRICTS, GONE, PASTS, PLACES
from shared.kernel.paths import WIDTH
from shared.runtime.db import Statement
from shared.runtime.scoping import in_scopes

D, P, G = DISTRICTS.c, PLACES.c, GONE.c
_DISTRICT = bindparam("district", type_=Text())
_AT = bindparam("at", type_=DateTime(timezone=True))
_HERE = P.district == _DISTRICT
_UP = PLACES.alias("up")


def _facts(at: ColumnElement[datetime]) -> Select[tuple[object, ...]]:
    """What a row says of its place now, as a row of `place_pasts`."""
    return select(
        P.district, P.id, at, func.coalesce(P.since, P.created_at), P.kind, P.name, P.zone_type, _UP.c.id,
        func.right(P.path, WIDTH),
    ).select_from(PLACES.outerjoin(_UP, (_UP.c.district == P.district) & (_UP.c.path == P.parent)))  # fmt: skip


_PAST = ["district", "place_id", "until", "since", "kind", "name", "zone_type", "parent_id", "segment"]


def _remember(condition: ColumnElement[bool]) -> Statement:
    """Writes down what the chosen places are until now; both parts see them as they were before."""
    stamped = update(PLACES).where(_HERE, condition).values(since=_AT).returning(P.id).cte("stamped")
    kept = insert(PASTS).from_select(_PAST, _facts(_AT).where(_HERE, condition)).returning(PASTS.c.place_id).cte("kept")
    return Statement(select(func.count().label("count")).select_from(kept).add_cte(stamped))


REMEMBER = _remember(P.id == func.any(bindparam("ids", type_=ARRAY(Uuid()))))
REMEMBER_CODES = _remember(P.code == func.any(bindparam("codes", type_=ARRAY(Text()))))
_T = bindparam("moment", type_=DateTime(timezone=True))
_THE_ID = bindparam("id", type_=Uuid())
# What a place was at a moment (exclusive): its row of then, or what it still is.
STATE = Statement(
    union_all(
        select(PASTS.c.kind, PASTS.c.name, PASTS.c.zone_type, PASTS.c.parent_id, PASTS.c.segment).where(
            PASTS.c.district == _DISTRICT, PASTS.c.place_id == _THE_ID, PASTS.c.since < _T, PASTS.c.until >= _T
        ),
        select(P.kind, P.name, P.zone_type, _UP.c.id, func.right(P.path, WIDTH))
        .select_from(PLACES.outerjoin(_UP, (_UP.c.district == P.district) & (_UP.c.path == P.parent)))
        .where(_HERE, P.id == _THE_ID, func.coalesce(P.since, P.created_at) < _T),
    )
)
_first = union_all(
    select(PASTS.c.since, PASTS.c.kind, PASTS.c.name, PASTS.c.zone_type, PASTS.c.parent_id, PASTS.c.segment).where(
        PASTS.c.district == _DISTRICT, PASTS.c.place_id == _THE_ID
    ),
    select(func.coalesce(P.since, P.created_at), P.kind, P.name, P.zone_type, _UP.c.id, func.right(P.path, WIDTH))
    .select_from(PLACES.outerjoin(_UP, (_UP.c.district == P.district) & (_UP.c.path == P.parent)))
    .where(_HERE, P.id == _THE_ID),
).subquery("states")
# What a place was first of all.
FIRST = Statement(select(_first).order_by(_first.c.since).limit(1))
# Whether anything in the line of places above one, itself included, has changed since a moment; or it is gone.
_ABOVE = func.generate_series(WIDTH, func.length(P.path), WIDTH).table_valued("end").render_derived(name="ends")
_LINE = PLACES.alias("line")
CHANGED = Statement(
    union_all(
        select(PASTS.c.place_id)
        .select_from(
            PLACES.join(_ABOVE, true())
            .join(_LINE, (_LINE.c.district == P.district) & (_LINE.c.path == func.left(P.path, _ABOVE.c.end)))
            .join(PASTS, (PASTS.c.district == P.district) & (PASTS.c.place_id == _LINE.c.id))
        )
        .where(_HERE, P.code == bindparam("code", type_=Text()), PASTS.c.until >= _T),
        select(G.id).where(G.district == _DISTRICT, G.code == bindparam("code", type_=Text())),
    )
)
HISTORY = Statement(
    select(PASTS.c.since, PASTS.c.until, PASTS.c.kind, PASTS.c.name, PASTS.c.zone_type, PASTS.c.parent_id)
    .where(PASTS.c.district == _DISTRICT, PASTS.c.place_id == _THE_ID)
    .order_by(PASTS.c.until)
    .limit(bindparam("limit", type_=Integer()))
)
PRESENT = Statement(
    select(
        func.coalesce(P.since, P.created_at).label("since"), P.kind, P.name, P.zone_type, _UP.c.id.label("parent_id")
    )
    .select_from(PLACES.outerjoin(_UP, (_UP.c.district == P.district) & (_UP.c.path == P.parent)))
    .where(_HERE, P.id == _THE_ID)
)
_GONE = (G.id, G.code, G.path, G.kind, G.name, G.full_name, G.how, G.successors, G.created_at, G.gone_at)
GONE_CODES = Statement(select(G.code).where(G.district == _DISTRICT))
GONE_BY_CODES = Statement(
    select(*_GONE).where(G.district == _DISTRICT, G.code == func.any(bindparam("codes", type_=ARRAY(Text()))))
)
GONE_BY_ID = Statement(select(*_GONE).where(G.district == _DISTRICT, G.id == _THE_ID))
CODES_OF = Statement(
    union_all(
        select(P.id, P.code, P.path).where(_HERE, P.id == func.any(bindparam("ids", type_=ARRAY(Uuid())))),
        select(G.id, G.code, G.path).where(
            G.district == _DISTRICT, G.id == func.any(bindparam("ids", type_=ARRAY(Uuid())))
        ),
    )
)
_AT_PATHS = func.any(bindparam("paths", type_=ARRAY(Text())))
_AT_THEM = union_all(
    select(P.id, P.path, P.code, P.name).where(_HERE, P.path == _AT_PATHS),
    select(G.id, G.path, G.code, G.name).where(G.district == _DISTRICT, G.path == _AT_PATHS),
).subquery("at_them")
_then = (
    select(PASTS.c.name)
    .where(PASTS.c.district == _DISTRICT, PASTS.c.place_id == _AT_THEM.c.id, PASTS.c.until >= _T)
    .order_by(PASTS.c.until)
    .limit(1)
    .scalar_subquery()
)
# What lies at paths today, or lay there and is gone, as it was called at a moment; before it was made, as at first.
CALLED = Statement(select(_AT_THEM.c.path, _AT_THEM.c.code, func.coalesce(_then, _AT_THEM.c.name).label("name")))
_first_after = (
    select(PASTS.c.place_id, PASTS.c.parent_id)
    .where(PASTS.c.district == _DISTRICT, PASTS.c.until >= _T)
    .ext(distinct_on(PASTS.c.place_id))
    .order_by(PASTS.c.place_id, PASTS.c.until)
    .cte("first_after")
)
_ANY = union_all(
    select(P.id, P.path).where(_HERE), select(G.id, G.path).where(G.district == _DISTRICT)
)  # fmt: skip
_here, _over = _ANY.subquery("here"), _ANY.subquery("over")
# Which places have gone elsewhere since a moment: where they lie today, and where that lies in which they lay then.
WENT = Statement(
    select(_here.c.path, _over.c.path.label("lay_in"))
    .select_from(
        _first_after.join(_here, _here.c.id == _first_after.c.place_id).join(
            _over, _over.c.id == _first_after.c.parent_id
        )
    )
    .where(_over.c.path != func.left(_here.c.path, func.length(_here.c.path) - WIDTH))
)
_stood = union_all(
    select(P.id, P.code, P.path, P.kind, P.created_at, null().label("gone_at")).where(_HERE),
    select(G.id, G.code, G.path, G.kind, G.created_at, G.gone_at).where(G.district == _DISTRICT),
).subquery("stood")
_next = (
    select(PASTS.c.kind, PASTS.c.parent_id)
    .where(PASTS.c.district == _DISTRICT, PASTS.c.place_id == _stood.c.id, PASTS.c.until >= _T)
    .order_by(PASTS.c.until)
    .limit(1)
    .lateral("next")
)
_above = func.left(_stood.c.path, func.length(_stood.c.path) - WIDTH)
# The places but single households that were there at a moment, of those that lie in some ranges of paths today: each
# with the path where that lies today in which it lay then.
FACTS_THEN = Statement(
    select(
        _stood.c.code, _stood.c.path, func.coalesce(_next.c.kind, _stood.c.kind).label("kind"),
        func.coalesce(_over.c.path, _above).label("parent"),
    )
    .select_from(_stood.outerjoin(_next, true()).outerjoin(_over, _over.c.id == _next.c.parent_id))
    .where(in_scopes(_stood.c.path, "within", "ends"), _stood.c.kind != literal("household"))
    .where(_stood.c.created_at < _T, or_(_stood.c.gone_at.is_(None), _stood.c.gone_at >= _T))
    .order_by(_stood.c.path)
)  # fmt: skip
# Asked once the lock is held: whoever held it before has a smaller one.
NOW = Statement(select(func.clock_timestamp().label("at")).where(exists(select(D.id).where(D.district == _DISTRICT))))
# Waits until nobody changes the tree: asked in the first minute of a day about the day before.
QUIET = Statement(select(D.id).where(D.district == _DISTRICT).with_for_update())
