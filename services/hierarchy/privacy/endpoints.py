"""Personal data over HTTP: looking with a reason, finding by number, erasing; and each person's own view of it."""

from uuid import UUID

from fastapi import Response

from services.hierarchy.people import service as people
from services.hierarchy.people.views import MaskedPerson
from services.hierarchy.privacy import service
from services.hierarchy.privacy.inputs import Erasure, NewIdNumber, OwnErasure, Reveal
from services.hierarchy.privacy.views import ErasedPerson, FoundPeople, RevealedPerson
from services.hierarchy.schema import SCHEMA
from shared.kernel.rights import Permission
from shared.runtime.web import personal
from shared.runtime.web.doors import TheService, Writing, api_router
from shared.schemas.personal import SearchPerson

router = api_router(tags=personal.TAG)


@router.post("/people/search", summary="按号码检索 Find a person by a number")
async def person_search(given: SearchPerson, work: Writing, running: TheService, response: Response) -> FoundPeople:
    """By a whole phone or identity card number, never by a part; a POST, so that no number stands in an address.

    Needs `personal.reveal`; who lies outside its scope is not found. What is found is masked, counted against the
    day's limit, journaled, and told to that person.
    """
    personal.keep_nowhere(response)
    return await work.once(
        lambda: service.search(work, running, given), lambda person: service.found(work, running, person)
    )


@router.post("/people/{id}/reveal", summary="查看完整信息 See a person's data in full")
async def person_reveal(
    id: UUID, given: Reveal, work: Writing, running: TheService, response: Response
) -> RevealedPerson:
    """With a reason that the person can read. Needs `personal.reveal` at their place.

    One journal row each, without the value; 429 `reveals_used_up` beyond `LINLI_REVEALS_PER_DAY`. The same
    Idempotency-Key shows the same again for ten minutes, then never (409). 409 `processing_stopped` for a person who
    was erased or whose data is only kept.
    """
    personal.keep_nowhere(response)
    return await work.once(
        lambda: service.reveal(work, running, id, given), lambda person: service.revealed(work, running, person, given)
    )


@router.post("/people/{id}/id-number", summary="登记证件号码 Keep an identity card number")
async def person_set_id_number(id: UUID, given: NewIdNumber, work: Writing, running: TheService) -> MaskedPerson:
    """After a look at the card; stored encrypted, shown masked. Needs `personal.reveal` at the person's place.

    422 for a number that cannot be (GB 11643); 409 where another person has it.
    """

    async def run() -> MaskedPerson:
        await service.set_id_number(work, running, id, given.id_number)
        return await shown(id)

    async def shown(person: UUID) -> MaskedPerson:
        row = await people.seen(work, person, Permission.PEOPLE_READ)
        return people.masked(running.vault, work.district, row)

    return await work.once(run, shown)


@router.post("/people/{id}/erasure", summary="删除个人信息 Erase a person's data")
async def person_erase(id: UUID, given: Erasure, work: Writing, running: TheService) -> ErasedPerson:
    """For the security administrator (`personal.erase`), on request or because it is no longer needed. Final.

    Name, numbers, sign-in and rights go at once, contact data and free texts in tickets and events by jobs; rows,
    figures and the journal's chain stay. 409 `erasure_refused` while posts or rights are held or appeals are open.
    `stop` keeps the data where the law says so and shows it to nobody. 503 while tickets cannot be asked.
    """
    return await work.once(lambda: service.erase(work, running, id, given), lambda person: service.erased(work, person))


@router.post("/me/erasure", summary="注销并删除我的信息 Erase my data")
async def me_erase(given: OwnErasure, work: Writing, running: TheService) -> ErasedPerson:
    """One's own account and data, at one's own wish; see `POST /people/{id}/erasure`. Every device is signed out."""
    return await work.once(
        lambda: service.erase_own(work, running, given.reason), lambda person: service.erased(work, person)
    )


personal.add_routes(router, SCHEMA, service.export)
