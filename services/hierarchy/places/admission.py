"""Who may see a place, and which place a request means by its code."""

from typing import Any

from services.hierarchy.places import queries as q
from services.hierarchy.places.rules import HOUSEHOLD
from shared.kernel.errors import NotFound, UnknownPlace
from shared.kernel.paths import after, covers
from shared.kernel.rights import Permission, Principal
from shared.runtime.db import Row
from shared.runtime.work import Work


def admit(caller: Principal, permission: Permission, path: str, kind: str) -> None:
    """Raises NotFound outside every place the caller has anything to do with, Forbidden without the right inside.

    A household is somebody's home: it is there for those who live in it and for those with `households.read`.
    """
    if not any(covers(grant.place, path) for grant in caller.grants):
        raise NotFound
    if kind == HOUSEHOLD and path not in own(caller) and not caller.may(Permission.HOUSEHOLDS_READ, path):
        raise NotFound
    caller.demand(permission, path)


def own(caller: Principal) -> list[str]:
    return [grant.place for grant in caller.grants]


async def at(work: Work, path: str) -> Row | None:
    """The place at a path, whoever asks; None where it was closed."""
    return await work.one(q.BY_PATH, path=path)


async def within_reach(work: Work, code: str) -> Row:
    """A place that a body names, below something that the caller has to do with. UnknownPlace (also outside that)."""
    place = await work.one(q.BY_CODE, code=code)
    if place is None or not any(covers(grant.place, place["path"]) for grant in work.actor.grants):
        raise UnknownPlace(place=code)
    return place


async def meant(work: Work, code: str, permission: Permission) -> Row:
    """A place that a body names, where the caller holds the permission. UnknownPlace (also outside scope), Forbidden.

    Whoever writes its path down calls it under `places.lock`.
    """
    place = await within_reach(work, code)
    work.actor.demand(permission, place["path"])
    return place


async def placed(work: Work, filters: dict[str, Any]) -> dict[str, Any]:
    """A list's filters without what was not given, the place as a range of paths. UnknownPlace."""
    found = {name: value for name, value in filters.items() if value is not None}
    if "place" in found:
        top = await work.one(q.BY_CODE, code=found["place"])
        if top is None:
            raise UnknownPlace(place=found["place"])
        found |= {"place": top["path"], "end": after(top["path"])}
    return found
