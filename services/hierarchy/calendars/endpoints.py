"""The HTTP door of calendars: shifts for calendar programs."""

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import Path, Response, status

from services.hierarchy.calendars import service, writing
from services.hierarchy.calendars.views import CalendarLink
from services.hierarchy.places import service as places
from services.hierarchy.settings import HierarchySettings
from services.hierarchy.venues import service as venues
from shared.kernel.rights import Principal
from shared.runtime.db import Row
from shared.runtime.service import Service
from shared.runtime.web.doors import Reading, TheService, Writing, api_router
from shared.runtime.web.personal import keep_nowhere
from shared.runtime.work import Work

router = api_router(tags=["值班表 Rosters"])
_ICS: dict[int | str, dict[str, Any]] = {
    200: {"description": "RFC 5545.", "content": {"text/calendar": {"schema": {"type": "string"}}}}
}
Token = Annotated[str, Path(max_length=60, description="From `GET /shifts/mine/calendar` (订阅链接末段).")]


@router.get("/shifts/mine/calendar", name="calendar_link", summary="我的日历订阅 Your calendar link")
async def mine(work: Reading, running: TheService, response: Response) -> CalendarLink:
    """Where a calendar program can read your shifts, if you have made a link."""
    keep_nowhere(response)
    return await service.mine(work, running.vault, _base(running))


@router.post(
    "/shifts/mine/calendar",
    status_code=status.HTTP_201_CREATED,
    name="calendar_make",
    summary="生成日历订阅链接 Make a calendar link",
)
async def make(work: Writing, running: TheService, response: Response) -> CalendarLink:
    """A link that needs no signing in, because calendar programs cannot. Keep it to yourself: whoever has it sees when
    and where you are on duty, and nothing else. A new link ends the one before.
    """
    keep_nowhere(response)
    return await work.made(lambda: service.make(work), lambda _: service.mine(work, running.vault, _base(running)))


@router.post("/shifts/mine/calendar/end", name="calendar_end", summary="停用日历订阅链接 End your calendar link")
async def end(work: Writing, running: TheService) -> CalendarLink:
    """Nobody reads your shifts by it any more. 409 `no_calendar_link` without one."""

    async def run() -> CalendarLink:
        await service.end(work)
        return await service.mine(work, running.vault, _base(running))

    return await work.once(run, lambda _: service.mine(work, running.vault, _base(running)))


@router.get(
    "/calendars/{token}.ics",
    name="calendar_feed",
    summary="日历订阅 Shifts for a calendar program",
    response_class=Response,
    responses=_ICS,
)
async def feed(token: Token, running: TheService) -> Response:
    """For whoever has the link: one person's published shifts, 31 days back and a year ahead, those that were cancelled
    as such. It names nobody. 404 once the link was ended or replaced, or the person is no longer known.
    """
    district, link, digest = service.read(token)
    async with running.work(Principal(district=district, id="calendar", kind="public")) as work:
        rows = await service.by_link(work, running.vault, link, digest)
        return await _written(work, "值班", rows, {})


@router.get(
    "/rosters/{id}/calendar.ics",
    name="roster_calendar",
    summary="值班表日历 A roster for a calendar program",
    response_class=Response,
    responses=_ICS,
)
async def roster(id: UUID, work: Reading, running: TheService) -> Response:
    """Everybody's published shifts by name, 31 days back and a year ahead; as reading the roster, with a token only."""
    rows, names = await service.of_roster(work, running.vault, id)
    return await _written(work, rows[0]["roster_name"] if rows else "值班表", rows, names)


async def _written(work: Work, name: str, rows: list[Row], names: Mapping[UUID, str]) -> Response:
    where = await places.by_paths(work, {row["path"] for row in rows})
    desks = await venues.by_ids(work, (row["venue_id"] for row in rows if row["venue_id"]))
    content = await asyncio.to_thread(writing.calendar, name, rows, where, desks, names, work.now)
    made = Response(content, media_type=writing.TYPE)
    keep_nowhere(made)
    return made


def _base(running: Service) -> str:
    settings = running.settings
    return settings.public_base if isinstance(settings, HierarchySettings) else ""
