"""What can be due for a booking."""

from shared.runtime.jobs import JobKind

# Its time has come and nobody has decided: the room is free again.
LAPSE = JobKind("hierarchy.booking.lapse")
