"""Households 户: at a household place, with the people who live there, and what is known of it under which basis.

People stand in `people`, where names and numbers are sealed; here is only who belongs together. A tag (独居老人,
残疾 …) says why it may be kept: consent or a duty by law, since when and until when. What was withdrawn is not
read any more.
"""

from sqlalchemy import Boolean, Column, Date, Index, Integer, Table, Text, Uuid, text

from services.hierarchy.schema import SCHEMA
from shared.runtime.tables import district, moment, path

HOUSEHOLDS = Table(
    "households",
    SCHEMA.metadata,
    district(),
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False, server_default=text("1")),
    Column("code", Text(collation="C"), nullable=False),  # of its place
    path(),
    Column("invented", Boolean, nullable=False),
    Column("closed_on", Date),  # its home was closed, or became part of another one
    moment("created_at", default_now=True),
    Index("uq_households_code", "district", "code", unique=True),
    Index("ix_households_path", "district", "path"),
)

MEMBERS = Table(
    "household_members",
    SCHEMA.metadata,
    district(),
    Column("id", Uuid, primary_key=True),
    Column("household_id", Uuid, nullable=False),
    Column("person_id", Uuid, nullable=False),
    Column("relation", Text, nullable=False),  # to the head of the household
    Column("left_on", Date),  # the last day; null while the person belongs to it
    moment("created_at", default_now=True),
    Index("uq_household_members_person", "district", "household_id", "person_id", unique=True),
    Index("ix_household_members_person", "district", "person_id"),
)

TAGS = Table(
    "household_tags",
    SCHEMA.metadata,
    district(),
    Column("id", Uuid, primary_key=True),
    Column("household_id", Uuid, nullable=False),
    Column("tag", Text, nullable=False),
    Column("basis", Text, nullable=False),  # consent, statutory; `sample` for what was invented
    Column("legal_basis", Text, nullable=False),  # which form was signed, or which law says so
    Column("given_by", Uuid),  # the member who consented
    Column("public", Boolean, nullable=False, server_default=text("false")),  # consented to be shown at the door
    Column("recorded_by", Text, nullable=False),
    Column("since", Date, nullable=False),
    Column("until", Date),  # the last day; null while it lasts
    moment("withdrawn_at", nullable=True),
    moment("created_at", default_now=True),
    Index(
        "uq_household_tags_tag",
        "district",
        "household_id",
        "tag",
        unique=True,
        postgresql_where=text("withdrawn_at IS NULL"),
    ),
)
