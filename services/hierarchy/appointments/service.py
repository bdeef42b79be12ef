"""Use cases of posts and appointments."""

from datetime import date
from typing import Any
from uuid import UUID

from services.hierarchy.appointments import queries as q
from services.hierarchy.appointments.views import PostCount
from shared.kernel.paths import after
from shared.kernel.rights import Grant, Role
from shared.runtime.db import Row
from shared.runtime.ids import new_id
from shared.runtime.work import Work

CHUNK = 2000


async def counts(work: Work, path: str, on: date) -> list[PostCount]:
    """Posts at a place and below, by kind, and how many are held on a day."""
    return [PostCount(**row) for row in await work.all(q.COUNTS, path=path, end=after(path), on=on)]


async def grants(work: Work, person: UUID, on: date) -> list[Grant]:
    """What a person may do by the posts held on a day."""
    return [Grant(Role(row["role"]), row["path"]) for row in await work.all(q.ROLES, person_id=person, on=on)]


async def holders(work: Work, on: date) -> list[Row]:
    """Everybody who holds a post on a day: `person_id`, `role`, `path`, `label`, `code`."""
    return await work.all(q.HOLDERS, on=on)


async def history(work: Work, person: UUID) -> list[Row]:
    """Every post a person held, holds or will hold: `code`, `label`, `name`, `since`, `until`, `source`."""
    return await work.all(q.HISTORY, person_id=person)


async def put_posts(work: Work, rows: list[dict[str, Any]]) -> tuple[dict[str, UUID], int]:
    """Writes posts; ids by code, and how many changed."""
    changed = 0
    for start in range(0, len(rows), CHUNK):
        ready = [{**row, "id": new_id()} for row in rows[start : start + CHUNK]]
        changed += len(await work.all(q.PUT_POSTS, rows=ready))
    return {row["code"]: row["id"] for row in await work.all(q.IDS)}, changed


async def put_appointments(work: Work, rows: list[dict[str, Any]]) -> int:
    """Writes appointments; how many changed."""
    changed = 0
    for start in range(0, len(rows), CHUNK):
        ready = [{**row, "id": new_id()} for row in rows[start : start + CHUNK]]
        changed += len(await work.all(q.PUT_APPOINTMENTS, rows=ready))
    return changed


async def rebase(work: Work, old: str, new: str) -> None:
    """A place moved with all below it: rewrites the paths of posts."""
    await work.one(q.REBASE, old=old, new=new, end=after(old))
