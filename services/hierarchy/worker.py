"""The worker of hierarchy: `python -m services.hierarchy.worker`."""

from services.hierarchy.agreements import jobs as _agreements
from services.hierarchy.bookings import jobs as _bookings
from services.hierarchy.evaluations import jobs as _evaluations
from services.hierarchy.loans import jobs as _loans
from services.hierarchy.main import open_hierarchy
from services.hierarchy.places import jobs as _places
from services.hierarchy.privacy import jobs as _privacy
from services.hierarchy.rosters import jobs as _rosters
from services.hierarchy.sessions import jobs as _sessions
from services.hierarchy.sign_in import jobs as _sign_in
from services.hierarchy.succession import jobs as _succession
from services.hierarchy.swaps import jobs as _swaps
from services.hierarchy.visits import jobs as _visits
from services.hierarchy.workbooks import jobs as _workbooks
from shared.runtime.worker import run_worker

__all__ = [
    "_agreements",
    "_bookings",
    "_evaluations",
    "_loans",
    "_places",
    "_privacy",
    "_rosters",
    "_sessions",
    "_sign_in",
    "_succession",
    "_swaps",
    "_visits",
    "_workbooks",
]


def main() -> None:
    """Runs until a signal."""
    run_worker(open_hierarchy())


if __name__ == "__main__":
    main()
