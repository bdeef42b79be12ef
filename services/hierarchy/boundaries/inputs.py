"""What boundaries and points take. Pure."""

from typing import Annotated, Literal

from pydantic import Field

from services.hierarchy.boundaries.rules import MOST_VERTICES
from services.hierarchy.boundaries.rules import Crs as CrsName
from shared.schemas.base import Body

Crs = Annotated[
    CrsName,
    Field(
        description="The coordinates' system: `wgs84` (GPS, 天地图 CGCS2000), `gcj02` (高德、腾讯), `bd09` (百度). "
        "Stored is WGS 84 (坐标系)."
    ),
]
Lon = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False, description="Longitude, degrees (经度).")]
Lat = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False, description="Latitude, degrees (纬度).")]
Number = Annotated[float, Field(allow_inf_nan=False)]
# Longitude, latitude, and perhaps a height, which is not kept.
Position = Annotated[list[Number], Field(min_length=2, max_length=3, examples=[[111.4752, 35.6411]])]
Ring = Annotated[list[Position], Field(min_length=4, max_length=MOST_VERTICES)]
Rings = Annotated[list[Ring], Field(min_length=1, max_length=1000)]


class Polygon(Body):
    """An outline with its holes; every ring ends where it begins (RFC 7946)."""

    type: Literal["Polygon"]
    coordinates: Rings


class MultiPolygon(Body):
    """Several outlines of one place."""

    type: Literal["MultiPolygon"]
    coordinates: Annotated[list[Rings], Field(min_length=1, max_length=1000)]


class PutBoundary(Body):
    """The outline of a place from now on."""

    geometry: Annotated[Polygon | MultiPolygon, Field(discriminator="type")]
    crs: Crs = "wgs84"


class Spot(Body):
    """A point."""

    lon: Lon
    lat: Lat


class LocatePoints(Body):
    """Points that are to be found."""

    points: list[Spot] = Field(min_length=1, max_length=500)
    crs: Crs = "wgs84"
