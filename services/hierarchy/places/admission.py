"""Who may see a place."""

from services.hierarchy.places.rules import HOUSEHOLD
from shared.kernel.errors import Forbidden, NotFound
from shared.kernel.paths import covers
from shared.kernel.rights import Permission, Principal


def admit(caller: Principal, permission: Permission, path: str, kind: str) -> None:
    """Raises NotFound outside every place the caller has anything to do with, Forbidden without the right inside.

    A household is somebody's home: it is there for those who live in it and for those with `households.read`.
    """
    if not any(covers(grant.place, path) for grant in caller.grants):
        raise NotFound
    if kind == HOUSEHOLD and path not in own(caller) and not caller.may(Permission.HOUSEHOLDS_READ, path):
        raise NotFound
    if not caller.may(permission, path):
        raise Forbidden


def own(caller: Principal) -> list[str]:
    return [grant.place for grant in caller.grants]
