"""Changing, moving, merging, splitting and closing a place over HTTP."""

from uuid import UUID

from fastapi import Response

from services.hierarchy.places.inputs import EditPlace, PlaceCode
from services.hierarchy.places.views import GoneRef, PlaceView
from services.hierarchy.relocation import service
from services.hierarchy.relocation.inputs import ClosePlace, MergePlace, NewParent, SplitPlace
from services.hierarchy.relocation.views import MergedPlace
from shared.runtime.web.doors import IfMatch, Writing, api_router, tagged
from shared.runtime.work import Work

router = api_router(tags=["地点 Places"])


async def _again(work: Work, place: UUID) -> PlaceView:
    return await service.shown(work, place)


@router.patch("/places/{code}", summary="修改地点 Change what is said of a place")
async def place_edit(
    code: PlaceCode, given: EditPlace, work: Writing, response: Response, expected: IfMatch
) -> PlaceView:
    """A new name, zone, figures; what is left out stays. Needs `places.manage` there; `reason` is journaled (依据).

    A new name reaches the full names of everything below. What it was called before is kept (`history`, `on`). 409
    `place_name_taken` where another place of the kind is called so in the same place.
    """
    shown = await work.once(lambda: service.edit(work, code, given, expected), lambda id_: _again(work, id_))
    return tagged(response, shown)


@router.post("/places/{code}/move", summary="移动地点 Move a place with all below it")
async def place_move(
    code: PlaceCode, given: NewParent, work: Writing, response: Response, expected: IfMatch
) -> PlaceView:
    """The place and everything below it get new paths under another parent; codes, people and posts stay with them.

    Needs `places.manage` at both places; 404 for a place, 422 `unknown_place` for a parent outside the caller's scope.
    422 `cannot_move` for the district itself, a parent inside the place, the parent it has, or more than 16 levels.
    Outlines stay as they are drawn: `boundary-faults` of the new parent says which do not fit any more.
    Other services are told at once and follow within seconds; tokens made before hold no rights at the new path.
    """
    shown = await work.once(
        lambda: service.move(work, code, given.parent, expected, given.reason), lambda id_: _again(work, id_)
    )
    return tagged(response, shown)


@router.post("/places/{code}/merge", summary="合并地点 Merge a place into another")
async def place_merge(
    code: PlaceCode, given: MergePlace, work: Writing, response: Response, expected: IfMatch
) -> MergedPlace:
    """What lies in the place lies in the other one from now on; people, posts, households, venues and those who answer
    for it go along. Its code answers 410 `place_gone` and names the other. Returns the place that took it in, with
    what the structure in force finds amiss there now, such as two building heads where one may be (`breaches`).

    Two registered homes become one household, of all who belong to either (户并户).
    Households, residents and area are added up where both places have a figure. Needs `places.manage` at both; 422
    `cannot_change_place` for places of different kinds or one inside the other. It takes effect at once: for the days
    before, everything is answered as it was (依据 may name another day).
    """

    async def run() -> MergedPlace:
        return await service.joined(work, await service.merge(work, code, given.into, expected, given.reason))

    async def again(id_: UUID) -> MergedPlace:
        return await service.joined(work, await service.shown(work, id_))

    return tagged(response, await work.once(run, again))


@router.post("/places/{code}/split", summary="拆分地点 Split a place")
async def place_split(
    code: PlaceCode, given: SplitPlace, work: Writing, response: Response, expected: IfMatch
) -> PlaceView:
    """Two or more places of the same kind instead of one. Its code answers 410 `place_gone` and names them all.

    What lies in it goes to the parts that name it; everything else, and what hangs on the place itself, to the first
    part, which is returned.
    """
    shown = await work.once(
        lambda: service.split(work, code, given.parts, expected, given.reason), lambda id_: _again(work, id_)
    )
    return tagged(response, shown)


@router.post("/places/{code}/close", summary="撤销地点 Close a place")
async def place_close(code: PlaceCode, given: ClosePlace, work: Writing, expected: IfMatch) -> GoneRef:
    """Ends a place in which no other lies: its code answers 410 `place_gone` from now on, whoever answered for it does
    so no more, and its empty seats are no vacancies. What was recorded there stays with the places above.

    409 `place_still_needed` while anything hangs on it that somebody holds, waits for or owes; a field for each kind
    says how much: `appointments`, `candidacies`, `households`, `links`, `shifts`, `bookings`, `loans`, `needs`,
    `venues`, `records`, `agreements`, `organisations`, `report_ins`, `experts`, `listings`, `evaluations`. Settle these
    first, or `merge` the place into another one, which takes them all over. It takes effect at once (依据 may name
    another day).
    """
    return await work.once(
        lambda: service.close(work, code, expected, given.reason), lambda id_: service.ended(work, id_)
    )
