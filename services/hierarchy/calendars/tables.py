"""Links by which calendar programs, which cannot sign in, read one person's shifts. One link per person; a new one
ends the one before. What stands in the link beside the row's id is made with a key, so the rows alone open nothing.
"""

from sqlalchemy import Column, Index, Table, Uuid

from services.hierarchy.schema import SCHEMA
from shared.runtime.tables import district, moment

LINKS = Table(
    "calendar_links",
    SCHEMA.metadata,
    district(),
    Column("id", Uuid, primary_key=True),
    Column("person_id", Uuid, nullable=False),
    moment("created_at", default_now=True),
    Index("uq_calendar_links_person", "district", "person_id", unique=True),
)
