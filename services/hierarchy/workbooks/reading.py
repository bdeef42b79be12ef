"""From the cells of a sheet to rows by field: finds the header wherever it stands, and reads every cell below it.

A header may have titles above it, group headings over it (户主 over 姓名 and 电话), other names for its columns, and
traditional characters. What is wrong is named by row, column letter and reason; the value itself only masked.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import zhconv  # type: ignore[import-untyped] # no types are published

from services.hierarchy.workbooks.columns import COLUMNS, Column
from services.hierarchy.workbooks.rules import Cell, Kind, WrongCell, normal, text
from shared.runtime.privacy import mask_id_number, mask_name, mask_phone

_HEADER_WITHIN, _MOST_FAULTS, _SHOWN = 12, 20, 40
_SUMS = ("合计", "总计", "小计", "填表", "制表", "审核", "备注", "说明", "注:", "注：")
_MASKS = {"name": mask_name, "phone": mask_phone, "id_number": mask_id_number}
Grid = Sequence[Sequence[Cell]]
_loading = threading.Lock()


@lru_cache(maxsize=10_000)
def simplified(words: str) -> str:
    """In simplified characters. The library's dictionary is loaded at first use; by its path, else it stays open."""
    with _loading:
        zhconv.loaddict(str(Path(zhconv.__file__).with_name("zhcdict.json")))
        return str(zhconv.convert(words, "zh-cn"))


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one cell; `shown` is its value, masked."""

    row: int
    letter: str
    field: str
    title: str
    shown: str
    reason: str


@dataclass(slots=True)
class Line:
    """One row of the sheet: its number there, and what its cells say."""

    row: int
    values: dict[str, Any]
    cells: dict[str, Cell]
    faults: list[Fault] = field(default_factory=list)


@dataclass
class Header:
    """Which column of the sheet is which of ours."""

    row: int
    at: dict[str, int]
    ignored: list[str]
    twice: list[str]


@dataclass
class Reading:
    """All of a sheet."""

    header: Header
    lines: list[Line]
    ignored: int

    def blame(self, kind: Kind, line: Line, name: str, reason: str) -> None:
        """Finds fault with a cell of a line."""
        column = next(one for one in COLUMNS[kind] if one.field == name)
        if len(line.faults) < _MOST_FAULTS:
            letter = letters(self.header.at[name]) if name in self.header.at else "-"
            line.faults.append(Fault(line.row, letter, name, column.title, shown(column, line.cells.get(name)), reason))


def letters(at: int) -> str:
    """`A`, `B` … `AA`: how a spreadsheet calls the column."""
    found, rest = "", at + 1
    while rest:
        rest, digit = divmod(rest - 1, 26)
        found = chr(65 + digit) + found
    return found


def shown(column: Column, cell: Cell) -> str:
    """The value of a cell as a list of errors shows it: masked where it is personal, and never long."""
    written = text(cell)
    if not written:
        return ""
    if column.masked is None:
        return written[:_SHOWN]
    return _MASKS[column.masked](written)


def read(kind: Kind, grid: Grid) -> Reading | None:
    """The rows of a sheet; None where no row of it is a header."""
    header = _header(kind, grid)
    if header is None:
        return None
    columns = [column for column in COLUMNS[kind] if column.field in header.at]
    known = {column.field for column in columns}
    found = Reading(header, [], 0)
    for number, cells in enumerate(grid[header.row + 1 :], header.row + 2):
        if _blank(cells):
            continue
        if _is_sum(cells):
            found.ignored += 1
            continue
        found.lines.append(_line(found, kind, columns, number, cells))
    missing = [column.field for column in COLUMNS[kind] if column.required and column.field not in known]
    return None if missing else found


def _line(reading: Reading, kind: Kind, columns: Sequence[Column], number: int, cells: Sequence[Cell]) -> Line:
    line = Line(number, {}, {})
    for column in columns:
        at = reading.header.at[column.field]
        cell = cells[at] if at < len(cells) else None
        line.cells[column.field] = cell
        if cell is None or not text(cell):
            if column.required:
                reading.blame(kind, line, column.field, "required")
            continue
        try:
            line.values[column.field] = column.read(_simple(column, cell))
        except WrongCell as wrong:
            reading.blame(kind, line, column.field, wrong.reason)
    return line


def _simple(column: Column, cell: Cell) -> Cell:
    """Words of our dictionaries are compared in simplified characters; names stay as they are written."""
    as_written = column.masked or column.field in ("name", "legal_basis", "source")
    return simplified(cell) if isinstance(cell, str) and not cell.isascii() and not as_written else cell


def _blank(cells: Sequence[Cell]) -> bool:
    return all(cell is None or (isinstance(cell, str) and not text(cell)) for cell in cells)


def _is_sum(cells: Sequence[Cell]) -> bool:
    """A line of sums or a note below the table: its first words say so, and hardly anything else stands there."""
    filled = [text(cell) for cell in cells if cell is not None and text(cell)]
    return len(set(filled)) <= 4 and simplified(filled[0][:_SHOWN]).replace(" ", "").startswith(_SUMS)  # noqa: PLR2004 - 合计, 户, 人, a sum


# --- the header ------------------------------------------------------------------------------------------------------


def _header(kind: Kind, grid: Grid) -> Header | None:
    """The row with the most columns that we know; the first of them."""
    names = {normal(name): column.field for column in COLUMNS[kind] for name in (column.title, *column.names)}
    best: Header | None = None
    for at in range(min(_HEADER_WITHIN, len(grid))):
        found = _matched(names, grid, at)
        if len(found.at) >= 2 and (best is None or len(found.at) > len(best.at)):  # noqa: PLR2004 - one word is no header
            best = found
    return best


def _matched(names: dict[str, str], grid: Grid, at: int) -> Header:
    row, above = [_said(cell) for cell in grid[at]], _above(grid, at)
    found = Header(at, {}, [], [])
    for place, said in enumerate(row):
        over = above[place] if place < len(above) else ""
        candidates = (over + said if said else over, said)
        name = next((names[word] for word in map(normal, candidates) if word in names), None)
        if name is None:
            found.ignored += [said or over] if said or over else []
        elif name in found.at:
            found.twice.append(said or over)
        else:
            found.at[name] = place
    return found


def _above(grid: Grid, at: int) -> list[str]:
    """The row above, each heading reaching to the next one: it may stand over several columns."""
    if at == 0:
        return []
    said, last = [], ""
    for cell in grid[at - 1]:
        last = _said(cell) or last
        said.append(last)
    return said


def _said(cell: Cell) -> str:
    return simplified(text(cell)[:_SHOWN]) if cell is not None else ""
