"""The world tests live in: real servers, migrated schemas, a fresh district per test, tokens for anybody.

Nothing is cleaned up between tests because nothing is shared: every test has its own district.
"""

import base64
import hashlib
import itertools
import os
from dataclasses import dataclass, field
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared.kernel.paths import ROOT
from shared.kernel.rights import Grant, Role
from shared.runtime.ids import new_id
from shared.runtime.tokens import TokenSigner, public_half, service_token

SEED = bytes(range(32))
KEY = bytes(range(1, 33))
# Each service's own seed, as `linli env` would make them.
SERVICE_SEEDS = {name: hashlib.sha256(name.encode()).digest() for name in ("hierarchy", "tickets", "events")}
_numbers = itertools.count(1)


def fresh_district() -> str:
    """A district no other test of this run uses. Worker n of pytest-xdist counts in its own hundred thousand."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) % 9
    return f"{worker + 1}{next(_numbers):05}"


def environment(database_urls: dict[str, str], redis_url: str) -> dict[str, str]:
    """What the services' settings read."""
    public = Ed25519PrivateKey.from_private_bytes(SEED).public_key().public_bytes_raw()
    key = base64.b64encode(KEY).decode()
    return {
        "LINLI_ENV": "dev",
        "LINLI_LOG_LEVEL": "WARNING",
        "LINLI_RATE_FACTOR": "1000",  # a whole district of tests speaks from one address
        "LINLI_POOL_WAIT_S": "20",  # a machine that pauses for seconds makes nobody's story wrong
        "LINLI_COMMAND_TIMEOUT_S": "20",
        "LINLI_CALL_TIMEOUT_S": "20",
        "LINLI_REDIS_URL": redis_url,
        **{f"LINLI_{name.upper()}_SERVICE_KEY": base64.b64encode(it).decode() for name, it in SERVICE_SEEDS.items()},
        "LINLI_SERVICE_VERIFY_KEYS": ",".join(
            f"{name}={base64.b64encode(public_half(it)).decode()}" for name, it in SERVICE_SEEDS.items()
        ),
        "LINLI_DATA_KEY": key,
        "LINLI_INDEX_KEY": base64.b64encode(bytes(reversed(KEY))).decode(),
        "LINLI_SIGNING_KEY": base64.b64encode(SEED).decode(),
        "LINLI_VERIFY_KEYS": base64.b64encode(public).decode(),
        **{f"LINLI_{service.upper()}_DATABASE_URL": url for service, url in database_urls.items()},
    }


@dataclass(frozen=True)
class Somebody:
    """A signed-in person with the headers their app sends."""

    district: str
    grants: tuple[tuple[Role, str], ...]
    id: UUID = field(default_factory=new_id)

    @property
    def token(self) -> str:
        return TokenSigner(SEED).sign(
            user=str(self.id),
            district=self.district,
            session=str(new_id()),
            grants=[Grant(role, place) for role, place in self.grants],
            seconds=86_400,  # longer than any story, on any machine
        )

    @property
    def headers(self) -> dict[str, str]:
        """Authorization alone: for reads."""
        return {"Authorization": f"Bearer {self.token}"}

    def writes(self, key: str | None = None, **more: str) -> dict[str, str]:
        """Authorization and a (new) Idempotency-Key."""
        return {**self.headers, "Idempotency-Key": key or str(new_id()), **more}


def somebody(district: str, role: Role = Role.RESIDENT, place: str = ROOT, *, id: UUID | None = None) -> Somebody:
    """A person with one grant."""
    return Somebody(district, ((role, place),), id or new_id())


def service_headers(district: str, caller: str, audience: str) -> dict[str, str]:
    """As one service calls another."""
    return {"Authorization": f"Bearer {service_token(SERVICE_SEEDS[caller], caller, audience, district)}"}
