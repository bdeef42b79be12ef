"""信息上报: how an appeal comes into being, from a person or from a hotline order. One statement each."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from sqlalchemy import CTE

from services.tickets.appeals import due, inputs
from services.tickets.appeals import queries as q
from services.tickets.appeals.moves import due_at
from services.tickets.appeals.relations import Appeal
from services.tickets.places import service as places
from shared.kernel.errors import Conflict, Forbidden
from shared.kernel.paths import ROOT
from shared.kernel.rights import Permission, Principal
from shared.runtime.changes import Change
from shared.runtime.ids import new_id, new_number
from shared.runtime.jobs import Job
from shared.runtime.journal import Entry
from shared.runtime.service import Service
from shared.runtime.work import Work
from shared.schemas.hierarchy import PlaceRef

# Two of a kind at the same moment: a number drawn twice, or the same order under two message ids.
_TWICE = {"uq_appeals_number", "uq_appeals_order"}


async def report(work: Work, service: Service, new: inputs.NewAppeal) -> Appeal:
    """A person reports an appeal, for themselves or on behalf of another.

    Raises UnknownPlace and UnknownCategory (422). While hierarchy cannot be asked about a place never met before, the
    appeal is accepted all the same and located by a job.
    """
    me, for_another = _who(work.actor), new.on_behalf_of
    category = inputs.known_category(new.category)
    place = await places.find(work, service.clients["hierarchy"], new.place)
    if work.actor.kind == "service":
        for_another = for_another or inputs.Caller()  # never the visitor's own: what was found is the household's
    elif for_another is not None:
        work.actor.demand(Permission.APPEALS_READ, place.path if place else None)
    return await born(
        work,
        service,
        place,
        step="verify" if place else "report",
        place_code=new.place,
        contact=for_another.model_dump(exclude_none=True) if for_another else None,
        title=new.title,
        content=new.content,
        appeal_type=new.appeal_type.value,
        category=category,
        urgency=new.urgency.value,
        channel=new.channel.value,
        anonymous=new.anonymous,
        confidential=new.confidential,
        collected_at=new.collected_at,
        reporter_id=None if for_another else me,
        entered_by=me if for_another else None,
    )


def _who(caller: Principal) -> UUID:
    """Who reports or writes it down. A service does for the person it acts for (a need found on a visit), whose rights
    it has looked at. Raises Forbidden.
    """
    if caller.kind == "service" and caller.act and caller.may(Permission.SERVICE_COMMANDS):
        return UUID(caller.act)
    if caller.kind == "service" or not caller.may(Permission.APPEALS_REPORT):
        raise Forbidden
    return UUID(caller.id)


def reporting(also: Callable[[CTE], CTE]) -> Change:
    """The statement for `born` with a further row that a higher slice keeps about the appeal."""
    return q.report(also)


async def born(  # noqa: PLR0913 - what is written, and what is due with it
    work: Work,
    service: Service,
    place: PlaceRef | None,
    *,
    step: str,
    contact: dict[str, Any] | None,
    change: Change = q.REPORT,
    data: dict[str, Any] | None = None,
    text: dict[str, Any] | None = None,
    jobs: Iterable[Job] = (),
    **fields: Any,  # noqa: ANN401 - columns of the appeal, and what `change` wants besides
) -> Appeal:
    """Writes the new appeal with its journal row, its clock, and the job that finds its place if it stands at `report`.

    Raises Conflict where the order or the number was taken a moment before; a second try knows it.
    """
    appeal_id = new_id()
    clock = due_at(service.calendar, step, fields["urgency"], work.now)
    phone = contact.get("phone") if contact else None
    values = {
        **dict.fromkeys(("collected_at", "reporter_id", "entered_by", "place_code", "hotline", "order_no")),
        **fields,
        "id": appeal_id,
        "number": new_number(work.now),
        "place_name": place.full_name if place else None,
        "place_path": place.path if place else ROOT,
        "contact": seal(service, work.district, appeal_id, contact),
        "reporter_index": service.vault.blind_index(phone, purpose="phone", district=work.district) if phone else None,
        "step": step,
        "step_due": clock,
    }
    codes = {name: fields[name] for name in ("category", "urgency", "channel")}
    entry = Entry("appeal", "report", None, step, codes | (data or {}), text)
    first = _first_jobs(appeal_id, step, clock, values["place_code"])
    try:
        row = await work.write(change, entry, [*first, *jobs], **values)
    except asyncpg.UniqueViolationError as error:
        if error.constraint_name in _TWICE:
            raise Conflict from error
        raise
    assert row is not None  # noqa: S101 - an insert without a condition returns its row
    return dict(row)


def _first_jobs(appeal_id: UUID, step: str, clock: datetime | None, place_code: str | None) -> list[Job]:
    jobs = []
    if clock:
        jobs.append(due.OVERDUE.of(due_at=clock, appeal_id=str(appeal_id), step=step, due=clock.isoformat()))
    if step == "report" and place_code is not None:
        jobs.append(due.LOCATE.of(appeal_id=str(appeal_id)))
    return jobs


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
