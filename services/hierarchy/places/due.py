"""What is due when the place tree changed. Pure."""

from shared.runtime.jobs import Job, JobKind
from shared.schemas.places import PlaceChange

# Told in order, and for as long as it takes: until then the other services look under the old path.
TELL = JobKind("hierarchy.places.tell", queue="remote", attempts=200, base_s=0.5, cap_s=60.0)
TOLD = ("tickets", "events")


def telling(change: PlaceChange) -> list[Job]:
    """One job for each other service."""
    body = change.model_dump(mode="json")
    return [TELL.of(order=(f"places:{service}", change.order), service=service, change=body) for service in TOLD]
