"""How a body is read: one JSON document that means one thing, or a 4xx that says why not.

Python's `json` takes more than RFC 8259 does (NaN, a name twice, half of a surrogate pair) and gives back what no
PostgreSQL text can hold (NUL). All of that is refused here, for every route, before a rule or a statement meets it.
"""

import json
import math
from collections.abc import Iterator
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError

from shared.kernel.errors import MediaTypeUnsupported

_EXACT = 2**53
_DEEPEST = 64  # levels of lists and objects in one another
_SUSPICIOUS = ("\\u0000", "\\ud", "\\uD")


class ReadRequest(Request):
    """A request whose `json()` is strict. FastAPI reads bodies by it."""

    async def json(self) -> Any:  # noqa: ANN401 - whatever was sent
        """The body's document. RequestValidationError (422) where it is none."""
        if not hasattr(self, "_json"):
            self._json = document(await self.body())
        return self._json


def document(body: bytes) -> Any:  # noqa: ANN401
    """The one meaning of a JSON text. RequestValidationError (422) where it has none, or several."""
    try:
        text = body.decode()
        found = _DECODER.decode(text)
        if text.count("[") + text.count("{") > _DEEPEST:
            _check_depth(found)
    except (ValueError, RecursionError) as error:  # JSONDecodeError and UnicodeDecodeError are ValueErrors
        raise _refused((), "json_invalid", f"Not JSON: {error}") from error
    if any(mark in text for mark in _SUSPICIOUS):
        _check_texts(found)
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return found


def _number(text: str) -> int | float:
    found = float(text)
    if found.is_integer() and abs(found) < _EXACT:
        return int(found)  # JSON knows one kind of number: 5.0 is 5
    if not math.isfinite(found):  # 1e999, and what Python reads besides: NaN, Infinity
        raise ValueError(f"{text} is not a number that can be kept")
    return found


_DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_number, parse_float=_number)


def _check_depth(found: Any) -> None:  # noqa: ANN401
    level = [found]  # a list or an object: anything else has no brackets outside of texts
    for _ in range(_DEEPEST):
        parts = (part for one in level for part in (one.values() if isinstance(one, dict) else one))
        level = [part for part in parts if isinstance(part, dict | list)]
        if not level:
            return
    raise ValueError(f"nested deeper than {_DEEPEST} levels")


def _check_texts(found: Any) -> None:  # noqa: ANN401
    for where, text in _texts(found, ()):
        try:
            text.encode()
        except UnicodeEncodeError:
            raise _refused(where, "string_pattern_mismatch", "Text should not hold half of a surrogate pair") from None
        if "\0" in text:
            raise _refused(where, "string_pattern_mismatch", "Text should not hold the character NUL")


def _texts(found: Any, where: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:  # noqa: ANN401
    if isinstance(found, str):
        yield where, found
    elif isinstance(found, dict):
        for name, value in found.items():
            yield where, name
            yield from _texts(value, (*where, name))
    elif isinstance(found, list):
        for number, value in enumerate(found):
            yield from _texts(value, (*where, number))


def _refused(where: tuple[str | int, ...], kind: str, message: str) -> RequestValidationError:
    return RequestValidationError([{"type": kind, "loc": ("body", *where), "msg": message}])


async def demand_json(request: Request) -> None:
    """MediaTypeUnsupported (415) for a body that does not call itself JSON."""
    if not is_json(request.headers.get("content-type", "")) and await request.body():
        raise MediaTypeUnsupported


def is_json(content_type: str) -> bool:
    """Whether a Content-Type header names JSON."""
    kind = content_type.partition(";")[0].strip().lower()
    return kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))
