"""Succession across borders: what hangs on a post in another service, and who takes it."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from shared.schemas.base import Body, Code, View
from shared.schemas.places import PlacePath


class Caseload(View):
    """What waits for a person under some posts."""

    person_id: UUID
    open: int = Field(description="Appeals that this person leads there and that are not answered yet (未办结诉求).")


class HandOverOrder(Body):
    """hierarchy tells tickets that one person's open appeals, under these posts, go to another."""

    person_id: UUID
    successor_id: UUID
    posts: Annotated[list[Code], Field(min_length=1, max_length=10, description="Codes of posts or organisations.")]


class ActivitiesOrder(Body):
    """hierarchy tells events that what one person organises goes to another."""

    person_id: UUID
    successor_id: UUID
    within: PlacePath | None = Field(
        description="At this place and below; null where it was the person's last post: everything."
    )


class HandOverKept(View):
    """The order is kept and being carried out."""

    person_id: UUID
