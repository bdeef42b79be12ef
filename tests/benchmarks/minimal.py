"""The floor: what a good engineer would write by hand in one file, with nothing that a public office needs.

Validation and plain SQL: no sign-in, no scope, no idempotency, no audit, no rights. Not part of Linli.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

import asyncpg
import orjson
import uuid_utils
from fastapi import FastAPI, HTTPException, Query
from pydantic import BaseModel, Field

_COLUMNS = """id, number, version, title, category, urgency, channel, place_code, place_name, step, step_since,
step_due, overdue, suspended, lead_name, rating, created_at, updated_at, closed_at"""
_APPEAL = f"""
INSERT INTO tickets.appeals (district, id, number, version, title, content, appeal_type, category, urgency, channel,
    anonymous, confidential, reporter_id, place_code, place_name, place_path, callback_seq, step, step_since, step_due,
    overdue, suspended, chain, chain_position, created_at, updated_at)
VALUES ($1, $2, $3, 1, $4, $5, $6, $7, $8, 'app', false, false, $9, $10, $11, $12, 0, 'verify', now(), $13, false,
    false, '[]', 0, now(), now())
RETURNING {_COLUMNS}
"""
_JOURNAL = """
INSERT INTO tickets.journal (district, id, actor_kind, actor, subject_kind, subject_id, event, after, data)
VALUES ($1, $2, 'user', $3, 'appeal', $4, 'report', 'verify', $5)
"""
_JOB = """
INSERT INTO tickets.jobs (district, id, name, queue, args, due_at)
VALUES ($1, $2, 'tickets.appeal.overdue', 'local', $3, $4)
"""
_LIST = f"""
SELECT {_COLUMNS} FROM tickets.appeals WHERE district = $1 AND substr(place_path, 1, 16) = $2 AND place_path < $3
ORDER BY id DESC LIMIT $4
"""
_PLACE = "SELECT code, path, full_name FROM tickets.known_places WHERE district = $1"
_SEAT = """
UPDATE events.activities SET taken = taken + 1, last_place = last_place + 1
WHERE district = $1 AND id = $2 AND step = 'open' AND now() < signup_until AND taken < capacity RETURNING last_place
"""
_REGISTRATION = """
INSERT INTO events.registrations (district, id, activity_id, person, step, place_no)
VALUES ($1, $2, $3, $4, 'registered', $5) RETURNING id, version, activity_id, person, step, place_no, created_at
"""
_DISTRICT = "370704"


class NewAppeal(BaseModel):
    title: Annotated[str, Field(min_length=1, max_length=200)]
    content: Annotated[str, Field(min_length=1, max_length=4000)]
    place: Annotated[str, Field(max_length=64)]
    category: Annotated[str, Field(max_length=8)]
    appeal_type: str = "help"
    urgency: Annotated[str, Field(pattern="^L[1-4]$")] = "L3"


class Appeal(BaseModel):
    id: UUID
    number: str
    version: int
    title: str
    category: str
    urgency: str
    channel: str
    place_code: str | None
    place_name: str | None
    step: str
    step_since: datetime
    step_due: datetime | None
    overdue: bool
    suspended: bool
    lead_name: str | None
    rating: int | None
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None


class SignUp(BaseModel):
    person: Annotated[str, Field(max_length=64)]
    note: Annotated[str | None, Field(max_length=200)] = None


class Registration(BaseModel):
    id: UUID
    version: int
    activity_id: UUID
    person: str
    step: str
    place_no: int
    created_at: datetime


_pools: dict[str, asyncpg.Pool] = {}
_places: dict[str, tuple[str, str]] = {}


@asynccontextmanager
async def _lifespan(_: FastAPI) -> AsyncIterator[None]:
    for name in ("tickets", "events"):
        _pools[name] = await asyncpg.create_pool(os.environ[f"MINIMAL_{name.upper()}_URL"], min_size=10, max_size=10)
    yield
    for pool in _pools.values():
        await pool.close()


app = FastAPI(lifespan=_lifespan)


@app.get("/healthz")
async def alive() -> str:
    return "ok"


@app.post("/appeals", status_code=201)
async def report(new: NewAppeal) -> Appeal:
    appeal, now = _new_id(), datetime.now(UTC)
    due = now + timedelta(days=1)
    async with _pools["tickets"].acquire() as connection, connection.transaction():
        if not _places:
            _places.update(
                {row["code"]: (row["path"], row["full_name"]) for row in await connection.fetch(_PLACE, _DISTRICT)}
            )
        if new.place not in _places:
            raise HTTPException(422, "unknown place")
        path, name = _places[new.place]
        number = f"{now:%Y%m%d}-{os.urandom(4).hex()}"
        row = await connection.fetchrow(
            _APPEAL, _DISTRICT, appeal, number, new.title, new.content, new.appeal_type, new.category, new.urgency,
            appeal, new.place, name, path, due,
        )  # fmt: skip
        data = orjson.dumps({"category": new.category, "urgency": new.urgency}).decode()
        await connection.execute(_JOURNAL, _DISTRICT, _new_id(), "somebody", appeal, data)
        arguments = orjson.dumps({"appeal_id": str(appeal), "step": "verify"}).decode()
        await connection.execute(_JOB, _DISTRICT, _new_id(), arguments, due)
    return Appeal(**dict(row or {}))


@app.get("/appeals")
async def newest(low: str, high: str, limit: Annotated[int, Query(ge=1, le=100)] = 20) -> list[Appeal]:
    rows = await _pools["tickets"].fetch(_LIST, _DISTRICT, low, high, limit)
    return [Appeal(**row) for row in rows]


@app.post("/activities/{id}/registrations", status_code=201)
async def sign_up(id: UUID, given: SignUp) -> Registration:
    async with _pools["events"].acquire() as connection, connection.transaction():
        place = await connection.fetchval(_SEAT, _DISTRICT, id)
        if place is None:
            raise HTTPException(409, "full or closed")
        row = await connection.fetchrow(_REGISTRATION, _DISTRICT, _new_id(), id, given.person, place)
    return Registration(**dict(row or {}))


def _new_id() -> UUID:
    return UUID(int=uuid_utils.uuid7().int)
