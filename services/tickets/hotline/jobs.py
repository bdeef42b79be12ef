"""The queue door of the hotline: status callbacks, one after the other per order, signed, until they are taken."""

from datetime import UTC, datetime
from uuid import UUID

from services.tickets.appeals import due
from services.tickets.hotline import service as hotlines
from services.tickets.schema import JOBS
from shared.kernel.errors import NotFound
from shared.runtime.jobs import Later, Permanent, Run
from shared.runtime.webhooks import NotDelivered, TargetRefused, check_target, deliver, sign

_GONE = 410


@JOBS.handles(due.CALL_HOTLINE)
async def call(run: Run, appeal_id: str, entry_id: str, event: str, seq: int) -> None:
    """Tells the hotline what happened. The same webhook-id at every attempt, so that it can drop a repetition.

    The next callback of the order waits until this one is taken; a dead one holds them until it is revived.
    """
    about = UUID(appeal_id), UUID(entry_id), event, seq
    async with run.service.work(run.service.job_principal(run.district, run.kind.name)) as work:
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
