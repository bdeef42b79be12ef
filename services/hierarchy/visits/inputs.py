"""What a visit takes. Pure."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from services.hierarchy.households.inputs import Day
from services.hierarchy.visits.rules import Cause, Form, Result
from shared.kernel.categories import is_category
from shared.kernel.days import Moment
from shared.kernel.errors import Wrong
from shared.kernel.texts import PRINTABLE
from shared.schemas.base import Body, Code, Line, Prose


def _known(code: str) -> str:
    if not is_category(code):
        raise Wrong("没有这个诉求类别", "there is no category of appeals with this code")
    return code


Category = Annotated[
    Code, AfterValidator(_known), Field(description="Category of appeals (诉求类别).", examples=["KN01"])
]


class NewNeed(Body):
    """发现的需求: becomes an appeal of its own, on behalf of the household."""

    title: Line = Field(examples=["独居老人需要助餐"])
    content: Prose = Field(examples=["腿脚不便，希望中午有人送餐。"])
    category: Category


class Point(Body):
    """清单一项: one point of the quarter's list, as it was found."""

    point: Line = Field(examples=["隐患排查"])
    good: bool = Field(description="Whether it was in order (是否正常).")


class NewVisit(Body):
    """走访记录."""

    place: Code = Field(description="Where it was: a household place, or another place (地点编码).")
    visitor: UUID | None = Field(None, description="Whose visit it was, entered for them (代录); left out: yours.")
    visited_at: Moment | None = Field(None, description="When it was; left out: now.")
    cause: Cause = Cause.ROUTINE
    form: Form = Form.HOME
    result: Result
    note: Annotated[str, StringConstraints(max_length=1000, pattern=PRINTABLE)] | None = Field(
        None, description="Stored encrypted (走访情况，加密保存)."
    )
    next_on: Day | None = Field(None, description="When to come again (下次走访日期).")
    checked: Annotated[tuple[Point, ...], Field(max_length=30)] = Field(
        (), description="Points of `GET /places/{code}/checklist`, as they were found (分区清单)."
    )
    needs: Annotated[list[NewNeed], Field(max_length=5)] = []

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if len({one.point for one in self.checked}) < len(self.checked):
            raise Wrong("清单（checked）中每一项只能填一次", "each point of `checked` is named once")
        if self.needs and self.result not in (Result.NEED, Result.RISK):
            raise Wrong(
                "填写了需求（needs），走访结果须选“发现需求”（need）或“发现隐患”（risk）",
                "`needs` go with the result `need` or `risk`",
            )
        if self.result is Result.NEED and not self.needs:
            raise Wrong("选了“发现需求”，请填写需求（needs）", "the result `need` says in `needs` what is needed")
        if self.result is Result.RISK and not (self.note or self.needs or any(not one.good for one in self.checked)):
            raise Wrong(
                "选了“发现隐患”，请写明情况（note），或填写需求（needs）、清单中不正常的项（checked）",
                "the result `risk` says what it is: in `note`, in `needs`, or by a point of `checked` that is not good",
            )
        return self
