"""Keyset paging: a cursor is the sort key of the last row, so a page costs the same however deep it lies."""

import base64
import binascii
from typing import Annotated, Any

import orjson
from fastapi import Query, Response

from shared.kernel.errors import CursorInvalid

Limit = Annotated[int, Query(ge=1, le=100, description="Rows per page.")]
Cursor = Annotated[
    str | None, Query(max_length=300, description="`next` of the page before; leave out for the first page.")
]


def encode(*key: Any) -> str:  # noqa: ANN401 - ids, times, numbers
    """The cursor for a sort key."""
    return base64.urlsafe_b64encode(orjson.dumps(key, default=str)).decode().rstrip("=")


def decode(cursor: str | None, *kinds: Any) -> list[Any] | None:  # noqa: ANN401
    """The sort key inside a cursor, each part made by its kind (`UUID`, `datetime.fromisoformat`, `int`).

    None without a cursor. Raises CursorInvalid (400) for anything else than our own cursors.
    """
    if cursor is None:
        return None
    try:
        parts = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(parts, list) or len(parts) != len(kinds):
            raise CursorInvalid
        return [kind(part) for kind, part in zip(kinds, parts, strict=True)]
    except (binascii.Error, orjson.JSONDecodeError, ValueError, TypeError, AttributeError) as error:
        raise CursorInvalid from error


class JsonPage(Response):
    """A page that is JSON already."""

    media_type = "application/json"


def answered(rows: list[dict[str, Any]], following: str | None) -> JsonPage:
    """A page as JSON, straight from rows whose names and values are the model's own: for lists on the hot path.

    Building and checking twenty models takes longer than everything else about a list. The route names the model for
    the document (`response_model`), and a test holds the answer against it.
    """
    content = orjson.dumps({"items": rows, "next": following}, default=str, option=orjson.OPT_UTC_Z)
    return JsonPage(content)
