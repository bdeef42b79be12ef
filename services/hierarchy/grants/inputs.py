"""What giving and ending a grant take. Pure."""

from typing import Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from shared.kernel.days import Day
from shared.kernel.errors import Wrong
from shared.kernel.rights import Role
from shared.schemas.base import Body, Code

GivenRole = Literal[
    Role.RESIDENT, Role.DEPARTMENT, Role.PARTNER, Role.MEDIATOR, Role.OPERATOR, Role.SECURITY_ADMIN, Role.AUDITOR
]


class NewGrant(Body):
    """A role for a person at a place and below, from a day to a day."""

    person: UUID = Field(description="Whom it is given to (人员编号).")
    role: GivenRole = Field(description="Roles of posts are not given: they follow from appointments.")
    place: Code = Field(description="Code of the place it holds at, and below.", examples=["141021"])
    since: Day | None = Field(None, description="First day; today if left out.", examples=["2026-12-01"])
    until: Day | None = Field(None, description="Last day; until further notice if left out.", examples=["2027-11-30"])

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.since is not None and self.until is not None and self.until < self.since:
            raise Wrong("结束日期（until）不能早于开始日期（since）", "`until` comes before `since`")
        return self


class GrantEnding(Body):
    """When a grant ends."""

    last_day: Day | None = Field(None, description="Last day it holds; it ends at once if left out.")
