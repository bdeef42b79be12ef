"""The queue door of the hotline: status callbacks, one after the other per order, signed, until they are taken; and the
files that orders point to.
"""

import hashlib
from datetime import UTC, datetime
from uuid import UUID

from services.tickets.appeals import due, moves
from services.tickets.attachments import service as attachments
from services.tickets.attachments.inputs import AttachmentForm
from services.tickets.attachments.rules import Kind
from services.tickets.hotline import intake
from services.tickets.hotline import service as hotlines
from services.tickets.hotline.due import FETCH
from services.tickets.schema import JOBS
from shared.kernel.errors import MoveNotOpen, NotFound
from shared.runtime.attachments.refusals import AttachmentRefused, AttachmentsFull, refused
from shared.runtime.jobs import Later, Permanent, Run
from shared.runtime.journal import Entry
from shared.runtime.webhooks import (
    NotAcceptable,
    NotDelivered,
    NotFetched,
    TargetRefused,
    check_target,
    deliver,
    fetch,
    sign,
)
from shared.schemas.hotline import Attachment

_GONE = 410
_FETCH_S = 8.0
_LATER = {408, 425, 429}  # and what the other side says of itself, from 500 on


@JOBS.handles(due.CALL_HOTLINE)
async def call(run: Run, appeal_id: str, entry_id: str, event: str, seq: int) -> None:
    """Tells the hotline what happened. The same webhook-id at every attempt, so that it can drop a repetition.

    The next callback of the order waits until this one is taken; a dead one holds them until it is revived.
    """
    about = UUID(appeal_id), UUID(entry_id), event, seq
    async with run.reading() as work:
        try:
            message = await hotlines.message(work, run.service, *about)
        except NotFound as error:
            raise Permanent("the appeal, its journal row or its hotline is gone") from error
    status = await _delivered(run, message, entry_id)
    async with run.work() as work:
        await hotlines.delivered(work, *about, status)


async def _delivered(run: Run, message: hotlines.Message, message_id: str) -> int:
    """The 2xx with which the hotline took it. Anything else is a reason to wait; 410 one to stop."""
    if message.url is None:
        raise Later("no callback address is set")
    settings = run.service.settings
    headers = sign(message.secret, message_id, datetime.now(UTC), message.body)
    dev, wait = settings.env == "dev", settings.callback_timeout_s
    try:
        allowed, ports = settings.allowed_networks, settings.allowed_ports
        target = await check_target(message.url, allow_loopback=dev, allowed=allowed, ports=ports)
        answer = await deliver(message.url, target, headers, message.body, timeout_s=wait)
    except TargetRefused as error:
        raise Later(f"the callback address is refused: {error.fields['why_en']}") from error
    except NotDelivered as error:
        raise Later(f"the hotline did not answer: {error}") from error
    if answer.status == _GONE:
        raise Permanent("the hotline answered 410 Gone")
    if not 200 <= answer.status < 300:  # noqa: PLR2004 - taken is 2xx; a redirect is not followed
        raise Later(f"the hotline answered {answer.status}", answer.retry_after_s or 0)
    return answer.status


@JOBS.handles(FETCH)
async def fetch_file(run: Run, hotline: str, order_no: str, source: str) -> None:
    """Brings a file of an order to its appeal, through the same inspection as any upload.

    One that cannot be had is no reason to hold anything up: the timeline says so, with its name and the reason.
    """
    async with run.reading() as work:
        wanted = await intake.pointed_to(work, run.service, hotline, order_no, source)
        if wanted is None or await attachments.taken_before(work, wanted[0], source):
            return
        appeal_id, file = wanted
        files, reason = attachments.files_of(run.service), ""
        try:
            stored = await attachments.store(work, files, await _content(run, file))
        except AttachmentRefused as error:
            reason = error.fields["reason"]
        except _NotHad as error:
            reason = str(error)
    if not reason:
        try:
            async with run.work() as work:
                appeal = await moves.load(work, appeal_id)
                form = AttachmentForm(kind=Kind.REPORT)
                await attachments.record(work, files, appeal, stored, form=form, name=file.name, source=source)
        except (AttachmentsFull, MoveNotOpen) as error:
            reason = error.code
    if reason:
        async with run.work() as work:
            step = (await moves.load(work, appeal_id))["step"]
            failed = Entry("appeal", "attachment_failed", step, step, {"reason": reason}, {"name": file.name})
            await work.record(failed, appeal_id)


class _NotHad(Exception):
    """The file cannot be had, and will not be; the word says why."""


async def _content(run: Run, file: Attachment) -> bytes:
    """What lies at the address, if it is what the order says. Raises AttachmentRefused, Later."""
    settings, limit = run.service.settings, run.service.extras["uploads"].limit
    allowed, ports = settings.allowed_networks, settings.allowed_ports
    try:
        target = await check_target(file.url, allow_loopback=settings.env == "dev", allowed=allowed, ports=ports)
        found = await fetch(file.url, target, max_bytes=limit, timeout_s=_FETCH_S)
    except TargetRefused:
        raise _NotHad("target_refused") from None
    except NotAcceptable:
        raise refused("too_large") from None
    except NotFetched as error:
        raise _later(run, "unreachable") from error
    if found.status in _LATER or found.status >= 500:  # noqa: PLR2004
        raise _later(run, f"status_{found.status}")
    if not 200 <= found.status < 300:  # noqa: PLR2004 - a redirect is not followed
        raise _NotHad(f"status_{found.status}")
    if file.sha256 and hashlib.sha256(found.body).hexdigest() != file.sha256:
        raise refused("changed")
    return found.body


def _later(run: Run, reason: str) -> Exception:
    """A reason to wait, or, the last time, to give up."""
    return _NotHad(reason) if run.attempt >= run.kind.attempts else Later(f"the file of an order: {reason}")
