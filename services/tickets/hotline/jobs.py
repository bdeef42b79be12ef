"""The queue door of the hotline: status callbacks, one after the other per order, signed, until they are taken."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import orjson

from services.tickets.appeals import due
from services.tickets.appeals import queries as appeals
from services.tickets.hotline import queries as q
from services.tickets.hotline import service as hotlines
from services.tickets.schema import JOBS
from shared.kernel.errors import NotFound
from shared.runtime.jobs import Permanent, Run
from shared.runtime.journal import Entry
from shared.runtime.webhooks import check_target, sign
from shared.schemas.hotline import StatusCallback

_GONE = 410


class CallbackRefused(Exception):
    """The hotline answered with something else than 2xx, or not at all."""


@JOBS.handles(due.CALL_HOTLINE)
async def call(run: Run, appeal_id: str, entry_id: str, event: str, seq: int) -> None:
    """Tells the hotline what happened. The same webhook-id at every attempt, so that it can drop a repetition."""
    async with run.service.work(run.service.job_principal(run.district, run.kind.name)) as work:
        appeal = await work.one(appeals.BY_ID, id=UUID(appeal_id))
        entry = await work.one(q.ENTRY, appeal_id=UUID(appeal_id), entry_id=UUID(entry_id))
        if appeal is None or entry is None:
            raise Permanent("the appeal or its journal row is gone")
        try:
            hotline = await hotlines.find(work, appeal["hotline"])
        except NotFound as error:
            raise Permanent("the hotline is gone") from error
    if hotline["callback_url"] is None:
        raise CallbackRefused("no callback address is set")
    body = _body(appeal, entry, event, seq)
    secret = hotlines.secret_of(run.service, run.district, hotline)
    status = await _post(run, hotline["callback_url"], secret, entry_id, body)
    async with run.work() as work:
        await work.write(
            q.DELIVERED,
            Entry("appeal", "hotline_told", data={"seq": seq, "event": event, "status": status}),
            appeal_id=UUID(appeal_id),
            seq=seq,
            id=UUID(entry_id),
            event=event,
            status=status,
        )


def _body(appeal: Any, entry: Any, event: str, seq: int) -> bytes:  # noqa: ANN401 - rows
    text = entry["body"] or {}
    detail = {
        name: entry["data"][name] for name in ("result", "truthful", "reached", "reason") if name in entry["data"]
    }
    detail |= {name: text[name] for name in ("public_reply", "unresolved_reason", "note", "reason") if name in text}
    callback = StatusCallback(
        event=event,
        order_no=appeal["order_no"],
        ticket_no=appeal["number"],
        seq=seq,
        at=entry["at"],
        operator=entry["actor_kind"],
        unit=entry["data"].get("lead_name") or appeal["lead_name"],
        detail=detail,
    )
    return orjson.dumps(callback.model_dump(mode="json"))


async def _post(run: Run, url: str, secret: str, message_id: str, body: bytes) -> int:
    settings = run.service.settings
    await check_target(url, allow_loopback=settings.env == "dev")
    headers = sign(secret, message_id, datetime.now(UTC), body) | {"content-type": "application/json"}
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=settings.callback_timeout_s) as client:
            answer = await client.post(url, content=body, headers=headers)
    except httpx.HTTPError as error:
        raise CallbackRefused(type(error).__name__) from error
    if answer.status_code == _GONE:
        raise Permanent("the hotline answered 410 Gone")
    if not answer.is_success:
        raise CallbackRefused(f"status {answer.status_code}")
    return answer.status_code
