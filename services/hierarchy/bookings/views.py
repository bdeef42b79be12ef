"""What clients see of bookings."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from services.hierarchy.bookings.workflow import BOOKING, Party
from shared.kernel.rights import Permission, Principal
from shared.schemas.base import View


class BookingView(View):
    """A booking, for whoever made it and for the staff of the venue."""

    id: UUID
    version: int
    venue_id: UUID
    venue_name: str = Field(examples=["议事室"])
    begins_at: datetime
    ends_at: datetime
    people: int
    purpose: str = Field(examples=["楼栋议事会"])
    booker: str = Field(description="Person id of who booked.")
    step: str = Field(examples=["requested"])
    step_label: str = Field(examples=["待审核"])
    created_at: datetime
    moves: list[str] = Field(description="The moves that are open to you now (您现在可以办理的操作).")


class Busy(View):
    """A time at which a room is not free; who has it is told to nobody here."""

    begins_at: datetime
    ends_at: datetime
    step: str = Field(description="`requested` or `approved`.", examples=["approved"])


def parties(row: Any, caller: Principal) -> frozenset[Party]:  # noqa: ANN401 - a row
    """The caller's relations to this booking."""
    if caller.kind == "job":
        return frozenset({Party.CLOCK})
    related = {
        Party.BOOKER: row["booker"] == caller.id,
        Party.STAFF: caller.may(Permission.VENUES_MANAGE, row["path"]),
    }
    return frozenset(party for party, holds in related.items() if holds)


def facts(row: Any, now: datetime) -> frozenset[str]:  # noqa: ANN401 - a row
    """What opens or shuts moves now."""
    return frozenset({"begun"} if row["begins_at"] <= now else ())


def shown(row: Any, venue: str, caller: Principal, now: datetime) -> BookingView:  # noqa: ANN401 - a row
    """As this caller sees it."""
    return BookingView(
        **{name: row[name] for name in BookingView.model_fields if name in row.keys()},  # noqa: SIM118 - a record
        venue_name=venue,
        step_label=BOOKING.steps[row["step"]].label,
        moves=BOOKING.open_moves(row["step"], parties(row, caller), facts(row, now)),
    )
