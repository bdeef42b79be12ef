"""What can be due for an agreement."""

from shared.runtime.jobs import JobKind

# Its first day has come.
BEGIN = JobKind("hierarchy.agreement.begin")
# Its end comes near: whoever runs it should know.
REMIND = JobKind("hierarchy.agreement.remind")
# Its last day is over.
EXPIRE = JobKind("hierarchy.agreement.expire")
# Something delivered was an activity: events is asked whether it was one. Tried for days, until events answers.
VERIFY = JobKind("hierarchy.agreement.verify", queue="remote", attempts=5_000, cap_s=60)
