"""The queue door of appeals: finding the place, assigning, clocks. Handlers take ids and call the same use cases."""

from datetime import datetime
from uuid import UUID

import structlog

from services.tickets.appeals import due, inputs, moves
from services.tickets.appeals.intake import unseal
from services.tickets.appeals.relations import Appeal
from services.tickets.places import service as places
from services.tickets.schema import JOBS
from shared.kernel.errors import MoveNotOpen, NobodyResponsible, UnknownPlace
from shared.kernel.workflow import Note
from shared.runtime.clients import RemoteProblem, RemoteUnavailable
from shared.runtime.jobs import Run
from shared.schemas.hierarchy import ContactMatch, MatchedContact, ResponsibilityChain

log = structlog.get_logger()


@JOBS.handles(due.LOCATE)
async def locate(run: Run, appeal_id: str) -> None:
    """Finds the place that came as a code. Where hierarchy knows none, an operator must (`GET /appeals?step=report`).

    What a hotline sent was verified there (12345 受理即立案): it is filed at once, unless nobody sorted it yet.
    """
    hierarchy = run.service.clients["hierarchy"]
    async with run.reading() as work:
        appeal = await moves.load(work, UUID(appeal_id))
        if appeal["step"] != "report" or appeal["place_code"] is None:
            return
        try:
            place = await places.find(work, hierarchy, appeal["place_code"])
        except UnknownPlace:
            await _leave_unplaced(run, appeal)
            return
    if place is None:
        raise RemoteUnavailable("hierarchy", "a place to be found")
    found = inputs.KnownLocation(place=place.code, found=place, reporter=await _reporter(run, appeal))
    async with run.work() as work:
        located = await moves.make(work, run.service.calendar, appeal["id"], "locate", found)
        if located["hotline"] and located["category"]:
            await moves.make(work, run.service.calendar, appeal["id"], "file", _as_verified(located))


async def _leave_unplaced(run: Run, appeal: Appeal) -> None:
    async with run.work() as work:
        await moves.note(work, appeal, "unplaced", {"unknown_place": appeal["place_code"]}, place_code=None)


def _as_verified(order: Appeal) -> inputs.Filing:
    return inputs.Filing(
        category=order["category"],
        urgency=inputs.Urgency(order["urgency"]),
        note="12345热线已受理核实",
        evidence=[inputs.Evidence(kind="statement", description=f"热线工单 {order['order_no']}")],
    )


async def _reporter(run: Run, appeal: Appeal) -> UUID | None:
    """Whose number the hotline gave, if that person has an account and is not to stay unknown: they may follow it."""
    if appeal["reporter_index"] is None or appeal["reporter_id"] is not None or appeal["anonymous"]:
        return None
    phone = unseal(run.service, run.district, appeal["id"], appeal["contact"])["phone"]
    indexes = run.service.vault.blind_indexes(phone, purpose="phone", district=run.district)
    body = ContactMatch(phone_index=indexes[0].hex(), older=[index.hex() for index in indexes[1:]])
    try:
        match = await run.service.clients["hierarchy"].post(
            "contacts/match", district=run.district, body=body, idempotency_key=str(run.job_id), model=MatchedContact
        )
    except RemoteProblem as problem:
        log.warning("hierarchy refuses to match a contact", status=problem.status, code=problem.code)
        return None
    return match.person_id


@JOBS.handles(due.ASSIGN)
async def assign(run: Run, appeal_id: str, *, again: bool = False) -> None:
    """Hands a filed appeal to the nearest post that answers for its place and category.

    Where nobody holds one it says so in the timeline and waits for a dispatcher. `again`: it came back to a post, whose
    holder may be another by now; the post's new holder takes it, or the nearest where the post is vacant.
    """
    async with run.reading() as work:
        appeal = await moves.load(work, UUID(appeal_id))
    if appeal["step"] != "assign" or (appeal["lead_person"] is not None and not again):
        return
    hierarchy = run.service.clients["hierarchy"]
    today = await places.responsible(hierarchy, run.district, appeal["place_code"], appeal["category"])
    post, holder = _same_post(appeal, today)
    if holder is not None and holder == appeal["lead_person"]:
        return
    order = inputs.RoutedAssignment(chain=today.chain, found=today.place, post=post if holder else None)
    try:
        async with run.work() as work:
            await moves.make(work, run.service.calendar, appeal["id"], "assign", order)
    except NobodyResponsible:
        async with run.work() as work:
            await moves.note(work, appeal, "unassigned", {"links": len(today.chain)})


def _same_post(appeal: Appeal, today: ResponsibilityChain) -> tuple[str | None, UUID | None]:
    """The post that had the appeal, and who holds it now."""
    post: str | None = appeal["lead_post"]
    links = (link for link in today.chain if post is not None and post in (link.post_code, link.organisation_code))
    link = next(links, None)
    return post, link.person_id if link else None


@JOBS.handles(due.OVERDUE)
async def overdue(run: Run, appeal_id: str, step: str, due: str) -> None:
    """Marks an appeal that still stands at the step whose clock this was; a called-back one only awaited a rating."""
    async with run.work() as work:
        appeal = await moves.load(work, UUID(appeal_id))
        stands = appeal["step"] == step and appeal["step_due"] == datetime.fromisoformat(due)
        if stands and not appeal["overdue"] and not (step == "rate" and appeal["called_back"]):
            await moves.note(work, appeal, "overdue", {"due": due}, overdue=True)


@JOBS.handles(due.CLOSE)
async def close(run: Run, appeal_id: str, due: str | None = None) -> None:
    """Closes an answered appeal. One that was never called back stays open, and overdue, for people to see.

    With `due` it is for the end of that very clock: after a rework another one runs.
    """
    try:
        async with run.work() as work:
            appeal = await moves.load(work, UUID(appeal_id))
            if due is None or appeal["step_due"] == datetime.fromisoformat(due):
                await moves.make(work, run.service.calendar, appeal["id"], "close", Note())
    except MoveNotOpen:
        log.info("appeal is not to be closed yet", appeal_id=appeal_id)
