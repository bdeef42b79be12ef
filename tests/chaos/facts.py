"""What the system has done, read by the owner from the tables: the other side of the comparison."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import asyncpg

from services.events.schema import SCHEMA as EVENTS
from services.hierarchy.schema import SCHEMA as HIERARCHY
from services.journal import prepare_json
from services.tickets.schema import SCHEMA as TICKETS
from shared.runtime.verify import Verdict, verify

# Due now or within a retry's wait; clocks of hours and days are none of this run's business.
_SOON = "dead_at IS NULL AND due_at < now() + interval '5 minutes'"
Rows = list[asyncpg.Record]


@dataclass
class Facts:
    appeals: Rows
    activities: Rows
    registrations: Rows
    promotions: Rows  # in the order of the journal
    events: Counter[tuple[str, str]]  # (subject, event) → journal rows
    keys: Counter[str]  # request key → journal rows
    notices: Counter[str]  # registration → notices of having moved up
    jobs_left: list[str]
    journals: list[tuple[str, Verdict]]


async def jobs_left(connection: asyncpg.Connection) -> list[str]:
    """Jobs that are still to be done, or never will be."""
    found = []
    for schema in (TICKETS, EVENTS, HIERARCHY):
        rows = await connection.fetch(
            f"SELECT name, attempts, dead_at, last_error FROM {schema.name}.jobs WHERE {_SOON} OR dead_at IS NOT NULL"
        )
        found += [
            f"{row['name']} after {row['attempts']} attempts{' is dead' if row['dead_at'] else ''}: {row['last_error']}"
            for row in rows
        ]
    return found


async def read(url: str, districts: list[str]) -> Facts:
    connection = await asyncpg.connect(url)
    try:
        await prepare_json(connection)
        events: Counter[tuple[str, str]] = Counter()
        keys: Counter[str] = Counter()
        for schema in (TICKETS, EVENTS):
            for row in await connection.fetch(f"SELECT subject_id, event, request_key FROM {schema.name}.journal"):
                events[str(row["subject_id"]), row["event"]] += 1
                if row["request_key"]:
                    keys[row["request_key"]] += 1
        return Facts(
            appeals=await connection.fetch("SELECT id, order_no, title, callback_seq, step FROM tickets.appeals"),
            activities=await connection.fetch("SELECT id, capacity, taken, waiting FROM events.activities"),
            registrations=await connection.fetch(
                "SELECT id, activity_id, step, place_no, note FROM events.registrations"
            ),
            promotions=await connection.fetch(
                """SELECT r.activity_id, r.place_no, r.id FROM events.journal j JOIN events.registrations r
                   ON r.district = j.district AND r.id = j.subject_id
                   WHERE j.event = 'registration.promote' ORDER BY j.at, j.id"""
            ),
            events=events,
            keys=keys,
            notices=Counter(
                str(row["registration_id"])
                for row in await connection.fetch("SELECT registration_id FROM events.notices WHERE kind = 'promoted'")
            ),
            jobs_left=await jobs_left(connection),
            journals=[
                await _journal(connection, schema, one) for schema in (TICKETS, EVENTS, HIERARCHY) for one in districts
            ],
        )
    finally:
        await connection.close()


async def _journal(connection: asyncpg.Connection, schema: Any, district: str) -> tuple[str, Verdict]:
    return f"{schema.name} {district}", await verify(connection, schema, district)
