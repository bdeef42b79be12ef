"""What is due when a code was asked for. Pure."""

from shared.runtime.jobs import JobKind

# A code is good for five minutes: there is no use in trying longer.
SEND_CODE = JobKind("hierarchy.code.send", queue="remote", attempts=6, base_s=1.0, cap_s=20.0)
