"""What evaluations take. Pure."""

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from services.hierarchy.evaluations.rules import DEFAULT_WEIGHTS, Rater, check_weights
from shared.kernel.days import Day
from shared.kernel.errors import Wrong
from shared.kernel.texts import Remark
from shared.schemas.base import Body

Percent = Annotated[int, Field(ge=1, le=98)]


class Weights(Body):
    """权重, in percent; together 100."""

    served: Percent = DEFAULT_WEIGHTS[Rater.SERVED]
    branch: Percent = DEFAULT_WEIGHTS[Rater.BRANCH]
    owners: Percent = DEFAULT_WEIGHTS[Rater.OWNERS]

    @model_validator(mode="after")
    def _one_whole(self) -> Self:
        check_weights({Rater(name): weight for name, weight in self.model_dump().items()})
        return self


class Raters(Body):
    """Who gives the three scores: three different people."""

    served: UUID = Field(description="For those whom it serves (服务对象).")
    branch: UUID = Field(description="For the compound's party branch (小区党支部).")
    owners: UUID = Field(description="For the owners' committee (红色业委会).")

    @model_validator(mode="after")
    def _three_people(self) -> Self:
        if len({self.served, self.branch, self.owners}) < len(Rater):
            raise Wrong("三方评分须由三个不同的人给出", "three different people give the three scores")
        return self


class NewEvaluation(Body):
    """发起三方评价."""

    subject_kind: Literal["organisation", "post"] = "organisation"
    subject: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,120}$")] = Field(
        description="Code of the partner, or of the post (被评价单位或岗位编码)."
    )
    year: int = Field(ge=2000, le=2199, examples=[2026])
    raters: Raters
    weights: Weights = Weights()
    flag_at: int = Field(30, ge=1, le=100, description="A spread as large as this is looked at (分差提示).")
    due_on: Day = Field(description="The last day to score (评价截止日).")


class Score(Body):
    """评分; can be replaced until all three are in."""

    score: int = Field(ge=0, le=100, examples=[86])
    comment: Remark = Field("", description="Seen by nobody else until all are in (评语).")
