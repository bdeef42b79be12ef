"""How attachments are shown, with the links to their content."""

from datetime import UTC, datetime
from uuid import UUID

from pydantic import Field

from services.tickets.attachments.rules import Attachment
from services.tickets.attachments.service import Files
from shared.runtime.attachments.links import LIFE
from shared.runtime.work import Work
from shared.schemas.base import View

ORIGINAL, THUMBNAIL = "original", "thumbnail"


class AttachmentView(View):
    """附件. The links are for this caller in this session, for five minutes."""

    id: UUID
    appeal_id: UUID
    kind: str = Field(examples=["report"])
    public: bool
    name: str = Field(description="For people; made harmless, with the extension of what it is.", examples=["楼道.jpg"])
    media_type: str = Field(examples=["image/jpeg"])
    size: int = Field(description="Bytes, as stored.")
    sha256: str = Field(description="Of the content as stored: images are written anew, without EXIF.")
    width: int | None
    height: int | None
    mine: bool = Field(description="Whether you added it.")
    added_at: datetime
    content_url: str = Field(
        description="Ask for it with the same access token as this; it works for nobody else.",
        examples=["/api/tickets/v1/attachments/0192…/content?variant=original&expires=1795305600&signature=…"],
    )
    thumbnail_url: str | None = Field(description="A small WebP picture (at most 320 pixels); null for a PDF.")
    expires_at: datetime = Field(description="When the links end; read the attachment again for new ones.")


def render(work: Work, files: Files, row: Attachment) -> AttachmentView:
    """The attachment as this caller sees it."""
    names = ("id", "appeal_id", "kind", "public", "name", "media_type", "size", "sha256", "width", "height", "added_at")
    expires = int((work.now + LIFE).timestamp())

    def link(variant: str) -> str:
        signature = files.links.sign(work.actor, row["id"], variant, expires)
        base = f"/api/tickets/v1/attachments/{row['id']}/content"
        return f"{base}?variant={variant}&expires={expires}&signature={signature}"

    return AttachmentView(
        **{name: row[name] for name in names},
        mine=row["added_by"] == work.actor.id,
        content_url=link(ORIGINAL),
        thumbnail_url=link(THUMBNAIL) if row["preview"] else None,
        expires_at=datetime.fromtimestamp(expires, UTC),
    )
