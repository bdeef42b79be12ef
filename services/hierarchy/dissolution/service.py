"""The use case of closing an organisation. It reaches into all that hangs on one, so it is a slice above them.

Nothing is left without an owner: places it answers for and organisations below it go to a successor or keep it open;
so do agreements that are not over, and seats that somebody holds.
"""

from uuid import UUID

from services.hierarchy.agreements import service as agreements
from services.hierarchy.appointments import seats
from services.hierarchy.dissolution.inputs import OrganisationClosing
from services.hierarchy.organisations import service as organisations
from services.hierarchy.organisations.inputs import OrganisationEdit
from services.hierarchy.organisations.refusals import StillHolds
from services.hierarchy.organisations.service import MANAGE
from services.hierarchy.places import service as places
from services.hierarchy.responsibility import mandates
from shared.kernel.errors import Conflict
from shared.kernel.refusals import expect
from shared.kernel.spans import Words
from shared.runtime.db import Row
from shared.runtime.journal import Entry
from shared.runtime.work import Work


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
    what = await _hanging(work, row, handed_over=successor is not None)
    if what is not None:
        raise StillHolds(organisation=row["name"], what_zh=what.zh, what_en=what.en)
    data = {"code": code, "successor": given.successor, "last_day": str(work.today)}
    entry = Entry("organisation", "organisation.close", after="closed", data=data, text={"reason": given.reason})
    if not await organisations.close(work, row, entry):
        raise Conflict
    if successor is not None:
        for below in await organisations.children(work, code):
            await organisations.edit(work, below["code"], OrganisationEdit(parent=successor["code"]), None)
        await mandates.hand_over(work, row, successor, work.today)
    closed: UUID = row["id"]
    return closed


async def _hanging(work: Work, row: Row, *, handed_over: bool) -> Words | None:
    """What keeps it open."""
    open_ones = await agreements.open_with(work, row["code"])
    if open_ones:
        return Words(f"还有 {len(open_ones)} 份共建协议未结束", f"{len(open_ones)} agreements with it are not over")
    there = await seats.in_organisations(work, [row["code"]], work.today)
    sitting = sum(seat["person_id"] is not None for seat in there)
    if sitting:
        return Words(f"还有 {sitting} 人在其中任职", f"{sitting} people hold posts in it")
    if handed_over:
        return None
    below = await organisations.children(work, row["code"])
    if below:
        return Words(f"还有 {len(below)} 个下级组织", f"{len(below)} organisations stand below it")
    answers = await mandates.held(work, row["id"], work.today)
    if answers:
        return Words(f"还负责 {len(answers)} 个地点", f"it answers for {len(answers)} places")
    return None
