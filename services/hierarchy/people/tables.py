"""People 人员: whoever holds a post, is listed somewhere, or signs in. The phone number is stored encrypted only."""

from sqlalchemy import Boolean, Column, Index, LargeBinary, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from services.hierarchy.schema import SCHEMA
from shared.runtime.tables import district, moment, path

PEOPLE = Table(
    "people",
    SCHEMA.metadata,
    district(),
    Column("id", Uuid, primary_key=True),
    Column("code", Text(collation="C"), nullable=False),
    Column("name", Text, nullable=False),
    Column("phone", LargeBinary, nullable=False),  # sealed by the vault
    Column("phone_index", Text(collation="C"), nullable=False),  # keyed blind index, the only way to look it up
    Column("listed_as", Text, nullable=False),  # the roll that names this person, such as `party_member`
    path(nullable=True),
    Column("party_member", Boolean, nullable=False),
    Column("invented", Boolean, nullable=False),
    Column("attributes", JSONB, nullable=False),
    moment("created_at", default_now=True),
    Index("uq_people_code", "district", "code", unique=True),
    Index("uq_people_phone", "district", "phone_index", unique=True),
    Index("ix_people_path", "district", "path"),
)
