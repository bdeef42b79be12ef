"""Organisations 组织: party branches, committees, companies, departments. They need no path tree of their own.

A row of `organisations` is what holds today; `organisation_states` is what held from a day to a day. A state that has
ended is never written again, so that an answer about a past day stays what it was; its path alone follows the place
that it was at, also one that is gone.
"""

from sqlalchemy import Boolean, CheckConstraint, Column, Date, Index, Integer, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from services.hierarchy.schema import SCHEMA
from shared.runtime.tables import district, moment, path

ORGANISATIONS = Table(
    "organisations",
    SCHEMA.metadata,
    district(),
    Column("id", Uuid, primary_key=True),
    Column("code", Text(collation="C"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("parent", Text(collation="C")),
    path(nullable=True),
    Column("invented", Boolean, nullable=False),
    Column("attributes", JSONB, nullable=False),
    moment("created_at", default_now=True),
    Column("version", Integer, nullable=False, server_default=text("1")),
    Column("since", Date, nullable=False, server_default=text("'2000-01-01'")),  # the first day it is known here
    Column("until", Date),  # its last day; null while it lasts
    Index("uq_organisations_code", "district", "code", unique=True),
    Index("ix_organisations_path", "district", "path"),
    Index("ix_organisations_parent", "district", "parent"),
)

STATES = Table(
    "organisation_states",
    SCHEMA.metadata,
    district(),
    Column("organisation_id", Uuid, primary_key=True),
    Column("since", Date, primary_key=True),
    Column("until", Date),
    Column("code", Text(collation="C"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("parent", Text(collation="C")),
    path(nullable=True),
    Column("invented", Boolean, nullable=False),
    Column("attributes", JSONB, nullable=False),
    Index("ix_organisation_states_code", "district", "code", "since"),
    Index("ix_organisation_states_path", "district", "path"),
)

MEMBERS = Table(
    "organisation_members",
    SCHEMA.metadata,
    district(),
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False, server_default=text("1")),
    Column("organisation_id", Uuid, nullable=False),
    path(nullable=True),  # of the organisation
    Column("person_id", Uuid, nullable=False),
    Column("capacity", Text, nullable=False),  # as what: 组长, 成员, 联络员
    Column("since", Date, nullable=False),
    Column("until", Date),  # the last day; null while it lasts
    moment("created_at", default_now=True),
    CheckConstraint("until IS NULL OR until >= since", name="forwards"),
    Index("uq_organisation_members_person", "district", "organisation_id", "person_id", "since", unique=True),
    Index("ix_organisation_members_person", "district", "person_id"),
    Index("ix_organisation_members_path", "district", "path"),
)
