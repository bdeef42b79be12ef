"""Use cases of records: write one down, list them per person, post and place, close or strike one."""

from typing import Any
from uuid import UUID

from services.hierarchy.appointments import service as appointments
from services.hierarchy.people import service as people
from services.hierarchy.places import service as places
from services.hierarchy.records import queries as q
from services.hierarchy.records.inputs import KINDS, Closing, Mentoring, NewRecord
from services.hierarchy.records.refusals import AboutNobody, UnknownAbout
from services.hierarchy.records.views import RecordView, facts, parties, shown
from services.hierarchy.records.workflow import RECORD
from shared.kernel.errors import Conflict, Forbidden, Invalid, NotFound, PreconditionFailed
from shared.kernel.paths import after
from shared.kernel.periods import CHINA
from shared.kernel.rights import Permission
from shared.runtime.db import Row
from shared.runtime.ids import new_id
from shared.runtime.journal import Entry
from shared.runtime.scoping import limits
from shared.runtime.web.pages import decode, encode
from shared.runtime.work import Work
from shared.schemas.base import Page

_KEEP = Permission.RECORDS_MANAGE
_LAST = UUID(int=2**128 - 1)


async def add(work: Work, given: NewRecord) -> UUID:
    """Writes one down. Forbidden, AboutNobody, UnknownAbout."""
    if not work.actor.may(_KEEP):
        raise Forbidden(permission=_KEEP.value)
    kind = given.content.kind
    if given.post is None and kind == "duties":
        raise AboutNobody(kind=KINDS[kind], what_zh="岗位", what_en="a post")
    if given.person is None and kind != "duties":
        raise AboutNobody(kind=KINDS[kind], what_zh="人员", what_en="a person")
    seat = await _seat(work, given.post)
    person = await _person(work, given.person)
    mentor = given.content.mentor if isinstance(given.content, Mentoring) else None
    if mentor is not None and (mentor == given.person or await people.by_id(work, mentor) is None):
        raise UnknownAbout(what=mentor)
    path = seat["path"] if seat else person["path"] if person else None
    if path is None or not work.actor.may(_KEEP, path):
        raise UnknownAbout(what=given.post or given.person)
    since = given.since or work.now.astimezone(CHINA).date()
    data = {"kind": kind, "person": given.person and str(given.person), "post": given.post}
    row = await work.write(
        q.ADD,
        Entry("record", "record.add", after=RECORD.first, data=data),
        id=new_id(),
        kind=kind,
        path=path,
        person_id=given.person,
        post_id=seat["id"] if seat else None,
        mentor_id=mentor,
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


async def _person(work: Work, person: UUID | None) -> Row | None:
    if person is None:
        return None
    row = await people.by_id(work, person)
    if row is None or row["erased_at"]:
        raise UnknownAbout(what=person)
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


async def move(work: Work, record: UUID, name: str, given: Closing, expected: int | None = None) -> UUID:
    """Closes or strikes one. NotFound, Invalid, PreconditionFailed, Conflict, and what `Workflow.apply` raises."""
    row = await load(work, record)
    outcome = RECORD.apply(row["step"], name, parties(row, work.actor), facts(row))
    if expected is not None and row["version"] != expected:
        raise PreconditionFailed
    until = given.on or work.now.astimezone(CHINA).date()
    if name == "close" and until < row["since"]:
        zh, en = "不能早于开始日期", "is before the day on which it began"
        raise Invalid(errors=[{"at": "/body/on", "kind": "value_error", "zh": zh, "en": en}])
    text = {"reason": given.reason}
    data = {"kind": row["kind"], "until": until.isoformat()}
    entry = Entry("record", f"record.{name}", outcome.before, outcome.after, data, text)
    if await work.write(q.MOVE, entry, id=record, version=row["version"], to_step=outcome.after, until=until) is None:
        raise PreconditionFailed if expected is not None else Conflict
    return record


async def page(
    work: Work,
    *,
    mine: bool,
    cursor: str | None,
    limit: int,
    **filters: Any,  # noqa: ANN401
) -> Page[RecordView]:
    """A page, the newest first: about oneself, or at places whose records one keeps. `filters`: place, person, post,
    kind, step. UnknownPlace, UnknownAbout, Forbidden.
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
    return [shown(row, seats.get(row["post_id"]), work.actor) for row in rows]


# --- for other slices ----------------------------------------------------------------------------------------------


async def of_person(work: Work, person: UUID) -> list[Row]:
    """Every record about a person, or of what the person taught."""
    return await work.all(q.OF_PERSON, person_id=person)


async def rebase(work: Work, old: str, new: str) -> None:
    """A place moved with all below it: rewrites the paths of records."""
    await work.one(q.REBASE, old=old, new=new, end=after(old))
