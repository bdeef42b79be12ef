"""Refusals are journaled as well, and nobody waits for it.

What was refused is noted in this process's memory and written about once a second, everything in one statement. The
first of its kind is written at once; what is refused again in the same way within a minute is counted, and becomes one
more row at the minute's end. Memory is bounded: beyond it refusals are dropped and the metric counts them.

A row says who, which route, which code and which permission was lacking, the case if the address named one, and the
network that the request came from; never what was sent. Of a caller whom nothing vouches for, neither the name nor the
case makes another row, and no journal is begun for a district that has none: else strangers could write what they like.
"""

import asyncio
import ipaddress
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

import structlog
from prometheus_client import Counter
from sqlalchemy import Boolean, Text, Uuid, bindparam, column, exists, func, insert, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine

from shared.kernel.errors import LinliError
from shared.kernel.rights import Principal
from shared.runtime.db import Database, Statement
from shared.runtime.ids import new_id
from shared.runtime.tables import Schema

log = structlog.get_logger()
REFUSED = Counter("linli_refusals_total", "Requests that were refused.", ["service", "code"])
DROPPED = Counter("linli_refusals_dropped_total", "Refusals that the journal did not take.", ["service"])
KIND, EVENT = "refusal", "refused"
WINDOW_S, EVERY_S, _LAST_S = 60.0, 1.0, 2.0
ROOM = 1000
_IPV4_KEPT, _IPV6_KEPT = 24, 48


class Refusal(NamedTuple):
    """What was refused to whom. Equal ones within a minute are counted into one row."""

    district: str
    actor_kind: str
    actor: str
    route: str
    code: str
    permission: str | None
    case: str | None
    network: str
    vouched: bool  # a token that held stands behind the actor's name


@dataclass(slots=True)
class _Again:
    first: Refusal
    began: float
    since: datetime
    times: int = 0


class Refusals:
    """One per process that answers requests."""

    def __init__(self, service: str, db: Database, schema: Schema, *, room: int = ROOM) -> None:
        self._service, self._db, self._schema, self._room = service, db, schema, room
        self._seen: dict[Refusal, _Again] = {}
        self._waiting: list[dict[str, Any]] = []
        self._troubled = False

    def note(self, refusal: Refusal, request_id: str | None = None) -> None:
        """Takes note. Returns at once, whatever the database does."""
        kind = refusal if refusal.vouched else refusal._replace(actor="", case=None)
        again = self._seen.get(kind)
        if again is not None:
            again.times += 1
        elif len(self._seen) >= self._room or len(self._waiting) >= self._room:
            DROPPED.labels(self._service).inc()
        else:
            self._seen[kind] = _Again(refusal, time.monotonic(), self._db.now())
            self._waiting.append(_row(refusal, times=1, request_id=request_id))

    async def flush(self, *, everything: bool = False) -> int:
        """Writes what waits, and what was counted in minutes that are over (or in all). How many rows."""
        self._close(everything=everything)
        rows, self._waiting = self._waiting, []
        if not rows:
            return 0
        try:
            await self._db.fetch(_write(self._schema), {"rows": rows})
        except BaseException:
            self._waiting = rows + self._waiting
            raise
        return len(rows)

    def _close(self, *, everything: bool) -> None:
        over = time.monotonic() - WINDOW_S
        for kind, again in list(self._seen.items()):
            if everything or again.began <= over:
                del self._seen[kind]
                if again.times:
                    self._waiting.append(_row(again.first, times=again.times, since=again.since))

    @asynccontextmanager
    async def kept_written(self) -> AsyncIterator[None]:
        """Writes about once a second for as long as the block lasts, and what is left at its end."""
        writing = asyncio.create_task(self._for_ever(), name="refusals")
        try:
            yield
        finally:
            writing.cancel()
            with suppress(asyncio.CancelledError):
                await writing
            with suppress(LinliError, OSError):  # TimeoutError is an OSError
                async with asyncio.timeout(_LAST_S):
                    await self.flush(everything=True)

    async def _for_ever(self) -> None:
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                await self.flush()
                self._troubled = False
            except Exception as error:  # noqa: BLE001 - a loop that ended would leave refusals unwritten
                if not self._troubled:
                    log.warning("refusals wait", reason=type(error).__name__)
                self._troubled = True


def network(host: str) -> str:
    """The address without its last part: enough to see where trouble comes from, not who somebody is."""
    try:
        parsed = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return ""
    inner = getattr(parsed, "ipv4_mapped", None) or parsed
    kept = _IPV4_KEPT if isinstance(inner, ipaddress.IPv4Address) else _IPV6_KEPT
    return str(ipaddress.ip_network((inner, kept), strict=False))


def refusal(actor: Principal, error: LinliError, *, vouched: bool, route: str, case: str | None, host: str) -> Refusal:
    """What is worth noting of an error that a caller is answered with."""
    permission = error.fields.get("permission")
    return Refusal(
        actor.district,
        actor.kind,
        actor.id,
        route,
        error.code,
        permission and str(permission),
        case,
        network(host),
        vouched,
    )


def _row(
    refused: Refusal, *, times: int, request_id: str | None = None, since: datetime | None = None
) -> dict[str, Any]:
    data = {
        "route": refused.route, "code": refused.code, "permission": refused.permission, "case": refused.case,
        "network": refused.network, "times": times, "request_id": request_id,
        "since": None if since is None else since.isoformat(),
    }  # fmt: skip
    return {
        "district": refused.district, "id": new_id(), "subject_id": new_id(), "actor_kind": refused.actor_kind,
        "actor": refused.actor, "data": {name: value for name, value in data.items() if value not in (None, "")},
        "vouched": refused.vouched,
    }  # fmt: skip


@cache
def _write(schema: Schema) -> Statement:
    columns: dict[str, TypeEngine[Any]] = {
        "district": Text(), "id": Uuid(), "subject_id": Uuid(), "actor_kind": Text(), "actor": Text(),
        "data": JSONB(), "vouched": Boolean(),
    }  # fmt: skip
    given = (
        func.jsonb_to_recordset(bindparam("rows", type_=JSONB()))
        .table_valued(*(column(name, kind) for name, kind in columns.items()), name="given")
        .render_derived(with_types=True)
    )
    has_a_journal = exists(select(schema.seal_heads.c.district).where(schema.seal_heads.c.district == given.c.district))
    kept = [given.c[name] for name in columns if name != "vouched"]
    constant = [bindparam("kind", KIND, type_=Text()), bindparam("event", EVENT, type_=Text())]
    names = [*(name for name in columns if name != "vouched"), "subject_kind", "event"]
    rows = select(*kept, *constant).where(given.c.vouched | has_a_journal)
    return Statement(insert(schema.journal).from_select(names, rows))
