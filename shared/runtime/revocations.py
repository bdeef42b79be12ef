"""Sessions that ended while their tokens are still well signed: a list in memory, so that no request asks for it.

Hierarchy writes ended sessions into its own `revoked_sessions`, and has tickets and events write them into theirs
(`POST …/revocations`). Every process that answers requests reads what is new in its service's table about once a
second. A row is there until the session's last token has expired, which is minutes; so the list stays short.

Where the table cannot be read, the list stays as it is. A process that has never read it lets nobody in whose session
could be on it (503): a restart opens no door.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from functools import cache
from typing import NamedTuple
from uuid import UUID

import structlog
from sqlalchemy import ARRAY, DateTime, Text, Uuid, bindparam, delete, func, select, text
from sqlalchemy.dialects.postgresql import insert

from shared.kernel.errors import SessionEnded, Unavailable
from shared.runtime.db import Database, Statement
from shared.runtime.tables import Schema, districts_of
from shared.runtime.work import Work

log = structlog.get_logger()
# A row is stamped when its transaction begins and seen when it ends; the role's timeouts bound what lies between.
_LOOK_BACK = text("interval '60 seconds'")
_FIRST_READING_S = 2.0
_SWEEP_EVERY_S = 60.0
_SILENCE_S = 30.0  # well within the look-back; after a longer one, everything is read again


class _Statements(NamedTuple):
    put: Statement
    districts: Statement
    all: Statement
    new: Statement
    sweep: Statement


@cache
def _of(schema: Schema) -> _Statements:
    r = schema.revoked_sessions.c
    here = r.district == bindparam("district", type_=Text())
    rows = select(r.session, r.until).where(here, r.until > func.now())
    given = (
        func.unnest(bindparam("sessions", type_=ARRAY(Uuid()))).table_valued("session", name="given").render_derived()
    )
    values = select(
        bindparam("district", type_=Text()), given.c.session, bindparam("until", type_=DateTime(timezone=True))
    )
    write = insert(schema.revoked_sessions).from_select(["district", "session", "until"], values)
    return _Statements(
        put=Statement(
            write.on_conflict_do_update(
                index_elements=["district", "session"],
                set_={"until": func.greatest(r.until, write.excluded.until), "recorded_at": func.now()},
            )
        ),
        districts=Statement(districts_of(schema.revoked_sessions)),
        all=Statement(rows),
        new=Statement(rows.where(r.recorded_at > func.now() - _LOOK_BACK)),
        sweep=Statement(delete(schema.revoked_sessions).where(here, r.until < func.now())),
    )


async def put(work: Work, sessions: Iterable[UUID], until: datetime) -> None:
    """Writes sessions that are over: from now on, within about a second, no token of theirs is taken here."""
    await work.all(_of(work.schema).put, sessions=list(sessions), until=until)


class Revocations:
    """What one process knows. `check` is on the path of every request: one look into a dictionary."""

    def __init__(self, schema: Schema, db: Database, every_s: float) -> None:
        self._statements, self._db, self._every_s = _of(schema), db, every_s
        self._until: dict[str, datetime] = {}
        self._blind = False
        self._swept = time.monotonic()
        self._read_at = -_SILENCE_S

    def check(self, session: str) -> None:
        """SessionEnded (401) for one that is over; Unavailable (503) while nothing is known yet."""
        if session in self._until:
            raise SessionEnded
        if self._blind:
            raise Unavailable(retry_after=1)

    async def read(self) -> None:
        """Reads what is new, or everything after a silence; forgets what has run out."""
        began = time.monotonic()
        everything = began - self._read_at >= _SILENCE_S
        statement = self._statements.all if everything else self._statements.new
        found: dict[str, datetime] = {}
        for row in await self._db.fetch(self._statements.districts, {}):
            rows = await self._db.fetch(statement, {"district": row["district"]})
            found |= {str(row["session"]): row["until"] for row in rows}
        now = self._db.now()
        self._until = {session: until for session, until in (self._until | found).items() if until > now}
        self._blind, self._read_at = False, began

    @asynccontextmanager
    async def kept_current(self) -> AsyncIterator[None]:
        """Reads everything, then what is new about once a second, for as long as the block lasts."""
        self._blind = True
        with suppress(Exception):  # as in the loop, which tries again and says so
            async with asyncio.timeout(_FIRST_READING_S):
                await self.read()
        reading = asyncio.create_task(self._for_ever(), name="revocations")
        try:
            yield
        finally:
            reading.cancel()
            with suppress(asyncio.CancelledError):
                await reading

    async def _for_ever(self) -> None:
        troubled = False
        while True:
            await asyncio.sleep(self._every_s)
            try:
                await self.read()
                if time.monotonic() - self._swept >= _SWEEP_EVERY_S:
                    await self.sweep()
                troubled = False
            except Exception as error:  # noqa: BLE001 - a loop that ended would let ended sessions in
                if not troubled:
                    log.warning("ended sessions cannot be read", reason=type(error).__name__)
                troubled = True

    async def sweep(self) -> None:
        """Throws away what has run out."""
        self._swept = time.monotonic()
        for row in await self._db.fetch(self._statements.districts, {}):
            await self._db.fetch(self._statements.sweep, {"district": row["district"]})
