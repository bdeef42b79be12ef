"""Light things that are written down about people and posts (履职记录): each kind is one model. Pure.

A kind earns no slice of its own while it has no more of a life than "given, and some day given back or over".
"""

from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from services.hierarchy.organisations.inputs import OrganisationCode
from services.hierarchy.places.inputs import PlaceCode
from shared.kernel.days import Day
from shared.kernel.errors import Wrong
from shared.schemas.base import Body, Code, Line, Prose


def _more_than_nothing(amount: str) -> str:
    if not Decimal(amount):
        raise Wrong("金额须大于 0", "is nothing")
    return amount


Yuan = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9]{1,9}(\.[0-9]{1,2})?$", max_length=12),
    AfterValidator(_more_than_nothing),
    Field(description="Yuan, with up to two places (元).", examples=["20000.00"]),
]
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
    ends_on: Day | None = Field(None, description="The last day of the term agreed on (结对期限).")


class Award(Body):
    """表彰: an honour that a person was given."""

    kind: Literal["award"]
    title: Line = Field(examples=["最美邻长"])
    by: Line = Field(description="Who gave it.", examples=["书院路街道办事处"])
    level: Literal["community", "street", "district", "city", "province", "country"] = "street"


class Opinion(Body):
    """专家意见: what somebody of the pool (智囊团) says on a matter."""

    kind: Literal["opinion"]
    matter: Code = Field(description="Number of the matter or appeal (议题编号).", examples=["20261122-7K3F9Q"])
    field: Line = Field(description="As an expert of what (专长).", examples=["停车位规划"])
    opinion: Prose = Field(examples=["单行加错时停车可增加二十个车位。"])


class Fund(Body):
    """经费: money for a place, such as a grid: how much, from where, and what for."""

    kind: Literal["fund"]
    amount: Yuan
    source: Line = Field(examples=["服务群众专项经费"])
    purpose: Line = Field(examples=["网格工作经费"])


class Group(Body):
    """进群亮身份: whoever holds the post is in a WeChat group of the place, as what they are."""

    kind: Literal["group"]
    name: Line = Field(examples=["新湖东苑居民群"])
    capacity: Line = Field("成员", examples=["群主"])


class Service(Body):
    """服务记录: what a unit that reported in did at a place."""

    kind: Literal["service"]
    what: Line = Field(examples=["飞线整治，出资并派人施工"])
    people: int | None = Field(None, ge=0, le=100_000, description="How many of the unit took part (参与人数).")
    hours: float | None = Field(None, gt=0, le=100_000, description="Hours that they gave together (服务时长).")
    served: int | None = Field(None, ge=0, le=10_000_000, description="How many people were served (受益人数).")


Content = Annotated[
    Duties | Badge | Equipment | Mentoring | Award | Opinion | Fund | Group | Service, Field(discriminator="kind")
]
KINDS = {
    "duties": "职责清单", "badge": "标识", "equipment": "装备", "mentoring": "师徒结对", "award": "表彰",
    "opinion": "专家意见", "fund": "经费", "group": "进群亮身份", "service": "服务记录",
}  # fmt: skip


class NewRecord(Body):
    """One record about a person, a post, a person in a post; or about a place, and what a post or a unit did there."""

    person: UUID | None = Field(None, description="Whom it is about; the learner of a mentoring.")
    post: Code | None = Field(None, description="Code of the seat that it is about, or that it was given with.")
    place: PlaceCode | None = Field(None, description="The place that it is about, e.g. whose fund it is (地点).")
    organisation: OrganisationCode | None = Field(None, description="The unit whose service it was (单位).")
    since: Day | None = Field(None, description="From this day on; today if left out.")
    content: Content


class Logged(Body):
    """跟岗记录: what the pair did on a day."""

    on: Day | None = Field(None, description="Today if left out.")
    what: Line = Field(examples=["随师傅入户走访三户，学习台账填写"])
    minutes: int = Field(0, ge=0, le=1440, description="How long it took (时长).", examples=[120])


class RecordClosing(Body):
    """归还、结束: it was given back, or is over."""

    on: Day | None = Field(None, description="The last day; today if left out.")
    reason: Line = Field(examples=["卸任归还"])
