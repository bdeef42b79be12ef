"""Short links to content: signed for one district, attachment, variant, person and session, and for five minutes.

Whoever follows one must be signed in as the one it was made for: a link that travels on (a log, a chat, a screenshot)
opens nothing.
"""

import hashlib
import hmac
from datetime import datetime, timedelta
from uuid import UUID

from shared.kernel.rights import Principal
from shared.runtime.attachments.refusals import LinkExpired, LinkInvalid

LIFE = timedelta(minutes=5)
_PURPOSE = b"linli attachment links v1"


class Links:
    """`key` is any secret of the deployment; links are signed with a key derived from it for this purpose alone."""

    def __init__(self, key: bytes) -> None:
        self._key = hmac.digest(key, _PURPOSE, hashlib.sha256)

    def sign(self, caller: Principal, attachment: UUID, variant: str, expires: int) -> str:
        """The signature, hexadecimal."""
        bound = (caller.district, str(attachment), variant, str(expires), caller.kind, caller.id, caller.session or "")
        return hmac.digest(self._key, "\n".join(bound).encode(), hashlib.sha256).hex()

    def check(
        self, caller: Principal, attachment: UUID, variant: str, *, expires: int, signature: str, now: datetime
    ) -> None:
        """Raises LinkInvalid, or LinkExpired where nothing but the time is against it."""
        if not hmac.compare_digest(self.sign(caller, attachment, variant, expires).encode(), signature.encode()):
            raise LinkInvalid
        if now.timestamp() >= expires:
            raise LinkExpired
