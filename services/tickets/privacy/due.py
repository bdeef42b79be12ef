"""What is due when a person is to be erased. Pure."""

from shared.runtime.jobs import JobKind

ERASE = JobKind("tickets.personal.erase", attempts=1000, cap_s=60)
