"""What the doors of personal data answer."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from services.hierarchy.people.views import MaskedPerson
from shared.schemas.base import View


class RevealedPerson(View):
    """A person's data in full: only what was asked for, the rest is null. Not to be kept (不得留存)."""

    id: UUID
    name: str | None
    phone: str | None
    id_number: str | None


class FoundPeople(View):
    """Who has that number, in the caller's scope: one person or nobody."""

    people: list[MaskedPerson]


class ErasedPerson(View):
    """What happened to a person's data."""

    id: UUID
    stopped_at: datetime | None
    erased_at: datetime | None
    carried_on_to: list[str] = Field(description="Services that are told by a job, and again until they have done it.")
