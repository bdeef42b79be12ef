"""hierarchy's worker. It has no jobs of its own yet; the journal is sealed here and due jobs are dispatched."""

from services.hierarchy.main import open_hierarchy
from shared.runtime.worker import run_worker


def main() -> None:
    """Runs until a signal."""
    run_worker(open_hierarchy())


if __name__ == "__main__":
    main()
