"""Places 地点: the one physical tree of a district, what its places were before, and the list of districts.

`places` holds what is there. What a place was until it changed is a row of `place_pasts`; a place that was merged,
split or closed is a row of `gone_places` besides, so that its code keeps answering. Nothing is written twice for a
place that never changed: its row holds since it was made.
"""

from sqlalchemy import Boolean, Column, DateTime, Double, Index, Integer, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from services.hierarchy.schema import SCHEMA
from shared.runtime.tables import district, moment, path

DISTRICTS = Table(
    "districts",
    SCHEMA.metadata,
    district(),
    Column("id", Uuid, nullable=False),
    Column("name", Text, nullable=False),
    Column("content", Text),  # SHA-256 of what was loaded last, so that loading it again does nothing
    moment("created_at", default_now=True),
    # The number of the last change that the other services are told of, in this order.
    Column("changes", Integer, nullable=False, server_default=text("0")),
)

PLACES = Table(
    "places",
    SCHEMA.metadata,
    district(),
    Column("id", Uuid, primary_key=True),
    Column("code", Text(collation="C"), nullable=False),
    path(),
    path("parent", nullable=True),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("full_name", Text, nullable=False),
    Column("zone_type", Text),
    Column("area_km2", Double),
    Column("households", Integer),
    Column("residents", Integer),
    Column("invented", Boolean, nullable=False),
    Column("attributes", JSONB, nullable=False),
    # The number of the next child: it only grows, so a path segment is never given twice.
    Column("next_child", Integer, nullable=False, server_default=text("1")),
    Column("version", Integer, nullable=False, server_default=text("1")),
    moment("created_at", default_now=True),
    moment("since", nullable=True),  # when name, kind, parent or zone became what they are; null: when it was made
    Index("uq_places_code", "district", "code", unique=True),
    Index("uq_places_path", "district", "path", unique=True),
    Index("ix_places_parent", "district", "parent", "path"),
    # What is looked for by name: homes are nine tenths of a district, and nobody looks for them all over it.
    Index("ix_places_shared", "district", "path", postgresql_where=text("kind <> 'household'")),
)

PASTS = Table(
    "place_pasts",
    SCHEMA.metadata,
    district(),
    Column("place_id", Uuid, primary_key=True),
    Column("until", DateTime(timezone=True), primary_key=True),  # when it changed, exclusive
    moment("since"),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("zone_type", Text),
    Column("parent_id", Uuid),  # the place it lay in
    Column("segment", Text(collation="C"), nullable=False),  # the end of its path then
)

GONE = Table(
    "gone_places",
    SCHEMA.metadata,
    district(),
    Column("id", Uuid, primary_key=True),
    Column("code", Text(collation="C"), nullable=False),
    path(),  # moves on with what it lay in: what was recorded at the place stays there
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("full_name", Text, nullable=False),
    Column("how", Text, nullable=False),  # merge, split, close
    Column("successors", ARRAY(Text(collation="C")), nullable=False),  # codes; none of a place that was closed
    moment("created_at"),
    moment("gone_at"),
    Index("uq_gone_places_code", "district", "code", unique=True),
    Index("ix_gone_places_path", "district", "path"),
)

# The next number of generated codes that begin with `prefix`.
CODE_NUMBERS = Table(
    "code_numbers",
    SCHEMA.metadata,
    district(),
    Column("prefix", Text(collation="C"), primary_key=True),
    Column("next", Integer, nullable=False),
)
