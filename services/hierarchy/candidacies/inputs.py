"""What a candidacy and its moves must be given. Pure."""

from datetime import date
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from services.hierarchy.structures.structure import Name
from shared.schemas.base import Body, Code, Line, Prose

Points = Annotated[int, Field(ge=0, le=100)]


class NewCandidacy(Body):
    """选任: who stands for which post, and how they were found."""

    post: Code = Field(description="Code of the seat.", examples=["430304004001-P01-Z01-L01-neighbour_head"])
    origin: Literal["self", "recommended", "recruited", "service_purchase"] = Field(
        description="自荐、推荐、招募、购买服务. The last two are the staff's to enter."
    )
    person: UUID | None = Field(None, description="Who stands; yourself with `self`.")
    recommender: UUID | None = Field(
        None, description="With `recommended`: who named them, where the staff enters it for somebody else (代录)."
    )
    employer: Code | None = Field(
        None, description="With `service_purchase`: code of the organisation that sends them."
    )
    statement: Prose | None = Field(None, description="In their favour (理由); the candidate and the staff read it.")

    @model_validator(mode="after")
    def _who_and_from_where(self) -> Self:
        if (self.origin == "self") != (self.person is None):
            raise ValueError("person is given with every origin but self")
        if self.recommender is not None and (self.origin != "recommended" or self.recommender == self.person):
            raise ValueError("recommender is given with recommended only, and is somebody else")
        if (self.origin == "service_purchase") != (self.employer is not None):
            raise ValueError("employer is given with service_purchase, and only then")
        return self


class Note(Body):
    """A move that needs nothing but perhaps a note."""

    note: Line | None = None


class Because(Body):
    """A move that says why; the candidate reads it."""

    reason: Line = Field(examples=["另一位候选人得分更高"])


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
            raise ValueError("accept_violations needs a reason")
        for day in (self.since, self.term_ends):
            if day is not None and not date(2000, 1, 1) <= day <= date(2200, 1, 1):
                raise ValueError("not a day between 2000 and 2200")
        if self.since and self.term_ends and self.term_ends < self.since:
            raise ValueError("`term_ends` comes before `since`")
        return self
