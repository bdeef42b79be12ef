"""The HTTP door of attachments."""

from typing import Annotated, Any, Literal
from uuid import UUID

import structlog
from fastapi import Query
from fastapi.exceptions import RequestValidationError
from fastapi.responses import StreamingResponse
from pydantic import ValidationError

from services.tickets.attachments import service as attachments
from services.tickets.attachments import views
from services.tickets.attachments.inputs import AttachmentForm
from services.tickets.attachments.rules import Kind
from shared.kernel.errors import Unavailable
from shared.runtime.attachments.names import disposition
from shared.runtime.attachments.store import FileGone
from shared.runtime.web.doors import Reading, TheService, Writing, api_router
from shared.runtime.web.uploads import Uploading

log = structlog.get_logger()
TAG = "附件 Attachments"
router = api_router(tags=[TAG])
_FIELDS: dict[str, Any] = {
    name: {"description": field.description, "type": "string"} for name, field in AttachmentForm.model_fields.items()
}
_FIELDS["kind"]["enum"] = list(Kind)
_FIELDS["public"] |= {"type": "boolean", "default": False}
_BODY: dict[str, Any] = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["file", "kind"],
                "properties": {
                    "file": {"type": "string", "format": "binary", "description": "JPEG, PNG, WebP or PDF."},
                    **_FIELDS,
                },
                "additionalProperties": False,
            }
        }
    },
}
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_CONTENT: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The content, to be saved and not to be shown.",
        "content": dict.fromkeys(("image/jpeg", "image/png", "image/webp", "application/pdf"), _BINARY),
    }
}


@router.post(
    "/appeals/{id}/attachments",
    status_code=201,
    name="attachment_upload",
    summary="上传附件 Attach a file",
    openapi_extra={"requestBody": _BODY},
)
async def upload(id: UUID, upload: Uploading, service: TheService) -> views.AttachmentView:
    """One file (`file`) with its `kind`, as multipart/form-data. When 201 is answered it has been examined, cleaned and
    stored; before that nobody can see it, and what is refused is kept nowhere.

    What it is decides its content, not its name: JPEG, PNG, WebP (also shown as such) and PDF. Images are decoded and
    written anew, so that the place of the capture and everything else in EXIF is gone; at most 4096 pixels a side are
    kept. `attachment_refused` says in `reason` why a file was not taken. HEIC: have the phone send JPEG.

    Who may: the resident (`report`, `evidence`), who wrote it down for somebody (`report`), who handles it (all but
    `report`), the community's staff (all), until the appeal ends. `attachments_full` (409) and `uploads_used_up` (429)
    are the quotas of the appeal and of your day.
    """
    work, files = upload.work, attachments.files_of(service)
    key = work.request.key if work.request else ""
    form = _form(upload.fields)

    async def run() -> views.AttachmentView:
        row = await attachments.add(work, files, id, form, upload.name, upload.content)
        return views.render(work, files, row)

    async def again(_: UUID) -> views.AttachmentView:
        return views.render(work, files, await attachments.added_by_request(work, key))

    return await work.once(run, again)


def _form(fields: dict[str, str]) -> AttachmentForm:
    try:
        return AttachmentForm.model_validate(fields)
    except ValidationError as error:
        found = [{**item, "loc": ("body", *item["loc"])} for item in error.errors(include_url=False)]
        raise RequestValidationError(found) from error


@router.get("/appeals/{id}/attachments", name="attachment_list", summary="附件列表 An appeal's attachments")
async def listed(id: UUID, work: Reading, service: TheService) -> list[views.AttachmentView]:
    """Oldest first, all that exist for you: `contact`, `certificate` and `handling` belong to the file, and the
    resident sees those that were made public.
    """
    files = attachments.files_of(service)
    return [views.render(work, files, row) for row in await attachments.of_appeal(work, id)]


@router.get("/attachments/{id}", name="attachment_read", summary="附件信息 One attachment, with links")
async def one(id: UUID, work: Reading, service: TheService) -> views.AttachmentView:
    """With fresh links to its content and its small picture."""
    _, row = await attachments.find(work, id)
    return views.render(work, attachments.files_of(service), row)


@router.get(
    "/attachments/{id}/content",
    name="attachment_content",
    summary="附件内容 The content of an attachment",
    response_class=StreamingResponse,
    responses=_CONTENT,
)
async def content(
    id: UUID,
    work: Reading,
    service: TheService,
    variant: Annotated[Literal["original", "thumbnail"], Query(description="The file, or its small picture.")],
    expires: Annotated[int, Query(ge=0, le=2**40, description="As in the link.")],
    signature: Annotated[str, Query(pattern="^[0-9a-f]{64}$", description="As in the link.")],
) -> StreamingResponse:
    """Follow a link as it is, with the access token of the one whom it was given to: apps hand both to whatever loads
    their images. 403 `link_expired` after five minutes, 403 `link_invalid` for a link that was changed or is somebody
    else's; 404 once the attachment, the appeal or your right to see them is gone.
    """
    files = attachments.files_of(service)
    _, row = await attachments.find(work, id)
    files.links.check(work.actor, id, variant, expires=expires, signature=signature, now=work.now)
    small = variant == views.THUMBNAIL
    try:
        pieces = await files.store.read(row["stored_as"] + (attachments.PREVIEW if small else ""))
    except FileGone as error:
        log.error("a stored file is missing", attachment_id=str(id))  # noqa: TRY400 - it says all
        raise Unavailable(retry_after=60) from error
    headers = {
        "Content-Disposition": disposition(f"{row['name']}.small.webp" if small else row["name"]),
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
    } | ({} if small else {"Content-Length": str(row["size"])})
    return StreamingResponse(pieces, media_type="image/webp" if small else row["media_type"], headers=headers)


@router.delete("/attachments/{id}", status_code=204, name="attachment_remove", summary="删除附件 Remove one")
async def remove(id: UUID, work: Writing) -> None:
    """By who added it, or by the community's staff, until the appeal ends. What a step was taken on (佐证 and the like)
    stays once that step is over: 409. The timeline keeps that it was there; its content is erased.
    """

    async def run() -> None:
        await attachments.remove(work, id)

    async def again(_: UUID) -> None:
        return

    await work.once(run, again)
