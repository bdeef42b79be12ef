"""The schema that tickets owns in the database, its kinds of work, and the count of looks at personal data."""

from shared.runtime.jobs import Registry
from shared.runtime.place_changes import follow_places
from shared.runtime.reveals import Reveals
from shared.runtime.tables import service_schema

SCHEMA = service_schema("tickets")
REVEALS = Reveals(SCHEMA)
JOBS = Registry()
follow_places(JOBS, SCHEMA)
