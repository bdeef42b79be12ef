"""The HTTP door of the hotline: its webhook, and an operator's set-up of it."""

import re
from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Path, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from services.tickets.appeals import moves
from services.tickets.hotline import intake
from services.tickets.hotline import service as hotlines
from services.tickets.hotline.inputs import DeliveredCallback, HotlineSettings, HotlineView
from shared.kernel.errors import LinliError, MediaTypeUnsupported, NotFound
from shared.kernel.paths import ROOT
from shared.kernel.rights import Permission
from shared.runtime.web.bodies import document, is_json
from shared.runtime.web.doors import Reading, TheService, api_router, digest, mark_replayed
from shared.runtime.web.limits import HOTLINE, count_stranger
from shared.runtime.webhooks import verify
from shared.runtime.work import Work
from shared.schemas.hotline import HotlineEvent, Receipt, StatusCallback

TAG = "热线 Hotline"
router = api_router(tags=[TAG])
_ID = re.compile(r"[1-9][0-9]{5}-[A-Za-z0-9_-]{1,32}")
HotlineId = Annotated[str, Path(max_length=39, description="The hotline's id; begins with its district.")]
_BODY: dict[str, Any] = {
    "required": True,
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/HotlineEvent"}}},
}


async def _signed(id: HotlineId, request: Request, response: Response, service: TheService) -> AsyncIterator[Work]:
    """A unit of work for a hotline whose signature holds; its webhook-id is the request key."""
    if not _ID.fullmatch(id):
        raise NotFound
    body = await request.body()
    async with service.work(hotlines.principal(id)) as work:
        row = await hotlines.look_up(work, id)
        try:
            meta = verify(hotlines.heard(service, row, work.now), request.headers, body)
        except LinliError:
            count_stranger(request, service)
            raise
        service.rates.count(HOTLINE, id)
        work.request = service.request(meta.id, digest(request, body))
        work.on_replay = lambda: mark_replayed(response)
        yield work


Signed = Annotated[Work, Depends(_signed, scope="function")]
_outbound = api_router()


@_outbound.post("{$callback_url}", status_code=204, name="hotline_status_callback", summary="状态回传 Status callback")
def _status_callback(callback: StatusCallback) -> None:
    """What Linli sends to the hotline's callback address, signed after Standard Webhooks 1.0 with the same secret.

    Per order strictly in the order of `seq`: the next one comes when this one was answered with 2xx. The same
    `webhook-id` may come again. Other answers, redirects among them, are tried again for about three days, later where
    `Retry-After` asks for it; 410 ends it until an operator revives the job.
    """


@router.post(
    "/hotlines/{id}/events",
    status_code=202,
    name="hotline_event",
    summary="热线工单推送 Webhook of the hotline",
    callbacks=_outbound.routes,
    openapi_extra={"requestBody": _BODY},
)
async def event(request: Request, work: Signed, service: TheService) -> Receipt:
    """Takes a message of the hotline, signed after Standard Webhooks 1.0 (`webhook-id`, `webhook-timestamp` within five
    minutes, `webhook-signature` of `id.timestamp.body`).

    202 is answered when it is stored, never before. The same `webhook-id` again answers the same and does nothing.
    An order whose place nobody knows is kept as `unplaced`; one whose category nobody knows is sorted by people when
    they file it. A known order again, with something changed and no older revision, supplements its appeal. News about
    an order that never came is a 404; news that the appeal's step does not allow is a 409: both say so, nothing is
    dropped silently.
    """
    given = _read(request.headers.get("content-type", ""), await request.body())

    async def run() -> Receipt:
        return intake.receipt(given.event, await intake.take(work, service, given))

    async def again(appeal_id: UUID) -> Receipt:
        return intake.receipt(given.event, await moves.load(work, appeal_id))

    return await work.once(run, again)


def _read(media_type: str, body: bytes) -> HotlineEvent:
    """The body is read only after its signature held: the raw bytes are what was signed."""
    if not is_json(media_type):
        raise MediaTypeUnsupported
    try:
        return HotlineEvent.model_validate(document(body))
    except ValidationError as error:
        found = [{**item, "loc": ("body", *item["loc"])} for item in error.errors(include_url=False)]
        raise RequestValidationError(found) from error


@router.put("/hotlines/{id}", name="hotline_put", summary="热线接入设置 Set a hotline up")
async def put(id: HotlineId, settings: HotlineSettings, work: Reading, service: TheService) -> HotlineView:
    """For the district's operators. A new hotline's secret is in the answer, this once; `rotate_secret` makes another.

    Setting the same again changes nothing, so no Idempotency-Key is needed.
    """
    work.actor.demand(Permission.HOTLINES_MANAGE, ROOT)
    if not _ID.fullmatch(id):
        raise NotFound
    return await hotlines.put(work, service, id, settings)


@router.get("/appeals/{id}/callbacks", name="hotline_callbacks", summary="已回传状态 What the hotline was told")
async def callbacks(id: UUID, work: Reading) -> list[DeliveredCallback]:
    """The status callbacks that the hotline has taken, in order. Those that were given up lie in `GET /jobs/dead`."""
    return await hotlines.told(work, id)
