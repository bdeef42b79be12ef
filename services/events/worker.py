"""The worker of events: `python -m services.events.worker`."""

from services.events.activities import jobs as _activities
from services.events.handovers import jobs as _handovers
from services.events.main import open_events
from services.events.notices import jobs as _notices
from services.events.privacy import jobs as _privacy
from services.events.registrations import jobs as _registrations
from shared.runtime.worker import run_worker

__all__ = ["_activities", "_handovers", "_notices", "_privacy", "_registrations"]

if __name__ == "__main__":
    run_worker(open_events())
