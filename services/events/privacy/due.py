"""What is due when a person is to be erased. Pure."""

from shared.runtime.jobs import JobKind

ERASE = JobKind("events.personal.erase", attempts=1000, cap_s=60)
