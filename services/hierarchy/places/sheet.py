"""The CSV file of an import, read twice: once to learn where each district's rows stand, then district by district.

So memory holds one district and a few numbers per run of rows, whatever the file's size and order. A record is one
line: neither codes nor names may hold a line break.
"""

import csv
import re
from array import array
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from services.hierarchy.places.tree import Fault, Given

COLUMNS = ("district", "code", "name", "kind", "parent_code")
LONGEST_NAME = 200
_LONGEST_LINE = 65_536
_CODE = re.compile(r"[A-Za-z0-9_-]{1,64}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class SheetError(ValueError):
    """The file as a whole cannot be read; a sentence."""


class Sheet:
    """Open it with `with`. `districts` in the order of the file; `rows` of all of them."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb", buffering=1 << 18)
        self._runs: defaultdict[str, array[int]] = defaultdict(lambda: array("Q"))  # offset, first line, lines
        self._at: dict[str, int] = {}
        self.rows = 0

    def __enter__(self) -> Self:
        try:
            self._scan()
        except BaseException:
            self._file.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    @property
    def districts(self) -> list[str]:
        return list(self._runs)

    def count(self, district: str) -> int:
        """How many rows it has."""
        return sum(self._runs[district][2::3])

    def first_line(self, district: str) -> int:
        return self._runs[district][1]

    def of(self, district: str, kinds: frozenset[str]) -> tuple[list[Given], list[Fault]]:
        """A district's rows in the order of the file, and what is wrong with their form."""
        rows, faults = [], []
        for line, cells in self._lines(district):
            found = self._read(line, cells, kinds)
            if isinstance(found, Given):
                rows.append(found)
            else:
                faults.append(found)
        return rows, faults

    def _scan(self) -> None:
        header = _cells(self._line(1).removeprefix(b"\xef\xbb\xbf"), 1) or []
        self._at = _positions([name.strip() for name in header])
        where, number, offset, last = self._at["district"], 1, self._file.tell(), None
        while line := self._line(number + 1):
            number += 1
            if not line.strip(b", \t\r\n"):
                last = None
            else:
                cells = _cells(line, number) or line.decode().split(",")
                district = cells[where].strip() if where < len(cells) else ""
                run = self._runs[district]
                if district == last and run:
                    run[-1] += 1
                else:
                    run.extend((offset, number, 1))
                last = district
                self.rows += 1
            offset += len(line)

    def _line(self, number: int) -> bytes:
        line = self._file.readline(_LONGEST_LINE)
        if len(line) == _LONGEST_LINE:
            raise SheetError(
                f"line {number} is longer than {_LONGEST_LINE // 1024} kB: this is no CSV file. 不是 CSV 文件。"
            )
        return line

    def _lines(self, district: str) -> Iterator[tuple[int, list[str] | None]]:
        runs = self._runs[district]
        for n in range(0, len(runs), 3):
            offset, first, lines = runs[n : n + 3]
            self._file.seek(offset)
            for number in range(first, first + lines):
                yield number, _cells(self._file.readline(), number)

    def _read(self, line: int, cells: list[str] | None, kinds: frozenset[str]) -> Given | Fault:
        if cells is None:
            return Fault(line, "quotation marks that do not match, or a line break in a value 引号不成对")
        if len(cells) != len(COLUMNS):
            return Fault(line, f"{len(cells)} values instead of {len(COLUMNS)} 列数不符")
        code, name, kind, parent = (cells[self._at[column]].strip() for column in COLUMNS[1:])
        wrong = _wrong_code(code, "code") or _wrong_name(name) or (parent and _wrong_code(parent, "parent_code"))
        if not wrong and kind not in kinds:
            wrong = f"unknown kind {kind[:40]!r}; known: {', '.join(sorted(kinds))} 类别未知"
        return Fault(line, wrong) if wrong else Given(line, code, name, kind, parent or None)


def _cells(line: bytes, number: int) -> list[str] | None:
    """The values of a line; None where its quotation marks do not match."""
    try:
        text = line.decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise SheetError(
            f"line {number} is not UTF-8: save the file as “CSV UTF-8”. 第 {number} 行不是 UTF-8，请另存为“CSV UTF-8”。"
        ) from None
    if '"' not in text:
        return text.split(",")
    try:
        return next(csv.reader([text], strict=True))
    except csv.Error:
        return None


def _positions(header: Sequence[str]) -> dict[str, int]:
    missing = [name for name in COLUMNS if name not in header]
    unknown = [name for name in header if name not in COLUMNS]
    twice = sorted({name for name in header if header.count(name) > 1} & set(COLUMNS))
    words = [
        f"{what}: {', '.join(name[:40] or '(empty)' for name in names[:9])}"
        for what, names in (("missing", missing), ("unknown", unknown), ("twice", twice))
        if names
    ]
    if words:
        raise SheetError(f"the first line must name the columns {','.join(COLUMNS)}; {'; '.join(words)}. 表头不符。")
    return {name: header.index(name) for name in COLUMNS}


def _wrong_code(code: str, column: str) -> str:
    if _CODE.fullmatch(code):
        return ""
    if not code:
        return f"{column} is empty 编码为空"
    return f"{column} {code[:70]!r} is not 1 to 64 letters, digits, `-` or `_` 编码格式不符"


def _wrong_name(name: str) -> str:
    if not name:
        return "name is empty 名称为空"
    if len(name) > LONGEST_NAME:
        return f"name is longer than {LONGEST_NAME} characters 名称过长"
    return "name holds control characters 名称含控制字符" if _CONTROL.search(name) else ""
