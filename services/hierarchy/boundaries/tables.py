"""Boundaries 边界: the outline of a place, one row per version, with the box around it by which points find it."""

from sqlalchemy import Column, Double, Index, Integer, Table, Text, Uuid, text

from services.hierarchy.schema import SCHEMA
from shared.runtime.tables import district, moment, unsealed

BOUNDARIES = Table(
    "boundaries",
    SCHEMA.metadata,
    district(),
    Column("id", Uuid, primary_key=True),
    Column("place_id", Uuid, nullable=False),
    Column("kind", Text(collation="C"), nullable=False),  # the place's
    unsealed("shape", "an outline on the map: WKB, WGS 84"),
    # The box, in degrees.
    Column("west", Double, nullable=False),
    Column("south", Double, nullable=False),
    Column("east", Double, nullable=False),
    Column("north", Double, nullable=False),
    Column("area_m2", Double, nullable=False),
    Column("vertices", Integer, nullable=False),
    Column("given_as", Text, nullable=False),  # the coordinates that it was given in: wgs84, gcj02, bd09
    moment("since"),
    moment("until", nullable=True),  # exclusive; null while it holds
    # The box stands in the index, so that only boxes around the point are fetched.
    Index(
        "ix_boundaries_box",
        "district",
        "kind",
        "west",
        "east",
        "south",
        "north",
        postgresql_where=text("until IS NULL"),
    ),
    Index("uq_boundaries_current", "district", "place_id", unique=True, postgresql_where=text("until IS NULL")),
    Index("ix_boundaries_place", "district", "place_id", "since"),
)
