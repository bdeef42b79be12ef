"""Contact data of appeals (诉求人): shown in full with a reason, handed out, erased. Everywhere else it is masked."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.tickets.appeals import queries as q
from services.tickets.appeals import views
from services.tickets.appeals.intake import unseal
from services.tickets.appeals.moves import load
from services.tickets.appeals.relations import Appeal, may_see_inside, parties
from services.tickets.appeals.views import AppealView, Contact
from services.tickets.appeals.workflow import Party
from services.tickets.schema import REVEALS
from shared.kernel.errors import Forbidden
from shared.kernel.personal import ProcessingStopped, StaysAnonymous
from shared.kernel.rights import Permission
from shared.runtime import personal
from shared.runtime.clients import RemoteProblem, RemoteUnavailable, acting_for
from shared.runtime.db import Row
from shared.runtime.journal import Entry
from shared.runtime.service import Service
from shared.runtime.work import Work
from shared.schemas.base import View
from shared.schemas.personal import ContactRead, KnownContact, RevealReason, Standing

ABOUT = q.REPORTED_BY  # the cases whose journal rows are about the person `person` as well
GONE = "（已应本人要求删除 erased）"


class RevealedContact(View):
    """诉求人 in full. Not to be kept (不得留存)."""

    name: str | None
    phone: str | None
    address: str | None


async def whole(work: Work, service: Service, appeal_id: UUID) -> AppealView:
    """The appeal as it stands now; who reported it by their account is shown, masked, to those who may read the file,
    as far as hierarchy answers. NotFound.
    """
    appeal = await load(work, appeal_id)
    view = views.render(work, service, appeal)
    by_account = appeal["reporter_id"] is not None and not appeal["anonymous"] and view.contact.phone is None
    if not by_account or not may_see_inside(appeal, work.actor):
        return view
    try:
        known = await _account(work, service, appeal["reporter_id"], masked=True)
    except (ProcessingStopped, RemoteUnavailable):
        return view
    shown = {name: getattr(view.contact, name) or value for name, value in known.items()}
    return view.model_copy(update={"contact": Contact(**shown)})


async def reveal(work: Work, service: Service, appeal_id: UUID, given: RevealReason) -> RevealedContact:
    """Shows who reported the appeal and how to reach them, and journals that.

    For those with `personal.reveal` at its place and for its present lead. NotFound, Forbidden, StaysAnonymous,
    ProcessingStopped, RevealsUsedUp; Unavailable where the reporter's account cannot be read.
    """
    appeal = await _open(work, appeal_id)
    shown = await _whole(work, service, appeal)
    named = Party.LEAD in parties(appeal, work.actor)
    role = personal.role_of(work.actor, Permission.PERSONAL_REVEAL, appeal["place_path"])
    entry = personal.because(
        "appeal",
        personal.REVEALED,
        given,
        fields=[name for name, value in shown.model_dump().items() if value],
        role="lead" if named and role is None else role,
        post=appeal["lead_name"] if named else None,
    )
    await REVEALS.record(work, entry, appeal_id, service.settings.reveals_per_day)
    return shown


async def revealed(work: Work, service: Service, appeal_id: UUID) -> RevealedContact:
    """The same again for a repeated request: for a few minutes, and only while the rights are there."""
    appeal = await _open(work, appeal_id)
    await personal.shown_lately(work, appeal_id)
    return await _whole(work, service, appeal)


async def _open(work: Work, appeal_id: UUID) -> Appeal:
    appeal = await load(work, appeal_id)
    allowed = work.actor.may(Permission.PERSONAL_REVEAL, appeal["place_path"])
    if not allowed and Party.LEAD not in parties(appeal, work.actor):
        raise Forbidden
    if appeal["anonymous"]:
        raise StaysAnonymous
    return appeal


async def _whole(work: Work, service: Service, appeal: Appeal) -> RevealedContact:
    """From the appeal itself, or from the account of whoever reported it."""
    known = unseal(service, work.district, appeal["id"], appeal["contact"])
    if not known.get("phone") and appeal["reporter_id"] is not None:
        known = await _account(work, service, appeal["reporter_id"]) | known
    return RevealedContact(**{name: known.get(name) for name in RevealedContact.model_fields})


async def _account(work: Work, service: Service, person: UUID, *, masked: bool = False) -> dict[str, Any]:
    body = ContactRead(person_id=person, masked=masked)
    try:
        read = await service.clients["hierarchy"].post(
            "contacts/read", work.district, body, None, KnownContact, act=acting_for(work.actor)
        )
    except RemoteProblem as problem:
        raise ProcessingStopped from problem  # erased, or not there (any more)
    return read.model_dump()


# --- a person's own ----------------------------------------------------------------------------------------------


async def standing(work: Work, person: UUID) -> Standing:
    """What stands in the way of erasing this person."""
    row = await work.one(q.STANDING, person=person)
    assert row is not None  # noqa: S101 - two counts are always a row
    return Standing(**row)


async def of_person(work: Work, person: UUID) -> list[Row]:
    """Every appeal that a person reported, oldest first."""
    return await work.all(q.OF_PERSON, person=person)


async def words_of(work: Work, person: UUID) -> list[Row]:
    """What a person wrote into the course of appeals: `subject_id`, `at`, `event`, `body`."""
    return await work.all(q.WORDS_OF, actor=str(person), person=person)


def contact_of(service: Service, district: str, appeal: Row) -> dict[str, Any]:
    """The contact data of an appeal, in full."""
    return unseal(service, district, appeal["id"], appeal["contact"])


# --- erasing -----------------------------------------------------------------------------------------------------


async def erase(work: Work, person: UUID, indexes: Sequence[bytes], limit: int) -> list[UUID]:
    """Erases contact data and texts of up to `limit` appeals of a person; which ones. Rows and figures stay."""
    rows = await work.all(q.TO_ERASE, person=person, indexes=list(indexes), gone=GONE, limit=limit)
    found = [row["id"] for row in rows]
    await personal.forget_texts(work, found)
    for appeal_id in found:
        await work.write(q.ERASE, Entry("appeal", personal.ERASED, data={"role": "service"}), id=appeal_id, gone=GONE)
    return found


async def expire(work: Work, closed_before: datetime, limit: int) -> list[UUID]:
    """Erases contact data of up to `limit` appeals that were closed before; which ones. Their texts stay."""
    rows = await work.all(q.EXPIRED, closed_before=closed_before, limit=limit)
    found = [row["id"] for row in rows]
    for appeal_id in found:
        entry = Entry("appeal", personal.ERASED, data={"role": "service", "fields": ["contact"], "why": "retention"})
        await work.write(q.ERASE_CONTACT, entry, id=appeal_id)
    return found
