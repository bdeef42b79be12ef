"""What can be due because of an order (the status callback stands with the appeal's moves, which make it)."""

from shared.runtime.jobs import JobKind

# Fetches a file that an order points to; tried for some hours, then the timeline says that it could not be had.
FETCH = JobKind("tickets.hotline.fetch", queue="remote", attempts=12, base_s=5)
