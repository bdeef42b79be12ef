"""Records 履职记录: duty lists, badges, equipment, mentors, awards, opinions; each kind is a model of `inputs`."""

from sqlalchemy import Column, Date, Index, Integer, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from services.hierarchy.schema import SCHEMA
from shared.runtime.tables import district, moment, path

RECORDS = Table(
    "records",
    SCHEMA.metadata,
    district(),
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False, server_default=text("1")),
    Column("kind", Text, nullable=False),
    path(),  # of the place, or else of the post, or else of the person
    Column("person_id", Uuid),
    Column("post_id", Uuid),
    Column("mentor_id", Uuid),
    Column("organisation", Text(collation="C")),  # code of the unit whose service it was
    Column("content", JSONB, nullable=False),
    Column("since", Date, nullable=False),
    Column("until", Date),  # the last day; null while it lasts
    # of a mentoring: what was done, day by day
    Column("log", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    Column("step", Text, nullable=False, server_default=text("'open'")),
    moment("created_at", default_now=True),
    Index("ix_records_path", "district", "path", "id"),
    Index("ix_records_person", "district", "person_id", "id", postgresql_where=text("person_id IS NOT NULL")),
    Index("ix_records_mentor", "district", "mentor_id", "id", postgresql_where=text("mentor_id IS NOT NULL")),
    Index(
        "ix_records_organisation", "district", "organisation", "id", postgresql_where=text("organisation IS NOT NULL")
    ),
    Index("ix_records_post", "district", "post_id", "id", postgresql_where=text("post_id IS NOT NULL")),
    Index(
        "ix_records_matter", "district", text("(content ->> 'matter')"), "id", postgresql_where=text("kind = 'opinion'")
    ),
)
