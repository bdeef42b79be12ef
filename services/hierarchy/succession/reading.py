"""The badge of whoever holds a post (电子胸牌): who, where, what for, and where anybody can see that it is true."""

from uuid import UUID

from services.hierarchy.contact_sheets.service import public_address
from services.hierarchy.people import service as people
from services.hierarchy.places import service as places
from services.hierarchy.records import service as records
from services.hierarchy.structures import service as structures
from services.hierarchy.succession import service
from services.hierarchy.succession.views import BadgeNumber, BadgeView, duties_of, step_on
from shared.kernel.errors import NotFound
from shared.runtime.service import Service
from shared.runtime.work import Work
from shared.schemas.hierarchy import PlaceRef


async def badge(work: Work, running: Service, appointment: UUID) -> BadgeView:
    """For whoever holds it and for those who may read people there. NotFound, Forbidden."""
    row = await service.load(work, appointment)
    person = (await people.by_ids(work, [row["person_id"]])).get(row["person_id"])
    place = await places.at(work, row["path"]) if row["path"] else None
    if place is None:
        raise NotFound
    found = await structures.post_kind(work, row["path"], row["post_kind"], work.today)
    kept = await records.held_with(work, row["post_id"], row["person_id"])
    badges = [one["content"] for one in kept if one["kind"] == "badge"]
    return BadgeView(
        appointment=row["id"],
        name=people.name_of(running.vault, work.district, person) if person and not person["erased_at"] else None,
        post_label=row["post_label"],
        place=PlaceRef(**{name: place[name] for name in PlaceRef.model_fields}),
        duties=duties_of(kept, found[1] if found else None),
        since=row["since"],
        valid=row["since"] <= work.today <= (row["until"] or work.today) and step_on(row, work.today) != "ended",
        given=[BadgeNumber(what=one["what"], number=one["number"]) for one in badges],
        check_url=public_address(running, work.district, place["code"]),
    )
