"""Personal data over HTTP: contact data in full with a reason, one's own view, and erasing on hierarchy's order."""

from uuid import UUID

from fastapi import Response

from services.tickets.appeals import contacts
from services.tickets.appeals.contacts import RevealedContact
from services.tickets.privacy import service
from services.tickets.schema import SCHEMA
from shared.kernel.rights import Permission
from shared.runtime.web import personal
from shared.runtime.web.doors import Reading, TheService, Writing, api_router
from shared.runtime.web.orders import carry_out
from shared.schemas.personal import ErasureOrder, Ordered, RevealReason, Standing

router = api_router(tags=personal.TAG)


@router.post(
    "/appeals/{id}/contact/reveal", name="contact_reveal", summary="查看诉求人联系方式 See contact data in full"
)
async def reveal(
    id: UUID, given: RevealReason, work: Writing, running: TheService, response: Response
) -> RevealedContact:
    """Name, phone and address of whoever reported it, with a reason that they can read.

    For those with `personal.reveal` at its place and for its present lead (现承办人). Whoever reported anonymously is
    shown to nobody (403 `stays_anonymous`). One journal row each, without the values; 429 `reveals_used_up` beyond
    `LINLI_REVEALS_PER_DAY`. The same Idempotency-Key shows the same again for ten minutes, then never (409).
    """
    personal.keep_nowhere(response)
    return await work.once(
        lambda: contacts.reveal(work, running, id, given), lambda appeal: contacts.revealed(work, running, appeal)
    )


@router.get("/erasures/{person}", name="erasure_standing", summary="能否删除 What stands in the way of an erasure")
async def standing(person: UUID, work: Reading) -> Standing:
    """For hierarchy, before it erases a person. Services only (`service.commands`)."""
    work.actor.demand(Permission.SERVICE_COMMANDS)
    return await contacts.standing(work, person)


@router.post("/erasures", name="erasure_order", status_code=202, summary="执行删除 Erase a person here as well")
async def order(given: ErasureOrder, work: Writing) -> Ordered:
    """The order of hierarchy, by a job with its id as Idempotency-Key. Services only (`service.commands`).

    Contact data, hotline orders and free texts of the person's appeals go; rows, steps, times, ratings and the journal
    stay, so that figures and the chain hold.
    """
    return await carry_out(work, lambda: service.order(work, given), Ordered(person_id=given.person_id))


personal.add_routes(router, SCHEMA, service.export, contacts.ABOUT)
