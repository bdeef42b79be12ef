"""The HTTP door of activities. Moves have their routes from the workflow's table."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from services.events.activities import inputs, service, views
from services.events.activities.rules import LABELS, ActivityType
from services.events.activities.workflow import ACTIVITY
from services.events.schema import PLACES
from shared.kernel.rights import Permission
from shared.runtime.web import pages
from shared.runtime.web.doors import Caller, Reading, TheService, Writing, api_router, tagged
from shared.runtime.web.workflow_routes import move_routes, plain
from shared.runtime.work import Work
from shared.schemas.activities import ActivityStanding, ActivityStandings
from shared.schemas.base import Code, Page

TAG = "活动 Activities"
router = api_router(tags=[TAG])
Step = Annotated[str | None, Query(max_length=20, description="Only at this step, e.g. `open`.")]
Place = Annotated[Code | None, Query(description="Only at this place and below (地点编码).")]


@router.post("/activities", status_code=201, name="activity_create", summary="发布活动 Make an activity")
async def create(
    new: inputs.NewActivity, work: Writing, service_: TheService, response: Response
) -> views.ActivityView:
    """Makes a draft whose organiser is the caller; `open` makes it public and starts sign-up.

    Needs `activities.manage` at the place. The place must exist (`unknown_place`); while hierarchy cannot be asked,
    only places that events has met before are accepted (others: 503, nothing is stored).
    """

    async def make() -> UUID:
        place = await PLACES.need(work, service_.clients["hierarchy"], new.place)
        return await service.create(work, new, place)

    return tagged(response, await work.made(make, lambda activity: _whole(work, activity)))


@router.get("/activities", name="activity_list", summary="活动列表 Activities of the district")
async def listed(
    work: Reading,
    service_: TheService,
    step: Step = None,
    type: Annotated[ActivityType | None, Query(description="Only of this type.")] = None,  # noqa: A002
    place: Place = None,
    mine: Annotated[bool, Query(description="Only those you organise.")] = False,  # noqa: FBT002
    cursor: pages.Cursor = None,
    limit: pages.Limit = 20,
) -> Page[views.ActivitySummary]:
    """Latest start first. Everybody of the district sees what was opened; drafts are for their organiser and staff."""
    service.admit(work.actor)
    following = pages.decode(cursor, datetime, UUID)
    within = (await PLACES.need(work, service_.clients["hierarchy"], place)).path if place else None
    rows = await service.listed(
        work, limit=limit + 1, following=following, step=step, type=type, within=within, mine=mine
    )
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(
        items=[views.summary(row) for row in rows[:limit]],
        next=pages.encode(last["starts_at"], last["id"]) if last else None,
    )


@router.get("/activities/{id}", name="activity_read", summary="活动详情 One activity")
async def one(id: UUID, work: Reading, response: Response) -> views.ActivityView:
    """With seats taken and left, and the moves that are open to you. The ETag goes into If-Match of the next move."""
    return tagged(response, await _whole(work, id))


@router.get(
    "/activity-standings",
    name="activity_standings",
    summary="活动情况 Whether activities are there",
    responses={414: {}},
)
async def standings(
    work: Reading, id: Annotated[tuple[UUID, ...], Query(max_length=100, description="Up to 100.")] = ()
) -> ActivityStandings:
    """For hierarchy, which counts what a partner is said to have done. Services only (`service.commands`).

    What there is not is left out.
    """
    work.actor.demand(Permission.SERVICE_COMMANDS)
    found = await service.briefs(work, id)
    names = ActivityStanding.model_fields
    return ActivityStandings(items=[ActivityStanding(**{name: row[name] for name in names}) for row in found.values()])


@router.get("/activity-types", name="activity_types", summary="活动类型 The dictionary of types")
async def types(_: Caller) -> list[views.TypeView]:
    """Codes with their Chinese labels, in the order of the dictionary."""
    return [views.TypeView(code=code, label=label) for code, label in LABELS.items()]


async def _whole(work: Work, activity: UUID) -> views.ActivityView:
    return views.whole(await service.load(work, activity), work.actor)


move_routes(router, ACTIVITY, cases="activities", make=plain(service.move), view=plain(_whole))
