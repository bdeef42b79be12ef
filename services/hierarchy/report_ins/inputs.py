"""What reporting in takes. Pure."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from services.hierarchy.organisations.inputs import OrganisationCode
from services.hierarchy.places.inputs import PlaceCode
from shared.kernel.errors import Wrong
from shared.schemas.base import Body, Line

Capabilities = Annotated[
    tuple[Line, ...], Field(max_length=20, description="What one can do (特长).", examples=[["法律咨询", "家电维修"]])
]
Hours = Annotated[int | None, Field(ge=1, le=200, description="Hours a month that one would give (意向时长/月).")]


class NewReportIn(Body):
    """报到, for oneself; staff also for others, and for a whole unit."""

    place: PlaceCode = Field(description="The community or compound reported to (报到地点).")
    person: UUID | None = Field(None, description="Somebody else; left out: oneself. Not with `whole_unit`.")
    whole_unit: bool = Field(False, description="The unit itself reports in (单位报到).")
    unit: OrganisationCode | None = Field(None, description="The unit, if it is known here.")
    unit_name: Line = Field(description="Where one works (工作单位).", examples=["示例银行"])
    capabilities: Capabilities = ()
    hours: Hours = None

    @model_validator(mode="after")
    def _one_subject(self) -> Self:
        if self.whole_unit and (self.person is not None or self.unit is None):
            raise Wrong(
                "整个单位报到须填写 unit，且不填 person", "a whole unit reports in with `unit`, and without `person`"
            )
        return self


class ReportInEdit(Body):
    """What is left out stays as it is."""

    capabilities: Capabilities | None = None
    hours: Hours = None
