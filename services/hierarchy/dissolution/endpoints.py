"""The HTTP door of closing an organisation."""

from typing import Annotated

from fastapi import Path, Response

from services.hierarchy.dissolution import service
from services.hierarchy.dissolution.inputs import OrganisationClosing
from services.hierarchy.organisations import reading
from services.hierarchy.organisations.inputs import OrganisationCode
from services.hierarchy.organisations.views import OrganisationView
from shared.runtime.web.doors import IfMatch, Writing, api_router, tagged

router = api_router(tags=["组织 Organisations"])


@router.post("/organisations/{code}/close", name="organisation_close", summary="撤销组织 Close one")
async def close(
    code: Annotated[OrganisationCode, Path()],
    given: OrganisationClosing,
    work: Writing,
    response: Response,
    expected: IfMatch,
) -> OrganisationView:
    """With today as its last day; its members leave (who was to join does not), what it offers is withdrawn, what it
    was stays readable. Needs `organisations.manage` there.

    409 `still_holds` while agreements or projects run, somebody holds a post in it or is to, or, without a `successor`,
    organisations stand below it or it answers for places beyond today: with one, these go over to it, for as long as
    they were to last.
    """
    shown = await work.made(lambda: service.close(work, code, given, expected), lambda made: reading.by_id(work, made))
    return tagged(response, shown)
