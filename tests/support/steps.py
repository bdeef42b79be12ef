"""Moves work along without a queue: runs every due job of a district here and now, as the worker would."""

from shared.runtime import queue_statements as q
from shared.runtime.db import fetch_all
from shared.runtime.jobs import TIMEOUTS_S
from shared.runtime.runner import run_job
from shared.runtime.service import Service


async def run_due(service: Service, district: str, *, rounds: int = 10) -> int:
    """Claims and runs due jobs until none is left (or `rounds` are over); returns how many ran."""
    statements = q.of(service.schema)
    ran = 0
    for _ in range(rounds):
        claimed = []
        for queue in TIMEOUTS_S:
            async with service.db.connection() as connection:
                claimed += await fetch_all(
                    connection, statements.claim, district=district, queue=queue, limit=100, lease_s=30.0
                )
        if not claimed:
            return ran
        for row in claimed:
            await run_job(service, district, row["id"], row["attempts"])
            ran += 1
    return ran
