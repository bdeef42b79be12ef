"""双报到: party members at work, and whole units, report to the community where they live, or which they serve."""

from sqlalchemy import Column, Date, Index, Integer, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY

from services.hierarchy.schema import SCHEMA
from shared.runtime.tables import district, moment, path

REPORT_INS = Table(
    "report_ins",
    SCHEMA.metadata,
    district(),
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False, server_default=text("1")),
    Column("step", Text, nullable=False),
    path(),  # of the place reported to
    Column("person_id", Uuid),  # a member; null for a whole unit
    Column("unit", Text(collation="C")),  # code of the unit that reports, or that the member works for
    Column("unit_name", Text, nullable=False),
    Column("capabilities", ARRAY(Text), nullable=False),
    Column("hours", Integer),  # a month, wished
    Column("since", Date, nullable=False),
    Column("until", Date),
    moment("created_at", default_now=True),
    Index("ix_report_ins_path", "district", "path", "id"),
    Index("ix_report_ins_person", "district", "person_id"),
    Index("ix_report_ins_unit", "district", "unit"),
)
