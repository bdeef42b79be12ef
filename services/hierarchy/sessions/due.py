"""What is due when sessions ended. Pure."""

from shared.runtime.jobs import JobKind

# Waits stay short: an ended session whose token still works for ten minutes is what this is there to prevent. Once
# its last token has expired there is nothing left to tell.
TELL = JobKind("hierarchy.sessions.tell", queue="remote", attempts=100, base_s=0.5, cap_s=20.0)
TOLD = ("tickets", "events")
