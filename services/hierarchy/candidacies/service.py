"""Use cases of candidacies: stand or be named, agree, be scored and reviewed, and be appointed."""

from typing import Any
from uuid import UUID

from pydantic import BaseModel

from services.hierarchy.appointments import service as appointments
from services.hierarchy.candidacies import queries as q
from services.hierarchy.candidacies.inputs import Choice, NewCandidacy, Scores
from services.hierarchy.candidacies.refusals import (
    CriteriaDiffer,
    NobodyToName,
    OriginNotTaken,
    UnknownEmployer,
    UnknownSeat,
)
from services.hierarchy.candidacies.views import CandidacyView, facts, may_see, parties, shown
from services.hierarchy.candidacies.workflow import CANDIDACY, SOURCES
from services.hierarchy.households import service as households
from services.hierarchy.organisations import service as organisations
from services.hierarchy.people import service as people
from services.hierarchy.places import service as places
from services.hierarchy.structures import service as structures
from services.hierarchy.succession.filling import Term, appoint
from services.hierarchy.succession.rules import first_day
from shared.kernel.errors import AlreadyDone, Forbidden, NotFound
from shared.kernel.paths import ROOT, covers
from shared.kernel.refusals import expect, invalid, stale
from shared.kernel.rights import Permission
from shared.runtime.db import Row
from shared.runtime.ids import new_id
from shared.runtime.journal import Entry
from shared.runtime.privacy import Vault, mask_name
from shared.runtime.rates import Limit
from shared.runtime.scoping import limits
from shared.runtime.service import Service
from shared.runtime.web.pages import decode, encode
from shared.runtime.work import Work
from shared.schemas.base import Page

_STAND, _MANAGE = Permission.CANDIDACIES_CREATE, Permission.APPOINTMENTS_MANAGE
_BY_STAFF = frozenset({"recruited", "service_purchase"})
# Nobody finds out by trying whose number it is. The staff of the seat, who may look numbers up, is not counted.
BY_NUMBER = Limit("candidacy_by_number", 20, 86_400)
_NOBODY, _LAST = UUID(int=0), UUID(int=2**128 - 1)


async def begin(work: Work, running: Service, given: NewCandidacy) -> UUID:
    """Forbidden, UnknownSeat, UnknownEmployer, OriginNotTaken, UnknownPerson, ProcessingStopped, NobodyToName,
    TooManyRequests, Invalid (nobody recommends themself), AlreadyDone.
    """
    found = await _seat(work, given)
    recommender = await _recommender(work, given, found["path"])
    if given.employer is not None and given.employer not in await organisations.by_codes(work, [given.employer]):
        raise UnknownEmployer(employer=given.employer)
    criteria = await _criteria(work, found, given.origin)
    person = await _candidate(work, running, given, found["path"])  # last: no refusal from here on tells two apart
    if person == recommender:
        raise invalid("person", "推荐自己请用自荐（self）", "whoever names themself stands with `self`")
    seat = await appointments.hold_post(work, found["id"])  # where it lies is written down, and it is not given up
    if seat is None:
        raise UnknownSeat(post=given.post)
    step = "proposed" if given.origin == "recommended" and str(person) != work.actor.id else "nominated"
    data = {"post": seat["code"], "person": str(person), "origin": given.origin, "employer": given.employer}
    entry = Entry("candidacy", "candidacy.begin", after=step, data=data)
    born: dict[str, Any] = {"id": new_id(), "post_id": seat["id"], "path": seat["path"], "person_id": person}
    said: dict[str, Any] = {"origin": given.origin, "employer": given.employer, "in_favour": given.statement}
    row = await work.write(q.BEGIN, entry, **born, **said, recommender_id=recommender, step=step, criteria=criteria)
    if row is None:
        # Who stands is for the staff to know: a neighbour who finds it out so leaves no trace.
        if given.phone is not None and not work.actor.may(_MANAGE, seat["path"]):
            raise NobodyToName
        raise AlreadyDone(what_zh="此人已在参选该岗位。", what_en="This person stands for that post already.")
    made: UUID = row["id"]
    return made


async def _seat(work: Work, given: NewCandidacy) -> Row:
    """The seat, where the caller may begin this. Forbidden, UnknownSeat."""
    if not work.actor.may(_STAND) or work.actor.kind != "user":
        raise Forbidden(permission=_STAND.value)
    seat = await appointments.post(work, given.post)
    if seat is None or seat["path"] is None:
        raise UnknownSeat(post=given.post)
    if (given.origin in _BY_STAFF or given.recommender is not None) and not work.actor.may(_MANAGE, seat["path"]):
        raise Forbidden(permission=_MANAGE.value)
    return seat


async def _candidate(work: Work, running: Service, given: NewCandidacy, path: str) -> UUID:
    """Who stands: the caller, whoever has that id, or that number and name. Of the latter one learns only that it fits,
    and they see who asked: it waits among their own until they agree.
    """
    if given.phone is None or given.name is None:
        person = given.person or UUID(work.actor.id)
        await people.nameable(work, person, path)
        return person
    if not work.actor.may(_MANAGE, path):
        await running.rates.spend(BY_NUMBER, f"{work.district}/{work.actor.id}")
    row = await people.by_phone(work, running.vault, given.phone)
    who = _NOBODY if row is None else row["id"]
    homes = await households.homes(work, who)  # asked for in any case: an answer takes as long for nobody
    community = path[: people.COMMUNITY]
    if (
        row is None
        or row["stopped_at"]
        or people.name_of(running.vault, work.district, row) != given.name
        or not any(covers(community, place) for place in (row["path"] or ROOT, *homes))
    ):
        raise NobodyToName
    return who


async def _recommender(work: Work, given: NewCandidacy, path: str) -> UUID | None:
    """Who named them: the caller, or whoever the staff enters it for."""
    if given.recommender is not None:
        await people.nameable(work, given.recommender, path)
        return given.recommender
    return UUID(work.actor.id) if given.origin == "recommended" else None


async def _criteria(work: Work, seat: Row, origin: str) -> list[str]:
    found = await structures.post_kind(work, seat["path"], seat["kind"], work.today)
    if found is None or found[1] is None:
        return []
    kind = found[1]
    if kind.origins and origin not in kind.origins:
        raise OriginNotTaken(origin=SOURCES[origin], allowed="、".join(SOURCES[one] for one in kind.origins))
    return [*kind.criteria]


async def load(work: Work, candidacy: UUID) -> Row:
    """For its parties and whoever named the candidate. NotFound."""
    row = await work.one(q.BY_ID, id=candidacy)
    if row is None or not may_see(row, work.actor):
        raise NotFound
    return row


async def whole(work: Work, vault: Vault, candidacy: UUID) -> CandidacyView:
    """As this caller sees it. NotFound."""
    return (await _views(work, vault, [await load(work, candidacy)]))[0]


async def move(work: Work, candidacy: UUID, name: str, given: BaseModel, expected: int | None = None) -> UUID:
    """Makes a move. NotFound, PreconditionFailed, Conflict, CriteriaDiffer, what `apply` and `appoint` raise."""
    row = await load(work, candidacy)
    outcome = CANDIDACY.apply(row["step"], name, parties(row, work.actor), facts(row))
    expect(row["version"], expected)
    scores, made = row["scores"], None
    data: dict[str, Any] = {"person": str(row["person_id"])}
    if isinstance(given, Scores):
        if set(given.scores) != set(row["criteria"]):
            raise CriteriaDiffer(criteria="、".join(row["criteria"]) or "-")
        scores = {**scores, work.actor.id: dict(given.scores)}
        data["scores"] = dict(given.scores)
    if isinstance(given, Choice):
        made = new_id()
        data["appointment"] = str(made)
        await work.begin()
    text = given.model_dump(include={"note", "reason"}, exclude_none=True) or None
    entry = Entry("candidacy", f"candidacy.{name}", outcome.before, outcome.after, data, text)
    over = CANDIDACY.steps[outcome.after].is_end
    values = {"scores": scores, "appointment_id": made, "over": over, "to_step": outcome.after}
    if await work.write(q.MOVE, entry, id=candidacy, version=row["version"], **values) is None:
        raise stale(expected)
    if isinstance(given, Choice):
        since = first_day(given.since, work.today)
        source = given.source or SOURCES[row["origin"]]
        term = Term(since, source, given.term_ends, row["id"], given.accept_violations, row["employer"], made)
        await appoint(work, row["post_id"], row["person_id"], term)
    return candidacy


async def page(
    work: Work,
    vault: Vault,
    *,
    mine: bool,
    cursor: str | None,
    limit: int,
    **filters: Any,  # noqa: ANN401
) -> Page[CandidacyView]:
    """A page, the newest first: where one stands or named somebody, or those at places where one appoints."""
    if mine and work.actor.kind != "user":
        raise NotFound
    if not mine and not work.actor.may(_MANAGE):
        raise Forbidden(permission=_MANAGE.value)
    wanted = await places.placed(work, filters)
    if "post" in wanted:
        seat = await appointments.post(work, wanted["post"])
        if seat is None:
            raise UnknownSeat(post=wanted["post"])
        wanted["post"] = seat["id"]
    key = decode(cursor, UUID)
    whose = {"me": UUID(work.actor.id)} if mine else limits("scopes", "scope_ends", work.actor.scopes(_MANAGE))
    statement = q.listed(frozenset(wanted) - {"end"}, own=mine)
    rows = await work.all(statement, **wanted, **whose, before=key[0] if key else _LAST, limit=limit + 1)
    items = await _views(work, vault, rows[:limit])
    return Page(items=items, next=encode(items[-1].id) if len(rows) > limit else None)


async def _views(work: Work, vault: Vault, rows: list[Row]) -> list[CandidacyView]:
    known = await people.by_ids(work, (row["person_id"] for row in rows))
    names = {id_: mask_name(people.name_of(vault, work.district, one)) for id_, one in known.items()
             if not one["erased_at"]}  # fmt: skip
    seats = await appointments.posts_by_ids(work, (row["post_id"] for row in rows))
    return [shown(row, seats[row["post_id"]], names.get(row["person_id"]), work.actor) for row in rows]


# --- for other slices ----------------------------------------------------------------------------------------------


async def of_person(work: Work, person: UUID) -> list[Row]:
    """Every candidacy of a person, and those in which the person named somebody."""
    return await work.all(q.OF_PERSON, person_id=person)


async def forget(work: Work, person: UUID) -> None:
    """Erases what was written in a person's favour, or by the person; that there was a candidacy stays."""
    await work.all(q.FORGET, person_id=person)


rebase = q.REBASE
