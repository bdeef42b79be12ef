"""What is due when a person was erased. Pure."""

from shared.runtime.jobs import JobKind

_WEEKS = 20_000  # tries, one a minute: an erasure is carried out however long a service was away
TOLD = ("tickets", "events")
CARRY_ON = JobKind("hierarchy.personal.erase", queue="remote", attempts=_WEEKS, cap_s=60)
