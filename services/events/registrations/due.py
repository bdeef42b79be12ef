"""What can be due for a registration. Answered by the slice of notices."""

from shared.runtime.jobs import JobKind

# Tells the person what happened to the registration without them: `promoted`, `called_off`.
TELL = JobKind("events.registration.tell", cap_s=300)
