"""The worker of tickets: `python -m services.tickets.worker`."""

from services.tickets.appeals import jobs as _appeals
from services.tickets.attachments import jobs as _attachments
from services.tickets.handovers import jobs as _handovers
from services.tickets.hotline import jobs as _hotline
from services.tickets.main import open_tickets
from services.tickets.privacy import jobs as _privacy
from shared.runtime.worker import run_worker

__all__ = ["_appeals", "_attachments", "_handovers", "_hotline", "_privacy"]

if __name__ == "__main__":
    run_worker(open_tickets())
