"""Logs: JSON lines in production, readable lines in dev; structlog and the standard library in one
pipeline.

Personal data stays out twice. A key that names it (`phone`, `authorization`, `content`, …) is dropped at
any depth, and `redacted` says which were; a phone number or a token inside a sentence, an object or a
traceback is masked. Tracebacks show no local variables. What uvicorn, arq and httpx say about every
single request or job is off: we log our own line for it.

Start uvicorn with `log_config=None`, or it puts its own handlers back.
"""

import json as json_library
import logging
import re
import sys
from collections.abc import Mapping
from typing import Any, Final, TextIO

import orjson
import structlog
from structlog.contextvars import get_contextvars
from structlog.typing import EventDict, Processor, WrappedLogger

from shared.kernel.id_numbers import is_id_number
from shared.runtime.privacy import mask_id_number

# Dropped where one of these words is part of the key: `caller_phone`, `refresh_token`, `X-Api-Secret`.
_WORDS: Final = frozenset({
    "phone", "mobile", "tel", "password", "passwd", "secret", "token", "authorization", "cookie",
    "credential", "otp", "captcha", "seed", "openid",
})  # fmt: skip
# Dropped only as the whole key: `job_name` and `content_type` are harmless.
_KEYS: Final = frozenset({
    "name", "full_name", "person_name", "caller_name", "content", "text", "body", "address", "contact", "id_number",
    "api_key", "on_behalf_of", "color_message",
})  # fmt: skip
_WORD = re.compile(r"[a-z]+")
# Mobile numbers as people write them, with area code or blanks; landlines; identity card numbers.
_APART = r"[ \u3000-]?"
_PHONE = re.compile(
    rf"(?<![0-9A-Za-z-])(?:\+?(?:00)?86{_APART})?(?P<first>1[0-9]{{2}}){_APART}[0-9]{{4}}{_APART}"
    r"(?P<last>[0-9]{4})(?![0-9A-Za-z-])"
)
_LANDLINE = re.compile(r"(?<![0-9A-Za-z.-])(?P<first>0[1-9][0-9]{1,2})-?[0-9]{3,4}(?P<last>[0-9]{4})(?![0-9A-Za-z-])")
_ID_NUMBER = re.compile(r"(?<![0-9A-Za-z-])[1-9][0-9]{16}[0-9Xx](?![0-9A-Za-z-])")
# What PostgreSQL adds to a violated constraint: the row, or the key, as it was to be.
_ROW = re.compile(r"(?P<what>Failing row contains|Key) \(.*\)(?==\(.*\)|\.)(?:=\(.*?\))?", re.DOTALL)
_TOKEN = re.compile(r"eyJ[\w-]{8,}\.[\w-]+\.[\w-]*|whsec_[\w+/=-]+")
_NOISY = ("uvicorn.access", "arq.worker", "arq.jobs", "arq.connections", "httpx", "httpcore", "httpx_retries")
_DEEPEST = 6


def configure(*, service: str, json: bool, level: str = "INFO", stream: TextIO | None = None) -> None:
    """Route everything that this process says through one handler. May be called again."""
    chain: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    handler = logging.StreamHandler(stream or sys.stdout)
    formatter = structlog.stdlib.ProcessorFormatter
    handler.setFormatter(formatter(foreign_pre_chain=chain, processors=_rendering(service, json=json)))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name in ("uvicorn", "uvicorn.error", *_NOISY):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [], True
        logger.setLevel(logging.WARNING if name in _NOISY else logging.NOTSET)
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *chain, formatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def context_value(name: str) -> str | None:
    """What every line here carries under this name: `request_id`, `traceparent`, `district`, `job`, as far as known."""
    value: str | None = get_contextvars().get(name)
    return value


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Drop keys that name personal data or secrets, mask what looks like them inside values."""
    dropped: list[str] = []
    clean: EventDict = _clean(event, dropped, 0)
    if dropped:
        clean["redacted"] = sorted(set(dropped))
    return clean


def _rendering(service: str, *, json: bool) -> list[Processor]:
    def named(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        event["service"] = service
        return event

    last: Processor = (
        structlog.processors.JSONRenderer(serializer=_json)
        if json
        else structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty())
    )
    return [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        redact,
        named,
        last,
    ]


def _clean(value: Any, dropped: list[str], depth: int) -> Any:  # noqa: ANN401 - whatever was logged
    match value:
        case None | bool() | int() | float():
            return value
        case Mapping() if depth < _DEEPEST:
            names = [str(key) for key in value]
            dropped += filter(_names_personal_data, names)
            kept = [(key, item) for key, item in value.items() if not _names_personal_data(str(key))]
            return {str(key): _clean(item, dropped, depth + 1) for key, item in kept}
        case list() | tuple() | set() | frozenset() if depth < _DEEPEST:
            return [_clean(item, dropped, depth + 1) for item in value]
        case Mapping() | list() | tuple() | set() | frozenset():
            return "…"
        case _:
            return _masked(str(value))


def _masked(text: str) -> str:
    text = _ROW.sub(r"\g<what> (…)", _TOKEN.sub("…", text))
    text = _ID_NUMBER.sub(lambda found: mask_id_number(found[0]) if is_id_number(found[0]) else found[0], text)
    for numbers in (_PHONE, _LANDLINE):
        text = numbers.sub(r"\g<first>****\g<last>", text)
    return text


def _names_personal_data(key: str) -> bool:
    lowered = key.lower()
    return lowered in _KEYS or not _WORDS.isdisjoint(_WORD.findall(lowered))


def _json(event: EventDict, **_: Any) -> str:  # noqa: ANN401 - structlog passes json.dumps' arguments
    try:
        return orjson.dumps(event).decode()
    except TypeError:  # integers over 64 bits and half surrogates, which orjson refuses
        return json_library.dumps(event)
