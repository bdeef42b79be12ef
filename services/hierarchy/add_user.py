"""`linli user add`: the first operator of a district, and anybody else who has no post that gives them their rights."""

from datetime import date
from uuid import UUID

from services.hierarchy.grants import service as grants
from services.hierarchy.identity import service as identity
from services.hierarchy.main import open_hierarchy
from services.hierarchy.people import service as people
from services.hierarchy.places import service as places
from services.hierarchy.sessions import ending
from services.hierarchy.settings import HierarchySettings
from shared.kernel.errors import UnknownPlace
from shared.kernel.rights import Principal, Role
from shared.runtime.passwords import Passwords
from shared.runtime.privacy import Vault
from shared.runtime.work import Work

_ROLL = "account"


async def add_user(
    settings: HierarchySettings, *, district: str, role: Role, place: str, name: str, phone: str, password: str
) -> UUID:
    """Lets a person sign in with a role at a place; one who is known by this number keeps their name and posts.

    Raises UnknownPlace where the district has no such place, RolesApart where they are another of the three
    administrators.
    """
    service = open_hierarchy(settings)
    hasher = Passwords()
    try:
        hashed = await hasher.hash(password)
        async with service.work(Principal(district=district, id="linli user add", kind="system")) as work:
            await places.lock(work)
            where = await places.by_code(work, place)
            if where is None:
                raise UnknownPlace(place=place)
            person = await _person(work, service.vault, name, phone, where["path"])
            await grants.stay_apart(work, person, role, work.today)
            await grants.put(work, [(person, role, where["path"])], date(2000, 1, 1))
            await identity.set_password(work, person, hashed, {"role": role.value, "place": place})
            await ending.end_all(work, service.extras["identity"], person, why="password_set")
            return person
    finally:
        hasher.close()
        await service.close()


async def _person(work: Work, vault: Vault, name: str, phone: str, path: str) -> UUID:
    index = people.phone_index(vault, work.district, phone)
    known = await people.by_phone_index(work, index)
    if known is not None:
        return known
    code = f"{work.district}-{_ROLL}-{index[:12]}"
    row = {
        "code": code, "name": name, "phone": phone, "listed_as": _ROLL, "path": path,
        "party_member": False, "invented": False, "attributes": {},
    }  # fmt: skip
    ids, _ = await people.put(work, vault, [row])
    return ids[code]
