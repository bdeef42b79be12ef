"""What can be due for a roster."""

from shared.runtime.jobs import JobKind

LEAVE = JobKind("hierarchy.roster.leave")  # the day of a hand-over has come: whoever gave takes no turns any more
