"""People 人员: whoever holds a post, is listed somewhere, or signs in. Names and numbers are stored encrypted only.

Whoever holds a post is named where the post is shown (公示); everybody else is masked. An erased person is a row
without name, numbers or attributes: what other rows say about it stays true of nobody in particular.
"""

from sqlalchemy import Boolean, Column, Date, Index, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from services.hierarchy.schema import SCHEMA
from shared.runtime.tables import IndexOf, district, moment, path, sealed

PEOPLE = Table(
    "people",
    SCHEMA.metadata,
    district(),
    Column("id", Uuid, primary_key=True),
    Column("code", Text(collation="C"), nullable=False),
    sealed("name", nullable=True),
    sealed("phone", nullable=True),
    # keyed blind indexes, the only way to look a number up
    Column("phone_index", Text(collation="C"), info={"index_of": IndexOf("phone", "phone")}),
    sealed("id_number", nullable=True),
    Column("id_number_index", Text(collation="C"), info={"index_of": IndexOf("id_number", "id_number")}),
    Column("listed_as", Text, nullable=False),  # the roll that names this person, such as `party_member`
    Column("listed_since", Date, nullable=False, server_default=text("'2000-01-01'")),  # a data file: all along
    path(nullable=True),
    Column("party_member", Boolean, nullable=False),
    Column("invented", Boolean, nullable=False),
    Column("attributes", JSONB, nullable=False),
    moment("created_at", default_now=True),
    moment("stopped_at", nullable=True),  # kept because the law says so, and not shown to anybody any more
    moment("erased_at", nullable=True),
    Index("uq_people_code", "district", "code", unique=True),
    Index("uq_people_phone", "district", "phone_index", unique=True),
    Index("uq_people_id_number", "district", "id_number_index", unique=True),
    Index("ix_people_path", "district", "path"),
)
