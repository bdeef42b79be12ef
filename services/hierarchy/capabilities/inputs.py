"""What the three lists take. Pure."""

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from services.hierarchy.organisations.inputs import OrganisationCode
from services.hierarchy.places.inputs import PlaceCode
from shared.kernel.days import Day
from shared.kernel.errors import Wrong
from shared.kernel.texts import Remark
from shared.schemas.base import Body, Line

Tag = Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=r"^[^\x00-\x1f\x7f]+$")]
Tags = Annotated[
    tuple[Tag, ...],
    Field(min_length=1, max_length=20, description="What it is, in words or categories (标签).", examples=[["义诊"]]),
]


class NewListing(Body):
    """A resource of a partner (资源清单), or a need (需求清单). Projects are made of needs."""

    kind: Literal["resource", "need"]
    organisation: OrganisationCode | None = Field(None, description="Who gives it; of a need: who wants it.")
    place: PlaceCode = Field(description="Where it is to be had, or wanted, with all that lies below.")
    title: Line = Field(examples=["每月义诊一次"])
    detail: Remark = ""
    tags: Tags
    since: Day | None = None
    until: Day | None = None

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if self.kind == "resource" and self.organisation is None:
            raise Wrong("资源须填写提供它的单位（organisation）", "a resource names the organisation that gives it")
        if self.since and self.until and self.until < self.since:
            raise Wrong("结束日期（until）不能早于开始日期（since）", "until must not be before since")
        return self


class ListingEdit(Body):
    """What is left out stays as it is."""

    title: Line | None = None
    detail: Remark | None = None
    tags: Tags | None = None
    since: Day | None = None
    until: Day | None = None


class Taking(Body):
    """认领: a partner takes a need, and a project begins."""

    organisation: OrganisationCode
    resource: UUID | None = Field(None, description="The resource that is used (资源).")
    agreement: UUID | None = Field(None, description="The agreement under which it is done (协议).")
    title: Line | None = Field(None, description="Of the project; the need's without it (项目名称).")


class Outcome(Body):
    """办结: what came of a project."""

    result: Line = Field(examples=["闲置车库改为老年活动室"])


class Question(Body):
    """供需对接: who can give this here? Either a need on the list, or tags and a place."""

    need: UUID | None = None
    tags: Tags | None = None
    place: PlaceCode | None = None
    on: Day | None = Field(None, description="To be had on this day.")
    limit: int = Field(10, ge=1, le=50)

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.need is None) == (self.tags is None) or (self.tags is None) != (self.place is None):
            raise Wrong("须填 need；或同时填 tags 和 place，二者选一", "takes either need, or tags and place")
        return self
