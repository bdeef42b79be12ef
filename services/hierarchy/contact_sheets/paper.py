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
_APART = 6.0  # between two honours
_HEADER = 48.0


class Size(NamedTuple):
    """One setting: its class in the style sheet, and what a part of it takes."""

    name: str
    fixed: float  # border, padding and footer
    gap: float  # between two parts
    title: float  # type of the place's name, in points
    text: float  # type of posts and names
    number: float  # type of numbers
    row: float  # one person
    line: float  # a second line of the same person
    rest: float = 1.0  # what stands below the people is set smaller by this


SIZES = (
    Size("roomy", 36, 5, 40, 20, 25, 21.6, 8.9),
    Size("close", 36, 5, 36, 17.5, 21, 18.7, 7.8),
    Size("closer", 32, 4, 36, 15.5, 18, 15.6, 6.9),
    Size("closest", 30, 3.5, 30, 14, 17, 13.4, 6.2, 0.86),
)


def fitted(sheet: ContactSheet) -> tuple[Size, int]:
    """The largest size at which everything stands on one page, and how many honours are shown.

    Where there is none: the smallest, with as many honours as leave room for the numbers. What does not fit even
    without honours goes on to a second page.
    """
    everything = len(sheet.honours)
    for size in SIZES:
        if height(sheet, size, everything) <= PAGE:
            return size, everything
    return size, next((shown for shown in range(everything - 1, 0, -1) if height(sheet, size, shown) <= PAGE), 0)


def height(sheet: ContactSheet, size: Size, honours: int) -> float:
    """How tall the sheet is with so many of its honours."""
    people = sum(_row(entry, size, bool(sheet.lines)) for entry in sheet.entries) if sheet.entries else 30
    lines = 10.5 + 10.4 * ceil(len(sheet.lines) / 2) if sheet.lines else 0
    below = [part for part in (_honours(sheet, size, honours), _desks(sheet.desks[:DESKS], size), lines) if part]
    return size.fixed + _header(sheet, size) + people + sum(below) * size.rest + (2 + len(below)) * size.gap


def instead(sheet: ContactSheet, shown: int) -> str:
    """What stands for the honours that are not shown."""
    return f"等 {len({one.door for one in sheet.honours})} 户" if shown < len(sheet.honours) else ""


def _honours(sheet: ContactSheet, size: Size, shown: int) -> float:
    if not shown:
        return 0
    rows, used = 1, 0.0
    said = [*(f"{one.door} {one.label}" for one in sheet.honours[:shown]), instead(sheet, shown)]
    for words in filter(None, said):
        width = _ems(words) * 15 * size.rest * _POINT
        if used and used + width > _WIDTH:
            rows, used = rows + 1, 0.0
        used += width + _APART
    return 10.5 + 7.2 * rows


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


def _desks(desks: Sequence[SheetDesk], size: Size) -> float:
    if not desks:
        return 0
    width = (_WIDTH - 6) / 3 - 8
    name, small = 15.5 * size.rest, 12.5 * size.rest
    addressed = size.name != SIZES[-1].name  # an address gives way before a number does
    cards = (
        _rows(desk.name, name, width) * 6.9
        + _rows(desk.hours_in_words, small, width) * 6
        + (_rows(desk.address, small, width) * 6 if desk.address and addressed else 0)
        + (8.1 if desk.phone else 0)
        for desk in desks
    )
    return 10.5 + 6 + max(cards)
