"""The program that opens one uploaded workbook, in a process of its own with bounds on time, memory and files.

    python -I child.py <most rows> <most columns> <CPU seconds> <memory bytes>  < file  > answer

It knows nothing: no settings, no secrets, no part of Linli. The answer is JSON: `{"refused": "damaged"}`, or the rows
of the first sheet that is not empty, each a list of texts, numbers and nulls. Merged cells hold their value everywhere.
"""

import codecs
import csv
import io
import json
import os
import resource
import signal
import sys
import zipfile
from datetime import date, datetime, time, timedelta
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetVisibleEnum

ENTRIES, UNPACKED, RATIO = 100, 50 * 1024 * 1024, 100
_LONGEST = 2000  # characters of a cell
_OLE = b"\xd0\xcf\x11\xe0"
Cell = str | float | None


class Refused(Exception):
    """The file is not taken; the word says why (`refusals.py` has the sentences)."""


def bound(cpu_s: float, memory: int) -> None:
    """From here on: so much CPU time, so much memory, no file, no child, no core."""
    signal.setitimer(signal.ITIMER_PROF, cpu_s)
    whole = int(cpu_s) + 1
    for what, limit in (
        (resource.RLIMIT_CPU, whole),
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 3),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (limit, limit))


# --- XLSX ------------------------------------------------------------------------------------------------------------


def directory(data: bytes) -> None:
    """Looks at the zip's directory before anything is unpacked. Raises Refused."""
    try:
        entries = zipfile.ZipFile(io.BytesIO(data)).infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        raise Refused("damaged") from None
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if len(entries) > ENTRIES or unpacked > UNPACKED or unpacked > RATIO * max(packed, 1):
        raise Refused("too_expensive")
    if not any(entry.filename == "xl/workbook.xml" for entry in entries):
        raise Refused("type_not_allowed")


def xlsx(data: bytes, rows: int, columns: int) -> list[list[Cell]]:
    """The rows of the first visible sheet that holds anything. Raises Refused."""
    directory(data)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        for at, meta in enumerate(book.sheets_metadata):
            if meta.visible != SheetVisibleEnum.Visible:
                continue
            sheet = book.get_sheet_by_index(at)
            if not sheet.total_height:
                continue
            if sheet.total_height > rows:
                raise Refused("too_many_rows")
            if sheet.total_width > columns:
                raise Refused("too_many_columns")
            found = [[_cell(value) for value in row] for row in sheet.to_python(skip_empty_area=False)]
            _spread(found, sheet.merged_cell_ranges or [])
            return found
    except PasswordError:
        raise Refused("encrypted") from None
    except CalamineError:
        raise Refused("damaged") from None
    return []


def _cell(value: object) -> Cell:  # noqa: PLR0911 - one line per type
    match value:
        case "" | None:
            return None
        case bool():
            return "是" if value else "否"
        case str():
            return value[:_LONGEST]
        case int() | float():
            return value
        case datetime():
            return value.isoformat(sep=" ")
        case date() | time():
            return value.isoformat()
        case timedelta():
            return str(value)
        case _:
            return None


def _spread(rows: list[list[Cell]], merged: list[Any]) -> None:
    """A merged cell's value stands in all of it. (Ranges that overlap or reach outside are the file's own trouble.)"""
    room = 4 * sum(map(len, rows))
    for (top, left), (bottom, right) in merged:
        if top >= len(rows):
            continue
        last = min(bottom, len(rows) - 1)
        room -= (last - top + 1) * (right - left + 1)
        if room < 0:
            raise Refused("too_expensive")
        value = rows[top][left] if left < len(rows[top]) else None
        for row in rows[top : last + 1]:
            for at in range(left, min(right, len(row) - 1) + 1):
                row[at] = value


# --- CSV -------------------------------------------------------------------------------------------------------------


def table(data: bytes, rows: int, columns: int) -> list[list[Cell]]:
    """The rows of a CSV file: UTF-8, UTF-16 with its mark, or GB18030. Raises Refused."""
    text = _decoded(data)
    head = text[:4096]
    delimiter = max(",\t;", key=head.count)
    csv.field_size_limit(_LONGEST * 8)
    found: list[list[Cell]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            found.append([value[:_LONGEST] if value.strip() else None for value in row])
            if len(found) > rows:
                raise Refused("too_many_rows")
            if len(row) > columns:
                raise Refused("too_many_columns")
    except csv.Error:
        raise Refused("damaged") from None
    return found


def _decoded(data: bytes) -> str:
    encodings = ["utf-16"] if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        return text
    raise Refused("encoding")


# --- the program -----------------------------------------------------------------------------------------------------


def opened(data: bytes, rows: int, columns: int) -> list[list[Cell]]:
    """The rows of the file, by its first bytes."""
    if data.startswith(b"PK\x03\x04"):
        return xlsx(data, rows, columns)
    if data.startswith(_OLE):
        raise Refused("old_format")
    return table(data, rows, columns)


def main() -> None:
    """Reads the file from standard input and answers."""
    rows, columns, cpu_s, memory = sys.argv[1:]
    for name in ("utf-8-sig", "gb18030", "utf-16", "cp437", "ascii"):
        codecs.lookup(name)  # loaded before the bounds forbid opening files
    bound(float(cpu_s), int(memory))
    answer: dict[str, Any]
    try:
        answer = {"rows": opened(sys.stdin.buffer.read(), int(rows), int(columns))}
    except Refused as refused:
        answer = {"refused": str(refused)}
    except MemoryError:
        answer = {"refused": "too_expensive"}
    sys.stdout.write(json.dumps(answer, ensure_ascii=False, separators=(",", ":")))
    sys.stdout.flush()
    os._exit(0)  # nothing is left to be tidied


if __name__ == "__main__":
    main()
