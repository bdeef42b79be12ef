"""Use cases of records: write one down, list them per person, post and place, close or strike one."""

from datetime import date
from typing import Any
from uuid import UUID

from services.hierarchy.appointments import service as appointments
from services.hierarchy.organisations import service as organisations
from services.hierarchy.people import service as people
from services.hierarchy.places import service as places
from services.hierarchy.records import queries as q
from services.hierarchy.records.inputs import KINDS, Logged, Mentoring, NewRecord, RecordClosing
from services.hierarchy.records.refusals import AboutNobody, LogFull, UnknownAbout
from services.hierarchy.records.views import RecordView, SumView, facts, parties, shown
from services.hierarchy.records.workflow import RECORD
from shared.kernel.errors import Conflict, Forbidden, NotFound
from shared.kernel.refusals import expect, invalid, stale
from shared.kernel.rights import Permission
from shared.runtime.db import Row
from shared.runtime.ids import new_id
from shared.runtime.journal import Entry
from shared.runtime.scoping import limits
from shared.runtime.web.pages import decode, encode
from shared.runtime.work import Work
from shared.schemas.base import Page

_KEEP = Permission.RECORDS_MANAGE
MOST_LINES, MOST_SUMS = 400, 500
_LAST = UUID(int=2**128 - 1)
# Whom or what a kind is about; a person, where nothing is said.
_NEEDS = {"duties": ("post",), "fund": ("place",), "group": ("post", "place"), "service": ("organisation", "place")}
_WORDS = {
    "person": ("人员", "a person"), "post": ("岗位", "a post"), "place": ("地点", "a place"),
    "organisation": ("单位", "an organisation"),
}  # fmt: skip


async def add(work: Work, given: NewRecord) -> UUID:
    """Writes one down. Forbidden, AboutNobody, UnknownAbout."""
    work.actor.demand(_KEEP)
    kind = given.content.kind
    for need in _NEEDS.get(kind, ("person",)):
        if getattr(given, need) is None:
            what_zh, what_en = _WORDS[need]
            raise AboutNobody(kind=KINDS[kind], what_zh=what_zh, what_en=what_en)
    await places.lock(work)  # the place keeps its path until it is written down here
    place = await places.meant(work, given.place, _KEEP) if given.place else None
    unit = await organisations.meant(work, given.organisation) if given.organisation else None
    seat = await _seat(work, given.post)
    person = await _person(work, given)
    since = given.since or work.today
    mentor = await _mentor(work, given, since)
    about = place or seat or person
    path = about["path"] if about else None
    if path is None or not work.actor.may(_KEEP, path):
        raise UnknownAbout(what=given.post or given.person)
    data = {"kind": kind, "person": given.person and str(given.person), "post": given.post,
            "place": given.place, "organisation": given.organisation}  # fmt: skip
    row = await work.write(
        q.ADD,
        Entry("record", "record.add", after=RECORD.first, data=data),
        id=new_id(),
        kind=kind,
        path=path,
        person_id=given.person,
        post_id=seat["id"] if seat else None,
        mentor_id=mentor,
        organisation=unit["code"] if unit else None,
        content=given.content.model_dump(mode="json"),
        since=since,
    )
    if row is None:
        raise Conflict
    made: UUID = row["id"]
    return made


async def _seat(work: Work, code: str | None) -> Row | None:
    if code is None:
        return None
    seat = await appointments.post(work, code)
    if seat is None or seat["path"] is None or not work.actor.may(_KEEP, seat["path"]):
        raise UnknownAbout(what=code)
    return seat


async def _mentor(work: Work, given: NewRecord, since: date) -> UUID | None:
    """Who teaches: somebody else who is there, for a term that does not end before it begins."""
    if not isinstance(given.content, Mentoring):
        return None
    mentor = given.content.mentor
    if mentor == given.person or await people.by_id(work, mentor) is None:
        raise UnknownAbout(what=mentor)
    if given.content.ends_on is not None and given.content.ends_on < since:
        raise invalid("content/ends_on", "早于开始日期", "is before the day on which it begins")
    return mentor


async def _person(work: Work, given: NewRecord) -> Row | None:
    """Whom it is about: somebody in reach, or who sits in a seat there, or who advises there (智囊团)."""
    if given.person is None:
        return None
    row = await people.by_id(work, given.person)
    elsewhere = given.post or (given.place and given.content.kind == "opinion")
    if row is None or row["erased_at"] or not (elsewhere or (row["path"] and work.actor.may(_KEEP, row["path"]))):
        raise UnknownAbout(what=given.person)
    return row


async def load(work: Work, record: UUID) -> Row:
    """For whoever it is about, the mentor, and those who keep records there. NotFound."""
    row = await work.one(q.BY_ID, id=record)
    mine = row is not None and work.actor.id in (str(row["person_id"]), str(row["mentor_id"]))
    if row is None or not (mine or parties(row, work.actor)):
        raise NotFound
    return row


async def whole(work: Work, record: UUID) -> RecordView:
    """As this caller sees it. NotFound."""
    return (await _views(work, [await load(work, record)]))[0]


async def move(work: Work, record: UUID, name: str, given: RecordClosing | Logged, expected: int | None = None) -> UUID:
    """Closes, strikes or logs. NotFound, Invalid, LogFull, PreconditionFailed, Conflict, what `apply` raises."""
    row = await load(work, record)
    outcome = RECORD.apply(row["step"], name, parties(row, work.actor), facts(row))
    expect(row["version"], expected)
    on = given.on or work.today
    if name != "strike" and on < row["since"]:
        raise invalid("on", "不能早于开始日期", "is before the day on which it began")
    if isinstance(given, Logged):
        if on > work.today:
            raise invalid("on", "晚于今天", "lies ahead")
        done = await _log(work, row, given, on)
    else:
        data = {"kind": row["kind"], "until": on.isoformat()}
        entry = Entry("record", f"record.{name}", outcome.before, outcome.after, data, {"reason": given.reason})
        fixed = {"id": record, "version": row["version"]}
        done = await work.write(q.MOVE, entry, **fixed, to_step=outcome.after, until=on) is not None
    if not done:
        raise stale(expected)
    return record


async def _log(work: Work, row: Row, given: Logged, on: date) -> bool:
    if len(row["log"]) >= MOST_LINES:
        raise LogFull(most=MOST_LINES)
    line = {"on": on.isoformat(), "what": given.what, "minutes": given.minutes, "by": work.actor.id}
    entry = Entry("record", "record.log", row["step"], row["step"], {"on": line["on"], "minutes": given.minutes})
    return await work.write(q.LOG, entry, id=row["id"], version=row["version"], line=[line]) is not None


async def sums(work: Work, place: str | None) -> list[SumView]:
    """The ledger: what was handed out where one keeps records, how much of it is out. UnknownPlace, Forbidden."""
    work.actor.demand(_KEEP)
    within = [(await places.meant(work, place, _KEEP))["path"]] if place else work.actor.scopes(_KEEP)
    rows = await work.all(
        q.SUMS, **limits("scopes", "scope_ends", within), kinds=["award", "badge", "equipment"], limit=MOST_SUMS
    )
    return [SumView(**row) for row in rows]


async def page(
    work: Work,
    *,
    mine: bool,
    cursor: str | None,
    limit: int,
    **filters: Any,  # noqa: ANN401
) -> Page[RecordView]:
    """A page, the newest first: about oneself, or at places whose records one keeps. `filters`: place, person, post,
    organisation, kind, matter, step. UnknownPlace, UnknownAbout, Forbidden.
    """
    if mine and work.actor.kind != "user":
        raise NotFound
    if not mine and not work.actor.may(_KEEP):
        raise Forbidden(permission=_KEEP.value)
    wanted = await places.placed(work, filters)
    if "post" in wanted:
        seat = await _seat(work, wanted["post"])
        wanted["post"] = seat["id"] if seat else None
    key = decode(cursor, UUID)
    whose = {"me": UUID(work.actor.id)} if mine else limits("scopes", "scope_ends", work.actor.scopes(_KEEP))
    statement = q.listed(frozenset(wanted) - {"end"}, own=mine)
    rows = await work.all(statement, **wanted, **whose, before=key[0] if key else _LAST, limit=limit + 1)
    items = await _views(work, rows[:limit])
    return Page(items=items, next=encode(items[-1].id) if len(rows) > limit else None)


async def _views(work: Work, rows: list[Row]) -> list[RecordView]:
    seats = await appointments.posts_by_ids(work, (row["post_id"] for row in rows if row["post_id"]))
    where = await places.by_paths(work, {row["path"] for row in rows})
    return [shown(row, seats.get(row["post_id"]), where.get(row["path"]), work.actor) for row in rows]


# --- for other slices ----------------------------------------------------------------------------------------------


async def of_person(work: Work, person: UUID) -> list[Row]:
    """Every record about a person, or of what the person taught."""
    return await work.all(q.OF_PERSON, person_id=person)


async def forget(work: Work, person: UUID) -> list[UUID]:
    """Erases what a person said as an expert and did as one of a pair; that there was a record stays. Which ones."""
    return [row["id"] for row in await work.all(q.FORGET, person_id=person)]


async def held_with(work: Work, post: UUID, person: UUID) -> list[Row]:
    """What was handed out with a post: its list of duties, and the badges of this person; the newest first."""
    return await work.all(q.HELD_WITH, post_id=post, person_id=person)


async def of_post(work: Work, post: UUID) -> list[Row]:
    """A post's duties, and the WeChat groups in which its holder is: `kind`, `path`, `content`; newest first."""
    return await work.all(q.OF_POST, post_id=post)


rebase = q.REBASE
