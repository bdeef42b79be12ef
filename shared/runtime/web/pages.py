"""Keyset paging: a cursor is the sort key of the last row, so a page costs the same however deep it lies."""

import base64
from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Any

import orjson
from fastapi import Query, Response
from pydantic import AwareDatetime, Field, TypeAdapter

from shared.kernel.errors import CursorInvalid

Limit = Annotated[int, Query(ge=1, le=100, description="Rows per page.")]
Cursor = Annotated[
    str | None, Query(max_length=300, description="`next` of the page before; leave out for the first page.")
]


def encode(*key: Any) -> str:  # noqa: ANN401 - ids, times, numbers
    """The cursor for a sort key."""
    return base64.urlsafe_b64encode(orjson.dumps(key, default=str)).decode().rstrip("=")


# What PostgreSQL takes as the parameter of a keyset: a cursor is opaque, and anybody may write one.
_SAFE: dict[object, object] = {
    int: Annotated[int, Field(strict=True, ge=-(2**31), lt=2**31)],
    str: Annotated[str, Field(pattern=r"\A[^\x00]*\z")],
    datetime: Annotated[AwareDatetime, Field(ge=datetime(1900, 1, 1, tzinfo=UTC), lt=datetime(9000, 1, 1, tzinfo=UTC))],
}


@cache
def _key(kinds: tuple[type, ...]) -> TypeAdapter[tuple[Any, ...]]:
    made: Any = tuple.__class_getitem__(tuple(_SAFE.get(kind, kind) for kind in kinds))
    return TypeAdapter(made)


def decode(cursor: str | None, *kinds: type) -> list[Any] | None:
    """The sort key inside a cursor: of `UUID`, `datetime` (with its time zone), `date`, `int` and `str`.

    None without a cursor. Raises CursorInvalid (400) for anything else than our own cursors.
    """
    if cursor is None:
        return None
    try:
        return list(_key(kinds).validate_json(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))))
    except ValueError as error:  # binascii's and pydantic's are such
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
