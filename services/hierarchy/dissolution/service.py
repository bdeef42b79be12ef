"""The use case of closing an organisation. It reaches into all that hangs on one, so it is a slice above them.

Nothing is left without an owner: places it answers for and organisations below it go to a successor or keep it open;
so do agreements and projects that are not over, and seats that somebody holds or is to hold. Vacant ones end with it.
"""

from datetime import timedelta
from uuid import UUID

from services.hierarchy.agreements import service as agreements
from services.hierarchy.appointments import seats
from services.hierarchy.bodies import service as bodies
from services.hierarchy.capabilities import service as capabilities
from services.hierarchy.dissolution.inputs import OrganisationClosing
from services.hierarchy.organisations import service as organisations
from services.hierarchy.organisations.inputs import OrganisationEdit
from services.hierarchy.organisations.refusals import StillHolds
from services.hierarchy.organisations.service import MANAGE
from services.hierarchy.places import service as places
from services.hierarchy.responsibility import mandates
from services.hierarchy.responsibility import service as responsibility
from shared.kernel.errors import Conflict
from shared.kernel.refusals import expect
from shared.kernel.spans import Words
from shared.runtime.db import Row
from shared.runtime.journal import Entry
from shared.runtime.work import Work

_DAY = timedelta(days=1)


async def close(work: Work, code: str, given: OrganisationClosing, expected: int | None) -> UUID:
    """Closes it with today. NotFound, Forbidden, OrganisationClosed, PreconditionFailed, UnknownOrganisation,
    StillHolds.
    """
    await places.lock(work)
    row = await organisations.seen(work, code, MANAGE)
    organisations.must_be_open(row)
    expect(row["version"], expected)
    successor = None
    if given.successor is not None and given.successor != code:
        successor = await organisations.meant(work, given.successor, MANAGE)
    await bodies.hold(work, code)
    posts = {seat["post_id"] for seat in await seats.in_organisations(work, [code], work.today)}
    what = await _hanging(work, row, posts, handed_over=successor is not None)
    if what is not None:
        raise StillHolds(organisation=row["name"], what_zh=what.zh, what_en=what.en)
    data = {"code": code, "successor": given.successor, "last_day": str(work.today)}
    entry = Entry("organisation", "organisation.close", after="closed", data=data, text={"reason": given.reason})
    if not await organisations.close(work, row, entry):
        raise Conflict
    await seats.give_up(work, posts)
    await responsibility.leave(work, posts, work.today)
    await capabilities.withdraw(work, code)
    if successor is not None:
        while below := await organisations.children(work, code):  # so many at once
            for one in below:
                await organisations.edit(work, one["code"], OrganisationEdit(parent=successor["code"]), None)
        await mandates.hand_over(work, row, successor, work.today + _DAY)
    closed: UUID = row["id"]
    return closed


async def _hanging(work: Work, row: Row, posts: set[UUID], *, handed_over: bool) -> Words | None:
    """What keeps it open."""
    code = row["code"]
    there = [
        (len(await agreements.open_with(work, code)), "还有 {} 份共建协议未结束", "{} agreements with it are not over"),
        (await capabilities.running_with(work, code), "还有 {} 个项目正在实施", "{} projects of it are running"),
        (
            len(await seats.taken(work, posts, work.today)),
            "还有 {} 人在其中任职或将任职",
            "{} people hold posts in it, now or later",
        ),
    ]
    if not handed_over:
        below = await organisations.children(work, code)
        answers = {mandate["path"] for mandate in await mandates.ahead(work, row["id"], work.today + _DAY)}
        there += [
            (len(below), "还有 {} 个下级组织", "{} organisations stand below it"),
            (len(answers), "还负责或将负责 {} 个地点", "it answers for {} places, now or later"),
        ]
    return next((Words(zh.format(count), en.format(count)) for count, zh, en in there if count), None)
