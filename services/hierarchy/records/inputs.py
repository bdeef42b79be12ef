"""Light things that are written down about people and posts (履职记录): each kind is one model. Pure.

A kind earns no slice of its own while it has no more of a life than "given, and some day given back or over".
"""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field

from shared.schemas.base import Body, Code, Line

_FIRST, _LAST = date(2000, 1, 1), date(2200, 1, 1)


def _in_our_time(day: date) -> date:
    if not _FIRST <= day <= _LAST:
        raise ValueError("not a day between 2000 and 2200")
    return day


Day = Annotated[date, AfterValidator(_in_our_time)]
Lines = Annotated[list[Line], Field(min_length=1, max_length=50)]


class Duties(Body):
    """职责清单: what a post is for, as it is handed to whoever holds it."""

    kind: Literal["duties"]
    duties: Lines = Field(examples=[["宣传教育", "民情收集", "化解风险", "文明示范"]])
    services: Annotated[list[Line], Field(max_length=50)] = Field([], description="「党建+」服务事务清单.")


class Badge(Body):
    """标识: a plaque, an armband, a red badge (授牌、挂臂章、红胸牌), given and given back."""

    kind: Literal["badge"]
    what: Line = Field(examples=["红胸牌"])
    number: Code | None = Field(None, description="Its own number, if it has one.")
    at: Line | None = Field(None, description="Where it was given, such as a ceremony.", examples=["三长授牌仪式"])


class Equipment(Body):
    """装备: a vest, a bag, a notebook (背心、手提袋、笔记本、水性笔), given and perhaps given back."""

    kind: Literal["equipment"]
    what: Line = Field(examples=["背心"])
    quantity: int = Field(1, ge=1, le=1000)
    consumable: bool = Field(False, description="Used up and not given back (消耗品).")


class Mentoring(Body):
    """师徒结对: somebody new learns from somebody who knows."""

    kind: Literal["mentoring"]
    mentor: UUID = Field(description="Who teaches (师傅).")
    subject: Line = Field(examples=["网格治理：跟岗与实操"])


class Award(Body):
    """表彰: an honour that a person was given."""

    kind: Literal["award"]
    title: Line = Field(examples=["最美邻长"])
    by: Line = Field(description="Who gave it.", examples=["书院路街道办事处"])
    level: Literal["community", "street", "district", "city", "province", "country"] = "street"


Content = Annotated[Duties | Badge | Equipment | Mentoring | Award, Field(discriminator="kind")]
KINDS = {"duties": "职责清单", "badge": "标识", "equipment": "装备", "mentoring": "师徒结对", "award": "表彰"}


class NewRecord(Body):
    """One record about a person, a post, or a person in a post."""

    person: UUID | None = Field(None, description="Whom it is about; the learner of a mentoring.")
    post: Code | None = Field(None, description="Code of the seat that it is about, or that it was given with.")
    since: Day | None = Field(None, description="From this day on; today if left out.")
    content: Content


class Closing(Body):
    """归还、结束: it was given back, or is over."""

    on: Day | None = Field(None, description="The last day; today if left out.")
    reason: Line = Field(examples=["卸任归还"])
