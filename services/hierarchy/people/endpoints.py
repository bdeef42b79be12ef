"""People over HTTP, masked; and what other services ask about them."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from services.hierarchy.people import service
from services.hierarchy.people.views import MaskedPerson
from services.hierarchy.places.inputs import PlaceCode
from shared.kernel.errors import NotFound
from shared.kernel.rights import Permission
from shared.runtime.privacy import mask_name, mask_phone
from shared.runtime.web.doors import Reading, TheService, api_router
from shared.runtime.web.pages import Cursor, Limit
from shared.schemas.base import Page
from shared.schemas.hierarchy import ContactMatch, MatchedContact
from shared.schemas.personal import ContactRead, KnownContact

router = api_router(tags=["人员 People"])


@router.get("/people", name="person_list", summary="人员名册（脱敏） People of a roll, masked")
async def listed(
    work: Reading,
    running: TheService,
    place: Annotated[PlaceCode | None, Query(description="At this place and below (地点编码).")] = None,
    roll: Annotated[
        str | None, Query(pattern="^[a-z][a-z0-9_]{0,49}$", description="Only of this roll, e.g. `member` 党员.")
    ] = None,
    party: Annotated[bool | None, Query(description="Only party members (党员), or only others.")] = None,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> Page[MaskedPerson]:
    """Whom the figures of a place count (`people` of `GET /places/{code}/summary`), the newest first; for those with
    `people.read` there. Somebody whose data was erased is still counted, and has no name any more.
    """
    return await service.page(work, running.vault, place=place, roll=roll, party=party, cursor=cursor, limit=limit)


@router.get("/people/{id}", summary="人员（脱敏） A person, masked")
async def person_read(id: UUID, work: Reading, running: TheService) -> MaskedPerson:
    """Name and numbers masked (默认脱敏). Needs `people.read` at the person's place; everybody sees themselves.

    In full: `POST /people/{id}/reveal`, with a reason.
    """
    return service.masked(running.vault, work.district, await service.seen(work, id, Permission.PEOPLE_READ))


@router.post("/contacts/match", summary="按电话索引找人 Find a person by the index of a phone number")
async def contact_match(given: ContactMatch, work: Reading) -> MatchedContact:
    """Tells another service which person a phone number belongs to, if any. Services only (`contact.match`).

    The number itself does not travel: the caller sends its keyed blind index (HMAC with `LINLI_INDEX_KEY`, purpose
    `phone`, bound to the district). A look-up, so it needs no Idempotency-Key.
    """
    work.actor.demand(Permission.CONTACT_MATCH)
    return MatchedContact(person_id=await service.by_phone_index(work, given.phone_index, *given.older))


@router.post("/contacts/read", summary="读取联系方式 A person's name and number, for another service")
async def contact_read(given: ContactRead, work: Reading, running: TheService) -> KnownContact:
    """For tickets, which shows it to somebody who gave a reason and journals that, or as lists do, `masked`. Services
    only (`service.commands`).

    404 for nobody; 409 `processing_stopped` for an erased person. A look-up, so it needs no Idempotency-Key.
    """
    work.actor.demand(Permission.SERVICE_COMMANDS)
    row = await service.by_id(work, given.person_id)
    if row is None:
        raise NotFound
    service.must_be_open(row)
    vault = running.vault
    name, phone = (of(vault, work.district, row) for of in (service.name_of, service.phone_of))
    if given.masked:
        name, phone = mask_name(name), mask_phone(phone) if phone else phone
    return KnownContact(name=name, phone=phone or None)
