"""What organisations take. Pure."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from services.hierarchy.organisations.rules import Kind
from services.hierarchy.places.inputs import PlaceCode
from shared.kernel.days import Day
from shared.kernel.errors import Wrong
from shared.kernel.texts import Remark
from shared.schemas.base import Body, Line

OrganisationCode = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,100}$"),
    Field(description="Code of the organisation (组织编码).", examples=["141021100002-party_general_branch"]),
]
_Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
_Value = Annotated[str, StringConstraints(max_length=200)] | int | float | bool
Attributes = Annotated[
    dict[_Key, _Value],
    Field(max_length=30, description="What this community records besides (补充信息)."),
]


class NewOrganisation(Body):
    """An organisation from today on (成立)."""

    kind: Kind
    name: Line = Field(examples=["示例小区党支部"])
    place: PlaceCode = Field(description="Where it is at home (所在地点).")
    parent: OrganisationCode | None = Field(None, description="The organisation above it (上级组织).")
    attributes: Attributes = Field(default_factory=dict)


class OrganisationEdit(Body):
    """What changes from today on; what is left out stays. `parent: null` makes it stand alone."""

    name: Line | None = None
    parent: OrganisationCode | None = None
    place: PlaceCode | None = None
    attributes: Attributes | None = None
    note: Remark | None = None

    @model_validator(mode="after")
    def _keeps_what_it_needs(self) -> "OrganisationEdit":
        for name in ("name", "place", "attributes"):
            if name in self.model_fields_set and getattr(self, name) is None:
                raise Wrong(f"{name} 不能为 null；不修改就不要填", f"{name} cannot be null; leave it out to keep it")
        return self

    @property
    def changed(self) -> dict[str, Any]:
        """What was sent."""
        return self.model_dump(include=self.model_fields_set - {"note"})


class NewOrganisationMember(Body):
    """Somebody joins (加入)."""

    person: UUID
    capacity: Line = Field("成员", description="As what (身份).", examples=["组长"])
    since: Day | None = Field(None, description="Today without it; not before today.")


class LeavingOrganisation(Body):
    """Somebody leaves (退出)."""

    last_day: Day | None = Field(None, description="Today without it; yesterday at the earliest.")
    reason: Line = Field(examples=["搬离本小区"])
