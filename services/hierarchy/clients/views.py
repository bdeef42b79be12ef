"""What is told of clients."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from services.hierarchy.identity.views import GrantView
from shared.schemas.base import View


class ClientView(View):
    """A system that is let in."""

    id: UUID
    name: str
    grant: GrantView | None = Field(description="What it may do, and where; null where the place is gone.")
    created_at: datetime
    rotated_at: datetime | None = Field(description="When it got its present secret, if that is not its first.")
    previous_until: datetime | None = Field(
        description="Until when the secret before works as well; null where none does."
    )
    last_used: datetime | None = Field(description="When it last got an access token.")
    ended_at: datetime | None = Field(description="Since when it is let in no more.")


class IssuedClient(ClientView):
    """With its secret, which is shown this once."""

    client_secret: str | None = Field(
        description="Nobody can read it again (仅显示一次). Null where the answer to the same request was lost and is "
        "repeated: have it rotated then."
    )


class ClientTokenView(View):
    """A client's access token. There is no refresh token: it signs in again."""

    access_token: str = Field(description="Send as `Authorization: Bearer …`.")
    token_type: Literal["Bearer"]
    expires_in: int = Field(examples=[600])
