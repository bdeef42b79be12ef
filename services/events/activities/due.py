"""What can be due for an activity. `SEATS_FREED` and `CALLED_OFF` are answered by the slice of registrations."""

from shared.runtime.jobs import JobKind

# Its own clock: sign-up ends, it starts, it is over. A turn that the staff made already, or that was put off, is none.
TURN = JobKind("events.activity.turn")
# Somebody gave a seat back, or there are more seats: the head of the waiting list moves up. In order per activity.
SEATS_FREED = JobKind("events.activity.seats_freed", attempts=100, cap_s=60)
# It was called off: everybody who signed up is released and told.
CALLED_OFF = JobKind("events.activity.called_off", attempts=100, cap_s=60)
