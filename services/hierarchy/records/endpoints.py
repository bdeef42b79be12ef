"""Records over HTTP."""

from typing import Annotated, cast
from uuid import UUID

from fastapi import Query, Response, status
from pydantic import BaseModel

from services.hierarchy.places.inputs import PlaceCode
from services.hierarchy.records import service
from services.hierarchy.records.inputs import KINDS, Logged, NewRecord, RecordClosing
from services.hierarchy.records.views import RecordView, SumView
from services.hierarchy.records.workflow import RECORD
from shared.runtime.service import Service
from shared.runtime.web.doors import Reading, Writing, api_router, tagged
from shared.runtime.web.pages import Cursor, Limit
from shared.runtime.web.workflow_routes import move_routes, plain
from shared.runtime.work import Work
from shared.schemas.base import Code, Page

TAG = "履职记录 Records"
router = api_router(tags=[TAG])
Kind = Annotated[
    str | None, Query(pattern=f"^({'|'.join(KINDS)})$", description="Only of this kind, e.g. `equipment`.")
]
AtStep = Annotated[
    str | None, Query(pattern=f"^({'|'.join(RECORD.steps)})$", description="`open`: still with the person.")
]


@router.post("/records", status_code=status.HTTP_201_CREATED, name="record_add", summary="登记 Write down a record")
async def add(given: NewRecord, work: Writing, response: Response) -> RecordView:
    """A duty list, a badge, equipment, a mentor, an award, an expert's opinion; a place's fund, who is in which WeChat
    group as what, the service of a unit that reported in. By those who keep records there (`records.manage`).
    """
    return tagged(response, await work.made(lambda: service.add(work, given), lambda id_: service.whole(work, id_)))


@router.get("/records", name="record_list", summary="履职记录 Records of people and posts")
async def listed(  # noqa: PLR0913, PLR0917 - one parameter per filter
    work: Reading,
    place: Annotated[PlaceCode | None, Query(description="At this place and below (地点编码).")] = None,
    person: Annotated[UUID | None, Query(description="About this person, or of what they taught.")] = None,
    post: Annotated[Code | None, Query(description="About this seat (岗位编码).")] = None,
    organisation: Annotated[Code | None, Query(description="Services of this unit (单位编码).")] = None,
    kind: Kind = None,
    matter: Annotated[Code | None, Query(description="Opinions on this matter (议题编号).")] = None,
    step: AtStep = None,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> Page[RecordView]:
    """Where you keep records (`records.manage`), the newest first."""
    found = {"place": place, "person": person, "post": post, "organisation": organisation, "kind": kind,
             "matter": matter, "step": step}  # fmt: skip
    return await service.page(work, mine=False, **found, cursor=cursor, limit=limit)


@router.get("/records/mine", name="record_mine", summary="我的履职记录 What was written down about you")
async def mine(
    work: Reading, kind: Kind = None, step: AtStep = None, cursor: Cursor = None, limit: Limit = 20
) -> Page[RecordView]:
    """What you were given, taught and honoured for; the newest first."""
    return await service.page(work, mine=True, kind=kind, step=step, cursor=cursor, limit=limit)


@router.get("/records/sums", name="record_sums", summary="发放台账 How much was given and is out")
async def sums(
    work: Reading,
    place: Annotated[PlaceCode | None, Query(description="At this place and below (地点编码).")] = None,
) -> list[SumView]:
    """背心、手提袋、红胸牌 …: per thing how many were given, to how many people, and how many are still out;
    and honours. Where you keep records (`records.manage`); what was struck does not count.
    """
    return await service.sums(work, place)


@router.get("/records/{id}", name="record_read", summary="记录详情 A record")
async def read(id: UUID, work: Reading, response: Response) -> RecordView:
    """For whoever it is about, the mentor, and those who keep records there; 404 for everybody else."""
    return tagged(response, await service.whole(work, id))


async def _make(work: Work, _: Service, id_: UUID, move: str, given: BaseModel, expected: int | None) -> UUID:
    return await service.move(work, id_, move, cast("RecordClosing | Logged", given), expected)


move_routes(router, RECORD, cases="records", make=_make, view=plain(service.whole))
