"""Development secrets: made once per home, so that tokens and ciphertexts survive a restart.

An operator's own value in the environment always wins. The names are those of the services' settings.
"""

import base64
import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit, urlunsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.local.home import Home
from services.local.problems import LocalError
from services.local.settings import SERVICES

REMEMBERED = "secrets.json"
SIGNING_KEY = "LINLI_SIGNING_KEY"
VERIFY_KEYS = "LINLI_VERIFY_KEYS"
ANCHOR_KEY = "LINLI_ANCHOR_KEY"
SERVICE_KEYS = {name: f"LINLI_{name.upper()}_SERVICE_KEY" for name in SERVICES}
SERVICE_VERIFY_KEYS = "LINLI_SERVICE_VERIFY_KEYS"
RANDOM_KEYS = (SIGNING_KEY, *SERVICE_KEYS.values(), ANCHOR_KEY, "LINLI_DATA_KEY", "LINLI_INDEX_KEY")
ALL_KEYS = (*RANDOM_KEYS, VERIFY_KEYS, SERVICE_VERIFY_KEYS)


# What `linli keys rotate` adds, where it was run.
ROTATED = ("LINLI_DATA_KEYS", "LINLI_DATA_KEY_ID")


def development_keys(home: Home) -> dict[str, str]:
    remembered = home.read(REMEMBERED)
    missing = [name for name in RANDOM_KEYS if name not in remembered]
    if missing:
        remembered |= {name: base64.b64encode(secrets.token_bytes(32)).decode() for name in missing}
        home.write(REMEMBERED, remembered)
    keys = {name: os.environ.get(name) or str(remembered[name]) for name in RANDOM_KEYS}
    rotated = {name: os.environ.get(name) or str(remembered[name]) for name in ROTATED if remembered.get(name)}
    return (
        keys
        | rotated
        | {
            VERIFY_KEYS: os.environ.get(VERIFY_KEYS) or public_key(keys[SIGNING_KEY]),
            SERVICE_VERIFY_KEYS: os.environ.get(SERVICE_VERIFY_KEYS) or service_public_keys(keys),
        }
    )


def service_public_keys(keys: Mapping[str, str]) -> str:
    """The public halves of the services' own keys, as the setting wants them."""
    return ",".join(f"{service}={public_key(keys[name], name)}" for service, name in SERVICE_KEYS.items())


def public_key(seed: str, name: str = SIGNING_KEY) -> str:
    """The public half of an Ed25519 seed, both in base64."""
    try:
        private = Ed25519PrivateKey.from_private_bytes(base64.b64decode(seed, validate=True))
    except ValueError as error:
        raise LocalError(f"{name} is not an Ed25519 seed: give the base64 of 32 random bytes.") from error
    return base64.b64encode(private.public_key().public_bytes_raw()).decode()


def service_database_url(owner_url: str, service: str) -> str:
    """The owner's URL with the service's own role, whose password only the owner can derive."""
    parts = urlsplit(owner_url)
    if not parts.password:
        raise LocalError(
            "LINLI_DATABASE_URL has no password, from which those of the services' roles are derived: "
            f"give the owner one, or set LINLI_{service.upper()}_DATABASE_URL."
        )
    role = f"linli_{service}"
    derived = hmac.new(unquote(parts.password).encode(), role.encode(), hashlib.sha256).hexdigest()[:40]
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{role}:{derived}@{host}"))
