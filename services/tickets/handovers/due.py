"""What is due when a post gets another holder. Pure."""

from shared.runtime.jobs import JobKind

# Gives the open appeals to the successor, a few at a time.
HAND_OVER = JobKind("tickets.appeals.hand_over", attempts=1000, cap_s=60)
