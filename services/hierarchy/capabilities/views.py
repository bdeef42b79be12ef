"""What clients see of the three lists."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from services.hierarchy.capabilities.rules import Match
from services.hierarchy.capabilities.workflow import LISTING, Party
from shared.kernel.rights import Permission, Principal
from shared.schemas.base import View


class ListingView(View):
    """A resource, a need or a project."""

    id: UUID
    version: int
    kind: str = Field(description="`resource` 资源, `need` 需求 or `project` 项目.", examples=["resource"])
    organisation: str | None = Field(description="Who gives it, wants it, or does it (单位).")
    organisation_name: str | None
    place_code: str | None
    title: str = Field(examples=["每月义诊一次"])
    detail: str
    tags: list[str] = Field(examples=[["义诊"]])
    since: date | None
    until: date | None
    need_id: UUID | None = Field(description="Of a project: the need that it meets (需求).")
    resource_id: UUID | None = Field(description="Of a project: the resource that it uses (资源).")
    agreement_id: UUID | None
    invented: bool
    step: str = Field(examples=["open"])
    step_label: str = Field(examples=["在列"])
    created_at: datetime
    moves: list[str] = Field(description="The moves that are open to you now (您现在可以办理的操作).")


class MatchView(View):
    """A partner who can give what is wanted, and why they stand where they do."""

    listing_id: UUID
    organisation: str
    organisation_name: str = Field(examples=["示例医院"])
    title: str = Field(examples=["每月义诊一次"])
    score: int = Field(description="Out of 100: what 60, where 20, when 10, how free 10.", examples=[90])
    reasons_zh: list[str] = Field(examples=[["能提供：义诊"]])
    reasons_en: list[str]


def parties(path: str, caller: Principal) -> frozenset[Party]:
    """The caller's relations to what stands on a list."""
    return frozenset({Party.STAFF} if caller.may(Permission.PARTNERS_MANAGE, path) else ())


def shown(row: Any, organisations: dict[str, Any], places: dict[str, Any], caller: Principal) -> ListingView:  # noqa: ANN401 - rows
    """As this caller sees it."""
    body, place = organisations.get(row["organisation"] or ""), places.get(row["path"])
    return ListingView(
        **{name: row[name] for name in ListingView.model_fields if name in row.keys()},  # noqa: SIM118 - a record
        organisation_name=body["name"] if body else None,
        place_code=place["code"] if place else None,
        step_label=LISTING.steps[row["step"]].label,
        moves=LISTING.open_moves(row["step"], parties(row["path"], caller), {row["kind"]}),
    )


def match_view(match: Match, names: dict[str, Any]) -> MatchView:
    """A match as clients see it."""
    body = names.get(match.offer.organisation)
    return MatchView(
        listing_id=match.offer.id,
        organisation=match.offer.organisation,
        organisation_name=body["name"] if body else match.offer.organisation,
        title=match.offer.title,
        score=match.score,
        reasons_zh=[words.zh for words in match.reasons],
        reasons_en=[words.en for words in match.reasons],
    )
