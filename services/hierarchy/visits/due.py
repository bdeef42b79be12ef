"""What is due after a visit."""

from shared.runtime.jobs import JobKind

# A need that was found goes to tickets as an appeal; tried for days, a need is not forgotten because tickets is away.
APPEAL = JobKind("hierarchy.visit.appeal", queue="remote", attempts=5_000, cap_s=60)
