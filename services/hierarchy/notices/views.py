"""What clients see of notices."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from services.hierarchy.notices.workflow import NOTICE, Party
from shared.kernel.rights import Permission, Principal
from shared.schemas.base import View


class NoticeView(View):
    """A notice, for those who send notices there and those who were sent it."""

    id: UUID
    version: int
    place_code: str | None = Field(description="To post-holders at this place and below.")
    posts: list[str] = Field(description="Kinds of posts; none: all of them.", examples=[["building_head"]])
    title: str = Field(examples=["本周六停水检修"])
    content: str
    sent_by_label: str | None = Field(
        description="The sender's post (发送人岗位); their place where they hold none there.",
        examples=["社区书记（乐昌镇西南街社区）"],
    )
    created_at: datetime
    read_at: datetime | None = Field(description="When you acknowledged it; null if you have not, or were not sent it.")
    recipients: int | None = Field(description="How many were told (应签收); for senders alone.", examples=[180])
    read: int | None = Field(description="How many acknowledged it (已签收); for senders alone.", examples=[176])
    step: str = Field(examples=["sent"])
    step_label: str = Field(examples=["已发出"])
    moves: list[str] = Field(description="The moves that are open to you now (您现在可以办理的操作).")


class ReceiptView(View):
    """Somebody who was told."""

    person: UUID
    name: str | None = Field(description="Holders of posts are named (公示); null for one who was erased.")
    post_code: str = Field(description="The post by which they were told.")
    post_label: str = Field(examples=["楼栋长"])
    read_at: datetime | None = Field(description="Null: not acknowledged yet (未签收).")


def parties(row: Any, caller: Principal) -> frozenset[Party]:  # noqa: ANN401 - a row
    """The caller's relations to this notice."""
    related = {
        Party.SENDER: caller.may(Permission.NOTICES_SEND, row["path"]),
        Party.RECIPIENT: row["mine"] is not None,
    }
    return frozenset(party for party, holds in related.items() if holds)


def facts(row: Any) -> frozenset[str]:  # noqa: ANN401 - a row
    """Whether the caller has still to acknowledge it."""
    return frozenset({"unread"} if row["mine"] is not None and row["read_at"] is None else ())


def shown(row: Any, place: Any, counts: Any, caller: Principal) -> NoticeView:  # noqa: ANN401 - rows
    """As this caller sees it; `counts` are for senders alone."""
    known = parties(row, caller)
    kept = ("id", "version", "posts", "title", "content", "sent_by_label", "created_at", "read_at", "step")
    return NoticeView(
        **{name: row[name] for name in kept},
        place_code=place["code"] if place else None,
        recipients=counts["recipients"] if counts else None,
        read=counts["read"] if counts else None,
        step_label=NOTICE.steps[row["step"]].label,
        moves=NOTICE.open_moves(row["step"], known, facts(row)),
    )
