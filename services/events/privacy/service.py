"""Use cases of personal data in events: a person's copy, and erasing them here when hierarchy says so."""

from typing import Any
from uuid import UUID

from services.events.attendance import service as attendance
from services.events.notices import service as notices
from services.events.privacy import due
from services.events.registrations import service as registrations
from shared.runtime import personal
from shared.runtime.journal import Entry
from shared.runtime.service import Service
from shared.runtime.work import Work
from shared.schemas.personal import ErasureOrder


async def export(work: Work, _: Service, person: UUID) -> dict[str, Any]:
    """Everything events holds about a person: sign-ups, when they came and for how long, messages to them."""
    readers = {
        "registrations": registrations.of_person,
        "attendance": attendance.of_person,
        "notices": notices.of_person,
    }
    found = {kind: await read(work, str(person)) for kind, read in readers.items()}
    return {kind: [{k: v for k, v in row.items() if k != "district"} for row in rows] for kind, rows in found.items()}


async def order(work: Work, given: ErasureOrder) -> None:
    """Keeps hierarchy's order to erase a person; a job carries it out."""
    entry = Entry("person", personal.ERASED, data={"role": "service"})
    await work.record(entry, given.person_id, [due.ERASE.of(person_id=str(given.person_id))])


async def carry_out(work: Work, person: UUID) -> None:
    """Erases notes, messages and texts; who came when stays under an id that nobody has any more."""
    found = await registrations.forget_notes(work, str(person))
    await personal.forget_texts(work, found)
    await notices.forget(work, str(person))
