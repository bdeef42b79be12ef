"""What agreements take. Pure."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from services.hierarchy.agreements.rules import LONGEST, Clause
from services.hierarchy.organisations.inputs import OrganisationCode
from services.hierarchy.places.inputs import PlaceCode
from shared.kernel.days import Day
from shared.kernel.errors import Wrong
from shared.schemas.base import Body, Line

Clauses = Annotated[tuple[Clause, ...], Field(min_length=1, max_length=40)]
RemindDays = Annotated[int, Field(ge=1, le=365, description="Announce its end so many days before (到期前提醒天数).")]


class _Term(Body):
    starts_on: Day = Field(examples=["2026-12-01"])
    ends_on: Day = Field(description="The last day (到期日).", examples=["2027-11-30"])

    @model_validator(mode="after")
    def _forwards(self) -> Self:
        if not self.starts_on <= self.ends_on < self.starts_on + LONGEST:
            raise Wrong(
                "结束日期不能早于开始日期，且不超过十年",
                "ends_on must not be before starts_on, and ten years later at most",
            )
        return self


class NewAgreement(_Term):
    """共建协议, as a draft."""

    organisation: OrganisationCode
    place: PlaceCode = Field(description="The place it is made for (适用地点).")
    title: Line = Field(examples=["党建共建协议（示例医院）"])
    clauses: Clauses
    remind_days: RemindDays = 30


class AgreementEdit(Body):
    """What is left out stays; only a draft is edited."""

    title: Line | None = None
    clauses: Clauses | None = None
    starts_on: Day | None = None
    ends_on: Day | None = None
    remind_days: RemindDays | None = None


class AgreementRenewal(_Term):
    """续签: the next agreement, a draft with the same clauses unless others are given."""

    clauses: Clauses | None = None


class Delivery(Body):
    """履约记录: something was done of a clause."""

    clause: int = Field(ge=1, le=40, description="Number of the clause, from 1 (第几条).")
    day: Day
    count: int = Field(1, ge=1, le=10_000)
    activity: UUID | None = Field(None, description="The activity that it was (活动编号): counts once events knows it.")
    note: Line = Field(examples=["示例医院义诊一次"])
