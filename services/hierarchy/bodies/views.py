"""What clients see of bodies."""

from datetime import date
from uuid import UUID

from pydantic import Field

from services.hierarchy.bodies.rules import Charter, Verdict
from shared.schemas.base import View


class SeatView(View):
    """One seat and who holds it. Whoever sits in a body is named (公示)."""

    post_code: str = Field(description="The post that is this seat (岗位编码).")
    person_id: UUID | None = Field(description="Null: vacant (空缺).")
    name: str | None = Field(examples=["虚构委员"])
    party_member: bool | None
    since: date | None
    until: date | None
    also: list[str] = Field(description="Other posts that the holder has (交叉任职).", examples=[["网格党支部委员"]])


class SeatKindView(View):
    """The seats of one kind."""

    key: str = Field(examples=["seat_police"])
    label: str = Field(examples=["公安"])
    seats: int = Field(examples=[1])
    filled: int = Field(examples=[1])
    holders: list[SeatView]


class BodySummary(View):
    """A body in a list."""

    organisation: str = Field(description="Code of the organisation.", examples=["341702010005-X01-council"])
    name: str = Field(examples=["新湖东苑协商议事群"])
    kind: str = Field(examples=["council"])
    place_code: str | None
    seats: int = Field(description="How many seats there are (席位数).", examples=[6])
    filled: int = Field(description="How many are held on the day (在任).", examples=[6])
    kinds: int = Field(description="How many kinds of seats (席位类别数).", examples=[6])
    kinds_filled: int = Field(description="Of how many kinds at least one is held.", examples=[6])


class BodyView(BodySummary):
    """A body with its seats and who holds them on a day."""

    id: UUID
    version: int
    on: date
    charter: Charter
    invented: bool = Field(description="True where the sources name the seats but no rules (章程系约定).")
    seat_kinds: list[SeatKindView]
    faults_zh: list[str] = Field(description="What is not as the charter says (不符合章程之处).")
    faults_en: list[str]


class QuorumView(View):
    """Whether a body can decide."""

    quorate: bool = Field(description="Whether those present can decide (是否达到法定人数).")
    sitting: int = Field(description="People who hold a seat that day (在任人数).", examples=[6])
    present: int = Field(description="Of these, so many are there (到会在任人数).", examples=[4])
    needed: int = Field(description="People needed by number and share (应到会人数).", examples=[4])
    guests: int = Field(description="People present who hold no seat (列席).", examples=[1])
    by_kind: dict[str, int] = Field(description="Present, by kind of seat.")
    missing_zh: list[str] = Field(examples=[["“公安”席位还差 1 人"]])
    missing_en: list[str]


def quorum_view(verdict: Verdict, present: int) -> QuorumView:
    """A verdict as clients see it; `present` is how many came, members or not."""
    return QuorumView(
        **{name: getattr(verdict, name) for name in ("quorate", "sitting", "present", "needed", "by_kind")},
        guests=present - verdict.present,
        missing_zh=[words.zh for words in verdict.missing],
        missing_en=[words.en for words in verdict.missing],
    )
