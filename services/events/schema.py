"""The schema that events owns in the database, its kinds of work, and the places it knows."""

from shared.runtime.jobs import Registry
from shared.runtime.known_places import KnownPlaces
from shared.runtime.place_changes import follow_places
from shared.runtime.tables import service_schema

SCHEMA = service_schema("events")
PLACES = KnownPlaces(SCHEMA)
JOBS = Registry()
follow_places(JOBS, SCHEMA)
