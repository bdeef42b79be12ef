"""What the journal knows about looks at personal data, and how a person reads it: in the order of time, without the
officers' names. Events about personal data begin with `personal.`; the timeline of a case leaves them out.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Integer, Select, Text, Uuid, bindparam, delete, func, literal_column, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY

from shared.kernel.errors import AlreadyDone, Forbidden
from shared.kernel.rights import Permission, Principal
from shared.runtime.db import Row, Statement
from shared.runtime.journal import Entry
from shared.runtime.tables import Schema
from shared.runtime.web import pages
from shared.runtime.work import Work
from shared.schemas.base import Page
from shared.schemas.personal import Access, RevealReason

PREFIX = "personal."
REVEALED, FOUND, EXPORTED, ERASED, STOPPED = (
    f"{PREFIX}{verb}" for verb in ("revealed", "found", "exported", "erased", "stopped")
)
FOUND_NOBODY = "person.search"  # about nobody, so in nobody's report
LABELS = {
    REVEALED: "查看完整个人信息",
    FOUND: "按号码检索到",
    EXPORTED: "导出个人信息",
    ERASED: "删除个人信息",
    STOPPED: "停止处理个人信息",
}
SHOWN_AGAIN_FOR = timedelta(minutes=10)
_LAST = datetime(9999, 12, 31, tzinfo=UTC)


def role_of(caller: Principal, permission: Permission, place: str | None) -> str | None:
    """The role by which the caller holds the permission there, for the report to the person concerned."""
    found = [g.role for g in caller.grants if Principal(caller.district, "", "", (g,)).may(permission, place)]
    return found[0].value if found else None


def because(kind: str, event: str, given: RevealReason, **data: Any) -> Entry:  # noqa: ANN401 - codes and lists of names
    """The journal row of a look: what was shown and in which role, never a value; the reason in words beside it."""
    return Entry(kind, event, data={"reason_kind": given.reason_kind, **data}, text={"reason": given.reason})


def own_id(work: Work) -> UUID:
    """The caller as a person. Raises Forbidden for services, hotlines and jobs."""
    if work.actor.kind != "user":
        raise Forbidden
    return UUID(work.actor.id)


@cache
def accesses(schema: Schema, also: Select[Any] | None = None) -> Statement:
    """Rows about a person, and about the cases that `also` finds for them (one column `id`), newest first."""
    j, t = schema.journal, schema.texts
    me = select(bindparam("person", type_=Uuid()).label("id"))
    about = (me if also is None else me.union_all(also)).subquery("about")
    before = tuple_(bindparam("before", type_=DateTime(timezone=True)), bindparam("before_id", type_=Uuid()))
    columns = (j.c.id, j.c.at, j.c.subject_kind, j.c.subject_id, j.c.event, j.c.data, t.c.body)
    return Statement(
        select(*columns)
        .select_from(
            about.join(j, j.c.subject_id == about.c.id).outerjoin(
                t, (t.c.district == j.c.district) & (t.c.id == j.c.id)
            )
        )
        .where(j.c.district == bindparam("district", type_=Text()))
        .where(func.starts_with(j.c.event, literal_column(f"'{PREFIX}'")), tuple_(j.c.at, j.c.id) < before)
        .order_by(j.c.at.desc(), j.c.id.desc())
        .limit(bindparam("limit", type_=Integer()))
    )


async def report(work: Work, statement: Statement, cursor: str | None, limit: int) -> Page[Access]:
    """Who looked at the caller's data, newest first."""
    at, last = pages.decode(cursor, datetime, UUID) or (_LAST, UUID(int=0))
    rows = await work.all(statement, person=own_id(work), before=at, before_id=last, limit=limit + 1)
    items = [_access(row) for row in rows[:limit]]
    more = pages.encode(rows[limit - 1]["at"].isoformat(), rows[limit - 1]["id"]) if len(rows) > limit else None
    return Page(items=items, next=more)


def _access(row: Row) -> Access:
    data: dict[str, Any] = row["data"]
    return Access(
        at=row["at"],
        event=row["event"],
        label=LABELS.get(row["event"], row["event"]),
        about=row["subject_kind"],
        about_id=row["subject_id"],
        fields=data.get("fields", []),
        role=data.get("role"),
        post=data.get("post"),
        reason_kind=data.get("reason_kind"),
        reason=(row["body"] or {}).get("reason"),
    )


@cache
def _last_look(schema: Schema) -> Statement:
    j = schema.journal
    return Statement(
        select(j.c.at)
        .where(
            j.c.district == bindparam("district", type_=Text()),
            j.c.subject_id == bindparam("subject", type_=Uuid()),
            j.c.actor == bindparam("actor", type_=Text()),
            func.starts_with(j.c.event, literal_column(f"'{PREFIX}'")),
        )
        .order_by(j.c.at.desc())
        .limit(1)
    )


async def shown_lately(work: Work, subject: UUID) -> None:
    """For a repeated request: it is answered again for a few minutes only. Raises AlreadyDone afterwards, so that an
    old key is no way past the journal.
    """
    row = await work.one(_last_look(work.schema), subject=subject, actor=work.actor.id)
    if row is None or row["at"] + SHOWN_AGAIN_FOR < work.now:
        raise AlreadyDone(
            what_zh="此前已按这个事由查看过；再次查看请使用新的 Idempotency-Key 并重新说明事由。",
            what_en="This was shown before. To see it again, send a new Idempotency-Key and say why again.",
        )


@cache
def _forget(schema: Schema) -> Statement:
    t = schema.texts
    return Statement(
        delete(t)
        .where(
            t.c.district == bindparam("district", type_=Text()),
            t.c.subject_id == func.any(bindparam("subjects", type_=ARRAY(Uuid()))),
        )
        .returning(t.c.id)
    )


async def forget_texts(work: Work, subjects: Sequence[UUID]) -> int:
    """Erases the free text of everything that was journaled about these; the chain knows only its digest."""
    return len(await work.all(_forget(work.schema), subjects=list(subjects)))
