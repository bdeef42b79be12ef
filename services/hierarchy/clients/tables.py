"""Clients 接入方: systems of partners, hotlines and departments that sign in without a person."""

from sqlalchemy import Column, Index, Table, Text, Uuid

from services.hierarchy.schema import SCHEMA
from shared.runtime.tables import district, moment, path, unsealed

CLIENTS = Table(
    "clients",
    SCHEMA.metadata,
    district(),
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    path(),
    unsealed("secret", "a hash of a random secret"),
    unsealed("previous", "a hash of a random secret", nullable=True),  # the one before, good until `previous_until`
    moment("previous_until", nullable=True),
    moment("created_at", default_now=True),
    moment("rotated_at", nullable=True),
    moment("used_at", nullable=True),
    moment("ended_at", nullable=True),
    Index("ix_clients_path", "district", "path"),
)
