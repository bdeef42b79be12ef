"""`linli places move`: a place with all below it to another parent, from the command line."""

from services.hierarchy.main import open_hierarchy
from services.hierarchy.places.views import PlaceView
from services.hierarchy.relocation import service as relocation
from services.hierarchy.settings import HierarchySettings
from shared.kernel.errors import NotFound, UnknownPlace
from shared.kernel.paths import ROOT
from shared.kernel.rights import Grant, Principal, Role


async def move_place(settings: HierarchySettings, *, district: str, code: str, to: str) -> PlaceView:
    """The place as it is afterwards. UnknownPlace, CannotMove."""
    service = open_hierarchy(settings)
    whoever = Principal(district, "linli places move", "system", (Grant(Role.OPERATOR, ROOT),))
    try:
        async with service.work(whoever) as work:
            return await relocation.move(work, code, to)
    except NotFound as error:
        raise UnknownPlace(place=code) from error
    finally:
        await service.close()
