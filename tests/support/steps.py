"""Moves work along without a queue: runs every due job of a district here and now, as the worker would."""

from datetime import timedelta

import pytest

from shared.runtime import queue_statements as q
from shared.runtime.db import fetch_all
from shared.runtime.jobs import TIMEOUTS_S, JobKind
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


async def rung_early(service: Service, district: str, kind: JobKind, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rings the next job of a kind 20 ms before its moment, by this process's clock: it is still there afterwards.
    Then it is rung again, at that very moment.
    """
    schema = service.schema.name
    here = f"FROM {schema}.jobs WHERE district = $1 AND name = $2 ORDER BY due_at, id LIMIT 1"
    async with service.db.connection() as connection:
        job = await connection.fetchrow(f"SELECT id, due_at {here}", district, kind.name)
        assert job is not None, f"no {kind.name} is due"
        for early in (timedelta(milliseconds=20), timedelta()):
            ring = f"UPDATE {schema}.jobs SET due_at = now() WHERE id = $1 RETURNING last_error"
            said = await connection.fetchval(ring, job["id"])
            assert early or said == "Later it is not quite time yet", "rung too early, it is gone or has done something"
            with monkeypatch.context() as clock:
                clock.setattr(service.db, "now", lambda early=early: job["due_at"] - early)
                await run_due(service, district, rounds=1)
        assert await connection.fetchval(f"SELECT id FROM {schema}.jobs WHERE id = $1", job["id"]) is None
