"""What can be due for files: those that were stored for nothing, and those that are to go."""

from shared.runtime.jobs import JobKind

# Written before the file is: an hour later, if no attachment has come to name it, the file goes.
SWEEP = JobKind("tickets.attachment.sweep", queue="remote", attempts=200)
# Written with the attachment's removal: its content goes.
DISCARD = JobKind("tickets.attachment.discard", queue="remote", attempts=200)
