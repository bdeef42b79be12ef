"""What hierarchy tells the other services: places, and who answers for them."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from shared.kernel.rights import Role
from shared.schemas.base import Body, View


class PlaceRef(View):
    """A place, as other services keep it. `path` is the scope key (shared.kernel.paths)."""

    code: str = Field(max_length=64, description="Official or local code (编码).", examples=["141021100002"])
    path: str = Field(max_length=256, description="Place path: fixed-width segments from the district down.")
    kind: str = Field(max_length=64, examples=["community"])
    name: str = Field(max_length=200, examples=["西南街社区"])
    full_name: str = Field(max_length=1000, description="Names from the street down.", examples=["乐昌镇西南街社区"])


class Responsible(View):
    """One link of a chain of responsibility: a post and who holds it, or an organisation."""

    order: int = Field(description="1 is the nearest; the chain goes from the doorstep outwards.")
    post_code: str | None
    post_name: str = Field(description="Name of the post or of the organisation.", examples=["楼栋长"])
    role: Role
    place: PlaceRef = Field(description="The place it answers for.")
    organisation_code: str | None
    person_id: UUID | None = Field(description="Who holds the post that day; null while it is vacant.")
    person_name: str | None = Field(description="Family name and post only is shown to residents elsewhere.")


class ResponsibilityChain(View):
    """Who answers for a place and a category on a day, nearest first (谁来管)."""

    place: PlaceRef
    category: str
    on: date
    chain: list[Responsible]


class ContactMatch(Body):
    """Finds a person by the blind index of a phone number; the number itself never travels."""

    phone_index: str = Field(pattern=r"^[0-9a-f]{64}$")
    older: Annotated[list[Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]], Field(max_length=4)] = Field(
        [], description="Its indexes by the key before, while indexes are made anew."
    )


class MatchedContact(View):
    """Who that is, if anybody."""

    person_id: UUID | None
