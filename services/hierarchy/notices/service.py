"""Use cases of notices: tell those who hold posts, read, see who has read, take back."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from services.hierarchy.appointments import service as appointments
from services.hierarchy.notices import queries as q
from services.hierarchy.notices.inputs import NewNotice
from services.hierarchy.notices.refusals import NobodyThere
from services.hierarchy.notices.views import NoticeView, ReceiptView, facts, parties, shown
from services.hierarchy.notices.workflow import NOTICE, Party
from services.hierarchy.people import service as people
from services.hierarchy.places import service as places
from shared.kernel.errors import Conflict, Forbidden, NotFound
from shared.kernel.paths import ROOT, covers
from shared.kernel.refusals import expect, stale
from shared.kernel.rights import Permission
from shared.kernel.workflow import Because
from shared.runtime.db import Row
from shared.runtime.ids import new_id
from shared.runtime.journal import Entry
from shared.runtime.privacy import Vault
from shared.runtime.scoping import limits
from shared.runtime.web.pages import decode, encode
from shared.runtime.work import Work
from shared.schemas.base import Page

_SEND = Permission.NOTICES_SEND
_FIRST, _LAST = UUID(int=0), UUID(int=2**128 - 1)


async def send(work: Work, given: NewNotice) -> UUID:
    """Tells everybody who holds such a post today, each once. UnknownPlace, Forbidden, NobodyThere."""
    work.actor.demand(_SEND)
    await places.lock(work)  # the place keeps its path until it is written down here
    place = await places.meant(work, given.place, _SEND)
    told = await _told(work, place["path"], given.posts)
    if not told:
        raise NobodyThere(place=place["name"])
    data = {"place": given.place, "posts": list(given.posts), "recipients": len(told)}
    row = await work.write(
        q.SEND,
        Entry("notice", "notice.send", after=NOTICE.first, data=data),
        **given.model_dump(include={"title", "content"}),
        id=new_id(),
        path=place["path"],
        posts=list(given.posts),
        sent_by_label=await _office(work, place),
        told=told,
    )
    if row is None:
        raise Conflict
    made: UUID = row["id"]
    return made


async def _office(work: Work, place: Row) -> str:
    """The caller's highest post that reaches there, with its place; the place alone where they hold none."""
    posts = await appointments.held_by(work, _me(work), work.today)
    post = next((post for post in posts if covers(post["path"] or ROOT, place["path"])), None)
    where = await places.at(work, post["path"] or ROOT) if post else place
    name = place["name"] if where is None else where["full_name"]
    return f"{post['post_name']}（{name}）" if post else name


async def _told(work: Work, path: str, posts: Iterable[str]) -> list[dict[str, Any]]:
    """Each holder once, by the highest of their posts there."""
    wanted = set(posts)
    found: dict[UUID, dict[str, Any]] = {}
    for seat in await appointments.seats(work, path, work.today):
        person = seat["person_id"]
        if person is not None and person not in found and (not wanted or seat["kind"] in wanted):
            found[person] = {"person_id": person, "post_code": seat["code"], "post_label": seat["label"]}
    return list(found.values())


async def load(work: Work, notice: UUID) -> Row:
    """For those who send notices there and those who were sent it. NotFound."""
    row = await work.one(q.BY_ID, id=notice, me=_me(work))
    if row is None or not parties(row, work.actor):
        raise NotFound
    return row


def _me(work: Work) -> UUID:
    return UUID(work.actor.id) if work.actor.kind == "user" else _FIRST


async def whole(work: Work, notice: UUID) -> NoticeView:
    """As this caller sees it. NotFound."""
    return (await _views(work, [await load(work, notice)]))[0]


async def move(work: Work, notice: UUID, name: str, given: BaseModel, expected: int | None = None) -> UUID:
    """Acknowledges one, or takes it back. NotFound, PreconditionFailed, Conflict, and what `apply` raises."""
    row = await load(work, notice)
    outcome = NOTICE.apply(row["step"], name, parties(row, work.actor), facts(row))
    expect(row["version"], expected)
    if isinstance(given, Because):
        entry = Entry("notice", f"notice.{name}", outcome.before, outcome.after, text={"reason": given.reason})
        done = await work.write(q.WITHDRAW, entry, id=notice, version=row["version"])
    else:
        entry = Entry("notice", f"notice.{name}", outcome.before, outcome.after)
        done = await work.write(q.ACKNOWLEDGE, entry, id=notice, me=_me(work))
    if done is None:
        raise stale(expected)
    return notice


async def page(work: Work, *, place: str | None, cursor: str | None, limit: int) -> Page[NoticeView]:
    """Those that were sent where one sends notices, the newest first. UnknownPlace, Forbidden."""
    work.actor.demand(_SEND)
    wanted = await places.placed(work, {"place": place})
    key, scopes = decode(cursor, UUID), limits("scopes", "scope_ends", work.actor.scopes(_SEND))
    values = {**wanted, **scopes, "me": _me(work), "before": key[0] if key else _LAST, "limit": limit + 1}
    rows = await work.all(q.listed(frozenset(wanted) - {"end"}), **values)
    return await _page(work, rows, limit)


async def mine(work: Work, *, unread: bool, cursor: str | None, limit: int) -> Page[NoticeView]:
    """Those that one was sent, the newest first."""
    key = decode(cursor, UUID)
    before = key[0] if key else _LAST
    rows = await work.all(q.received(unread=unread), me=_me(work), before=before, limit=limit + 1)
    return await _page(work, rows, limit)


async def receipts(
    work: Work, vault: Vault, notice: UUID, *, read: bool | None, cursor: str | None, limit: int
) -> Page[ReceiptView]:
    """Who was told, and who of them has read it. NotFound; Forbidden for those who were only sent it."""
    row = await load(work, notice)
    if Party.SENDER not in parties(row, work.actor):
        raise Forbidden(permission=_SEND.value)
    key = decode(cursor, UUID)
    rows = await work.all(q.receipts(read=read), id=notice, after=key[0] if key else _FIRST, limit=limit + 1)
    known = await people.by_ids(work, (one["person_id"] for one in rows))
    names = {id_: people.name_of(vault, work.district, one) for id_, one in known.items() if not one["erased_at"]}
    items = [
        ReceiptView(
            person=one["person_id"],
            name=names.get(one["person_id"]),
            **{name: one[name] for name in ("post_code", "post_label", "read_at")},
        )
        for one in rows[:limit]
    ]
    return Page(items=items, next=encode(items[-1].person) if len(rows) > limit else None)


async def _page(work: Work, rows: list[Row], limit: int) -> Page[NoticeView]:
    items = await _views(work, rows[:limit])
    return Page(items=items, next=encode(items[-1].id) if len(rows) > limit else None)


async def _views(work: Work, rows: list[Row]) -> list[NoticeView]:
    sent = [row["id"] for row in rows if Party.SENDER in parties(row, work.actor)]
    counts = {one["notice_id"]: one for one in await work.all(q.COUNTS, ids=sent)} if sent else {}
    where = await places.by_paths(work, {row["path"] for row in rows})
    return [shown(row, where.get(row["path"]), counts.get(row["id"]), work.actor) for row in rows]


# --- for other slices ----------------------------------------------------------------------------------------------


async def of_person(work: Work, person: UUID) -> list[Row]:
    """What a person was sent, by which post, and when they read it."""
    return await work.all(q.OF_PERSON, people=[person])


rebase = q.REBASE
