"""The SMS provider, as an adapter: one signed POST per message, and what its answer must look like.

Generic on purpose: operators set a provider's own gateway, or a small bridge to it, behind `LINLI_SMS_URL`
(docs/sign-in.md has the contract; `linli sms-simulator` is its other side).
"""

from datetime import UTC, datetime
from typing import Literal

import orjson
from pydantic import BaseModel, Field, ValidationError

from services.hierarchy.settings import HierarchySettings
from shared.runtime.outbound import NoAnswer, ask
from shared.runtime.webhooks import sign


class _Taken(BaseModel):
    """What the provider answers with a 2xx. Whatever else it says is not read."""

    status: Literal["accepted", "rejected"]
    reason: str = Field("", max_length=200)


class NotTaken(Exception):
    """The provider did not take it now; the message is ours and holds no number."""


class Rejected(Exception):
    """The provider will not take this one, however often it is asked."""


async def send(settings: HierarchySettings, *, message_id: str, phone: str, code: str, minutes: int) -> None:
    """Hands one message over; the same id again is the same message. NotTaken, Rejected."""
    body = orjson.dumps(
        {
            "id": message_id,
            "phone": phone,
            "template": settings.sms_template,
            "signature": settings.sms_signature,
            "params": {"code": code, "minutes": str(minutes)},
        }
    )
    headers = sign(settings.sms_secret.get_secret_value(), message_id, datetime.now(UTC), body)
    headers |= {"content-type": "application/json", "idempotency-key": message_id}
    try:
        answer = await ask("POST", settings.sms_url, timeout_s=settings.sms_timeout_s, headers=headers, content=body)
    except NoAnswer as error:
        raise NotTaken(f"the SMS provider did not answer: {error}") from error
    if 400 <= answer.status < 500 and answer.status not in (408, 409, 425, 429):  # noqa: PLR2004 - refused for good
        raise Rejected(f"the SMS provider answered {answer.status}")
    if not 200 <= answer.status < 300:  # noqa: PLR2004 - a redirect is not followed
        raise NotTaken(f"the SMS provider answered {answer.status}")
    try:
        taken = _Taken.model_validate_json(answer.body)
    except ValidationError as error:
        raise NotTaken("the SMS provider's answer cannot be read") from error
    if taken.status == "rejected":
        raise Rejected("the SMS provider rejected the message")
