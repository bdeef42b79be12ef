"""The services' OpenAPI documents, made without any server: what docs/openapi holds and a test compares."""

import base64
import os
from importlib import import_module

import orjson

from migrations.run import SERVICES

# Only shapes matter here; nothing is signed, stored or connected to.
_KEY = base64.b64encode(bytes(range(32))).decode()
_SETTINGS = {
    "LINLI_ENV": "dev",
    "LINLI_REDIS_URL": "redis://127.0.0.1:1/0",
    "LINLI_SERVICE_KEY": _KEY,
    "LINLI_DATA_KEY": _KEY,
    "LINLI_INDEX_KEY": base64.b64encode(bytes(32)).decode(),  # the vault refuses one key for both
    "LINLI_SIGNING_KEY": _KEY,
    "LINLI_VERIFY_KEYS": "",
} | {f"LINLI_{service.upper()}_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none" for service in SERVICES}


def documents() -> dict[str, bytes]:
    """Per service, its document as indented JSON with sorted keys."""
    before = {name: os.environ.get(name) for name in _SETTINGS}
    os.environ.update(_SETTINGS)
    try:
        return {service: _document(service) for service in SERVICES}
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name)
            else:
                os.environ[name] = value


def _document(service: str) -> bytes:
    app = import_module(f"services.{service}.main").create_app()
    return orjson.dumps(app.openapi(), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n"
