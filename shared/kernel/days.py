"""Days and moments that people give. Pure."""

from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime

from shared.kernel.errors import Wrong

_FIRST, _LAST = date(2000, 1, 1), date(2200, 1, 1)
FROM, UNTIL = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


def in_our_time(day: date) -> date:
    """Wrong for a day that nobody can mean: arithmetic ends at the year 9999."""
    if not _FIRST <= day <= _LAST:
        raise Wrong("日期须在 2000 年至 2200 年之间", "not a day between 2000 and 2200")
    return day


def moment_in_our_time(moment: datetime) -> datetime:
    """The same for a moment, which has a time zone."""
    if not FROM <= moment <= UNTIL:
        raise Wrong("时间须在 2000 年至 2200 年之间", "not a moment between 2000 and 2200")
    return moment


Day = Annotated[date, AfterValidator(in_our_time)]
Moment = Annotated[AwareDatetime, AfterValidator(moment_in_our_time)]
