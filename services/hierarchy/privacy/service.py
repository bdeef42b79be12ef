"""Use cases of personal data in hierarchy: looking at it with a reason, finding by number, handing out, erasing.

Every look is one journal row about the person, without the value, counted against a daily limit in the same statement.
"""

from typing import Any
from uuid import UUID

from services.hierarchy.appointments import service as appointments
from services.hierarchy.bookings import service as bookings
from services.hierarchy.calendars import service as calendars
from services.hierarchy.candidacies import service as candidacies
from services.hierarchy.evaluations import service as evaluations
from services.hierarchy.experts import service as experts
from services.hierarchy.households import service as households
from services.hierarchy.identity import service as identities
from services.hierarchy.identity.service import Identity
from services.hierarchy.loans import service as loans
from services.hierarchy.notices import service as notices
from services.hierarchy.organisations import service as organisations
from services.hierarchy.people import service as people
from services.hierarchy.privacy import due
from services.hierarchy.privacy.inputs import Erasure, Reveal, Shown, Way
from services.hierarchy.privacy.views import ErasedPerson, FoundPeople, RevealedPerson
from services.hierarchy.records import service as records
from services.hierarchy.report_ins import service as report_ins
from services.hierarchy.rosters import service as rosters
from services.hierarchy.schema import REVEALS
from services.hierarchy.sessions import ending
from services.hierarchy.sessions import service as sessions
from services.hierarchy.sign_in import service as ways
from services.hierarchy.swaps import service as swaps
from services.hierarchy.visits import service as visits
from shared.kernel.errors import AlreadyDone, NotFound
from shared.kernel.paths import ROOT
from shared.kernel.personal import ErasureRefused
from shared.kernel.rights import Permission, Role
from shared.runtime import personal
from shared.runtime.clients import ServiceClient
from shared.runtime.db import Row
from shared.runtime.journal import Entry
from shared.runtime.service import Service
from shared.runtime.work import Work
from shared.schemas.personal import SearchPerson, Standing

_SHIFT = ("roster_name", "begins_at", "ends_at", "step", "came_at", "left_at")
_MAY_SEE = Permission.PERSONAL_REVEAL


async def reveal(work: Work, service: Service, person: UUID, given: Reveal) -> RevealedPerson:
    """Shows what was asked for, and journals it. NotFound, Forbidden, ProcessingStopped, RevealsUsedUp."""
    row = await _open(work, person)
    role = personal.role_of(work.actor, _MAY_SEE, row["path"] or ROOT)
    entry = personal.because("person", personal.REVEALED, given, fields=sorted(given.fields), role=role)
    await REVEALS.record(work, entry, person, service.settings.reveals_per_day)
    return _shown(work, service, row, given)


async def revealed(work: Work, service: Service, person: UUID, given: Reveal) -> RevealedPerson:
    """The same again for a repeated request: for a few minutes, and only while the rights are there."""
    row = await _open(work, person)
    await personal.shown_lately(work, person)
    return _shown(work, service, row, given)


async def _open(work: Work, person: UUID) -> Row:
    row = await people.seen(work, person, _MAY_SEE)
    people.must_be_open(row)
    return row


def _shown(work: Work, service: Service, row: Row, given: Reveal) -> RevealedPerson:
    vault, district = service.vault, work.district
    readers = {
        Shown.NAME: people.name_of,
        Shown.PHONE: people.phone_of,
        Shown.ID_NUMBER: people.id_number_of,
    }
    values = {field.value: read(vault, district, row) for field, read in readers.items() if field in given.fields}
    return RevealedPerson(id=row["id"], **dict.fromkeys(Shown) | values)


async def search(work: Work, service: Service, given: SearchPerson) -> FoundPeople:
    """Whoever has the number, masked; somebody outside the caller's scope is nobody. RevealsUsedUp."""
    work.actor.demand(_MAY_SEE)
    if given.phone is not None:
        what, row = "phone", await people.by_phone(work, service.vault, given.phone)
    else:
        what, row = "id_number", await people.by_id_number(work, service.vault, given.id_number or "")
    known = row is not None and row["stopped_at"] is None and work.actor.may(_MAY_SEE, row["path"] or ROOT)
    hit = row if known else None
    role = personal.role_of(work.actor, _MAY_SEE, (hit["path"] or ROOT) if hit else None)
    event = personal.FOUND if hit else personal.FOUND_NOBODY
    entry = personal.because("person", event, given, fields=[what], role=role)
    about = hit["id"] if hit else personal.own_id(work)
    await REVEALS.record(work, entry, about, service.settings.reveals_per_day)
    return FoundPeople(people=[people.masked(service.vault, work.district, hit)] if hit else [])


async def found(work: Work, service: Service, person: UUID) -> FoundPeople:
    """The same again for a repeated search."""
    row = await people.by_id(work, person)
    if row is None or str(person) == work.actor.id or not work.actor.may(_MAY_SEE, row["path"] or ROOT):
        return FoundPeople(people=[])
    return FoundPeople(people=[people.masked(service.vault, work.district, row)])


async def set_id_number(work: Work, service: Service, person: UUID, number: str) -> None:
    """Keeps the number of a card that was seen. NotFound, Forbidden, ProcessingStopped, AlreadyDone."""
    people.must_be_open(await people.seen(work, person, _MAY_SEE))
    await people.set_id_number(work, service.vault, person, number)


# --- erasing -----------------------------------------------------------------------------------------------------


async def erase(work: Work, service: Service, person: UUID, given: Erasure) -> ErasedPerson:
    """Erases a person, or stops the processing, for those who may. NotFound, Forbidden, AlreadyDone, ErasureRefused."""
    await people.seen(work, person, Permission.PERSONAL_ERASE)
    return await _go(work, service, person, given, Role.SECURITY_ADMIN.value)


async def erase_own(work: Work, service: Service, reason: str) -> ErasedPerson:
    """Erases the caller, at their own wish. NotFound, AlreadyDone, ErasureRefused."""
    person = personal.own_id(work)
    return await _go(work, service, person, Erasure(reason=reason), "self")


async def _go(work: Work, service: Service, person: UUID, given: Erasure, role: str) -> ErasedPerson:
    row = await people.by_id(work, person)
    if row is None:
        raise NotFound
    text = {"reason": given.reason}
    if given.way is Way.STOP:
        entry = Entry("person", personal.STOPPED, data={"role": role}, text=text)
        if not await people.stop(work, person, entry):
            raise _twice()
        return await erased(work, person)
    if row["erased_at"]:
        raise _twice()
    await _nothing_in_the_way(work, service.clients["tickets"], person)
    phone = people.phone_of(service.vault, work.district, row)
    indexes = people.phone_indexes(service.vault, work.district, phone) if phone else []
    jobs = [
        due.CARRY_ON.of(service=name, person_id=str(person), phone_indexes=indexes) for name in due.TOLD
    ]  # fmt: skip
    await work.begin()
    await personal.forget_texts(work, [person])
    entry = Entry("person", personal.ERASED, data={"role": role}, text=text)
    if not await people.erase(work, person, entry, jobs):
        raise _twice()
    await identities.forget(work, person)
    await candidacies.forget(work, person)
    await personal.forget_texts(work, await records.forget(work, person))
    await households.forget_person(work, person)
    identity: Identity = service.extras["identity"]
    await ending.end_all(work, identity, person, why="erased")
    await ending.forget_devices(work, person)
    await ways.forget(work, person)
    await _leave_venues(work, person)
    await _leave_partners(work, person)
    return await erased(work, person)


async def _leave_venues(work: Work, person: UUID) -> None:
    """What the person wrote into bookings and swaps, and that they had something on loan."""
    written = [*await bookings.forget(work, person), *await loans.forget_person(work, person)]
    await personal.forget_texts(work, [*written, *await swaps.of_person(work, person)])
    await rosters.forget(work, person)
    await calendars.forget(work, person)


async def _leave_partners(work: Work, person: UUID) -> None:
    """Where the person works and what they can do, and what they wrote beside scores, which stay."""
    written = [*await experts.forget(work, person), *await report_ins.forget(work, person)]
    await personal.forget_texts(work, [*written, *await evaluations.forget(work, person)])


async def erased(work: Work, person: UUID) -> ErasedPerson:
    """What has become of a person. NotFound."""
    row = await people.by_id(work, person)
    if row is None:
        raise NotFound
    told = list(due.TOLD) if row["erased_at"] else []
    return ErasedPerson(id=person, stopped_at=row["stopped_at"], erased_at=row["erased_at"], carried_on_to=told)


def _twice() -> AlreadyDone:
    return AlreadyDone(
        what_zh="已经删除或停止处理过了。", what_en="This was erased, or its processing stopped, before."
    )


async def _nothing_in_the_way(work: Work, tickets: ServiceClient, person: UUID) -> None:
    """Posts, rights and open cases end first: whoever answers for something cannot vanish from it."""
    reasons = []
    if any(post["until"] is None or post["until"] >= work.today for post in await appointments.history(work, person)):
        reasons.append(("posts_held", "本人仍在任岗位，请先办理卸任", "posts are held; end the appointments first"))
    grants = await identities.explicit(work, person, work.today)
    if any(grant.role is not Role.RESIDENT for grant in grants):
        reasons.append(("rights_held", "本人仍有管理权限，请先收回", "there are rights by grant; take them back first"))
    standing = await tickets.get(f"erasures/{person}", work.district, model=Standing)
    if standing.open_cases:
        reasons.append(("appeals_open", "本人还有未办结的诉求", "appeals of this person are still open"))
    if await rosters.shifts_of(work, person, work.today):
        reasons.append(("shifts_planned", "本人还有值班班次，请先换人", "shifts still wait for this person"))
    if standing.handling:
        reasons.append(("appeals_handled", "本人还有承办中的诉求", "appeals wait for this person to handle them"))
    if reasons:
        codes, zh, en = zip(*reasons, strict=True)
        raise ErasureRefused(why=list(codes), why_zh="；".join(zh), why_en="; ".join(en))


# --- a copy ------------------------------------------------------------------------------------------------------


async def export(work: Work, service: Service, person: UUID) -> dict[str, Any]:
    """Everything hierarchy holds about a person. NotFound."""
    row = await people.by_id(work, person)
    if row is None:
        raise NotFound
    vault, district = service.vault, work.district
    kept = ("listed_as", "path", "party_member", "attributes", "created_at", "stopped_at", "erased_at")
    mine = str(person) == work.actor.id
    return {
        "person": {
            "name": people.name_of(vault, district, row),
            "phone": people.phone_of(vault, district, row) or None,
            "id_number": people.id_number_of(vault, district, row),
            **{name: row[name] for name in kept},
        },
        "posts": [dict(post) for post in await appointments.history(work, person)],
        "candidacies": [dict(one) for one in await candidacies.of_person(work, person)],
        "records": [dict(one) for one in await records.of_person(work, person)],
        "notices": [dict(one) for one in await notices.of_person(work, person)],
        "households": await households.lived_in(work, person),
        "visits": await visits.of_person(work, person),
        "grants": [
            {"role": grant.role, "path": grant.place} for grant in await identities.explicit(work, person, work.today)
        ],
        "memberships": [dict(one) for one in await organisations.of_person(work, person)],
        "experts": [dict(one) for one in await experts.of_person(work, person)],
        "report_ins": [dict(one) for one in await report_ins.of_person(work, person)],
        "evaluation_scores": await evaluations.of_person(work, person),
        "bookings": [dict(booking) for booking in await bookings.of_person(work, person)],
        "loans": [dict(loan) for loan in await loans.of_person(work, person)],
        "shifts": [{name: shift[name] for name in _SHIFT} for shift in await rosters.of_person(work, person)],
        "sessions": [device.model_dump() for device in await sessions.devices(work)] if mine else [],
    }
