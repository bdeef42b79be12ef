"""Every statement of boundaries."""

from sqlalchemy import (
    ARRAY,
    BindParameter,
    DateTime,
    Double,
    Integer,
    LargeBinary,
    Text,
    Uuid,
    bindparam,
    func,
    insert,
    or_,
    select,
    update,
)

from services.hierarchy.boundaries.tables import BOUNDARIES
from services.hierarchy.schema import SCHEMA
from shared.runtime.changes import Change
from shared.runtime.db import Statement

B = BOUNDARIES.c
_HERE = B.district == bindparam("district", type_=Text())
_PLACE = B.place_id == bindparam("place_id", type_=Uuid())
_AT = bindparam("at", type_=DateTime(timezone=True))
_CARD = (B.id, B.place_id, B.kind, B.shape, B.area_m2, B.vertices, B.given_as, B.since, B.until)
_BOX = ("west", "south", "east", "north")

CURRENT = Statement(select(*_CARD).where(_HERE, _PLACE, B.until.is_(None)))
# As it was at a moment, exclusive.
AT_MOMENT = Statement(select(*_CARD).where(_HERE, _PLACE, B.since < _AT, or_(B.until.is_(None), B.until >= _AT)))
OF = Statement(
    select(*_CARD).where(_HERE, B.place_id == func.any(bindparam("places", type_=ARRAY(Uuid()))), B.until.is_(None))
)
# Those of the places whose boxes meet the given one.
MEETING = Statement(
    select(*_CARD)
    .where(_HERE, B.place_id == func.any(bindparam("places", type_=ARRAY(Uuid()))), B.until.is_(None))
    .where(
        B.west <= bindparam("east", type_=Double()),
        B.east >= bindparam("west", type_=Double()),
        B.south <= bindparam("north", type_=Double()),
        B.north >= bindparam("south", type_=Double()),
    )
)
_points = (
    func.unnest(bindparam("lons", type_=ARRAY(Double())), bindparam("lats", type_=ARRAY(Double())))
    .table_valued("lon", "lat", name="points")
    .render_derived()
)
# Those whose boxes hold one of the points: by the index, which holds the boxes.
AROUND = Statement(
    select(*_CARD)
    .where(_HERE, B.until.is_(None), B.kind == func.any(bindparam("kinds", type_=ARRAY(Text()))))
    .where(
        select(_points.c.lon)
        .where(B.west <= _points.c.lon, B.east >= _points.c.lon, B.south <= _points.c.lat, B.north >= _points.c.lat)
        .exists()
    )
    .order_by(B.area_m2, B.id)
    .limit(bindparam("limit", type_=Integer()))
)
# Ends what holds until now and begins what is to hold; the two are one change.
END = Statement(update(BOUNDARIES).where(_HERE, _PLACE, B.until.is_(None)).values(until=_AT).returning(B.id))
_numbers: dict[str, BindParameter[float]] = {name: bindparam(name, type_=Double()) for name in (*_BOX, "area_m2")}
_begun = (
    insert(BOUNDARIES)
    .values(
        district=bindparam("district", type_=Text()),
        id=bindparam("new_id", type_=Uuid()),
        place_id=bindparam("place_id", type_=Uuid()),
        kind=bindparam("kind", type_=Text()),
        shape=bindparam("shape", type_=LargeBinary()),
        vertices=bindparam("vertices", type_=Integer()),
        given_as=bindparam("given_as", type_=Text()),
        since=_AT,
        **_numbers,
    )
    .returning(B.place_id)
    .cte("begun")
)
BEGUN = Change(SCHEMA, select(_begun.c.place_id.label("id")))
_ended = update(BOUNDARIES).where(_HERE, _PLACE, B.until.is_(None)).values(until=_AT).returning(B.place_id).cte("ended")
ENDED = Change(SCHEMA, select(_ended.c.place_id.label("id")))
