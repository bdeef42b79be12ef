"""Visits over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, status

from services.hierarchy.households.rules import Tag
from services.hierarchy.places.inputs import PlaceCode
from services.hierarchy.visits import inputs, reading, service
from services.hierarchy.visits.rules import Result
from services.hierarchy.visits.views import DueList, UnseenList, VisitView
from shared.kernel.periods import parse_period
from shared.runtime.web.doors import Reading, TheService, Writing, api_router
from shared.runtime.web.pages import Cursor, Limit
from shared.schemas.base import Page

router = api_router(tags=["走访 Visits"])


@router.post("/visits", status_code=status.HTTP_201_CREATED, name="visit_record", summary="登记走访 Record a visit")
async def record(given: inputs.NewVisit, work: Writing, running: TheService) -> VisitView:
    """By a post-holder for themselves, or for another one who holds a post there (代录). Needs `visits.record` there.

    What is needed (`needs`) becomes an appeal by a job; the visit shows its number afterwards. The note is stored
    encrypted. 422 `own_home` at the visitor's own home: the monthly floor is about others.
    """
    return await work.made(
        lambda: service.record(work, running.vault, given), lambda visit: service.shown(work, running.vault, visit)
    )


@router.get("/visits", name="visit_list", summary="走访记录 Visits")
async def listed(
    work: Reading,
    running: TheService,
    place: Annotated[PlaceCode | None, Query(description="Only at this place and below (地点编码).")] = None,
    household: Annotated[UUID | None, Query(description="Only of this household.")] = None,
    visitor: Annotated[UUID | None, Query(description="Only by this person.")] = None,
    result: Annotated[Result | None, Query(description="Only with this result (走访结果).")] = None,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> Page[VisitView]:
    """Visits in your scope (`visits.read`), the newest first."""
    return await service.page(
        work,
        running.vault,
        place=place,
        household=household,
        visitor=visitor,
        result=None if result is None else result.value,
        cursor=cursor,
        limit=limit,
    )


@router.get(
    "/visits/due",
    name="visit_due",
    summary="走访底数 Who has visits to make",
    responses={409: {"description": "The structure in force asks for no visits (当前组织架构未规定走访底数)."}},
)
async def behind(
    work: Reading,
    running: TheService,
    month: Annotated[
        str, Query(pattern=r"^[12]\d{3}-(0[1-9]|1[0-2])$", description="`2026-11`.", examples=["2026-11"])
    ],
    place: Annotated[PlaceCode, Query(description="The community or a place in it (地点编码).")],
    roll: Annotated[str | None, Query(pattern=r"^[a-z][a-z0-9_]{0,40}$", description="Whose floor.")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> DueList:
    """每月走访底数: how many different households everybody on the roll has seen at home this month, by the
    structure in force (西南街: 每名党员每月不少于 3 户). A visit where nobody was met does not count.
    The rows are all members, the furthest behind first; names masked.
    """
    return await service.behind(work, running.vault, parse_period(month), place, roll, cursor, limit)


@router.get(
    "/visits/unseen",
    name="visit_unseen",
    summary="久未走访 Who has not been seen",
    responses={409: {"description": f"More than {reading.MOST:,} households (请选择社区或更小的地点)."}},
)
async def unseen(
    work: Reading,
    place: Annotated[PlaceCode, Query(description="A community or a place in it (地点编码).")],
    tag: Annotated[Tag | None, Query(description="Only households with this tag (户标签).")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> UnseenList:
    """The registered households of a place, who waits longest first: those that were to be seen again by now, those
    where nobody was ever met, then by the last visit. By place and never by name. For the regular visits to families
    in need (困难家庭定期走访): `next_on` of a visit says when somebody comes again.
    """
    return await reading.unseen(work, place, tag and tag.value, cursor, limit)


@router.get("/visits/{id}", name="visit_read", summary="走访详情 A visit")
async def read(id: UUID, work: Reading, running: TheService) -> VisitView:
    """With the needs found and the appeals they became."""
    return await service.shown(work, running.vault, id)
