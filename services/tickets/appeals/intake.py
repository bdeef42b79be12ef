"""信息上报: how an appeal comes into being, from a person or from a hotline order. One statement each."""

from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from services.tickets.appeals import due, inputs
from services.tickets.appeals import queries as q
from services.tickets.appeals.moves import due_at
from services.tickets.places import service as places
from shared.kernel.errors import Forbidden
from shared.kernel.paths import ROOT
from shared.kernel.rights import Permission
from shared.runtime.db import Row
from shared.runtime.ids import new_id, new_number
from shared.runtime.jobs import Job
from shared.runtime.journal import Entry
from shared.runtime.service import Service
from shared.runtime.work import Work
from shared.schemas.hierarchy import PlaceRef


async def report(work: Work, service: Service, new: inputs.NewAppeal) -> UUID:
    """A person reports an appeal, for themselves or on behalf of another. Returns its id.

    Raises UnknownPlace and UnknownCategory (422). While hierarchy cannot be asked about a place never met before, the
    appeal is accepted all the same and located by a job.
    """
    inputs.known_category(new.category)
    if not work.actor.may(Permission.APPEALS_REPORT):
        raise Forbidden
    place = await places.find(work, service.clients["hierarchy"], new.place)
    for_another = new.on_behalf_of
    if for_another is not None and not work.actor.may(Permission.APPEALS_READ):
        raise Forbidden
    row = await born(
        work,
        service,
        place,
        place_code=new.place,
        contact=for_another.model_dump(exclude_none=True) if for_another else None,
        title=new.title,
        content=new.content,
        appeal_type=new.appeal_type.value,
        category=new.category,
        urgency=new.urgency.value,
        channel=new.channel.value,
        anonymous=new.anonymous,
        collected_at=new.collected_at,
        reporter_id=None if for_another else UUID(work.actor.id),
    )
    appeal_id: UUID = row["id"]
    return appeal_id


async def born(
    work: Work,
    service: Service,
    place: PlaceRef | None,
    *,
    place_code: str | None,
    contact: dict[str, Any] | None,
    entry_data: dict[str, Any] | None = None,
    jobs: tuple[Job, ...] = (),
    **fields: Any,  # noqa: ANN401 - columns of the appeal
) -> Row:
    """Writes the new appeal with its journal row, its clock and the job that finds its place if that is open."""
    appeal_id = new_id()
    step = "verify" if place else "report"
    due_time: datetime | None = due_at(service.calendar, step, fields["urgency"], work.now)
    phone = contact.get("phone") if contact else None
    later = list(jobs)
    if due_time:
        later.append(due.OVERDUE.of(due_at=due_time, appeal_id=str(appeal_id), step=step, due=due_time.isoformat()))
    if place is None and place_code is not None:
        later.append(due.LOCATE.of(appeal_id=str(appeal_id)))
    values = {
        "id": appeal_id,
        "number": new_number(work.now),
        "place_code": place.code if place else place_code,
        "place_name": place.full_name if place else None,
        "place_path": place.path if place else ROOT,
        "contact": seal(service, work.district, appeal_id, contact),
        "reporter_index": service.vault.blind_index(phone, purpose="phone", district=work.district) if phone else None,
        "step": step,
        "step_due": due_time,
        "chain": [],
        **dict.fromkeys(("collected_at", "reporter_id", "hotline", "order_no")),
        "confidential": False,
        **fields,
    }
    data = {"category": fields["category"], "urgency": fields["urgency"], "channel": fields["channel"]}
    entry = Entry("appeal", "report", None, step, data | (entry_data or {}))
    row = await work.write(q.REPORT, entry, later, **values)
    assert row is not None  # noqa: S101 - an insert without a condition returns its row
    return row


def seal(service: Service, district: str, appeal_id: UUID, contact: dict[str, Any] | None) -> bytes | None:
    """Encrypts name, phone and address; the ciphertext is bound to this very row."""
    if not contact:
        return None
    return service.vault.seal(orjson.dumps(contact).decode(), bound_to=f"{district}|appeals|contact|{appeal_id}")


def unseal(service: Service, district: str, appeal_id: UUID, blob: bytes | None) -> dict[str, Any]:
    """The contact data again."""
    if blob is None:
        return {}
    opened = service.vault.open(blob, bound_to=f"{district}|appeals|contact|{appeal_id}")
    contact: dict[str, Any] = orjson.loads(opened)
    return contact
