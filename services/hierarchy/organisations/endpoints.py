"""The HTTP door of organisations."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Response, status

from services.hierarchy.organisations import inputs, members, reading, service, views
from services.hierarchy.organisations.rules import Family, Kind
from services.hierarchy.places.inputs import PlaceCode
from shared.kernel.days import Day
from shared.runtime.web.doors import IfMatch, Reading, TheService, Writing, api_router, tagged
from shared.runtime.web.pages import Cursor, Limit
from shared.schemas.base import Page

router = api_router(tags=["组织 Organisations"])
OnDay = Annotated[Day | None, Query(description="As it was on this day; as it is without it (历史查询).")]
Code = Annotated[inputs.OrganisationCode, Path()]


@router.post(
    "/organisations", status_code=status.HTTP_201_CREATED, name="organisation_create", summary="成立组织 Make one"
)
async def create(given: inputs.NewOrganisation, work: Writing, response: Response) -> views.OrganisationView:
    """A party branch, a committee, a partner or a department, from today on. Needs `organisations.manage` at the place.

    422: `unknown_place`, `unknown_organisation` (the parent), `wrong_parent` (a ring, too deep, or a party
    organisation below something else).
    """
    shown = await work.made(lambda: service.create(work, given), lambda made: reading.by_id(work, made))
    return tagged(response, shown)


@router.get("/organisations", name="organisation_list", summary="组织列表 Organisations")
async def listed(  # noqa: PLR0913, PLR0917 - each is a filter of the query
    work: Reading,
    place: Annotated[PlaceCode | None, Query(description="At this place and below (地点编码).")] = None,
    around: Annotated[
        PlaceCode | None,
        Query(description="At home at this place or above it: whom a household has (本地点及上级的组织)."),
    ] = None,
    family: Annotated[Family | None, Query(description="Party, self-governance, partners or departments.")] = None,
    kind: Annotated[Kind | None, Query(description="Only this kind (类别).")] = None,
    parent: Annotated[str | None, Query(max_length=100, description="Directly below this one (上级组织).")] = None,
    named: Annotated[str | None, Query(max_length=40, description="Whose name has this in it (名称包含).")] = None,
    on: OnDay = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[views.OrganisationSummary]:
    """Those that serve your places, by code, as they are today or were on a day: at your places, below them, and above
    (the committee of your compound). `on` asks about the past: that answer never changes afterwards, wherever
    the places went since.
    """
    found = {"place": place, "parent": parent, "named": named}
    return await reading.page(work, around=around, family=family, kind=kind, on=on, cursor=cursor, limit=limit, **found)


@router.get("/places/{code}/organisations/tree", name="organisation_tree", summary="组织树 A tree of one family")
async def tree(
    code: Annotated[PlaceCode, Path()],
    work: Reading,
    family: Annotated[Family, Query(description="Party, self-governance, partners or departments.")] = "party",
    on: OnDay = None,
) -> views.OrganisationTree:
    """The organisations of one family at a place and below, as they stand below each other; 2,000 at most, and
    `complete` says whether those are all. Needs `organisations.read` there.
    """
    return await reading.trees(work, code, family, on)


@router.get("/organisations/{code}", name="organisation_read", summary="组织 An organisation")
async def read(code: Code, work: Reading, response: Response, on: OnDay = None) -> views.OrganisationView:
    """As it is, or as it was on a day; 404 on a day when it was not there. `ETag` is its version."""
    return tagged(response, await reading.shown(work, code, on))


@router.get("/organisations/{code}/history", name="organisation_history", summary="沿革 What it was, and when")
async def history(code: Code, work: Reading) -> list[views.OrganisationSummary]:
    """Every state from a day to a day, the latest first; the last 200."""
    return await reading.history_of(work, code)


@router.post("/organisations/{code}/edit", name="organisation_edit", summary="变更组织 Change one from today on")
async def edit(
    code: Code, given: inputs.OrganisationEdit, work: Writing, response: Response, expected: IfMatch
) -> views.OrganisationView:
    """Name, parent, place or what is recorded besides. What it was until yesterday stays readable (`on`, `/history`).

    Needs `organisations.manage` at its place. 409 `organisation_closed`; 422 `wrong_parent`.
    """
    shown = await work.made(lambda: service.edit(work, code, given, expected), lambda made: reading.by_id(work, made))
    return tagged(response, shown)


@router.get("/organisations/{code}/members", name="organisation_members", summary="成员 Who belongs to it")
async def list_members(
    code: Code, work: Reading, running: TheService, on: OnDay = None, cursor: Cursor = None, limit: Limit = 50
) -> Page[views.OrganisationMemberView]:
    """Members on a day, the longest first, with masked names. Needs `people.read` at its place."""
    return await members.page(work, running.vault, code, on, cursor, limit)


@router.post(
    "/organisations/{code}/members",
    status_code=status.HTTP_201_CREATED,
    name="organisation_join",
    summary="加入 Somebody joins",
)
async def join(
    code: Code, given: inputs.NewOrganisationMember, work: Writing, running: TheService, response: Response
) -> views.OrganisationMemberView:
    """From today or a day to come. Needs `organisations.manage` at its place. Somebody whom you may read
    (`people.read`), or who holds a post there: any other id is 422 `unknown_person`. 409 for one who is a member then.
    """
    shown = await work.made(
        lambda: members.join(work, code, given), lambda member: members.shown(work, running.vault, member)
    )
    return tagged(response, shown)


@router.post("/organisation-members/{id}/leave", name="organisation_leave", summary="退出 Somebody leaves")
async def leave(
    id: UUID,
    given: inputs.LeavingOrganisation,
    work: Writing,
    running: TheService,
    response: Response,
    expected: IfMatch,
) -> views.OrganisationMemberView:
    """On a day, yesterday at the earliest, today without one. The membership stays on record. Needs
    `organisations.manage` there.
    """
    shown = await work.made(
        lambda: members.leave(work, id, given, expected), lambda member: members.shown(work, running.vault, member)
    )
    return tagged(response, shown)
