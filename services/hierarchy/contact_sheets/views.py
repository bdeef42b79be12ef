"""What clients see of contact sheets."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from services.hierarchy.contact_sheets.rules import Audience, ServiceLine, SheetRules
from shared.schemas.base import View
from shared.schemas.hierarchy import PlaceRef


class SheetEntry(View):
    """Somebody who answers for the place."""

    order: int = Field(description="1 is the nearest; from the doorstep outwards.")
    post_name: str = Field(description="Name of the post or of the organisation.", examples=["楼栋长"])
    post_code: str | None
    place: PlaceRef = Field(description="The place that they answer for.")
    matters: list[str] = Field(description="What for; empty for everything.", examples=[["物业管理", "供暖"]])
    vacant: bool = Field(description="Nobody holds the post (暂缺).")
    name: str | None = Field(
        description="In full, or the family name, as the community says (姓名).", examples=["虚构楼栋长0001"]
    )
    phone: str | None = Field(
        description="Null where it is not public and you do not work here.", examples=["10030000001"]
    )
    phone_public: bool = Field(description="It is shown to everybody; otherwise it is masked (已脱敏) or null.")


class SheetDesk(View):
    """A venue near by, with the hours at which somebody is there."""

    venue_id: UUID
    name: str = Field(examples=["贡院西街驿站"])
    hours_in_words: str = Field(examples=["每天 8:00–21:00"])
    address: str | None = Field(description="Where to find it, in words (详细地址).", examples=["示例路1号东门一层"])
    phone: str | None = Field(description="A public number (对外电话).")


class Honour(View):
    """What a household shows at its door because it wants to (标识公示)."""

    door: str = Field(examples=["101室"])
    label: str = Field(examples=["军人家庭"])


class Answering(View):
    """Whom to turn to right now, and why them."""

    order: int
    kind: Literal["on_duty", "post"] = Field(description="On duty by a roster, or a link of the chain.")
    label: str = Field(description="The post, or as what they are on duty.", examples=["社区工作者"])
    name: str | None
    phone: str | None
    skipped: bool = Field(description="Not them: the post is vacant.")
    why_zh: str = Field(examples=["贡院西街驿站值班表：正在值班，到 14:30"])
    why_en: str


class ContactSheet(View):
    """Who answers for a place (联系卡)."""

    place: PlaceRef
    on: date
    title: str = Field(examples=["便民服务电话一览表"])
    intro: str | None
    footer: str | None
    audience: Audience = Field(description="What was masked: `public` sees what is public, `posts` see all names.")
    entries: list[SheetEntry]
    desks: list[SheetDesk] = Field(description="Venues of the places above, the nearest first (附近阵地).")
    honours: list[Honour] = Field(
        description="Of a building, a staircase or a home: households that show that they are honoured (标识公示); "
        "not on the page behind the QR code, which is open to the whole world."
    )
    lines: list[ServiceLine] = Field(description="Public numbers (便民电话).")
    now: list[Answering] | None = Field(description="With `now=true`: who answers right now, in order.")
    asked_at: datetime
    public_url: str | None = Field(description="Where everybody can read it: what the QR code holds.")


class RulesView(View):
    """What the sheets of a place say and show."""

    place: PlaceRef = Field(description="The place whose rules they are: this one, or the nearest above.")
    version: int
    rules: SheetRules


class PostNumberView(View):
    """The public number of a post."""

    post: str = Field(description="Code of the post (岗位编号).")
    number: str | None
