"""The journal for auditors: search, export, and where the chain stands. The same routes in every service.

What an auditor asks for is journaled as well. Texts are never shown here: the audit is about who did what; what people
wrote about it is theirs, and the row holds its digest.
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import Enum
from functools import cache
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import Field
from sqlalchemy import DateTime, Integer, Text, Uuid, bindparam, select, tuple_
from sqlalchemy.sql.elements import ColumnElement

from shared.kernel.days import FROM, UNTIL, Moment
from shared.kernel.errors import Invalid, NotFound
from shared.kernel.paths import ROOT
from shared.kernel.rights import Permission
from shared.runtime import feed
from shared.runtime.db import Row, Statement
from shared.runtime.ids import new_id
from shared.runtime.journal import Entry
from shared.runtime.service import Service
from shared.runtime.tables import Schema
from shared.runtime.web import pages
from shared.runtime.web.doors import Reading, TheService, api_router
from shared.runtime.web.journal_files import FORMATS
from shared.runtime.work import Work
from shared.schemas.base import Page, View

TAG = {
    "name": "审计 Audit",
    "description": "供审计员查询流水，核对记录有无改动。 For auditors: what happened, and that it stands as written.",
}
_TAG: list[str | Enum] = [TAG["name"]]
_USUAL, LONGEST = timedelta(days=31), timedelta(days=366)
_SOME_NUMBER = re.compile(r"[0-9]{7}")


Since = Annotated[Moment | None, Query(description="From this moment on (起). 31 days before `until` if left out.")]
Until = Annotated[Moment | None, Query(description="Before this moment (止). Now if left out.")]
Actor = Annotated[
    str | None,
    Query(max_length=128, pattern=r"^[!-~]( ?[!-~])*$", description="Who did it: a person's id, a service, a job."),
]
Subject = Annotated[UUID | None, Query(description="The case, person or thing it was done to; over all time.")]
Word = Annotated[str | None, Query(pattern=r"^[a-z_.]{1,64}$")]


class JournalRow(View):
    """One thing that happened. It holds ids, codes and numbers, never personal data."""

    id: UUID
    at: datetime
    actor_kind: str = Field(examples=["user"])
    actor: str = Field(description="A person's id, or the name of a service, a hotline or a job.")
    subject_kind: str = Field(examples=["appeal"])
    subject: UUID
    event: str = Field(examples=["file"])
    before: str | None = Field(description="The step before, where there are steps.")
    after: str | None
    data: dict[str, Any]
    position: int | None = Field(description="Its place in the sealed chain; null until it is sealed, about a second.")
    hash: str | None = Field(description="The chain's hash there, SHA-256, hexadecimal.")


class JournalHead(View):
    """Where the sealed chain stands. Who writes this down can tell later whether anything before it was changed."""

    position: int
    hash: str
    sealed_to: datetime = Field(description="The newest row that is sealed.")


def router(schema: Schema) -> APIRouter:
    """The routes for one service's journal."""
    routes = api_router()
    _add_search(routes, schema)
    _add_head(routes, schema)
    _add_export(routes)
    return routes


def _add_search(routes: APIRouter, schema: Schema) -> None:
    @routes.get("/journal", name="journal_search", summary="查询流水 Search the journal", tags=_TAG)
    async def search(  # noqa: PLR0913, PLR0917 - the filters
        work: Reading,
        actor: Actor = None,
        subject: Subject = None,
        subject_kind: Word = None,
        event: Word = None,
        since: Since = None,
        until: Until = None,
        cursor: pages.Cursor = None,
        limit: pages.Limit = 20,
    ) -> Page[JournalRow]:
        """For the district's auditors, newest first. Filters narrow it together; the search itself is journaled.

        Refusals are rows of the kind `refusal`. Without `subject` a search looks at 31 days unless `since` says more.
        """
        work.actor.demand(Permission.JOURNAL_READ, ROOT)
        end = until or min(work.now + timedelta(minutes=1), UNTIL)
        begin = since or (FROM if subject else max(end - _USUAL, FROM))
        at, last = pages.decode(cursor, datetime, UUID) or (end, UUID(int=0))
        wanted = _given(actor=actor, subject=subject, subject_kind=subject_kind, event=event)
        statement = _search(schema, frozenset(wanted))
        rows = await work.all(statement, **wanted, since=begin, at=min(at, end), id=last, limit=limit + 1)
        await _record(
            work, "queried", {**wanted, "since": since, "until": until, "further": cursor is not None or None}
        )
        shown = [_shown(row) for row in rows[:limit]]
        more = pages.encode(shown[-1].at.isoformat(), shown[-1].id) if len(rows) > limit else None
        return Page(items=shown, next=more)


def _add_head(routes: APIRouter, schema: Schema) -> None:
    @routes.get("/journal/head", name="journal_head", summary="链头 Where the sealed chain stands", tags=_TAG)
    async def head(work: Reading) -> JournalHead:
        """For the district's auditors. `linli journal verify` walks the chain up to here. 404 before the first row."""
        work.actor.demand(Permission.JOURNAL_READ, ROOT)
        row = await work.one(_head(schema))
        if row is None:
            raise NotFound
        return JournalHead(position=row["position"], hash=row["hash"].hex(), sealed_to=row["sealed_to"])


_FILES: dict[int | str, dict[str, Any]] = {
    200: {"description": "The rows, oldest first.", "content": {f.media_type: {} for f in FORMATS.values()}}
}


def _add_export(routes: APIRouter) -> None:
    @routes.get(
        "/journal/export",
        name="journal_export",
        summary="导出流水 Export the journal",
        tags=_TAG,
        response_class=StreamingResponse,
        responses=_FILES,
    )
    async def export(
        work: Reading,
        service: TheService,
        since: Annotated[Moment, Query(description="From this moment on (起).")],
        until: Annotated[Moment, Query(description="Before this moment (止); at most 366 days later.")],
        shape: Annotated[
            Literal["ndjson", "csv"], Query(alias="format", description="One JSON document per line, or CSV.")
        ] = "ndjson",
    ) -> Response:
        """For the district's auditors: every sealed row of a period by position, whole and without a gap.

        Each row has its hash and the one before it, so `linli journal check` (or anybody) can compute the chain anew
        from the NDJSON. So that it has no gap, rows of up to a minute around the period may be among them. The header
        `Linli-Journal-Rows` says how many rows there must be. In CSV, cells that a spreadsheet would compute begin
        with `'`. The export is journaled before the first row leaves.
        """
        work.actor.demand(Permission.JOURNAL_READ, ROOT)
        if not since < until <= since + LONGEST:
            raise _not_a_period()
        wanted = await feed.span(work, since, until)
        asked = {"since": since, "until": until, "format": shape, "first": wanted.first, "last": wanted.last}
        await _record(work, "exported", asked)
        return _file(service, work.district, wanted, shape)


def _file(service: Service, district: str, wanted: feed.Span, shape: str) -> Response:
    """Streams the rows: each batch is read when the one before has left."""
    name = f"{service.name}-journal-{district}-{wanted.first}-{wanted.last}.{shape}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Linli-Journal-Rows": str(len(wanted))}
    content = FORMATS[shape].write(feed.rows_of(service.db, service.schema, district, wanted), wanted.previous)
    return StreamingResponse(content, headers=headers, media_type=FORMATS[shape].media_type)


def _not_a_period() -> Invalid:
    zh, en = "起止时间应先后有序，且不超过 366 天", "`until` must come after `since`, at most 366 days"
    return Invalid(errors=[{"at": "/query/until", "kind": "not_a_period", "zh": zh, "en": en}])


def _given(**filters: Any) -> dict[str, Any]:  # noqa: ANN401 - the filters' values
    return {name: value for name, value in filters.items() if value is not None}


async def _record(work: Work, event: str, asked: Mapping[str, Any]) -> None:
    """Journals what the auditor asks for; what might be somebody's number is not repeated."""
    data = {name: _harmless(value) for name, value in asked.items() if value is not None}
    await work.record(Entry("journal", event, data=data), new_id())


def _harmless(value: object) -> object:
    match value:
        case datetime():
            return value.isoformat()
        case UUID():
            return str(value)
        case str() if _SOME_NUMBER.search(value) and not _is_id(value):
            return "…"
        case _:
            return value


def _is_id(value: str) -> bool:
    try:
        UUID(value)
    except ValueError:
        return False
    return True


def _shown(row: Row) -> JournalRow:
    sealed = None if row["hash"] is None else row["hash"].hex()
    return JournalRow(**{**dict(row), "subject": row["subject_id"], "hash": sealed})


@cache
def _search(schema: Schema, filters: frozenset[str]) -> Statement:
    """By the primary key backwards, or for one subject by its index."""
    j, s = schema.journal, schema.seals
    columns = {"actor": j.c.actor, "subject": j.c.subject_id, "subject_kind": j.c.subject_kind, "event": j.c.event}
    wanted: list[ColumnElement[bool]] = [
        column == bindparam(name, type_=column.type) for name, column in columns.items() if name in filters
    ]
    before = tuple_(bindparam("at", type_=DateTime(timezone=True)), bindparam("id", type_=Uuid()))
    shown = (
        j.c.id, j.c.at, j.c.actor_kind, j.c.actor, j.c.subject_kind, j.c.subject_id, j.c.event, j.c.before, j.c.after,
        j.c.data, s.c.position, s.c.hash,
    )  # fmt: skip
    return Statement(
        select(*shown)
        .select_from(
            j.outerjoin(s, (s.c.district == j.c.district) & (s.c.entry_at == j.c.at) & (s.c.entry_id == j.c.id))
        )
        .where(j.c.district == bindparam("district", type_=Text()), *wanted)
        .where(j.c.at >= bindparam("since", type_=DateTime(timezone=True)), tuple_(j.c.at, j.c.id) < before)
        .order_by(j.c.at.desc(), j.c.id.desc())
        .limit(bindparam("limit", type_=Integer()))
    )


@cache
def _head(schema: Schema) -> Statement:
    h = schema.seal_heads.c
    return Statement(
        select(h.position, h.hash, h.sealed_to).where(
            h.district == bindparam("district", type_=Text()), h.position > bindparam("none", 0)
        )
    )
