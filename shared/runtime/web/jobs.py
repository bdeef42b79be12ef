"""Dead jobs: what could not be done though it was tried again and again. Operators see them here and have them tried
anew, once what stood in the way is out of it. The same two routes in every service.
"""

from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field
from sqlalchemy import DateTime, Integer, Text, Uuid, bindparam, select, tuple_

from shared.kernel.errors import NotFound
from shared.kernel.paths import ROOT
from shared.kernel.rights import Permission
from shared.runtime.changes import Change
from shared.runtime.db import Statement
from shared.runtime.journal import Entry
from shared.runtime.queue_statements import revival
from shared.runtime.tables import Schema
from shared.runtime.web import pages
from shared.runtime.web.doors import Reading, Writing, api_router
from shared.runtime.work import Work
from shared.schemas.base import Page, View

TAG = "作业 Jobs"


class DeadJob(View):
    """A job that was given up. It holds ids, never personal data."""

    id: UUID
    name: str = Field(examples=["tickets.hotline.call"])
    args: dict[str, Any]
    attempts: int
    last_error: str | None = Field(examples=["Later the hotline answered 503"])
    order_key: str | None = Field(description="Later jobs with this key wait behind it (同一工单的后续作业在等待).")
    created_at: datetime
    dead_at: datetime


class RevivedJob(View):
    """A job that is due again."""

    id: UUID


def router(schema: Schema) -> APIRouter:
    """The two routes for one service's jobs."""
    routes = api_router(tags=[TAG])

    @routes.get("/jobs/dead", name="job_list_dead", summary="失败作业 Jobs that were given up")
    async def dead(work: Reading, cursor: pages.Cursor = None, limit: pages.Limit = 20) -> Page[DeadJob]:
        """For the district's operators. The longest dead first; nothing is ever thrown away by itself."""
        work.actor.demand(Permission.JOBS_MANAGE, ROOT)
        at, last = pages.decode(cursor, datetime, UUID) or (datetime(1970, 1, 1, tzinfo=UTC), UUID(int=0))
        rows = await work.all(_dead(schema), dead_at=at, id=last, limit=limit + 1)
        shown = [DeadJob(**dict(row)) for row in rows[:limit]]
        more = pages.encode(shown[-1].dead_at.isoformat(), shown[-1].id) if len(rows) > limit else None
        return Page(items=shown, next=more)

    @routes.post("/jobs/{id}/revive", name="job_revive", summary="重新执行 Try a dead job again")
    async def revive(id: UUID, work: Writing) -> RevivedJob:
        """For the district's operators: due at once, with all its attempts before it. 404 where it is not dead."""
        work.actor.demand(Permission.JOBS_MANAGE, ROOT)

        async def again(job_id: UUID) -> RevivedJob:
            return RevivedJob(id=job_id)

        return await work.once(lambda: _revived(work, schema, id), again)

    return routes


async def _revived(work: Work, schema: Schema, job_id: UUID) -> RevivedJob:
    row = await work.write(_revive(schema), Entry("job", "revived"), id=job_id)
    if row is None:
        raise NotFound
    return RevivedJob(id=row["id"])


@cache
def _dead(schema: Schema) -> Statement:
    j = schema.jobs
    columns = (j.c.id, j.c.name, j.c.args, j.c.attempts, j.c.last_error, j.c.order_key, j.c.created_at, j.c.dead_at)
    after = tuple_(bindparam("dead_at", type_=DateTime(timezone=True)), bindparam("id", type_=Uuid()))
    return Statement(
        select(*columns)
        .where(j.c.district == bindparam("district", type_=Text()), j.c.dead_at.is_not(None))
        .where(tuple_(j.c.dead_at, j.c.id) > after)
        .order_by(j.c.dead_at, j.c.id)
        .limit(bindparam("limit", type_=Integer()))
    )


@cache
def _revive(schema: Schema) -> Change:
    return Change(schema, revival(schema))
