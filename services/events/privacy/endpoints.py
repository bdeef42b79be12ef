"""Personal data over HTTP: one's own view, and erasing on hierarchy's order."""

from services.events.privacy import service
from services.events.schema import SCHEMA
from shared.runtime.web import personal
from shared.runtime.web.doors import Writing, api_router
from shared.runtime.web.orders import carry_out
from shared.schemas.personal import ErasureOrder, Ordered

router = api_router(tags=personal.TAG)


@router.post("/erasures", name="erasure_order", status_code=202, summary="执行删除 Erase a person here as well")
async def order(given: ErasureOrder, work: Writing) -> Ordered:
    """The order of hierarchy, by a job with its id as Idempotency-Key. Services only (`service.commands`).

    Notes and messages go; sign-ups, attendance and minutes stay, so that figures and the journal's chain hold.
    """
    return await carry_out(work, lambda: service.order(work, given), Ordered(person_id=given.person_id))


personal.add_routes(router, SCHEMA, service.export)
