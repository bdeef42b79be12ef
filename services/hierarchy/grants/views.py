"""What is told of grants."""

from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from shared.kernel.rights import Role
from shared.schemas.base import View


class GivenGrant(View):
    """A grant that follows from no post."""

    id: UUID
    person: UUID
    role: Role
    place: str | None = Field(description="Code of the place; null where it is gone.", examples=["141021"])
    path: str = Field(description="Its path, as tokens carry it.")
    since: date
    until: date | None = Field(description="The last day; null until further notice.")
    created_at: datetime
