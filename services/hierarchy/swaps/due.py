"""What can be due for a swap."""

from shared.runtime.jobs import JobKind

# The shift begins and nobody has answered.
LAPSE = JobKind("hierarchy.swap.lapse")
