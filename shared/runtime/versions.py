"""A version of everything a district holds, cheap to know: when its journal grew last.

Every change of state writes a journal row, so nothing can be forgotten. Rows are stamped when they are written and
seen when their transaction ends; so the version is the newest stamp together with how many rows bear one of the minute
before it, which no transaction outlives (`sealer.LOOKBACK_S`). What changes nothing that is shown (signing in, looking
something up) is left out, so that a version lasts.
"""

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import Index, Text, bindparam, func, select, text

from shared.runtime.db import Statement
from shared.runtime.sealer import LOOKBACK_S
from shared.runtime.tables import Schema
from shared.runtime.work import Work


class Versions:
    """One per schema; adds an index to its journal. `quiet_kinds` and `quiet_events` are the rows that do not count."""

    def __init__(self, schema: Schema, *, quiet_kinds: Iterable[str], quiet_events: Iterable[str]) -> None:
        kinds, events = (", ".join(f"'{name}'" for name in names) for names in (quiet_kinds, quiet_events))
        counts = text(f"subject_kind NOT IN ({kinds}) AND event NOT IN ({events})")
        journal = schema.journal
        Index("ix_journal_version", journal.c.district, journal.c.at, journal.c.id, postgresql_where=counts)
        here = (journal.c.district == bindparam("district", type_=Text()), counts)
        newest = select(func.max(journal.c.at).label("at")).where(*here).cte("newest")
        minute = newest.c.at - timedelta(seconds=LOOKBACK_S)
        rows = select(func.count()).where(*here, journal.c.at > select(minute).scalar_subquery()).scalar_subquery()
        stamp = func.concat(func.extract("epoch", newest.c.at), " ", rows)
        # To be one more column of a question, so that the answer and its version are of one moment.
        self.column = select(stamp).scalar_subquery().label("version")
        self._now = Statement(select(self.column))

    async def now(self, work: Work) -> str:
        """The version of what the caller's district holds at this moment. Read it before what it is the version of."""
        [row] = await work.all(self._now)
        version: str = row["version"]
        return version
