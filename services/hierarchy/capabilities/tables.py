"""三张清单: what partners can give (resources), what is wanted (needs), and what was made of both (projects)."""

from sqlalchemy import Boolean, CheckConstraint, Column, Date, Index, Integer, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY

from services.hierarchy.schema import SCHEMA
from shared.runtime.tables import district, moment, path

LISTINGS = Table(
    "listings",
    SCHEMA.metadata,
    district(),
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False, server_default=text("1")),
    Column("kind", Text, nullable=False),  # resource, need, project
    Column("step", Text, nullable=False),
    Column("organisation", Text(collation="C")),  # who gives it, or wants it, or does it
    path(),
    Column("title", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("tags", ARRAY(Text), nullable=False),
    Column("since", Date),  # from when to when it is to be had or wanted
    Column("until", Date),
    Column("need_id", Uuid),  # of a project
    Column("resource_id", Uuid),
    Column("agreement_id", Uuid),
    Column("origin", Text(collation="C")),  # what a data file calls it
    Column("invented", Boolean, nullable=False, server_default=text("false")),
    moment("created_at", default_now=True),
    CheckConstraint("since IS NULL OR until IS NULL OR since <= until", name="forwards"),
    Index("ix_listings_path", "district", "kind", "path", "id"),
    Index("ix_listings_step", "district", "kind", "step", "id"),
    Index("ix_listings_organisation", "district", "organisation"),
    Index("ix_listings_need", "district", "need_id"),
    Index("uq_listings_origin", "district", "origin", unique=True),
)
