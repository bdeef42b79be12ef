"""The household register over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response, status

from services.hierarchy.households import inputs, reading, service
from services.hierarchy.households.rules import Tag
from services.hierarchy.households.views import HouseholdCard, HouseholdView
from services.hierarchy.places.inputs import PlaceCode
from shared.runtime.service import Service
from shared.runtime.web.doors import IfMatch, Reading, TheService, Writing, api_router, tagged
from shared.runtime.web.pages import Cursor, Limit
from shared.runtime.work import Work
from shared.schemas.base import Page

router = api_router(tags=["住户 Households"])


@router.get("/households", name="household_list", summary="住户列表 Households")
async def listed(
    work: Reading,
    running: TheService,
    place: Annotated[PlaceCode | None, Query(description="Only at this place and below (地点编码).")] = None,
    tag: Annotated[Tag | None, Query(description="Only with this tag today (标签).")] = None,
    person: Annotated[UUID | None, Query(description="Only where this person lives.")] = None,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> Page[HouseholdCard]:
    """Households in your scope (`households.read`), by the code of their place; the head's name masked. Whoever looks
    for a number asks `POST /people/search`, and then here with the `person`.
    """
    return await reading.page(work, running.vault, place=place, tag=tag, person=person, cursor=cursor, limit=limit)


@router.post(
    "/households", status_code=status.HTTP_201_CREATED, name="household_create", summary="登记一户 Register one"
)
async def create(given: inputs.NewHousehold, work: Writing, running: TheService, response: Response) -> HouseholdView:
    """At a household place. Needs `households.manage` there; 409 where it is registered."""
    return await work.made(
        lambda: service.create(work, given), lambda household: _shown(work, running, household, response)
    )


@router.get("/households/{id}", name="household_read", summary="住户详情 A household")
async def read(id: UUID, work: Reading, running: TheService, response: Response) -> HouseholdView:
    """Who lives there, masked (in full: `POST /people/{id}/reveal`), and the tags that hold today with their basis."""
    return await _shown(work, running, id, response)


@router.post("/households/{id}/members", name="household_add_member", summary="登记成员 Somebody lives there")
async def add_member(
    id: UUID,
    given: inputs.NewHouseholdMember,
    work: Writing,
    running: TheService,
    response: Response,
    expected: IfMatch,
) -> HouseholdView:
    """Name and numbers are stored encrypted. Somebody known by identity card, or by phone and name, is joined, and a
    number that they have not got yet is added. A resident who lives nowhere else any more is listed here from now on.

    409: `number_taken`, it is kept for another name; `number_kept`, they have another one, which only they change;
    `registered_elsewhere`, where you do not keep the register (`households.manage`); `processing_stopped`.
    """
    return await work.made(
        lambda: service.add_member(work, running.vault, id, given, expected),
        lambda household: _shown(work, running, household, response),
    )


@router.post("/households/{id}/members/{member}/leave", name="household_leave", summary="迁出 Somebody moved out")
async def leave(
    id: UUID,
    member: UUID,
    given: inputs.LeavingHousehold,
    work: Writing,
    running: TheService,
    response: Response,
    expected: IfMatch,
) -> HouseholdView:
    """`member` is the id of the membership; the person stays known. 409 `already_done` once that day is over."""
    return await work.made(
        lambda: service.leave(work, id, member, given, expected),
        lambda household: _shown(work, running, household, response),
    )


@router.post("/households/{id}/tags", name="household_tag", summary="登记标签 Mark a household")
async def add_tag(
    id: UUID, given: inputs.NewTag, work: Writing, running: TheService, response: Response, expected: IfMatch
) -> HouseholdView:
    """独居老人, 残疾, 党员户 …, only under a basis: a member's consent, or a duty by law that `legal_basis` names."""
    return await work.made(
        lambda: service.tag(work, id, given, expected), lambda household: _shown(work, running, household, response)
    )


@router.post("/households/{id}/tags/{tag}/withdraw", name="household_withdraw_tag", summary="撤回标签 Take a tag back")
async def withdraw(
    id: UUID,
    tag: Tag,
    given: inputs.Withdrawal,
    work: Writing,
    running: TheService,
    response: Response,
    expected: IfMatch,
) -> HouseholdView:
    """Consent was taken back or the basis is gone: the tag is neither read nor searched any more."""
    del given  # nothing is in it

    return await work.made(
        lambda: service.withdraw(work, id, tag, expected), lambda household: _shown(work, running, household, response)
    )


async def _shown(work: Work, running: Service, household: UUID, response: Response) -> HouseholdView:
    return tagged(response, await reading.whole(work, running.vault, household))
