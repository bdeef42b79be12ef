"""The calendar a district starts with: published holidays first, a forecast after them.

`chinesecalendar` holds what the State Council has published, holidays and make-up working days, year by year.
For later years `holidays` computes the statutory days; nobody can know the make-up days yet, so all that lies
after the published years is provisional, and is counted again once it is published.
"""

from datetime import date
from functools import cache

import chinese_calendar
import holidays

from shared.kernel.calendar import Calendar, Words

_FORECAST_YEARS = 10


@cache
def default_calendar() -> Calendar:
    """Built once per process (about 80 ms)."""
    published = {
        day: Words(chinese_calendar.Holiday(name).chinese, name) for day, name in chinese_calendar.holidays.items()
    }
    provisional_from = date(max(published).year + 1, 1, 1)
    years = range(provisional_from.year, provisional_from.year + _FORECAST_YEARS)
    zh, en = (holidays.country_holidays("CN", years=years, language=code) for code in ("zh_CN", "en_US"))
    return Calendar(
        holidays=published | {day: Words(name, en[day]) for day, name in zh.items()},
        workdays=frozenset(chinese_calendar.workdays),
        provisional_from=provisional_from,
    )
