"""What a scan is worth: its time, its evidence, and the minutes between two of them."""

import hmac
from datetime import datetime, timedelta
from enum import StrEnum

from shared.kernel.errors import CheckInCodeWrong
from shared.kernel.refusals import invalid

CODE_OUTLASTS = timedelta(hours=1)
LONGEST_MINUTES = 12 * 60  # nobody serves longer at a stretch; who stays for days scans each day's own activity
_CLOCKS_DIFFER = timedelta(minutes=1)


class Evidence(StrEnum):
    """证据等级: scanned at the activity, or said by its organiser."""

    SCAN = "scan"
    ORGANISER = "organiser"


def evidence(*, code: str | None, right: str, given_time: bool) -> Evidence:
    """A right code at the time itself is a scan; everything else is the organiser's word."""
    return Evidence.SCAN if is_right(code, right) and not given_time else Evidence.ORGANISER


def is_right(code: str | None, right: str) -> bool:
    """Whether this is the activity's code."""
    return code is not None and hmac.compare_digest(code.encode(), right.encode())


def check_own_scan(*, code: str | None, right: str, given_time: bool, now: datetime, ends_at: datetime) -> None:
    """A volunteer scans: with the code, at the time itself, an hour after the end at the latest."""
    if given_time or not is_right(code, right) or now > ends_at + CODE_OUTLASTS:
        raise CheckInCodeWrong


def check_given_code(code: str | None, right: str) -> None:
    """Whoever sends a code sends the right one."""
    if code is not None and not is_right(code, right):
        raise CheckInCodeWrong


def check_time(at: datetime, *, earliest: datetime, now: datetime) -> None:
    """A time that was given lies between the door's opening (or the check-in) and now. Raises Invalid."""
    if not earliest <= at <= now + _CLOCKS_DIFFER:
        en = "must lie between the opening of the door (or the check-in) and now"
        raise invalid("at", "时间应在开门（或签到）之后、当前时间之前", en)


def minutes(in_at: datetime, out_at: datetime, *, starts_at: datetime, ends_at: datetime) -> int:
    """Whole minutes between the scans that lie within the activity: coming early or leaving late counts nothing."""
    served = min(out_at, ends_at) - max(in_at, starts_at)
    return min(max(served, timedelta(0)) // timedelta(minutes=1), LONGEST_MINUTES)


def weaker(first: str, second: str | None) -> Evidence:
    """The evidence of a pair: a scan only where both ends were scanned."""
    return Evidence.SCAN if first == second == Evidence.SCAN else Evidence.ORGANISER
