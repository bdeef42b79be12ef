"""What can be due for an appeal: its kinds of jobs. Handlers stand in `jobs.py` (and the call-back in `hotline/`)."""

from shared.runtime.jobs import JobKind

_TWO_DAYS = 3000  # tries, one a minute: hierarchy may be away over a weekend's maintenance

# Finds the place (hierarchy) of what came without one, and files what the hotline has already verified.
LOCATE = JobKind("tickets.appeal.locate", queue="remote", attempts=_TWO_DAYS, cap_s=60)
# Asks hierarchy who answers for the place and hands the appeal to the nearest.
ASSIGN = JobKind("tickets.appeal.assign", queue="remote", attempts=_TWO_DAYS, cap_s=60)
# The step's clock has run out: says so, once, if the appeal still stands there.
OVERDUE = JobKind("tickets.appeal.overdue")
# Closes an answered appeal when the time for rating is over, or at once when it was rated and called back.
CLOSE = JobKind("tickets.appeal.close")
# Tells the hotline, strictly in the order of the appeal's own sequence numbers; tried for about three days.
CALL_HOTLINE = JobKind("tickets.hotline.call", queue="remote", attempts=25, base_s=2, cap_s=6 * 3600)
