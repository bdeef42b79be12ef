"""A cursor is opaque and anybody may write one: whatever is in it, PostgreSQL can take it or it is refused."""

import base64
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from shared.kernel.errors import CursorInvalid
from shared.runtime.ids import new_id
from shared.runtime.web.pages import decode, encode

ID = "01a20304-a4c8-72cd-a1d6-3709d64c8955"


def of(text: str) -> str:
    """A cursor written by hand."""
    return base64.urlsafe_b64encode(text.encode("utf-8", "surrogatepass")).decode().rstrip("=")


@pytest.mark.parametrize(
    "key",
    [
        (new_id(),),
        (datetime(2026, 11, 22, 8, 0, 0, 123456, tzinfo=UTC), new_id()),
        (date(2026, 11, 22), new_id()),
        (7, "网格·01", "ü"),
        (2**31 - 1,),
    ],
)
def test_our_own_are_read_as_they_were_written(key: tuple[object, ...]) -> None:
    assert decode(encode(*key), *(type(part) for part in key)) == list(key)


def test_none_is_the_first_page() -> None:
    assert decode(None, UUID) is None


@pytest.mark.parametrize("part", ["null", "true", "1.5", "1e30", "2147483648", "-2147483649", '"7"', "[7]", "{}"])
def test_numbers_are_what_a_column_holds(part: str) -> None:
    with pytest.raises(CursorInvalid):
        decode(of(f"[{part}]"), int)


@pytest.mark.parametrize("part", ["null", "7", '"\\u0000"', '"a\\u0000b"', '"\\ud800"', "[]", '"\ud800"'])
def test_texts_are_what_a_column_holds(part: str) -> None:
    with pytest.raises(CursorInvalid):
        decode(of(f"[{part}]"), str)


@pytest.mark.parametrize(
    "part",
    ['"2026-11-22T08:00:00"', '"0001-01-01T00:00:00+14:00"', '"9999-12-31T23:59:59-14:00"', '"x"', "1e400", "null"],
)
def test_moments_have_a_time_zone_and_are_near_enough_to_be_converted(part: str) -> None:
    with pytest.raises(CursorInvalid):
        decode(of(f'[{part},"{ID}"]'), datetime, UUID)


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "é",
        "====",
        of("[]"),
        of("{}"),
        of("["),
        of(f'["{ID}","{ID}"]'),
        of('["no id"]'),
        of("[" * 80),
        of("null"),
    ],
)
def test_anything_else_is_refused(cursor: str) -> None:
    with pytest.raises(CursorInvalid):
        decode(cursor, UUID)
