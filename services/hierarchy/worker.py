"""The worker of hierarchy: `python -m services.hierarchy.worker`."""

from services.hierarchy.main import open_hierarchy
from services.hierarchy.privacy import jobs as _privacy
from services.hierarchy.sessions import jobs as _sessions
from services.hierarchy.sign_in import jobs as _sign_in
from shared.runtime.worker import run_worker

__all__ = ["_privacy", "_sessions", "_sign_in"]


def main() -> None:
    """Runs until a signal."""
    run_worker(open_hierarchy())


if __name__ == "__main__":
    main()
