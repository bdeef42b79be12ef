"""What giving and ending a grant take. Pure."""

from datetime import date
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator

from shared.kernel.rights import Role
from shared.schemas.base import Body, Code

_FIRST, _LAST = date(2000, 1, 1), date(2200, 1, 1)
GivenRole = Literal[
    Role.RESIDENT, Role.DEPARTMENT, Role.PARTNER, Role.MEDIATOR, Role.OPERATOR, Role.SECURITY_ADMIN, Role.AUDITOR
]


def _in_our_time(day: date) -> date:
    if not _FIRST <= day <= _LAST:
        raise ValueError("not a day between 2000 and 2200")
    return day


Day = Annotated[date, AfterValidator(_in_our_time)]


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
            raise ValueError("`until` comes before `since`")
        return self


class Ending(Body):
    """When a grant ends."""

    last_day: Day | None = Field(None, description="Last day it holds; it ends at once if left out.")
