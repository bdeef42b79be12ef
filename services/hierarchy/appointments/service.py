"""Use cases of posts and appointments."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from services.hierarchy.appointments import due
from services.hierarchy.appointments import post_queries as p
from services.hierarchy.appointments import queries as q
from services.hierarchy.appointments.refusals import TermOver
from services.hierarchy.appointments.rules import begun, held_already
from services.hierarchy.appointments.views import PostCount
from shared.kernel.errors import Conflict
from shared.kernel.paths import ROOT, after
from shared.kernel.periods import midnight
from shared.kernel.rights import Grant, Role
from shared.runtime.db import Row
from shared.runtime.ids import new_id
from shared.runtime.jobs import Job
from shared.runtime.journal import Entry
from shared.runtime.scoping import limits
from shared.runtime.work import Work

CHUNK = 2000
_FIRST = "2000-01-01"
_DAY = timedelta(days=1)


async def counts(
    work: Work, path: str, on: date, households: int | None, within: dict[str, list[str]] | None = None
) -> list[PostCount]:
    """Posts at a place and below, by kind, how many are held on a day, and how many of the households each has;
    `within`: what lay in it on that day, where that is gone by.
    """
    where, then = _where(path, on, within)
    rows, households = await work.all(p.counts(then=then), **where, on=on), None if then else households
    return [PostCount(**row, households_each=_each(households, row["held"])) for row in rows]


def of_day(work: Work, on: date | None) -> tuple[bool, dict[str, datetime]]:
    """Whether it is asked about a day gone by, and then its end."""
    return (True, {"moment": midnight(on + _DAY)}) if on is not None and on < work.today else (False, {})


def _where(path: str, on: date, within: dict[str, list[str]] | None) -> tuple[dict[str, Any], bool]:
    """At a place and below, or within what lay in it on a day gone by."""
    if within is None:
        return {"path": path, "end": after(path)}, False
    return {**within, "moment": midnight(on + _DAY)}, True


def _each(households: int | None, held: int) -> float | None:
    return None if households is None or held == 0 else round(households / held, 1)


async def labels_below(work: Work, paths: list[str], on: date) -> dict[str, list[Row]]:
    """Posts below each of several places, by their names, and how many are held on a day."""
    found: dict[str, list[Row]] = {}
    for row in await work.all(p.LABELS_BELOW, paths=paths, on=on):
        found.setdefault(row["top"], []).append(row)
    return found


async def grants(work: Work, person: UUID, on: date) -> list[Grant]:
    """What a person may do by the posts held on a day."""
    return [Grant(Role(row["role"]), row["path"]) for row in await work.all(q.ROLES, person_id=person, on=on)]


async def history(work: Work, person: UUID) -> list[Row]:
    """Every post a person held, holds or will hold: `code`, `label`, `name`, `since`, `until`, `source`."""
    return await work.all(q.HISTORY, person_id=person)


async def post(work: Work, code: str) -> Row | None:
    """A post by its code, whoever asks, while it is there: `id`, `code`, `kind`, `label`, `name`, `path`."""
    return await work.one(p.POST, code=code)


async def posts_by_ids(work: Work, ids: Iterable[UUID]) -> dict[UUID, Row]:
    """Posts as `post` gives them, whoever asks."""
    return {row["id"]: row for row in await work.all(p.POSTS_BY_IDS, ids=list(set(ids)))}


async def posts_by_codes(work: Work, codes: Iterable[str]) -> dict[str, Row]:
    """Posts as `post` gives them, with their `role`, whoever asks."""
    return {row["code"]: row for row in await work.all(p.POSTS_BY_CODES, codes=list(set(codes)))}


async def taken(work: Work, code: str) -> bool:
    """Whether a post has the code, or had it: a code is never given twice."""
    return await work.one(p.TAKEN, code=code) is not None


async def seats(work: Work, path: str, on: date, within: dict[str, list[str]] | None = None) -> list[Row]:
    """Every post at a place and below, and who holds it on a day: `code`, `kind`, `label`, `path`, `organisation`,
    `person_id`, `since`, `until`, `term_ends`, `source`; a vacant one once, without a person. `within`: as `counts`.
    """
    where, then = _where(path, on, within)
    return await work.all(p.seats(then=then), **where, on=on)


async def posts_page(work: Work, *, on: date, **values: Any) -> list[Row]:  # noqa: ANN401 - filters
    """Seats by code in `scopes`, each with whether it is `held` on a day, by the filters of the statement. On a day
    gone by they are what they were then, and where they were.
    """
    fixed = {"scopes", "scope_ends", "after", "limit", "end", "ends"}
    then, moment = of_day(work, on)
    return await work.all(p.posts_listed(frozenset(values) - fixed, then=then), on=on, **values, **moment)


async def post_on(work: Work, on: date, **which: Any) -> Row | None:  # noqa: ANN401 - `id` or `code`
    """One seat as `posts_page` gives it, whoever asks."""
    whole = limits("scopes", "scope_ends", [ROOT])
    return next(iter(await posts_page(work, on=on, **which, **whole, after="", limit=1)), None)


async def put_posts(work: Work, rows: list[dict[str, Any]], *, later: bool = False) -> tuple[dict[str, UUID], int]:
    """Writes posts; ids by code, and how many changed. One that was not there stands from its `since`, if this is not
    a `later` file of a district that was loaded before; what differs from before holds from now on.
    """
    changed, ids, first = 0, dict[str, UUID](), work.today.isoformat() if later else _FIRST
    for start in range(0, len(rows), CHUNK):
        chunk = rows[start : start + CHUNK]
        ready = [{**row, "id": new_id(), "since": max(str(row.get("since", _FIRST)), first)} for row in chunk]
        await work.all(p.REMEMBER_GIVEN, rows=ready)
        changed += len(await work.all(p.PUT_POSTS, rows=ready))
        found = await work.all(p.IDS, codes=[row["code"] for row in ready])
        ids |= {row["code"]: row["id"] for row in found}
    return ids, changed


async def put_appointments(work: Work, rows: list[dict[str, Any]], *, later: bool = False) -> int:
    """Writes appointments; how many changed. One that was ended here stays so; one that the rows end ends with their
    day, yesterday at the earliest; one that is new in a `later` file begins today, if nobody else holds that post.
    """
    changed = 0
    for start in range(0, len(rows), CHUNK):
        chunk = rows[start : start + CHUNK]
        known = await at_posts(work, {UUID(str(row["post_id"])) for row in chunk}) if later else {}
        ready = [{**row, "id": new_id(), "since": begun(row, known, work.today)} for row in chunk]
        ended = [row for row in ready if row["until"] is not None]
        changed += len(await work.all(q.END_GIVEN, rows=ended, today=work.today)) if ended else 0
        held = await at_posts(work, known) if later else known
        free = [row for row in ready if not held_already(row, held)]
        changed += len(await work.all(q.PUT_APPOINTMENTS, rows=free))
    return changed


rebase = p.REBASE


async def join(work: Work, old: str, new: str, at: datetime) -> None:
    """A place became part of another: its posts lie there from that moment on. Where they were before, is kept."""
    await work.all(p.REMEMBER_AT, path=old, moment=at)
    await p.GO_ON(work, old, new)


# --- one appointment and its life, for the slice that knows who may do what (`succession`) --------------------------


async def by_id(work: Work, appointment: UUID) -> Row | None:
    """An appointment with its post: `post_code`, `post_kind`, `post_label`, `post_name`, `path`, `role`."""
    return await work.one(q.BY_ID, id=appointment)


async def hold_post(work: Work, post: UUID) -> Row | None:
    """The post, locked until the work ends: nobody else fills it or empties it meanwhile. None for one given up."""
    await work.begin()
    return await work.one(p.HOLD_POST, post_id=post)


async def hold_at(work: Work, path: str) -> list[UUID]:
    """All posts at a place and below, locked as by `hold_post`."""
    return [row["id"] for row in await work.all(p.HOLD_AT, path=path, end=after(path))]


async def give_up(work: Work, path: str, last_day: date) -> None:
    """The place is gone: so are its seats, which are no vacancies from then on."""
    await work.all(p.GIVE_UP, path=path, end=after(path), last_day=last_day)


async def post_by_id(work: Work, post: UUID) -> Row | None:
    """A post, whoever asks: `id`, `code`, `kind`, `label`, `name`, `path`, `role`, `organisation`."""
    return await work.one(p.POST_BY_ID, id=post)


async def add_post(work: Work, entry: Entry, **values: Any) -> UUID:  # noqa: ANN401 - columns
    """Writes a seat (`code`, `kind`, `label`, `name`, `path`, `organisation`, `role`), from today on. Conflict."""
    row = await work.write(p.ADD_POST, entry, id=new_id(), since=work.today, **values)
    if row is None:
        raise Conflict
    made: UUID = row["id"]
    return made


async def in_the_way(work: Work, post: UUID, since: date) -> Row | None:
    """An appointment that lasts into that day or begins later: `id`, `person_id`, `since`, `until`."""
    return await work.one(q.IN_THE_WAY, post_id=post, since=since)


async def days_ahead(work: Work, path: str, day: date) -> list[date]:
    """The days after that one on which somebody comes to sit in a seat at a place and below."""
    return [row["since"] for row in await work.all(q.DAYS_AHEAD, path=path, end=after(path), day=day)]


async def held_by(work: Work, person: UUID, on: date) -> list[Row]:
    """The posts that a person holds on a day: `id`, `post_id`, `post_code`, `path`, …"""
    return await work.all(q.HELD_BY, person_id=person, on=on)


async def at_posts(work: Work, posts: Iterable[UUID], *, hold: bool = False) -> dict[UUID, list[Row]]:
    """Everybody who held, holds or will hold these posts, the first first; `hold` them until the work ends."""
    found: dict[UUID, list[Row]] = {post: [] for post in posts}
    if hold:
        await work.begin()
        await work.all(p.HOLD_POSTS, posts=list(found))
    for row in await work.all(q.AT_POSTS, posts=list(found)):
        found[row["post_id"]].append(row)
    return found


def _expiry(appointment: UUID, ends: date | None) -> list[Job]:
    """The job that ends it with its term."""
    return [due.EXPIRE.of(due_at=midnight(ends + _DAY), appointment_id=str(appointment))] if ends else []


async def appoint(work: Work, entry: Entry, **values: Any) -> UUID:  # noqa: ANN401 - columns
    """Writes an appointment: its new `id`, `post_id`, `person_id`, `since`, `until`, `term_ends`, `source`,
    `candidacy_id`, and perhaps `employer`; it ends with its term. TermOver, Conflict.
    """
    ends = values["term_ends"]
    if ends is not None and ends < values["since"]:
        raise TermOver(term_ends=ends.isoformat(), since=values["since"].isoformat())
    jobs = _expiry(values["id"], ends)
    row = await work.write(q.APPOINT, entry, jobs, step="serving", **{"employer": None, **values})
    if row is None:
        raise Conflict
    made: UUID = row["id"]
    return made


async def appoint_all(work: Work, rows: list[dict[str, Any]]) -> dict[tuple[UUID, UUID, date], UUID]:
    """Writes many appointments at held posts where nobody is in the way: `id`, `post_id`, `person_id`, `since`,
    `until`, `term_ends`, `source`; their ids by post, person and first day. They end with their terms; whoever calls
    journals them.
    """
    made: dict[tuple[UUID, UUID, date], UUID] = {}
    for start in range(0, len(rows), CHUNK):
        ready = [{**row, "step": "serving"} for row in rows[start : start + CHUNK]]
        written = await work.all(q.APPOINT_ALL, rows=ready)
        made |= {(row["post_id"], row["person_id"], row["since"]): row["id"] for row in written}
    ends = {(row["post_id"], row["person_id"], row["since"]): row["term_ends"] for row in rows}
    jobs = [job for key, id_ in made.items() for job in _expiry(id_, ends[key])]
    if jobs:
        await work.due(*jobs)
    return made


async def leave(work: Work, row: Row, entry: Entry, jobs: Sequence[Job], **values: Any) -> bool:  # noqa: ANN401 - columns
    """Sets the last day (`to_step`, `last_day`, `successor_id`), yesterday at the earliest and never later than it was.

    False where the row has changed since it was read, or the day is one of those that are over.
    """
    fixed = {"id": row["id"], "version": row["version"], "today": work.today}
    return await work.write(q.LEAVE, entry, jobs, **fixed, **values) is not None


async def leaving_to(work: Work, post: UUID, successor: UUID) -> list[Row]:
    """Who is leaving this post to that person, and has not settled yet: `id`, `person_id`, `version`."""
    return await work.all(q.LEAVING_TO, post_id=post, successor_id=successor)


async def redirect(work: Work, row: Row, entry: Entry, successor: UUID) -> bool:
    """Somebody else takes over from one who is leaving. False where that has settled or changed meanwhile."""
    values = {"id": row["id"], "version": row["version"], "successor_id": successor}
    return await work.write(q.REDIRECT, entry, **values) is not None


async def advance(work: Work, row: Row, entry: Entry, to_step: str) -> bool:
    """Writes another step; no day changes. False where the row has changed since it was read."""
    return await work.write(q.MOVE, entry, id=row["id"], version=row["version"], to_step=to_step) is not None


async def renew(work: Work, row: Row, entry: Entry, term_ends: date) -> bool:
    """Writes another end of the term. False where the row has changed since it was read."""
    values = {"id": row["id"], "version": row["version"], "term_ends": term_ends}
    return await work.write(q.RENEW, entry, _expiry(row["id"], term_ends), **values) is not None


async def listed(work: Work, *, own: bool, **values: Any) -> list[Row]:  # noqa: ANN401 - filters
    """Appointments by id, the caller's own (`me`) or those in `scopes`, by the filters of the statement; `on` a day
    gone by, by where their posts were then.
    """
    fixed = {"me", "scopes", "scope_ends", "after", "limit", "end", "ends"}
    then, moment = of_day(work, values.get("on"))
    listed = q.listed(frozenset(values) - fixed, own=own, then=then)
    return await work.all(listed, today=work.today, **values, **moment)
