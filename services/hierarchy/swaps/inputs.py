"""What a swap and its moves must be given. Pure."""

from uuid import UUID

from pydantic import Field

from shared.schemas.base import Body, Line


class NewSwap(Body):
    """换班: the caller asks another to take this shift, perhaps in return for one of theirs."""

    asked: UUID = Field(description="Whom you ask (对方).")
    takes: UUID | None = Field(None, description="Their shift that you take in return; null: a plain favour.")
    note: Line | None = Field(None, examples=["当天要陪老人看病"])
