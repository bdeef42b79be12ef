"""What is due for an import."""

from datetime import timedelta

from shared.runtime.jobs import JobKind

CHECK = JobKind("hierarchy.import.check", queue="bulk", attempts=4)
APPLY = JobKind("hierarchy.import.apply", queue="bulk", attempts=40, cap_s=60)
EXPIRE = JobKind("hierarchy.import.expire")
FORGET = JobKind("hierarchy.import.forget")
KEPT, AGAIN, FAULTS_KEPT = timedelta(days=7), timedelta(days=1), timedelta(days=30)
