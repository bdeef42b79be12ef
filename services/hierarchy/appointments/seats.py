"""Posts as the seats of organisations: which there are, who holds them on a day, new vacant ones, and taking one."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from services.hierarchy.appointments import post_queries as p
from services.hierarchy.appointments import queries as q
from services.hierarchy.appointments import service
from shared.kernel.errors import AlreadyDone
from shared.kernel.rights import Role
from shared.runtime.db import Row
from shared.runtime.ids import new_id
from shared.runtime.journal import Entry
from shared.runtime.work import Work


async def in_organisations(work: Work, organisations: Sequence[str], on: date) -> list[Row]:
    """Posts of these organisations with who holds them on a day: `organisation`, `post_id`, `code`, `kind`, `label`,
    `path`, `person_id`, `since`, `until`; vacant ones without a person.
    """
    if not organisations:
        return []
    then, moment = service.of_day(work, on)
    return await work.all(p.in_organisations(then=then), organisations=list(organisations), on=on, **moment)


async def kinds_held(work: Work, people: Collection[UUID], on: date) -> dict[UUID, dict[str, str]]:
    """The kinds of posts that each of these people holds on a day, with their names."""
    held: dict[UUID, dict[str, str]] = {}
    then, moment = service.of_day(work, on)
    for row in await work.all(q.kinds_held(then=then), people=list(people), on=on, **moment) if people else []:
        held.setdefault(row["person_id"], {})[row["kind"]] = row["label"]
    return held


async def make(work: Work, organisation: Row, kind: str, label: str, role: Role, many: int) -> None:
    """Makes vacant posts of a kind in an organisation; they are numbered on from those that are there."""
    if many == 0:
        return
    there = {row["code"] for row in await work.all(p.CODES_IN, organisation=organisation["code"], kind=kind)}
    codes = (f"{organisation['code']}-{kind}-{number}" for number in range(1, len(there) + many + 1))
    rows: list[dict[str, Any]] = [
        {"code": code, "kind": kind, "label": label, "name": f"{organisation['name']}·{label}",
         "path": organisation["path"], "organisation": organisation["code"], "role": role.value,
         "since": work.today.isoformat()}
        for code in codes if code not in there
    ]  # fmt: skip
    made, _ = await service.put_posts(work, rows[:many])
    await work.record_all([(Entry("post", "post.add", data={"post": code}), post) for code, post in made.items()])


async def taken(work: Work, posts: Iterable[UUID], since: date) -> dict[UUID, set[UUID]]:
    """Those of these posts that somebody holds on that day, or is to hold later, and who that is. All of them are
    locked: whoever fills a post, by whichever door, holds it first.
    """
    found = dict[UUID, set[UUID]]()
    for post, held in (await service.at_posts(work, posts, hold=True)).items():
        people = {one["person_id"] for one in held if one["until"] is None or one["until"] >= since}
        found |= {post: people} if people else {}
    return found


async def free(work: Work, seats: Sequence[Row], since: date, most: int) -> Row | None:
    """The first of these that nobody holds from that day on, while fewer than `most` are held; locked."""
    held = await taken(work, (seat["post_id"] for seat in seats), since)
    for seat in seats if len(held) < most else ():
        if seat["post_id"] not in held and await service.hold_post(work, seat["post_id"]) is not None:
            return seat
    return None


async def give_up(work: Work, posts: Collection[UUID]) -> None:
    """These vacant seats are gone: yesterday was the last day on which they were vacancies."""
    last = work.today - timedelta(days=1)
    gone = await work.all(p.GIVE_UP_SEATS, posts=list(posts), last_day=last) if posts else []
    ended = [Entry("post", "post.end", data={"post": row["code"], "last_day": last.isoformat()}) for row in gone]
    await work.record_all([(entry, row["id"]) for entry, row in zip(ended, gone, strict=True)])


async def appoint(work: Work, seat: Row, person: UUID, **values: Any) -> UUID:  # noqa: ANN401 - columns
    """Somebody takes a vacant seat (`since`, `source`, `term_ends`). TermOver."""
    data = {"post": seat["code"], "person": str(person), "organisation": seat["organisation"]}
    entry = Entry("appointment", "appointment.begin", after="serving", data=data)
    fixed: dict[str, Any] = {"post_id": seat["post_id"], "person_id": person, "until": None, "candidacy_id": None}
    try:
        return await service.appoint(work, entry, id=new_id(), **fixed, **values)
    except asyncpg.UniqueViolationError as error:
        if error.constraint_name != "uq_appointments_post":
            raise
        raise AlreadyDone(
            what_zh="此人今天已在该席位就任过。", what_en="This person took that seat today already."
        ) from error
