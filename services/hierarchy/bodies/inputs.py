"""What bodies take. Pure."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.hierarchy.bodies.rules import Charter, Key
from shared.kernel.days import Day
from shared.kernel.texts import Remark
from shared.schemas.base import Body, Line


class NewCharter(Body):
    """席位与法定人数. Seats that are not there yet are made, vacant."""

    charter: Charter
    note: Remark | None = None


class Presence(Body):
    """Who is there (到会人员)."""

    present: Annotated[tuple[UUID, ...], Field(max_length=500)]
    on: Day | None = Field(None, description="On this day; today without it.")


class Seating(Body):
    """Somebody takes a seat (就任), by election or delegation."""

    seat: Key = Field(description="Kind of the seat (席位类别).", examples=["seat_police"])
    person: UUID
    source: Line = Field("推选", description="How they came to it (产生方式).", examples=["业主大会选举"])
    term_ends: Day | None = Field(None, description="The last day of the term (任期届满日), today at the earliest.")
