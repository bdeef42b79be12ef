"""The HTTP door of bodies."""

from typing import Annotated

from fastapi import Path, Query, Response, status

from services.hierarchy.bodies import reading, service
from services.hierarchy.bodies.inputs import NewCharter, Presence, Seating
from services.hierarchy.bodies.views import BodySummary, BodyView, QuorumView
from services.hierarchy.organisations.inputs import OrganisationCode
from services.hierarchy.places.inputs import PlaceCode
from shared.kernel.days import Day
from shared.runtime.web.doors import IfMatch, Reading, TheService, Writing, api_router, tagged
from shared.runtime.web.pages import Cursor, Limit
from shared.schemas.base import Page

router = api_router(tags=["议事机构 Bodies"])
OnDay = Annotated[Day | None, Query(description="On this day; today without it.")]
Code = Annotated[OrganisationCode, Path()]


@router.get("/bodies", name="body_list", summary="议事机构列表 Councils and committees")
async def listed(
    work: Reading,
    place: Annotated[PlaceCode | None, Query(description="At this place and below (地点编码).")] = None,
    on: OnDay = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[BodySummary]:
    """Councils (议事会), joint meetings (联席会议), owners' committees (业委会) and buildings' own bodies that serve
    your places, with how many of their seats are held: what is vacant is to be seen at a glance.
    """
    return await reading.page(work, place, on, cursor, limit)


@router.get("/bodies/{code}", name="body_read", summary="议事机构 A body and who sits in it")
async def read(code: Code, work: Reading, running: TheService, response: Response, on: OnDay = None) -> BodyView:
    """By the code of the organisation: its kinds of seats, who holds them from when to when (公示), its quorum, and
    what is not as its charter says. Needs `organisations.read` there.
    """
    return tagged(response, await reading.shown(work, running.vault, code, on))


@router.post("/bodies/{code}/charter", name="body_set_charter", summary="设定席位与法定人数 Say which seats it has")
async def charter(
    code: Code, given: NewCharter, work: Writing, running: TheService, response: Response, expected: IfMatch
) -> BodyView:
    """Kinds of seats, how many of each, whom they are for, and the quorum, from today on: days gone by keep the charter
    that they had. Seats that are not there yet are made as vacant posts, and vacant ones that are too many go; a post
    that is a seat gives no rights. Needs `organisations.manage` at its place.

    409: `no_body` for an organisation that does not sit, `seats_held` where more people sit, or are to sit, than there
    would be seats of a kind.
    """
    shown = await work.made(
        lambda: service.charter(work, code, given, expected), lambda body: reading.by_id(work, running.vault, body)
    )
    return tagged(response, shown)


@router.post(
    "/bodies/{code}/seats", status_code=status.HTTP_201_CREATED, name="body_take_seat", summary="就任 Take a seat"
)
async def seat(code: Code, given: Seating, work: Writing, running: TheService, response: Response) -> BodyView:
    """From today on, in a free seat of the kind. Leaving it, handing it over and renewing the term are moves of the
    appointment (任职), and it ends with its term. Needs `organisations.manage` there, as these do.

    409: `no_seat_free`, `not_for_this_seat` (a party member, or the holder of a certain post, is asked for). 422:
    `term_over` for a term that would end before today.
    """
    shown = await work.made(
        lambda: service.seat(work, code, given), lambda body: reading.by_id(work, running.vault, body)
    )
    return tagged(response, shown)


@router.post("/bodies/{code}/quorum", name="body_ask_quorum", summary="法定人数 Can those present decide?")
async def quorum(code: Code, given: Presence, work: Reading) -> QuorumView:
    """A question, nothing is written. Somebody in two seats is one person, and guests do not count. Needs
    `organisations.read` there.
    """
    return await reading.quorum(work, code, given)
