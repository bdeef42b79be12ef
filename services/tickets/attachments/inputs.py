"""What comes with an uploaded file."""

from pydantic import Field

from services.tickets.attachments.rules import Kind
from shared.schemas.base import Body


class AttachmentForm(Body):
    """The form's fields beside `file`."""

    kind: Kind = Field(
        description="附件类别: report 诉求材料, evidence 佐证, contact 联系记录, certificate 证明, handling 办理材料."
    )
    public: bool = Field(False, description="Shown to the resident as well, where the kind is internal (公开).")
