"""Places that tickets has met: kept, so that an appeal is accepted while hierarchy is down."""

from services.tickets.schema import SCHEMA
from shared.runtime.known_places import KnownPlaces

PLACES = KnownPlaces(SCHEMA)
