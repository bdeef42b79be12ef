"""What clients see of appointments and seats."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from pydantic import Field

from services.hierarchy.structures.structure import PostKind
from services.hierarchy.succession.rules import manages
from services.hierarchy.succession.workflow import APPOINTMENT, Party
from shared.kernel.rights import Principal, Role
from shared.schemas.base import View
from shared.schemas.hierarchy import PlaceRef


class PostView(View):
    """One seat and who sits there today."""

    id: UUID
    code: str = Field(examples=["370704003900001-X01-B01-building_head"])
    kind: str = Field(examples=["building_head"])
    label: str = Field(examples=["楼长"])
    name: str = Field(examples=["龙泉小区1号楼·楼长"])
    role: Role
    place_code: str | None = Field(description="The place that it answers for (地点编码).")
    organisation: str | None = Field(description="Code of the organisation in which it stands (所在组织).")
    held: bool = Field(description="Whether somebody holds it on the day (在任).")


class GroupView(View):
    """A WeChat group in which the holder is known as what they are (亮明身份)."""

    name: str = Field(examples=["新湖东苑居民群"])
    capacity: str = Field(examples=["群主"])
    place_code: str | None = Field(description="Whose group it is.")


class PostDetail(PostView):
    """A seat with what it is for; who holds it says the contact sheet of its place."""

    appointed_by: str | None = Field(description="By the structure in force; null where it has no such post.")
    term_years: int | None
    full_time: bool = Field(description="专职.")
    duties: list[str] = Field(
        description="Its own list of duties (职责清单), or else the structure's.", examples=[["信息采集", "政策宣传"]]
    )
    services: list[str] = Field(description="「党建+」网格服务事务清单.", examples=[["代缴水电费"]])
    groups: list[GroupView]


class AppointmentView(View):
    """任职: who holds a post, from a day to a day."""

    id: UUID
    version: int
    post_code: str = Field(examples=["370704003900001-X01-B01-building_head"])
    post_kind: str = Field(examples=["building_head"])
    post_label: str = Field(examples=["楼长"])
    post_name: str
    role: Role
    person: UUID
    person_name: str | None = Field(description="Holders of posts are named (公示); null for one who was erased.")
    since: date
    until: date | None = Field(description="Last day in office; null while it lasts.")
    term_ends: date | None = Field(description="Last day of the term (届满); who is needed goes on serving.")
    party_member: bool | None = Field(description="The holder is a party member (党员); null for one who was erased.")
    source: str = Field(description="How the holder was found (来源).", examples=["群众推荐"])
    employer: str | None = Field(description="Of a bought service: code of the organisation it comes from (派出单位).")
    organisation: str | None = Field(
        description="Code of the organisation in which the post stands and which manages its holder (管理单位).",
        examples=["370704003900-party_committee"],
    )
    candidacy: UUID | None = Field(description="What led to it (选任).")
    successor: UUID | None = Field(description="Who takes over what hangs on it.")
    step: str = Field(examples=["serving"])
    step_label: str = Field(examples=["在任"])
    created_at: datetime
    moves: list[str] = Field(description="The moves that are open to you now (您现在可以办理的操作).")


def seat_fields(row: Any, place: Any) -> dict[str, Any]:  # noqa: ANN401 - rows
    """What is said of a seat."""
    kept = ("id", "code", "kind", "label", "name", "role", "organisation", "held")
    return {name: row[name] for name in kept} | {"place_code": place["code"] if place else None}


def seat_view(row: Any, place: Any) -> PostView:  # noqa: ANN401 - rows
    """A seat as clients see it."""
    return PostView(**seat_fields(row, place))


def duties_of(kept: Iterable[Any], kind: PostKind | None) -> list[str]:
    """The seat's own list (职责清单), the newest one; or else the structure's."""
    own = next((one["content"]["duties"] for one in kept if one["kind"] == "duties"), None)
    return own or list(kind.duties if kind else ())


class Holder(NamedTuple):
    """Who holds a post, as far as it is told."""

    name: str
    party_member: bool


class BadgeNumber(View):
    """A badge of metal or cloth that was given out (授牌、臂章、胸牌)."""

    what: str = Field(examples=["红胸牌"])
    number: str | None


class BadgeView(View):
    """电子胸牌: what whoever holds a post shows at the door."""

    appointment: UUID
    name: str | None = Field(description="Null for one who was erased.", examples=["虚构邻长"])
    post_label: str = Field(examples=["邻长"])
    place: PlaceRef
    duties: list[str] = Field(examples=[["宣传教育", "民情收集", "化解风险", "文明示范"]])
    since: date
    valid: bool = Field(description="Whether it holds today (今日有效).")
    given: list[BadgeNumber] = Field(description="Badges that were handed over and not given back.")
    check_url: str | None = Field(
        description="Where anybody sees who holds the post: to be shown as a QR code (扫码核验)."
    )


def step_on(row: Any, today: date) -> str:  # noqa: ANN401 - a row
    """Where it is in its life; one that came from a data file with its last day has no job that ends it."""
    over = row["until"] is not None and row["until"] < today
    return "ended" if over and row["step"] == "serving" else str(row["step"])


def parties(row: Any, caller: Principal) -> frozenset[Party]:  # noqa: ANN401 - a row
    """The caller's relations to this appointment. One's own is somebody else's to end."""
    if caller.kind == "job":
        return frozenset({Party.CLOCK})
    mine = str(row["person_id"]) == caller.id
    runs = not mine and row["path"] is not None and manages(caller, row["role"], row["path"])
    return frozenset({Party.MANAGER} if runs else ())


def facts(row: Any, today: date, *, needed: bool = False) -> frozenset[str]:  # noqa: ANN401 - a row
    """What opens or shuts moves now."""
    held = {
        "over": row["until"] is not None and row["until"] < today,
        "term_over": row["term_ends"] is not None and row["term_ends"] < today,
        "needed": needed,
    }
    return frozenset(name for name, holds in held.items() if holds)


def shown(row: Any, holder: Holder | None, caller: Principal, today: date) -> AppointmentView:  # noqa: ANN401 - a row
    """As this caller sees it."""
    step = step_on(row, today)
    kept = ("id", "version", "post_code", "post_kind", "post_label", "post_name", "since", "until", "term_ends",
            "source", "employer", "organisation", "created_at")  # fmt: skip
    return AppointmentView(
        **{field: row[field] for field in kept},
        role=Role(row["role"]),
        person=row["person_id"],
        person_name=holder.name if holder else None,
        party_member=holder.party_member if holder else None,
        candidacy=row["candidacy_id"],
        successor=row["successor_id"],
        step=step,
        step_label=APPOINTMENT.steps[step].label,
        moves=APPOINTMENT.open_moves(step, parties(row, caller), facts(row, today)),
    )
