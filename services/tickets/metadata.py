"""Every table of tickets, for Alembic."""

from services.tickets.appeals import tables as _appeals
from services.tickets.attachments import tables as _attachments
from services.tickets.hotline import tables as _hotline
from services.tickets.places import tables as _places
from services.tickets.schema import SCHEMA

METADATA = SCHEMA.metadata
__all__ = ["METADATA", "_appeals", "_attachments", "_hotline", "_places"]
