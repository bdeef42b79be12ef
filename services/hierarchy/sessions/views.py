"""What clients see of their sessions."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from services.hierarchy.identity.views import GrantView, PersonView
from shared.schemas.base import View


class SessionView(View):
    """A session's tokens. The access token carries the grants of this moment; the next one what holds by then."""

    session: UUID = Field(description="Names this session in the list of devices (会话编号).")
    access_token: str = Field(description="Send as `Authorization: Bearer …`.")
    token_type: Literal["Bearer"]
    expires_in: int = Field(description="Seconds until the access token expires.", examples=[600])
    refresh_token: str = Field(
        description="Good for one refresh (`POST /sessions/refresh`), which answers with the next one. Keep it like a "
        "password; the same one used again later ends the session.",
        examples=["141021.0aXb…"],
    )
    refresh_expires_in: int = Field(description="Seconds until it expires, if it is not used.", examples=[2592000])
    person: PersonView
    grants: list[GrantView]


class DeviceView(View):
    """One of the caller's sessions."""

    id: UUID
    device: str | None = Field(description="As it called itself at sign-in.", examples=["华为 Mate 60"])
    way: str = Field(description="How it signed in.", examples=["password", "phone_code", "wechat"])
    since: datetime
    last_used: datetime = Field(description="When it last got an access token.")
    expires: datetime = Field(description="When it ends, if it is not used until then.")
    current: bool = Field(description="Whether it is the one that asks.")


class AccountView(View):
    """Whether a person may sign in."""

    person: UUID
    disabled: bool = Field(description="Whether this person can sign in no more (已停用).")
