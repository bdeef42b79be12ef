"""What can be due for a loan."""

from shared.runtime.jobs import JobKind

# It is back, or lost: who had it is nobody's business any more after a while (最小必要).
FORGET = JobKind("hierarchy.loan.forget")
