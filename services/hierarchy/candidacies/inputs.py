"""What a candidacy and its moves must be given. Pure."""

from datetime import date
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from services.hierarchy.households.inputs import PersonName
from services.hierarchy.structures.structure import Name
from shared.kernel.errors import Wrong
from shared.schemas.base import Body, Code, Line, Phone, Prose

_SEAT = "430304004001-P01-Z01-L01-neighbour_head"
Points = Annotated[int, Field(ge=0, le=100)]


class NewCandidacy(Body):
    """选任: who stands for which post, and how they were found."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"post": _SEAT, "origin": "self", "statement": "愿为邻里服务"},
                {"post": _SEAT, "origin": "recommended", "name": "虚构邻居", "phone": "10000000001"},
            ]
        }
    )

    post: Code = Field(description="Code of the seat.", examples=[_SEAT])
    origin: Literal["self", "recommended", "recruited", "service_purchase"] = Field(
        description="自荐、推荐、招募、购买服务. The last two are the staff's to enter."
    )
    person: UUID | None = Field(None, description="Who stands, by id; left out with `self`, and with name and number.")
    name: PersonName | None = Field(
        None, description="Who stands, by name and number: the very name they are known by."
    )
    phone: Phone | None = Field(None, description="Their mobile number, all of it; looked up, kept nowhere.")
    recommender: UUID | None = Field(
        None, description="With `recommended`: who named them, where the staff enters it for somebody else (代录)."
    )
    employer: Code | None = Field(
        None, description="With `service_purchase`: code of the organisation that sends them."
    )
    statement: Prose | None = Field(None, description="In their favour (理由); the candidate and the staff read it.")

    @model_validator(mode="after")
    def _who_and_from_where(self) -> Self:
        if (self.name is None) != (self.phone is None):
            raise Wrong("姓名（name）和手机号（phone）须一并填写", "name and phone are given together")
        if [self.person, self.phone].count(None) != (2 if self.origin == "self" else 1):
            raise Wrong(
                "自荐不填人选；其他方式填写人员编号（person），或姓名（name）和手机号（phone），二者只选其一",
                "with every origin but self, whoever stands is given: either person, or name and phone",
            )
        if self.recommender is not None and (self.origin != "recommended" or self.recommender == self.person):
            raise Wrong(
                "推荐人（recommender）只在推荐（recommended）时填写，且不能是本人",
                "recommender is given with recommended only, and is somebody else",
            )
        if (self.origin == "service_purchase") != (self.employer is not None):
            raise Wrong(
                "用人单位（employer）在购买服务（service_purchase）时须填写，其他来源不填",
                "employer is given with service_purchase, and only then",
            )
        return self


class Scores(Body):
    """评分: points from 0 to 100 for every criterion of the post. Giving them again replaces one's own."""

    scores: Annotated[dict[Name, Points], Field(max_length=10)] = Field(
        examples=[{"奉献精神": 90, "热心公益": 85, "积极影响": 88}]
    )
    note: Line | None = None


class Choice(Body):
    """任命: from which day, until when, and in spite of what."""

    since: date | None = Field(None, description="First day in office; today if left out, never a day gone by.")
    term_ends: date | None = Field(None, description="Last day of the term; by the structure if left out.")
    source: Line | None = Field(
        None,
        description="How they were found, in the community's own words (来源); by the origin if left out.",
        examples=["区街科级以上党员干部"],
    )
    accept_violations: bool = Field(False, description="Appoint although the structure is breached by it.")
    reason: Line | None = Field(None, description="Why that is accepted; journaled.")

    @model_validator(mode="after")
    def _says_why(self) -> Self:
        if self.accept_violations and self.reason is None:
            raise Wrong("接受现状（accept_violations）须写明理由（reason）", "accept_violations needs a reason")
        for day in (self.since, self.term_ends):
            if day is not None and not date(2000, 1, 1) <= day <= date(2200, 1, 1):
                raise Wrong("日期须在 2000 年至 2200 年之间", "not a day between 2000 and 2200")
        if self.since and self.term_ends and self.term_ends < self.since:
            raise Wrong("任期结束日期（term_ends）不能早于开始日期（since）", "`term_ends` comes before `since`")
        return self
