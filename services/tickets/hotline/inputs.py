"""What an operator says about a hotline."""

from typing import Annotated

from pydantic import Field, StringConstraints

from shared.schemas.base import Body, Line, View


class HotlineSettings(Body):
    """接入设置 of a hotline."""

    name: Line = Field(examples=["曲沃县12345热线"])
    callback_url: Annotated[str | None, StringConstraints(max_length=500)] = Field(
        None, description="Where status callbacks go (状态回传地址): https; http and loopback in dev only."
    )
    rotate_secret: bool = Field(False, description="Make a new secret; the answer shows it, once (更换密钥).")


class HotlineView(View):
    """A hotline as it is set up."""

    id: str = Field(description="Goes into the webhook's address.", examples=["141021-12345"])
    name: str
    callback_url: str | None
    secret: str | None = Field(description="Only in the answer that made it; keep it safe.")


class DeliveredCallback(View):
    """One callback that the hotline has taken."""

    seq: int
    event: str
    status: int
    delivered_at: str
