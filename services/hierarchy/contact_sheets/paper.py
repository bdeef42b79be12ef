"""How large a sheet may be set so that it stands on one page of A4: the numbers of sheet.css as arithmetic.

Type is as large as it can be, because those who read it on a stairwell's wall are often old. All lengths are in
millimetres; a Chinese character is as wide as its size, a digit a little more than half of that.
"""

import unicodedata
from collections.abc import Sequence
from math import ceil
from typing import NamedTuple

from services.hierarchy.contact_sheets.views import ContactSheet, SheetDesk, SheetEntry

PAGE = 295.0
DESKS = 3  # venues that a sheet names
_POINT = 25.4 / 72
_WIDTH, _CODE = 180.0, 44.0  # between the margins; the QR code with its gap
_HEADER = 48.0


class Size(NamedTuple):
    """One setting: its class in the style sheet, and what a part of it takes."""

    name: str
    fixed: float  # border, padding, gaps and footer
    title: float  # type of the place's name, in points
    text: float  # type of posts and names
    number: float  # type of numbers
    row: float  # one person
    line: float  # a second line of the same person


SIZES = (
    Size("roomy", 56, 40, 20, 25, 21.6, 8.9),
    Size("close", 56, 36, 17.5, 21, 18.7, 7.8),
    Size("closer", 48, 36, 15.5, 18, 15.6, 6.9),
)


def size_of(sheet: ContactSheet) -> Size:
    """The largest at which everything stands on one page; where none does, it goes on to a second page."""
    return next((size for size in SIZES if height(sheet, size) <= PAGE), SIZES[-1])


def height(sheet: ContactSheet, size: Size) -> float:
    """How tall the sheet is."""
    people = sum(_row(entry, size, bool(sheet.lines)) for entry in sheet.entries) if sheet.entries else 30
    lines = 10.5 + 10.4 * ceil(len(sheet.lines) / 2) if sheet.lines else 0
    return size.fixed + _header(sheet, size) + people + _honours(sheet) + _desks(sheet.desks[:DESKS]) + lines


def _honours(sheet: ContactSheet) -> float:
    if not sheet.honours:
        return 0
    return 10.5 + 7.2 * _rows("".join(f"　{one.door} {one.label}　" for one in sheet.honours), 15, _WIDTH)


def _ems(text: str) -> float:
    """How wide the text is, in sizes of its type."""
    return sum(1.0 if unicodedata.east_asian_width(char) in "WFA" else 0.6 for char in text)


def _rows(text: str, points: float, width: float) -> int:
    return max(1, ceil(_ems(text) * points * _POINT / width))


def _header(sheet: ContactSheet, size: Size) -> float:
    width, name = _WIDTH - _CODE, sheet.place.name
    above = _rows(sheet.place.full_name.removesuffix(name), 16 * 1.04, width) * 7.7
    title = _rows(name, size.title * 1.02, width) * size.title * 1.12 * _POINT
    intro = 3 + _rows(sheet.intro, 15, width) * 7.2 if sheet.intro else 0
    return max(_HEADER, above + title + 14 + intro)


def _row(entry: SheetEntry, size: Size, lines: bool) -> float:  # noqa: FBT001 - whether there is a number to fall back on
    beside = 8.1 * size.number * _POINT if entry.phone else 62.0 if lines else 0.0
    width = _WIDTH - 12 - 4 - 4 - beside
    return size.row + (_rows(f"{entry.post_name} {entry.name or ''}", size.text, width) - 1) * size.line


def _desks(desks: Sequence[SheetDesk]) -> float:
    if not desks:
        return 0
    width = (_WIDTH - 6) / 3 - 8
    cards = (
        _rows(desk.name, 15.5, width) * 6.9 + _rows(desk.hours_in_words, 12.5, width) * 6 + (8.1 if desk.phone else 0)
        for desk in desks
    )
    return 10.5 + 6 + max(cards)
