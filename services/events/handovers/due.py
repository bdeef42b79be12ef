"""What is due when somebody leaves a post. Pure."""

from shared.runtime.jobs import JobKind

# Gives the activities that are not over to the successor, a few at a time.
HAND_OVER = JobKind("events.activities.hand_over", attempts=1000, cap_s=60)
