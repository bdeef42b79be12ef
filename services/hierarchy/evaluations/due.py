"""What can be due for an evaluation."""

from shared.runtime.jobs import JobKind

# Its last day is over and somebody has not scored.
LAPSE = JobKind("hierarchy.evaluation.lapse")
