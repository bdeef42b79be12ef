"""Every table of events, for migrations."""

from services.events.activities import tables as activities
from services.events.attendance import tables as attendance
from services.events.notices import tables as notices
from services.events.registrations import tables as registrations
from services.events.schema import SCHEMA

SLICES = (activities, registrations, attendance, notices)
METADATA = SCHEMA.metadata
