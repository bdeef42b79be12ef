"""What can be due for an appointment."""

from shared.runtime.jobs import JobKind

# The last day in office is over: what hangs on the post goes to the successor. Tickets is called, so it is remote.
SETTLE = JobKind("hierarchy.appointment.settle", queue="remote", attempts=1000)
