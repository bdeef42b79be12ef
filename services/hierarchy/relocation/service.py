"""Moving a place with all below it: the one use case that changes paths, and so the rows of every slice.

Everything happens in one transaction, so whoever asks in one statement (谁来管, a page of a subtree) sees all of it or
nothing. What is kept outside these rows learns of it later and is never wrong about somebody else's place, because a
path is never given twice: other services know a place by its old path for at most an hour, after which they ask again;
a token holds the grants of the day it was made at the old paths, finds nothing there, and is made anew within minutes.
"""

from uuid import UUID

from services.hierarchy.appointments import service as appointments
from services.hierarchy.clients import service as clients
from services.hierarchy.grants import service as grants
from services.hierarchy.households import service as households
from services.hierarchy.organisations import service as organisations
from services.hierarchy.people import service as people
from services.hierarchy.places import service as places
from services.hierarchy.places.views import PlaceView
from services.hierarchy.responsibility import service as responsibility
from services.hierarchy.structures import service as structures
from services.hierarchy.venues import service as venues
from shared.runtime.work import Work

_HOLD_PATHS = (households, venues, organisations, people, appointments, responsibility, structures, grants, clients)


async def move(work: Work, code: str, to: str, expected: int | None = None) -> PlaceView:
    """Moves the place with this code below `to`. NotFound, Forbidden, UnknownPlace, PreconditionFailed, CannotMove.

    `expected` is the version that the caller has seen.
    """
    await work.begin()
    moved = await places.move(work, code, to, expected)
    for holder in _HOLD_PATHS:
        await holder.rebase(work, moved.old, moved.new)
    return await shown(work, moved.id)


async def shown(work: Work, place: UUID) -> PlaceView:
    """The place as it is now."""
    return places.shown(await places.by_id(work, place))
