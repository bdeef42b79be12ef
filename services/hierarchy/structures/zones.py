"""What is looked at in a quarter, by its kind (分区清单): 出租屋区, 移民安置区, 商品房区 …"""

from services.hierarchy.places import service as places
from services.hierarchy.structures import service
from services.hierarchy.structures.structure import Zone
from services.hierarchy.structures.views import ChecklistView
from shared.kernel.errors import NotFound
from shared.kernel.paths import chain
from shared.runtime.db import Row
from shared.runtime.work import Work
from shared.schemas.hierarchy import PlaceRef


async def checklist(work: Work, code: str) -> ChecklistView:
    """The list that holds at a place. NotFound."""
    place = await places.seen(work, code)
    found = await _zone(work, place["path"])
    if found is None:
        raise NotFound
    zone, quarter = found
    return ChecklistView(
        zone=PlaceRef(**{name: quarter[name] for name in PlaceRef.model_fields}),
        zone_type=zone.zone_type,
        checklist=list(zone.checklist),
        source=zone.source,
    )


async def points(work: Work, path: str) -> tuple[str, ...]:
    """What is to be looked at at a path, whoever asks; nothing where there is no list."""
    found = await _zone(work, path)
    return found[0].checklist if found else ()


async def _zone(work: Work, path: str) -> tuple[Zone, Row] | None:
    """The list, and the quarter: the nearest place, going up, that has a zone type."""
    above = await places.by_paths(work, chain(path))
    quarter = next((above[step] for step in chain(path) if step in above and above[step]["zone_type"]), None)
    row = await service.in_force(work, path, work.today) if quarter is not None else None
    if row is None or quarter is None:
        return None
    zones = service.parsed(row).zones
    zone = next((one for one in zones if one.zone_type == quarter["zone_type"]), None)
    return (zone, quarter) if zone is not None else None
