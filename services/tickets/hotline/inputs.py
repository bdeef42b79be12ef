"""What an operator says about a hotline, and sees of it."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from shared.schemas.base import Body, Line, View


class HotlineSettings(Body):
    """接入设置 of a hotline."""

    name: Line = Field(examples=["曲沃县12345热线"])
    callback_url: Annotated[str, StringConstraints(min_length=1, max_length=500)] | None = Field(
        None,
        description="Where status callbacks go (状态回传地址): https, public or inside LINLI_CALLBACK_NETWORKS; http "
        "and loopback in dev only. Without one, callbacks wait, and after about three days lie among the dead jobs.",
        examples=["https://12345.example.gov.cn/linli"],
    )
    rotate_secret: bool = Field(
        False,
        description="Make a new secret; the answer shows it, once (更换密钥). We sign with it at once, and still "
        "accept the one before it for 24 hours. After a leak, do it twice.",
    )


class HotlineView(View):
    """A hotline as it is set up."""

    id: str = Field(description="Goes into the webhook's address.", examples=["141021-12345"])
    name: str
    callback_url: str | None
    secret: str | None = Field(description="Only in the answer that made it; keep it safe.")


class DeliveredCallback(View):
    """One callback that the hotline has taken."""

    seq: int
    event: str = Field(examples=["signed"])
    status: int = Field(description="What the hotline answered.", examples=[204])
    delivered_at: datetime
