"""Bodies 议事机构: what an organisation that decides needs besides: which seats it has, and when it can decide.

The seats themselves are posts of the organisation, and who sits there from when to when are appointments: a council's
seat is held like any other post, with a term and a successor. What a charter said on a day gone by is kept: whether
those who were there could decide does not change with another charter.
"""

from sqlalchemy import Boolean, Column, Date, Index, Integer, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from services.hierarchy.schema import SCHEMA
from shared.runtime.tables import district, moment, path

BODIES = Table(
    "bodies",
    SCHEMA.metadata,
    district(),
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False, server_default=text("1")),
    Column("organisation", Text(collation="C"), nullable=False),
    path(nullable=True),  # of the organisation
    Column("charter", JSONB, nullable=False),  # rules.Charter, as it is now
    Column("invented", Boolean, nullable=False),  # the sources name the seats, not the rules
    moment("created_at", default_now=True),
    Index("uq_bodies_organisation", "district", "organisation", unique=True),
    Index("ix_bodies_path", "district", "path"),
)

CHARTERS = Table(
    "body_charters",
    SCHEMA.metadata,
    district(),
    Column("body_id", Uuid, primary_key=True),
    Column("since", Date, primary_key=True),  # until the next one
    Column("charter", JSONB, nullable=False),
    Column("invented", Boolean, nullable=False),
)
