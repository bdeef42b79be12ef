"""Every statement of venues."""

from functools import cache

from sqlalchemy import (
    ARRAY,
    Boolean,
    Date,
    Integer,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    case,
    delete,
    exists,
    func,
    literal_column,
    not_,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, insert

from services.hierarchy.schema import SCHEMA
from services.hierarchy.venues.past_queries import kept
from services.hierarchy.venues.tables import DAYS, VENUES, VISITS
from shared.runtime.bulk import Rebase, put
from shared.runtime.changes import Change
from shared.runtime.db import Statement
from shared.runtime.scoping import between

V, D, N = VENUES.c, DAYS.c, VISITS.c
_DISTRICT = bindparam("district", type_=Text())
_HERE = V.district == _DISTRICT
_THIS = and_(_HERE, V.id == bindparam("id", type_=Uuid()))
_VENUE = bindparam("venue", type_=Uuid())
_SINCE, _UNTIL = bindparam("since", type_=Date()), bindparam("until", type_=Date())
_EDITABLE = ("name", "functions", "amenities", "resident", "capacity", "approval", "phone", "address", "hours")
_OWN = [column for column in VENUES.c if column.name not in ("district", "created_at")]
_WHOLE = VENUES.alias("whole")
# Rooms follow their venue: while it is given up, so are they, and each is as it was once it is taken up again.
_WITHOUT_VENUE = exists(
    select(1).where(_WHOLE.c.district == V.district, _WHOLE.c.id == V.part_of, _WHOLE.c.step == "closed")
)
_IN_USE = and_(V.step == "open", not_(_WITHOUT_VENUE))
_STEP = case((_WITHOUT_VENUE, literal_column("'closed'", Text())), else_=V.step).label("step")
_SHOWN = [*(column for column in _OWN if column is not V.step), _STEP, _WITHOUT_VENUE.label("without_venue")]

COUNTS = Statement(
    select(
        V.kind,
        func.count().label("count"),
        func.count(V.resident).label("staffed"),
        func.count().filter(V.invented).label("invented"),
    )
    .where(_HERE, _IN_USE, *between(V.path, "path", "end"))
    .group_by(V.kind)
    .order_by(V.kind)
)
FACTS = Statement(
    select(V.code, V.kind, V.path).where(_HERE, _IN_USE, *between(V.path, "path", "end")).order_by(V.code)
)
PUT = put(
    VENUES,
    ["id", "code", "path", "kind", "name", "functions", "resident", "invented", "amenities", "capacity", "phone",
     "address", "hours"],
    ["code"],
    counted="version",
)  # fmt: skip
REBASE = Rebase(VENUES)
BY_ID = Statement(select(*_SHOWN).where(_THIS))
BY_IDS = Statement(select(*_SHOWN).where(_HERE, V.id == func.any(bindparam("ids", type_=ARRAY(Uuid())))))
AT = Statement(
    select(*_SHOWN)
    .where(_HERE, V.path == func.any(bindparam("paths", type_=ARRAY(Text()))), _IN_USE)
    .order_by(func.length(V.path).desc(), V.code)
    .limit(bindparam("limit", type_=Integer()))
)
IDS = Statement(select(V.id, V.code).where(_HERE))
# Whoever gives away what there is only once (a room, the last umbrella) holds the venue first, and of a room its venue
# before it: so one who takes the house waits for one who takes a room in it, and the other way round.
_part_of = select(_WHOLE.c.part_of).where(_WHOLE.c.district == _DISTRICT, _WHOLE.c.id == bindparam("id", type_=Uuid()))
HOLD = Statement(
    select(*_OWN)
    .where(_HERE, V.id.in_([bindparam("id", type_=Uuid()), _part_of.scalar_subquery()]))
    .order_by(V.part_of.is_not(None))
    .with_for_update(key_share=True)
)
ROOMS = Statement(  # a room lies where its venue does
    select(*_SHOWN)
    .where(_HERE, V.path == bindparam("path", type_=Text()), V.part_of == bindparam("venue", type_=Uuid()))
    .order_by(V.code)
)


@cache
def listed(filters: frozenset[str]) -> Statement:
    """A page by code; `filters` are `place` (with `end`), `kind`, `function` and `part_of`."""
    wanted = {
        "place": between(V.path, "place", "end"),
        "kind": (V.kind == bindparam("kind", type_=Text()),),
        "function": (bindparam("function", type_=Text()) == any_(V.functions),),
        "part_of": (V.part_of == bindparam("part_of", type_=Uuid()),),
    }
    return Statement(
        select(*_SHOWN)
        .where(_HERE, V.code > bindparam("after", type_=Text()))
        .where(*(condition for name in sorted(filters) for condition in wanted[name]))
        .order_by(V.code)
        .limit(bindparam("limit", type_=Integer()))
    )


def _given(name: str) -> object:
    return bindparam(name, type_=VENUES.c[name].type)


_born = ("id", "code", "path", "kind", "part_of", *_EDITABLE)
CREATE = Change(
    SCHEMA,
    insert(VENUES)
    .values(district=_DISTRICT, invented=False, **{name: _given(name) for name in _born})
    .returning(*_OWN),
)
_UNCHANGED = and_(_THIS, V.version == bindparam("version", type_=Integer()))
EDIT = Change(
    SCHEMA,
    update(VENUES)
    .where(_UNCHANGED)
    .values({name: _given(name) for name in _EDITABLE} | {"version": V.version + 1})
    .returning(*_OWN),
    also=kept,
)
MOVE = Change(
    SCHEMA,
    update(VENUES)
    .where(_UNCHANGED)
    .values(step=bindparam("to_step", type_=Text()), version=V.version + 1)
    .returning(*_OWN),
)

# --- days that differ --------------------------------------------------------------------------------------------

EXCEPTIONS = Statement(
    select(D.venue_id, D.day, D.parts, D.reason).where(
        D.district == _DISTRICT,
        D.venue_id == func.any(bindparam("venues", type_=ARRAY(Uuid()))),
        D.day >= _SINCE,
        D.day <= _UNTIL,
    )
)
_each = func.unnest(bindparam("days", type_=ARRAY(Date()))).table_valued("day", name="each").render_derived()
# One row of the venue is what changed, however many days: the journal row is about the venue.
_touched = update(VENUES).where(_THIS).values(version=V.version + 1).returning(V.id, V.version)
EXCEPT = Change(
    SCHEMA,
    _touched,
    also=lambda change: (
        insert(DAYS)
        .from_select(
            ["district", "venue_id", "day", "parts", "reason"],
            select(
                _DISTRICT,
                change.c.id,
                _each.c.day,
                bindparam("parts", type_=JSONB()),
                bindparam("reason", type_=Text()),
            ).select_from(change.join(_each, true())),
        )
        .on_conflict_do_update(
            index_elements=["district", "venue_id", "day"],
            set_={"parts": bindparam("parts", type_=JSONB()), "reason": bindparam("reason", type_=Text())},
        )
        .cte("differ")
    ),
)
AS_EVER = Change(
    SCHEMA,
    _touched,
    also=lambda change: (
        delete(DAYS)
        .where(
            D.district == _DISTRICT,
            D.venue_id == change.c.id,
            D.day == func.any(bindparam("days", type_=ARRAY(Date()))),
        )
        .cte("as_ever")
    ),
)

# --- visitors ----------------------------------------------------------------------------------------------------

_count = insert(VISITS).values(
    district=_DISTRICT,
    id=bindparam("id", type_=Uuid()),
    venue_id=_VENUE,
    day=bindparam("day", type_=Date()),
    part=bindparam("part", type_=Text()),
    count=bindparam("count", type_=Integer()),
    invented=bindparam("invented", type_=Boolean()),
)
COUNT = Change(
    SCHEMA,
    _count.on_conflict_do_update(
        index_elements=["district", "venue_id", "day", "part"],
        set_={"count": _count.excluded.count, "invented": _count.excluded.invented, "recorded_at": func.now()},
    ).returning(N.venue_id.label("id"), N.day, N.part, N.count),
)
COUNTED = Statement(
    select(N.count).where(
        N.district == _DISTRICT,
        N.venue_id == _VENUE,
        N.day == bindparam("day", type_=Date()),
        N.part == bindparam("part", type_=Text()),
    )
)
OF_VENUE = Statement(
    select(N.day, N.part, N.count, N.invented)
    .where(N.district == _DISTRICT, N.venue_id == _VENUE, N.day >= _SINCE, N.day <= _UNTIL)
    .order_by(N.day, N.part)
)
BY_DAY = Statement(
    select(N.day, V.kind, func.sum(N.count).label("count"), func.bool_or(N.invented).label("invented"))
    .select_from(VISITS.join(VENUES, and_(V.district == N.district, V.id == N.venue_id)))
    .where(N.district == _DISTRICT, N.day >= _SINCE, N.day <= _UNTIL, *between(V.path, "place", "end"))
    .group_by(N.day, V.kind)
    .order_by(N.day, V.kind)
)
PUT_VISITS = put(VISITS, ["id", "venue_id", "day", "part", "count", "invented"], ["venue_id", "day", "part"])
