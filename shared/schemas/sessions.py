"""What hierarchy tells the other services about sessions."""

from uuid import UUID

from pydantic import Field

from shared.kernel.days import Moment
from shared.schemas.base import Body, View


class EndedSessions(Body):
    """Sessions that are over: no token of theirs is to be taken any more."""

    sessions: list[UUID] = Field(min_length=1, max_length=500)
    until: Moment = Field(description="When the last of their access tokens has expired by itself.")


class NotedSessions(View):
    """How many were noted."""

    sessions: int
