"""Use cases of filling a post: a seat is made, and somebody comes to sit in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from services.hierarchy.appointments import service as appointments
from services.hierarchy.organisations import service as organisations
from services.hierarchy.people import service as people
from services.hierarchy.places import service as places
from services.hierarchy.responsibility import service as responsibility
from services.hierarchy.structures import linting
from services.hierarchy.structures import service as structures
from services.hierarchy.structures.rules import Violation, violations
from services.hierarchy.structures.structure import PostKind
from services.hierarchy.structures.views import breaches
from services.hierarchy.structures.what_if import FillPost, changed
from services.hierarchy.succession.due import SETTLE
from services.hierarchy.succession.inputs import NewPost
from services.hierarchy.succession.refusals import (
    NotOneself,
    PostHeld,
    UnknownPostKind,
    UnknownSuccessor,
    WouldBreach,
)
from services.hierarchy.succession.rules import must_fill, term_of
from services.hierarchy.succession.views import PostView, seat_view
from shared.kernel import periods
from shared.kernel.errors import Conflict, Invalid, NotFound, UnknownPlace
from shared.kernel.paths import ROOT, covers
from shared.kernel.rights import Permission
from shared.runtime.db import Row
from shared.runtime.ids import new_id
from shared.runtime.jobs import Job
from shared.runtime.journal import Entry
from shared.runtime.work import Work

_SHOWN = 20
_LONGEST_CODE = 64


@dataclass(frozen=True)
class Term:
    """How somebody comes to a post: from when, until when, and how they were found."""

    since: date
    source: str
    term_ends: date | None = None
    candidacy: UUID | None = None
    accepted: bool = False  # breaches of the structure are accepted, for a reason that is journaled elsewhere
    employer: str | None = None  # code of the organisation that a bought service comes from
    id: UUID | None = None  # of the appointment, where it is told elsewhere before


def midnight(day: date) -> datetime:
    """When that day is over in Shanghai."""
    return periods.midnight(day + timedelta(days=1))


async def appoint(work: Work, post: UUID, person: UUID, term: Term, vacated: UUID | None = None) -> UUID:
    """Somebody comes to hold a post; `vacated` is the appointment that just made room.

    NotFound, Forbidden, NotAppointed, NotOneself, UnknownSuccessor, PostHeld, WouldBreach, TermOver, Conflict.
    """
    seat = await appointments.hold_post(work, post)
    if seat is None or seat["path"] is None:
        raise NotFound
    must_fill(work.actor, seat["role"], seat["path"])
    if str(person) == work.actor.id:
        raise NotOneself
    known = await people.by_id(work, person)
    if known is None or known["erased_at"] or known["stopped_at"]:
        raise UnknownSuccessor(person=person)
    other = await appointments.in_the_way(work, post, term.since)
    if other is not None and other["id"] != vacated:
        raise PostHeld(since=other["since"].isoformat())
    kind, brought = await _brings(work, seat, person, member=known["party_member"], since=term.since)
    if brought and not term.accepted:
        raise _would_breach(brought)
    ends = term.term_ends or term_of(kind, term.since)
    data = {"post": seat["code"], "person": str(person), "since": term.since.isoformat(), "source": term.source,
            "term_ends": ends.isoformat() if ends else None, "breaches": len(brought)}  # fmt: skip
    made = term.id or new_id()
    values: dict[str, Any] = {"post_id": post, "person_id": person, "since": term.since, "until": None}
    values |= {
        "term_ends": ends,
        "source": term.source,
        "candidacy_id": term.candidacy,
        "employer": term.employer,
        "id": made,
    }
    entry = Entry("appointment", "appointment.appoint", after="serving", data=data)
    return await appointments.appoint(work, entry, **values)


def settling(appointment: UUID, last: date) -> Job:
    """What is due when the last day in office is over."""
    return SETTLE.of(due_at=midnight(last), appointment_id=str(appointment))


async def _brings(
    work: Work, seat: Row, person: UUID, *, member: bool, since: date
) -> tuple[PostKind | None, list[Violation]]:
    """The structure's post, and the hard breaches that somebody in this seat would bring: on that day, or on a later
    one on which somebody else comes to sit somewhere, or they themself do.
    """
    row = await structures.hold_in_force(work, seat["path"], since)
    if row is None:
        return None, []
    filled = FillPost(op="fill_post", post=seat["code"], holder=str(person), party_member=member)
    found: dict[Violation, None] = {}
    for day in (since, *await appointments.days_ahead(work, row["path"], since)):
        then = await structures.in_force(work, seat["path"], day) or row
        before = await linting.check(work, structures.parsed(then), then["path"], day)
        if any(post.code == seat["code"] for post in before.facts.posts):
            found |= dict.fromkeys(brought(before, [filled]))
    return structures.parsed(row).post(seat["kind"]), list(found)


def brought(before: linting.Found, fills: Sequence[FillPost]) -> list[Violation]:
    """The hard breaches that people in these seats would bring."""
    earlier = set(before.violations)
    after = violations(before.structure, changed(before.facts, fills))
    return [one for one in after if one.hard and one not in earlier]


def _would_breach(found: Sequence[Violation]) -> WouldBreach:
    zh, en = ("；".join(one.zh for one in found[:_SHOWN]), "; ".join(one.en for one in found[:_SHOWN]))
    listed = [one.model_dump(mode="json") for one in breaches(found[:_SHOWN])]
    return WouldBreach(count=len(found), words_zh=zh, words_en=en, errors=listed)


# --- seats ---------------------------------------------------------------------------------------------------------


async def add_post(work: Work, given: NewPost) -> PostView:
    """Makes a seat that the structure in force there has. UnknownPlace, Forbidden, UnknownPostKind, NotAppointed."""
    work.actor.demand(Permission.APPOINTMENTS_MANAGE)
    await places.lock(work)  # the place keeps its path meanwhile
    place = await places.by_code(work, given.place)
    if place is None or not work.actor.may(Permission.APPOINTMENTS_MANAGE, place["path"]):
        raise UnknownPlace(place=given.place)
    found = await structures.post_kind(work, place["path"], given.kind, work.today)
    if found is None or found[1] is None:
        raise UnknownPostKind(kind=given.kind)
    kind: PostKind = found[1]
    must_fill(work.actor, kind.role, place["path"])
    if given.organisation is not None:
        await _need_body(work, given.organisation, place["path"])
    code = await _free_code(work, f"{given.organisation or given.place}-{kind.key}")
    row = {
        "code": code, "kind": kind.key, "label": kind.name, "name": f"{place['name']}·{kind.name}",
        "path": place["path"], "organisation": given.organisation, "role": kind.role,
    }  # fmt: skip
    made = await appointments.add_post(work, Entry("post", "post.add", data={"post": code}), **row)
    if kind.categories:
        await responsibility.put(work, [_answers(made, code, place["path"], kind, work.today)])
    return await post(work, made)


async def _need_body(work: Work, code: str, path: str) -> None:
    """The organisation lies at the place or above it: a seat of a branch is in the branch's own part of the tree."""
    row = (await organisations.by_codes(work, [code])).get(code)
    if row is None or not (covers(row["path"] or ROOT, path) or covers(path, row["path"] or ROOT)):
        zh, en = "没有这个组织", "there is no such organisation here"
        raise Invalid(errors=[{"at": "/body/organisation", "kind": "unknown", "zh": zh, "en": en}])


async def _free_code(work: Work, first: str) -> str:
    for number in range(1, 100):
        code = first if number == 1 else f"{first}-{number}"
        if len(code) > _LONGEST_CODE:
            break
        if not await appointments.taken(work, code):
            return code
    raise Conflict


def _answers(post_id: UUID, code: str, path: str, kind: PostKind, since: date) -> dict[str, Any]:
    return {
        "path": path, "held_by": code, "post_id": str(post_id), "organisation_id": None,
        "categories": [*kind.categories], "position": kind.order, "since": since.isoformat(), "until": None,
    }  # fmt: skip


async def post(work: Work, id_: UUID) -> PostView:
    """A seat as it is today. NotFound, Forbidden."""
    row = await appointments.post_on(work, work.today, id=id_)
    if row is None:
        raise NotFound
    places.admit(work.actor, Permission.RESPONSIBILITY_READ, row["path"], "")
    return seat_view(row, await places.at(work, row["path"]))
