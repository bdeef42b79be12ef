"""The queue door of appeals: finding the place, assigning, clocks. Handlers take ids and call the same use cases."""

from datetime import datetime
from uuid import UUID

import structlog

from services.tickets.appeals import due, inputs, moves
from services.tickets.appeals import queries as q
from services.tickets.appeals.relations import Appeal
from services.tickets.places import service as places
from services.tickets.schema import JOBS
from shared.kernel.errors import MoveNotOpen, NobodyResponsible, UnknownPlace
from shared.runtime.clients import RemoteUnavailable
from shared.runtime.jobs import Run
from shared.runtime.journal import Entry
from shared.runtime.work import Work
from shared.schemas.hierarchy import ContactMatch, MatchedContact, PlaceRef, ResponsibilityChain

log = structlog.get_logger()


async def _read(run: Run, appeal_id: UUID) -> Appeal | None:
    async with run.service.work(run.service.job_principal(run.district, run.kind.name)) as work:
        row = await work.one(q.BY_ID, id=appeal_id)
    return dict(row) if row else None


@JOBS.handles(due.LOCATE)
async def locate(run: Run, appeal_id: str) -> None:
    """Finds the place that came as a code. One that hierarchy does not know stays in the queue of the unplaced."""
    appeal = await _read(run, UUID(appeal_id))
    if appeal is None or appeal["step"] != "report" or appeal["place_code"] is None:
        return
    try:
        place = await places.ask(run.service.clients["hierarchy"], run.district, appeal["place_code"])
    except UnknownPlace:
        log.info("appeal stays unplaced", appeal_id=appeal_id)
        return
    if place is None:
        raise RemoteUnavailable("hierarchy", "a place to be found")
    person = await _reporter(run, appeal)
    chain = await _chain(run, place, appeal["category"]) if appeal["hotline"] else None
    async with run.work() as work:
        await _place(work, run, appeal, place, person, chain)


async def _place(
    work: Work, run: Run, appeal: Appeal, place: PlaceRef, person: UUID | None, chain: ResponsibilityChain | None
) -> None:
    """Locates; what a hotline sent was verified there (12345 受理即立案), so that it is filed and assigned at once."""
    calendar, appeal_id = run.service.calendar, appeal["id"]
    await moves.make(work, calendar, appeal_id, "locate", inputs.KnownLocation(place=place.code, found=place))
    if person is not None:
        await work.one(q.KNOW_REPORTER, id=appeal_id, reporter_id=person)
    if appeal["hotline"]:
        filing = inputs.Filing(
            category=appeal["category"],
            urgency=inputs.Urgency(appeal["urgency"]),
            note="12345热线已受理核实",
            evidence=[inputs.Evidence(kind="statement", description=f"热线工单 {appeal['order_no']}")],
        )
        await moves.make(work, calendar, appeal_id, "file", filing)
    if chain is not None and any(link.person_id for link in chain.chain):
        await moves.make(work, calendar, appeal_id, "assign", inputs.RoutedAssignment(chain=chain.chain))


async def _reporter(run: Run, appeal: Appeal) -> UUID | None:
    """Whose number the hotline gave, if that person has an account: they may then follow and rate their appeal."""
    if appeal["reporter_index"] is None or appeal["reporter_id"] is not None:
        return None
    body = ContactMatch(phone_index=appeal["reporter_index"].hex())
    match = await run.service.clients["hierarchy"].post(
        "contacts/match",
        district=run.district,
        body=body,
        idempotency_key=str(run.job_id),
        model=MatchedContact,
    )
    return match.person_id


async def _chain(run: Run, place: PlaceRef, category: str) -> ResponsibilityChain:
    return await run.service.clients["hierarchy"].get(
        "responsibility",
        district=run.district,
        params={"place": place.code, "category": category},
        model=ResponsibilityChain,
    )


@JOBS.handles(due.ASSIGN)
async def assign(run: Run, appeal_id: str) -> None:
    """Hands a filed appeal to the nearest post that answers for its place and category."""
    appeal = await _read(run, UUID(appeal_id))
    if appeal is None or appeal["step"] != "assign" or appeal["lead_person"] is not None:
        return
    chain = await run.service.clients["hierarchy"].get(
        "responsibility",
        district=run.district,
        params={"place": appeal["place_code"], "category": appeal["category"]},
        model=ResponsibilityChain,
    )
    try:
        async with run.work() as work:
            given = inputs.RoutedAssignment(chain=chain.chain)
            await moves.make(work, run.service.calendar, UUID(appeal_id), "assign", given)
    except NobodyResponsible:
        log.warning("nobody answers for this appeal; it waits for a dispatcher", appeal_id=appeal_id)


@JOBS.handles(due.OVERDUE)
async def overdue(run: Run, appeal_id: str, step: str, due: str) -> None:
    """Marks an appeal that still stands at the step whose clock this was."""
    async with run.work() as work:
        appeal = await work.one(q.BY_ID, id=UUID(appeal_id))
        if appeal is None or appeal["step"] != step or appeal["step_due"] != datetime.fromisoformat(due):
            return
        values = {f"to_{name}": appeal[name] for name in q.MOVABLE} | {"to_overdue": True}
        entry = Entry("appeal", "overdue", step, step, {"due": due})
        await work.write(q.MOVE, entry, id=appeal["id"], version=appeal["version"], **values)


@JOBS.handles(due.CLOSE)
async def close(run: Run, appeal_id: str) -> None:
    """Closes an answered appeal. One that was never called back stays open, and overdue, for people to see."""
    try:
        async with run.work() as work:
            await moves.make(work, run.service.calendar, UUID(appeal_id), "close", inputs.NOTHING)
    except MoveNotOpen:
        log.info("appeal is not to be closed yet", appeal_id=appeal_id)
