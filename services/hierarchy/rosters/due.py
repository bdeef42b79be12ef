"""What can be due for a roster."""

from shared.runtime.jobs import JobKind

# The day of a hand-over has come: whoever gave takes no turns any more.
HAND_OVER = JobKind("hierarchy.roster.hand_over")
