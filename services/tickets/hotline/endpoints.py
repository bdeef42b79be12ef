"""The HTTP door of the hotline: its webhook, and an operator's set-up of it."""

import hashlib
import re
from collections.abc import AsyncIterator
from enum import Enum
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from services.tickets.appeals import moves
from services.tickets.hotline import queries as q
from services.tickets.hotline import service as hotlines
from services.tickets.hotline.inputs import DeliveredCallback, HotlineSettings, HotlineView
from shared.kernel.errors import MediaTypeUnsupported, NotFound, SignatureInvalid
from shared.kernel.rights import Permission
from shared.runtime.web.doors import Reading, TheService, demand, mark_replayed
from shared.runtime.webhooks import verify
from shared.runtime.work import Request as WorkRequest
from shared.runtime.work import Work
from shared.schemas.hotline import HotlineEvent, Receipt

router = APIRouter()
_TAG: list[str | Enum] = ["热线 Hotline"]
_ID = re.compile(r"^[1-9][0-9]{5}-[A-Za-z0-9_-]{1,32}$")
HotlineId = Annotated[str, Path(max_length=39, description="The hotline's id; begins with its district.")]


async def _signed(
    id: HotlineId,
    request: Request,
    response: Response,
    service: TheService,
) -> AsyncIterator[Work]:
    """A unit of work for a hotline whose signature holds; its webhook-id is the request key."""
    if not _ID.match(id):
        raise NotFound
    body = await request.body()
    actor = hotlines.principal(id)
    async with service.work(actor) as work:
        try:
            row = await hotlines.find(work, id)
        except NotFound as error:
            raise SignatureInvalid from error  # whether a hotline exists is nobody's business
        meta = verify([hotlines.secret_of(service, work.district, row)], request.headers, body)
    async with service.work(actor, WorkRequest(meta.id, hashlib.sha256(body).digest())) as work:
        work.on_replay = lambda: mark_replayed(response)
        yield work


Signed = Annotated[Work, Depends(_signed, scope="function")]


@router.post(
    "/hotlines/{id}/events",  # noqa: FAST003 - `_signed` takes the id
    status_code=202,
    name="hotline_event",
    summary="热线工单推送 Webhook of the hotline",
    tags=_TAG,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/HotlineEvent"}}},
        }
    },
)
async def event(request: Request, work: Signed, service: TheService) -> Receipt:
    """Takes a message of the hotline, signed after Standard Webhooks 1.0 (`webhook-id`, `webhook-timestamp` within five
    minutes, `webhook-signature` of `id.timestamp.body`).

    202 is answered when it is stored, never before. The same `webhook-id` again answers the same and does nothing.
    An order whose place nobody knows is kept as `unplaced`. News about an order that never came is a 404; news that
    the appeal's step does not allow is a 409: both say so, nothing is dropped silently.
    """
    given = _read(request.headers.get("content-type", ""), await request.body())

    async def run() -> Receipt:
        return await hotlines.receipt(work, await hotlines.take(work, service, given))

    async def again(appeal_id: UUID) -> Receipt:
        return await hotlines.receipt(work, appeal_id)

    return await work.once(run, again)


def _read(media_type: str, body: bytes) -> HotlineEvent:
    """The body is read only after its signature held: the raw bytes are what was signed."""
    if not media_type.startswith("application/json"):
        raise MediaTypeUnsupported
    try:
        return HotlineEvent.model_validate_json(body)
    except ValidationError as error:
        found = [{**item, "loc": ("body", *item["loc"])} for item in error.errors(include_url=False)]
        raise RequestValidationError(found) from error


@router.put("/hotlines/{id}", name="hotline_put", summary="热线接入设置 Set a hotline up", tags=_TAG)
async def put(id: HotlineId, settings: HotlineSettings, work: Reading, service: TheService) -> HotlineView:
    """For operators. A new hotline's secret is in the answer, this once; `rotate_secret` makes another.

    Setting the same again changes nothing, so no Idempotency-Key is needed.
    """
    demand(work.actor, Permission.HOTLINES_MANAGE)
    if not _ID.match(id):
        raise NotFound
    return await hotlines.put(work, service, id, settings)


@router.get(
    "/appeals/{id}/callbacks", name="hotline_callbacks", summary="已回传状态 What the hotline was told", tags=_TAG
)
async def callbacks(id: UUID, work: Reading) -> list[DeliveredCallback]:
    """The status callbacks that the hotline has taken, in order."""
    await moves.load(work, id)
    rows = await work.all(q.CALLBACKS_OF, appeal_id=id)
    return [DeliveredCallback(**{**row, "delivered_at": row["delivered_at"].isoformat()}) for row in rows]
