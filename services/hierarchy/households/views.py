"""What clients see of households: names masked; in full by `POST /people/{id}/reveal`, with a reason."""

from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from shared.schemas.base import View


class TagView(View):
    """A tag that holds today, and why it may be kept."""

    tag: str = Field(examples=["living_alone"])
    label: str = Field(examples=["独居老人"])
    basis: str = Field(description="`consent` 本人同意, `statutory` 法定职责, `sample` invented.", examples=["consent"])
    legal_basis: str = Field(examples=["本人签署的知情同意书"])
    given_by: UUID | None = Field(description="The member who consented (同意人).")
    public: bool = Field(description="Shown at the door (标识公示).")
    since: date
    until: date | None


class HouseholdMemberView(View):
    """Somebody who belongs to the household, masked."""

    id: UUID
    person_id: UUID = Field(description="For `POST /people/{id}/reveal`.")
    name: str = Field(description="Masked (姓名，已脱敏).", examples=["张*"])
    phone: str | None = Field(description="Masked (手机号，已脱敏).", examples=["100****0001"])
    id_number: str | None = Field(description="Masked (证件号，已脱敏).")
    relation: str = Field(examples=["head"])
    relation_label: str = Field(examples=["户主"])
    party_member: bool
    left_on: date | None


class HouseholdCard(View):
    """A household in a list."""

    id: UUID
    version: int
    code: str = Field(description="Code of its place (户编码).")
    place_name: str = Field(description="Where it lies, from the street down.")
    head: str | None = Field(description="Its head, masked (户主，已脱敏).", examples=["张*"])
    members: int = Field(description="How many people belong to it today (人数).", examples=[3])
    tags: list[str] = Field(description="Tags that hold today (标签).", examples=[["living_alone"]])
    tag_labels: list[str] = Field(description="The same tags in words (标签名称).", examples=[["独居老人"]])
    invented: bool = Field(description="Made up for the demonstration (虚构).")


class HouseholdView(HouseholdCard):
    """A household with who lives there and what is known of it."""

    people: list[HouseholdMemberView]
    tags_held: list[TagView]
    created_at: datetime
