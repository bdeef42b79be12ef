"""A workbook of 50,000 households with 500 planted errors, and smaller ones of its kind."""

from typing import Any

from tests.hierarchy.workbooks_scene import TITLES, book

ROWS, PLANTED = 50_000, 500
EVERY = ROWS // PLANTED
# Five kinds of error, in turn: which cell of a row is spoilt, how, and what must be said of it.
SPOILT: list[tuple[int, Any, str, str]] = [
    (3, "1006", "D", "phone_wrong"),
    (4, "320102199001010011", "E", "id_wrong"),
    (0, "no-such-place", "A", "place_unknown"),
    (1, None, "B", "required"),
    (8, "2024-02-30", "I", "date_wrong"),
]


def home(district: str, number: int) -> str:
    return f"{district}100001-B01-H{number:06}"


def good(district: str, number: int) -> list[Any]:
    row: list[Any] = [home(district, number), f"虚构住户{number}", "户主", f"100{number:08}"]
    return row + ([None, "独居老人", "本人同意", "同意书", "2024-01-31"] if number % 50 == 1 else [])


def large(district: str, count: int, every: int) -> tuple[bytes, list[tuple[int, str, str]]]:
    """The workbook, and every planted error: row, column, reason."""
    rows: list[list[Any]] = [list(TITLES)]
    planted: list[tuple[int, str, str]] = []
    for number in range(1, count + 1):
        row = good(district, number)
        if number % every == 0:
            at, value, letter, reason = SPOILT[len(planted) % len(SPOILT)]
            row += [None] * (9 - len(row))
            row[at] = value
            planted.append((number + 1, letter, reason))
        rows.append(row)
    return book(rows), planted
