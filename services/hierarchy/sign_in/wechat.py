"""WeChat accounts: one per person, bound by somebody who is signed in. Only the openid's blind index is kept."""

from uuid import UUID

import asyncpg

from services.hierarchy.identity.refusals import Limited
from services.hierarchy.people import service as people
from services.hierarchy.sign_in import queries as q
from services.hierarchy.sign_in import service
from services.hierarchy.sign_in.refusals import WechatTaken, WechatUnbound
from services.hierarchy.sign_in.rules import per_hour
from services.hierarchy.sign_in.service import Ways
from services.hierarchy.sign_in.views import WechatView
from shared.runtime.journal import Entry
from shared.runtime.personal import own_id
from shared.runtime.work import Work


async def count(work: Work, ways: Ways, address: str | None) -> Limited | None:
    """Counts a sign-in by WeChat against the client's address, before WeChat is asked. UnknownDistrict.

    A refusal is returned, to be raised when the count is committed.
    """
    await work.begin()
    await service.require_district(work)
    limit = service.of_address(ways, work.district, address, "wechat", per_hour(ways.settings.wechat_per_address))
    return (await service.count(work, [limit])).refused


def index_of(ways: Ways, district: str, openid: str) -> bytes:
    """What an account is looked up by."""
    return ways.vault.blind_index(openid, purpose="wechat", district=district)


async def owner(work: Work, ways: Ways, openid: str) -> UUID:
    """Whose account that is. WechatUnbound."""
    indexes = ways.vault.blind_indexes(openid, purpose="wechat", district=work.district)
    row = await work.one(q.BY_OPENID, openid_indexes=[index.hex() for index in indexes])
    person = None if row is None else await people.by_id(work, row["id"])
    if person is None or person["phone"] is None:  # nobody, or erased
        raise WechatUnbound
    found: UUID = person["id"]
    return found


async def bind(work: Work, ways: Ways, openid: str) -> None:
    """Binds the account to the caller, in the place of the one before. WechatTaken."""
    row = await service.own_row(work)
    indexes = ways.vault.blind_indexes(openid, purpose="wechat", district=work.district)
    found = await work.one(q.BY_OPENID, openid_indexes=[index.hex() for index in indexes])
    if found is not None and found["id"] != row["id"]:
        raise WechatTaken
    try:
        await work.write(q.BIND, Entry("person", "wechat_bound"), id=row["id"], openid_index=indexes[0].hex())
    except asyncpg.UniqueViolationError as error:  # somebody bound it at this moment
        raise WechatTaken from error


async def unbind(work: Work, person: UUID) -> None:
    """Forgets a person's account, if there is one."""
    await work.write(q.UNBIND, Entry("person", "wechat_unbound"), id=person)


async def bound(work: Work) -> WechatView:
    """Whether one is bound."""
    row = await work.one(q.BOUND, id=own_id(work))
    return WechatView(bound_at=None if row is None else row["bound_at"])
