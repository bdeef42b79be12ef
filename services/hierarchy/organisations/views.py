"""What clients see of organisations."""

from datetime import date
from typing import Any
from uuid import UUID

from pydantic import Field

from services.hierarchy.organisations.rules import FAMILY_OF, Node
from shared.schemas.base import View


class OrganisationCount(View):
    """How many organisations of one kind there are at a place and below."""

    kind: str = Field(examples=["party_branch"])
    count: int = Field(examples=[172])
    invented: int = Field(description="How many of them are invented (虚构).")


class OrganisationSummary(View):
    """An organisation in a list, as it is today or was on a day."""

    code: str = Field(examples=["141021100002-party_general_branch"])
    kind: str = Field(examples=["party_branch"])
    family: str = Field(description="party, self_governance, partner or department.", examples=["party"])
    name: str = Field(examples=["西南街社区党总支"])
    parent: str | None = Field(description="Code of the organisation above (上级组织).")
    place_code: str | None = Field(description="Where it is at home (所在地点).", examples=["141021100002"])
    place_name: str | None
    invented: bool = Field(description="True for what the sources do not name (虚构).")
    since: date = Field(description="Since when it has been like this (此状态起始日).")
    until: date | None = Field(description="The last day of this state; null while it lasts.")


class OrganisationView(OrganisationSummary):
    """An organisation, whole."""

    id: UUID
    attributes: dict[str, Any] = Field(description="What this community records besides.")
    version: int
    line: list[str] = Field(description="Codes of the organisations above, the nearest first (隶属关系).")


class OrganisationNode(OrganisationSummary):
    """An organisation with those below it."""

    below: list["OrganisationNode"] = Field(description="Those that stand below it (下级组织).")


class OrganisationTree(View):
    """Trees of one family at a place, on a day."""

    on: date
    count: int = Field(description="How many organisations are in it.", examples=[379])
    complete: bool = Field(description="False where there are more than are shown; ask for a smaller place.")
    roots: list[OrganisationNode]


class OrganisationMemberView(View):
    """A member of an organisation; names are masked."""

    id: UUID
    version: int
    organisation: str = Field(description="Code of the organisation.")
    person_id: UUID
    name: str = Field(description="Masked (姓名，已脱敏).", examples=["张*"])
    capacity: str = Field(examples=["组长"])
    since: date
    until: date | None = Field(description="The last day; null while it lasts.")


def fields(row: Any, place: Any) -> dict[str, Any]:  # noqa: ANN401 - rows
    """What a summary shows of a row of today or of a day."""
    own = {name: row[name] for name in ("code", "kind", "name", "parent", "invented", "since", "until")}
    return own | {
        "family": FAMILY_OF.get(row["kind"], "partner"),
        "place_code": place["code"] if place else None,
        "place_name": place["name"] if place else None,
    }


def node(of: Node, places: dict[str, Any]) -> OrganisationNode:
    """A tree as clients see it."""
    return OrganisationNode(**fields(of.row, places.get(of.row["path"])), below=[node(one, places) for one in of.below])
