"""Use cases of links: which households a post looks after, within the span that the structure gives it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from services.hierarchy.appointments import service as appointments
from services.hierarchy.households import service as households
from services.hierarchy.links import queries as q
from services.hierarchy.links.inputs import LinkEnding, NewLinks
from services.hierarchy.links.refusals import SpanExceeded, UnknownHousehold
from services.hierarchy.links.rules import state
from services.hierarchy.links.views import HouseholdSpan, LinkPage, LinkView
from services.hierarchy.places import service as places
from services.hierarchy.structures import service as structures
from shared.kernel.errors import AlreadyDone, Conflict, NotFound
from shared.kernel.refusals import invalid
from shared.kernel.rights import Permission
from shared.runtime.db import Row
from shared.runtime.ids import new_id
from shared.runtime.journal import Entry
from shared.runtime.scoping import limits
from shared.runtime.web.pages import decode, encode
from shared.runtime.work import Work

READ, MANAGE = Permission.HOUSEHOLDS_READ, Permission.HOUSEHOLDS_MANAGE
_MOST = 100


async def _post(work: Work, code: str, permission: Permission) -> Row:
    """A post that the caller may ask about. NotFound, Forbidden."""
    row = await appointments.post(work, code)
    if row is None or row["path"] is None or not work.actor.may(READ, row["path"]):
        raise NotFound
    work.actor.demand(permission, row["path"])
    return row


def _scoped(work: Work) -> dict[str, Any]:
    return limits("scopes", "scope_ends", work.actor.scopes(READ))


async def page(work: Work, code: str, cursor: str | None, limit: int) -> LinkPage:
    """The households that a post looks after today, of those that the caller may see. NotFound, Forbidden."""
    post, key = await _post(work, code, READ), decode(cursor, str, UUID)
    values = {} if key is None else {"after": key[0], "after_id": key[1]}
    statement = q.of_post(following=key is not None)
    on = work.today
    rows = await work.all(statement, post=post["id"], on=on, limit=limit + 1, **values, **_scoped(work))
    more = encode(rows[limit - 1]["household"], rows[limit - 1]["id"]) if len(rows) > limit else None
    return LinkPage(items=[_shown(row, post) for row in rows[:limit]], next=more, span=await span(work, post))


async def span(work: Work, post: Row) -> HouseholdSpan:
    """How many households it looks after, and how many it is meant to."""
    on = work.today
    row = await work.one(q.COUNT, post=post["id"], on=on)
    count = 0 if row is None else row["count"]
    least, most = await _span_of(work, post)
    return HouseholdSpan(count=count, min=least, max=most, state=state(count, least, most))


async def _span_of(work: Work, post: Row) -> tuple[int | None, int | None]:
    found = await structures.post_kind(work, post["path"], post["kind"], work.today)
    meant = found[1].span if found and found[1] else None
    return (meant.min, meant.max) if meant and meant.unit == "household" else (None, None)


async def link(work: Work, code: str, given: NewLinks) -> UUID:
    """The post looks after these from now on; those it does already stay. The post's id.

    NotFound, Forbidden, UnknownHousehold, SpanExceeded.
    """
    await places.lock(work)  # households keep their paths until these are written down, and the post its place
    post = await _post(work, code, MANAGE)
    known = await households.by_codes(work, given.households)
    for wanted in given.households:
        if wanted not in known or not work.actor.may(MANAGE, known[wanted]["path"]):
            raise UnknownHousehold(household=wanted)
    since = given.since or work.today
    standing = {row["household_id"] for row in await work.all(q.STANDING, post=post["id"], since=since)}
    fresh = [row for row in known.values() if row["id"] not in standing]
    _, most = await _span_of(work, post)
    if most is not None and fresh and len(standing) + len(fresh) > most:
        raise SpanExceeded(post=post["name"], most=most, count=len(standing) + len(fresh))
    rows = [
        {"id": new_id(), "household_id": row["id"], "household": row["code"], "path": row["path"],
         "post_id": post["id"], "since": since, "until": None}
        for row in fresh
    ]  # fmt: skip
    if rows:
        await work.all(q.PUT, rows=rows)
    made: UUID = post["id"]
    await work.record(
        Entry("post", "post.link", data={"post": code, "households": [r["household"] for r in rows]}), made
    )
    return made


async def end(work: Work, link_id: UUID, given: LinkEnding) -> LinkView:
    """The post does not look after it any more. NotFound, Forbidden, AlreadyDone, Invalid (the day)."""
    row, post = await _link(work, link_id)
    work.actor.demand(MANAGE, post["path"])
    until = given.until or work.today
    if row["until"] is not None and row["until"] <= until:
        raise AlreadyDone(what_zh="这条联户关系已经解除。", what_en="This link has ended.")
    if until < row["since"]:
        raise invalid("until", "早于开始日期", "before it began")
    entry = Entry("household_link", "household_link.end", data={"until": until.isoformat(), "post": post["code"]})
    if await work.write(q.END, entry, id=link_id, until=until) is None:
        raise Conflict
    return await shown(work, link_id)


async def shown(work: Work, link_id: UUID) -> LinkView:
    """One link as it is. NotFound."""
    return _shown(*await _link(work, link_id))


async def _link(work: Work, link_id: UUID) -> tuple[Row, Row]:
    row = await work.one(q.BY_ID, id=link_id, **_scoped(work))
    post = None if row is None else (await appointments.posts_by_ids(work, [row["post_id"]])).get(row["post_id"])
    if row is None or post is None or post["path"] is None or not work.actor.may(READ, post["path"]):
        raise NotFound
    return row, post


async def of_household(work: Work, household: UUID) -> list[LinkView]:
    """Who looks after a household today. NotFound."""
    await households.seen(work, household)
    rows = await work.all(q.OF_HOUSEHOLD, household_id=household, on=work.today, limit=_MOST)
    posts = await appointments.posts_by_ids(work, [row["post_id"] for row in rows])
    return [_shown(row, posts[row["post_id"]]) for row in rows]


async def join(work: Work, gone: UUID, heir: UUID, code: str) -> None:
    """Two households are one: whoever looks after the one that was looks after the one that is, under its code."""
    if gone != heir:
        await work.all(q.END_TWINS, gone=gone, heir=heir, until=work.today - timedelta(days=1))
    await work.all(q.JOIN, gone=gone, heir=heir, code=code)


rebase = q.REBASE


def _shown(row: Row, post: Row) -> LinkView:
    own = {name: row[name] for name in ("id", "household_id", "household", "since", "until")}
    return LinkView(**own, post_code=post["code"], post_label=post["label"])
