"""People over HTTP."""

from services.hierarchy.people import service
from shared.kernel.rights import Permission
from shared.runtime.web.doors import Reading, api_router, demand
from shared.schemas.hierarchy import ContactMatch, MatchedContact

router = api_router(tags=["人员 People"])


@router.post("/contacts/match", summary="按电话索引找人 Find a person by the index of a phone number")
async def match_contact(given: ContactMatch, work: Reading) -> MatchedContact:
    """Tells another service which person a phone number belongs to, if any. Services only (`contact.match`).

    The number itself does not travel: the caller sends its keyed blind index (HMAC with `LINLI_INDEX_KEY`, purpose
    `phone`, bound to the district). A look-up, so it needs no Idempotency-Key.
    """
    demand(work.actor, Permission.CONTACT_MATCH)
    return MatchedContact(person_id=await service.by_phone_index(work, given.phone_index))
