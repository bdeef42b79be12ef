"""Candidacies over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response, status

from services.hierarchy.candidacies import service
from services.hierarchy.candidacies.inputs import NewCandidacy
from services.hierarchy.candidacies.views import CandidacyView
from services.hierarchy.candidacies.workflow import CANDIDACY
from services.hierarchy.places.inputs import PlaceCode
from shared.runtime.service import Service
from shared.runtime.web.doors import Reading, TheService, Writing, api_router, tagged
from shared.runtime.web.pages import Cursor, Limit
from shared.runtime.web.workflow_routes import move_routes, plain
from shared.runtime.work import Work
from shared.schemas.base import Code, Page

TAG = "选任 Candidacies"
router = api_router(tags=[TAG])
AtStep = Annotated[
    str | None, Query(pattern=f"^({'|'.join(CANDIDACY.steps)})$", description="Only at this step, e.g. `reviewed`.")
]


@router.post(
    "/candidacies",
    status_code=status.HTTP_201_CREATED,
    name="candidacy_begin",
    summary="自荐、推荐、招募 Stand for a post, or name somebody",
)
async def begin(given: NewCandidacy, work: Writing, running: TheService, response: Response) -> CandidacyView:
    """Everybody of the district may stand (`self`) or recommend somebody, who then agrees or not; recruiting and bought
    services are the staff's to enter (`appointments.manage`).

    A neighbour is recommended by `name` and `phone` (推荐邻居，填姓名和手机号): somebody registered with both, who
    lives or is listed in the community of the seat. Whatever is amiss is the one 422 `nobody_to_name`, also that they
    stand there already, so that nothing is learnt by trying; 429 after 20 tries a day, but for the staff of the seat.
    Whoever only named somebody sees a masked name and what becomes of it, and neither their id nor their points.

    By `person` you name somebody whom you may read (`people.read`), or who holds a post there, above or below: any
    other id is 422 `unknown_person`. 409: `origin_not_taken`, `already_done` where the same person stands for the post
    already.
    """
    shown = await work.made(
        lambda: service.begin(work, running, given), lambda id_: service.whole(work, running.vault, id_)
    )
    return tagged(response, shown)


@router.get("/candidacies", name="candidacy_list", summary="选任列表 Candidacies to look after")
async def listed(  # noqa: PLR0913, PLR0917 - one parameter per filter
    work: Reading,
    running: TheService,
    place: Annotated[PlaceCode | None, Query(description="Posts at this place and below (地点编码).")] = None,
    post: Annotated[Code | None, Query(description="Only for this seat (岗位编码).")] = None,
    person: Annotated[UUID | None, Query(description="Only this candidate's.")] = None,
    recommender: Annotated[
        UUID | None, Query(description="Only those whom this person named: a referral chain, link by link (推荐人).")
    ] = None,
    step: AtStep = None,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> Page[CandidacyView]:
    """Those at places where you appoint (`appointments.manage`), the newest first."""
    found = {"place": place, "post": post, "person": person, "recommender": recommender, "step": step}
    return await service.page(work, running.vault, mine=False, **found, cursor=cursor, limit=limit)


@router.get("/candidacies/mine", name="candidacy_mine", summary="我的参选和推荐 Where you stand, or named somebody")
async def mine(work: Reading, running: TheService, cursor: Cursor = None, limit: Limit = 20) -> Page[CandidacyView]:
    """The newest first."""
    return await service.page(work, running.vault, mine=True, cursor=cursor, limit=limit)


@router.get("/candidacies/{id}", name="candidacy_read", summary="选任详情 A candidacy")
async def read(id: UUID, work: Reading, running: TheService, response: Response) -> CandidacyView:
    """For the candidate, whoever named them, and the staff; 404 for everybody else."""
    return tagged(response, await service.whole(work, running.vault, id))


async def _view(work: Work, running: Service, id_: UUID) -> CandidacyView:
    return await service.whole(work, running.vault, id_)


move_routes(router, CANDIDACY, cases="candidacies", make=plain(service.move), view=_view)
