"""What an appointment's moves and a new seat must be given. Pure."""

from uuid import UUID

from pydantic import Field

from services.hierarchy.structures.structure import Key
from shared.kernel.days import Day
from shared.schemas.base import Body, Code, Line


class NewPost(Body):
    """增设岗位: one more seat of a kind that the structure in force there has."""

    kind: Key = Field(description="Key of the structure's post.", examples=["building_head"])
    place: Code = Field(description="Code of the place it answers for.", examples=["370704003900001-X01-B01"])
    organisation: Code | None = Field(None, description="Code of the organisation it sits in, if in one.")


class LeavingPost(Body):
    """卸任: the post is given up, and nothing hangs on it any more."""

    last_day: Day | None = Field(None, description="Last day in office; today if left out, yesterday at the earliest.")
    reason: Line = Field(examples=["本人因工作调动申请卸任"])


class PostHandOver(Body):
    """交接: a successor takes what hangs on the post, and the post itself unless `takes_post` is false.

    409 `two_places_at_once` where a shift would go to them while they stand on another.
    """

    successor: UUID = Field(description="Who takes over (接任人).")
    last_day: Day | None = Field(None, description="Last day in office; today if left out, yesterday at the earliest.")
    takes_post: bool = Field(True, description="False: takes the work only; the post stays vacant.")
    term_ends: Day | None = Field(None, description="End of the successor's term; by the structure if left out.")
    reason: Line = Field(examples=["换届"])


class TermRenewal(Body):
    """续任: the term goes on until another day."""

    term_ends: Day = Field(examples=["2029-12-31"])
    reason: Line = Field(examples=["居民代表会议通过续任"])
