"""Hand-overs over HTTP: for hierarchy alone."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from services.tickets.handovers import service
from shared.kernel.rights import Permission
from shared.runtime.web.doors import Reading, Writing, api_router
from shared.runtime.web.orders import carry_out
from shared.schemas.base import Code
from shared.schemas.succession import Caseload, HandOverKept, HandOverOrder

TAG = "交接 Hand-over"
router = api_router(tags=[TAG])


@router.get("/caseloads/{person}", name="caseload_read", summary="名下未办结诉求 What waits for a person under a post")
async def read(
    person: UUID,
    work: Reading,
    post: Annotated[tuple[Code, ...], Query(max_length=10, description="Codes of posts or organisations.")] = (),
) -> Caseload:
    """For hierarchy, before an appointment ends. Services only (`service.commands`)."""
    work.actor.demand(Permission.SERVICE_COMMANDS)
    return await service.standing(work, person, post)


@router.post("/caseloads/hand-over", name="caseload_hand_over", status_code=202, summary="交接诉求 Hand appeals over")
async def hand_over(given: HandOverOrder, work: Writing) -> HandOverKept:
    """The order of hierarchy, by a job with its id as Idempotency-Key. Services only (`service.commands`).

    What the person leads under these posts goes to the successor, step and clocks as they are, one journal row each.
    """
    return await carry_out(work, lambda: service.order(work, given), HandOverKept(person_id=given.person_id))
