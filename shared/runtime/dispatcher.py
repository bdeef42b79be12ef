"""The dispatcher: claims due jobs, district by district, and rings arq for them.

Any number may run; `SKIP LOCKED` keeps them apart. It asks Valkey for room first and claims only what can be rung, so
that a dead or hung Valkey costs no attempt; PostgreSQL remembers.
"""

import asyncio
import random
from math import ceil

import structlog

from shared.kernel.errors import LinliError
from shared.runtime import queue_statements as q
from shared.runtime.db import fetch_all, fetch_one
from shared.runtime.jobs import LEASE_MARGIN_S, TIMEOUTS_S
from shared.runtime.queue import Doorbell, DoorbellError
from shared.runtime.service import Service

log = structlog.get_logger()
_PAUSE_AFTER_TROUBLE_S = 0.5


async def dispatch_for_ever(service: Service, doorbell: Doorbell) -> None:
    """One round every `dispatch_interval_s`, at once again after a full one."""
    troubled = False
    while True:
        try:
            rung = await dispatch_once(service, doorbell)
            if troubled:
                log.info("dispatcher is back")
            troubled = False
        except (DoorbellError, LinliError, OSError) as error:
            if not troubled:
                log.warning("dispatcher waits", reason=type(error).__name__, detail=str(error))
            troubled, rung = True, 0
            await asyncio.sleep(_PAUSE_AFTER_TROUBLE_S)
        if not rung:
            await asyncio.sleep(service.settings.dispatch_interval_s)


async def dispatch_once(service: Service, doorbell: Doorbell) -> int:
    """Claims and rings what is due now; returns how many."""
    waiting: dict[str, list[str]] = {}
    async with service.db.connection() as connection:
        for row in await fetch_all(connection, q.of(service.schema).due):
            waiting.setdefault(row["queue"], []).append(row["district"])
    rung = 0
    for queue in [known for known in TIMEOUTS_S if known in waiting]:  # a newer version may know more
        districts, room = waiting[queue], await doorbell.room(queue)
        # An equal share each, in a new order every round: one district's backlog keeps no other waiting.
        for left, district in zip(range(len(districts), 0, -1), random.sample(districts, len(districts)), strict=True):
            if room <= 0:
                break
            claimed = await _claim_and_ring(service, doorbell, queue, district, ceil(room / left))
            room -= claimed
            rung += claimed
    return rung


async def _claim_and_ring(service: Service, doorbell: Doorbell, queue: str, district: str, room: int) -> int:
    statements = q.of(service.schema)
    async with service.db.connection() as connection:
        rows = await fetch_all(
            connection,
            statements.claim,
            district=district,
            queue=queue,
            limit=room,
            lease_s=TIMEOUTS_S[queue] + LEASE_MARGIN_S,
        )
    if not rows:
        return 0
    try:
        await doorbell.ring(queue, district, [(row["id"], row["attempts"]) for row in rows])
    except DoorbellError:
        async with service.db.connection() as connection:
            ids = [row["id"] for row in rows]
            await fetch_one(connection, statements.release, district=district, ids=ids, wait_s=0.5)
        raise
    return len(rows)
