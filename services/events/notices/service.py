"""Use cases of notices: write one, read one's own."""

from uuid import UUID

from services.events.notices import queries as q
from services.events.notices.rules import Kind, sentence
from services.events.registrations import service as registrations
from shared.runtime.db import Row
from shared.runtime.journal import Entry
from shared.runtime.work import Work

Notice = Row


async def write(work: Work, notice: UUID, registration: UUID, kind: Kind) -> None:
    """Tells the person of a registration what happened to it."""
    row, activity = await registrations.load(work, registration)
    words = sentence(kind, title=activity["title"], place=activity["place_name"], starts_at=activity["starts_at"])
    entry = Entry("notice", "notice.write", data={"kind": kind.value, "registration": str(registration)})
    values = {"id": notice, "person": row["person"], "kind": kind.value, "text": words}
    ids = {"activity_id": row["activity_id"], "registration_id": registration}
    await work.write(q.WRITE, entry, **values, **ids)


async def mine(work: Work, *, limit: int, following: UUID | None = None) -> list[Notice]:
    """The caller's own, newest first."""
    statement = q.listed(following=following is not None)
    return await work.all(statement, person=work.actor.id, after=following, limit=limit)


async def of_person(work: Work, person: str) -> list[Notice]:
    """Every message to a person, oldest first."""
    return await work.all(q.OF_PERSON, person=person)


async def forget(work: Work, person: str) -> None:
    """Erases every message to a person."""
    await work.all(q.FORGET, person=person)
