"""`linli token`: an access token for a user of the demonstration, signed on the spot, in dev only."""

from services.hierarchy.identity import service as identity
from services.hierarchy.main import open_hierarchy
from services.hierarchy.people import service as people
from services.hierarchy.settings import HierarchySettings
from services.local.home import Home
from services.local.stack import CREDENTIALS
from shared.kernel.rights import Principal, Role
from shared.runtime.ids import new_id
from shared.runtime.tokens import TokenSigner


class NoSuchUser(Exception):
    """No demonstration user has this role there."""


async def token_for(settings: HierarchySettings, home: Home, role: Role, district: str) -> str:
    """The token, with what that person may do today. NoSuchUser says what to do instead."""
    users = home.read(CREDENTIALS).get("users", [])
    user = next((u for u in users if u["role"] == role and u["district"] == district), None)
    if user is None:
        there = sorted({u["role"] for u in users if u["district"] == district})
        raise NoSuchUser(
            f"No {role.value} in {district}; {CREDENTIALS} in {home.path} has there: {', '.join(there) or 'nobody'}. "
            "Load the communities first (linli load communities) if that is unexpected. 没有这个演示账号。"
        )
    service = open_hierarchy(settings)
    try:
        async with service.work(Principal(district=district, id="command:token", kind="command")) as work:
            index = people.phone_index(service.vault, district, user["phone"])
            person = await people.by_phone_index(work, index)
            if person is None:
                raise NoSuchUser(f"{CREDENTIALS} is of another database: load the communities again. 请重新载入。")
            grants = await identity.grants_of(work, person, work.today)
    finally:
        await service.close()
    signer = TokenSigner(settings.signing_key.get_secret_value())
    return signer.sign(
        user=str(person),
        district=district,
        session=str(new_id()),
        grants=grants,
        seconds=settings.access_token_s,
    )
