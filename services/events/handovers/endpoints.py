"""Hand-overs over HTTP: for hierarchy alone."""

from services.events.handovers import service
from shared.runtime.web.doors import Writing, api_router
from shared.runtime.web.orders import carry_out
from shared.schemas.succession import ActivitiesOrder, HandOverKept

TAG = "交接 Hand-over"
router = api_router(tags=[TAG])


@router.post("/organisers/hand-over", name="organiser_hand_over", status_code=202, summary="交接活动 Hand them over")
async def hand_over(given: ActivitiesOrder, work: Writing) -> HandOverKept:
    """The order of hierarchy, by a job with its id as Idempotency-Key. Services only (`service.commands`).

    What the person organises there and is not over goes to the successor: drafts, activities that are open for sign-up,
    closed or underway; one journal row each. What is over keeps its organiser.
    """
    return await carry_out(work, lambda: service.order(work, given), HandOverKept(person_id=given.person_id))
