"""Use cases of personal data in tickets: a person's copy, and erasing them here when hierarchy says so."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from services.tickets.appeals import contacts, moves
from services.tickets.attachments import service as attachments
from services.tickets.hotline import service as hotlines
from services.tickets.privacy import due
from shared.runtime import personal
from shared.runtime.journal import Entry
from shared.runtime.service import Service
from shared.runtime.work import Work
from shared.schemas.personal import ErasureOrder

BATCH = 20
_COLUMNS = ("id", "number", "title", "content", "appeal_type", "category", "urgency", "channel", "anonymous",
            "confidential", "place_code", "place_name", "hotline", "order_no", "step", "refused", "result",
            "public_reply", "rating", "created_at", "closed_at")  # fmt: skip

_FILE = ("id", "appeal_id", "kind", "name", "media_type", "size", "sha256", "added_at")


async def export(work: Work, service: Service, person: UUID) -> dict[str, Any]:
    """Everything tickets holds about a person: what they reported with its contact data, and what they wrote."""
    rows = await contacts.of_person(work, person)
    appeals = [
        {name: row[name] for name in _COLUMNS} | {"contact": contacts.contact_of(service, work.district, row)}
        for row in rows
    ]
    words = [dict(row) for row in await contacts.words_of(work, person)]
    orders = await hotlines.orders_of(work, service, [row["id"] for row in rows])
    files = [{name: row[name] for name in _FILE} for row in await attachments.of_person(work, str(person))]
    return {"appeals": appeals, "words": words, "hotline_orders": orders, "attachments": files}


async def order(work: Work, given: ErasureOrder) -> None:
    """Keeps hierarchy's order to erase a person; a job carries it out."""
    job = due.ERASE.of(person_id=str(given.person_id), phone_indexes=list(given.phone_indexes))
    entry = Entry("person", personal.ERASED, data={"role": "service"})
    await work.record(entry, given.person_id, [job])


async def carry_out(work: Work, service: Service, person: UUID, indexes: Sequence[str]) -> None:
    """Erases a few of a person's appeals, and has the job run again while there are more. Inside a transaction."""
    found = await contacts.erase(work, person, [bytes.fromhex(index) for index in indexes], BATCH)
    await hotlines.erase_orders(work, service, found)
    files = (await attachments.of_person(work, str(person)))[:BATCH]
    for appeal_id in found:  # what a hotline sent along came from the person; what officers added is the office's
        files += [row for row in await attachments.of_appeal(work, appeal_id) if row["source"] is not None]
    for row in files:
        await attachments.removed(work, await moves.load(work, row["appeal_id"]), row)
    if BATCH in (len(found), len(files)) or len(files) > BATCH:
        again = due.ERASE.of(person_id=str(person), phone_indexes=list(indexes))
        await work.record(Entry("person", personal.ERASED, data={"role": "service", "more": True}), person, [again])


async def expire(work: Work, service: Service, days: int) -> int:
    """Erases contact data of some appeals that were closed more than `days` ago; how many. Inside a transaction."""
    found = await contacts.expire(work, work.now - timedelta(days=days), BATCH)
    await hotlines.erase_orders(work, service, found)
    return len(found)
