"""The schema that tickets owns in the database, and its kinds of work."""

from shared.runtime.jobs import Registry
from shared.runtime.tables import service_schema

SCHEMA = service_schema("tickets")
JOBS = Registry()
