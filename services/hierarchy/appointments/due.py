"""What can be due for an appointment, whoever made it."""

from shared.runtime.jobs import JobKind

# The term is over: the appointment ends, unless something hangs on it; then it is asked again the next day.
EXPIRE = JobKind("hierarchy.appointment.expire", queue="remote", attempts=1000)
