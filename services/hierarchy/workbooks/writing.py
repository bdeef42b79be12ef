"""Writes workbooks: templates, exports, and the list of wrong rows. No cell is ever a formula."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import xlsxwriter  # type: ignore[import-untyped] # no types are published

from services.hierarchy.workbooks.columns import COLUMNS
from services.hierarchy.workbooks.rules import APOSTROPHES, REASONS, Kind
from shared.kernel.texts import FORMULA

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"


def harmless(value: object) -> str:
    """A cell's text. What a spreadsheet could take for a formula gets an apostrophe before it, which reading takes
    away again; so does what begins with one of its own.
    """
    text = "" if value is None else str(value)
    guarded = text.startswith((*FORMULA, *APOSTROPHES)) or text.lstrip().startswith(FORMULA)
    return "'" + text if guarded else text


def sheet(kind: Kind, rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Rows by field, in our own columns, as XLSX; without rows it is the template."""
    columns = COLUMNS[kind]
    titles = [column.title for column in columns]
    return _workbook(titles, [column.width for column in columns], _cells(kind, rows), {})


def plain(kind: Kind, rows: Iterable[Mapping[str, Any]]) -> bytes:
    """The same as CSV, with the mark that makes spreadsheets read it as UTF-8."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([column.title for column in COLUMNS[kind]])
    writer.writerows(_cells(kind, rows))
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _cells(kind: Kind, rows: Iterable[Mapping[str, Any]]) -> Iterable[list[str]]:
    fields = [column.field for column in COLUMNS[kind]]
    return ([harmless(row.get(name)) for name in fields] for row in rows)


def wrong_rows(kind: Kind, found: Sequence[tuple[int, Mapping[str, Any]]]) -> bytes:
    """Every wrong row with its number in the sheet, its cells masked, and what is wrong in both languages."""
    columns = COLUMNS[kind]
    titles = ["行号 Row", *(column.title for column in columns), "错误说明", "What is wrong"]
    rows, marked = [], {}
    for at, (number, kept) in enumerate(found, 1):
        zh = "；".join(f"{one['column']}列 {one['title']}：{REASONS[one['reason']][0]}" for one in kept["faults"])
        en = "; ".join(f"column {one['column']} {one['field']} {REASONS[one['reason']][1]}" for one in kept["faults"])
        cells = [harmless(kept["cells"].get(column.field)) for column in columns]
        rows.append([str(number), *cells, zh, en])
        blamed = {one["field"] for one in kept["faults"]}
        marked[at] = {place for place, column in enumerate(columns, 1) if column.field in blamed}
    return _workbook(titles, [10, *(column.width for column in columns), 50, 50], rows, marked)


def _workbook(
    titles: Sequence[str], widths: Sequence[int], rows: Iterable[Sequence[str]], marked: Mapping[int, set[int]]
) -> bytes:
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(out, options)
    page = book.add_worksheet("邻里")
    bold, red = book.add_format({"bold": True}), book.add_format({"bg_color": "#FFC7CE", "num_format": "@"})
    text = book.add_format({"num_format": "@"})
    for at, width in enumerate(widths):
        page.set_column(at, at, width, text)
    for at, title in enumerate(titles):
        page.write_string(0, at, title, bold)
    for number, cells in enumerate(rows, 1):
        here = marked.get(number, ())
        for at, cell in enumerate(cells):
            if at in here:
                page.write_string(number, at, cell, red)
            elif cell:
                page.write_string(number, at, cell)
    page.freeze_panes(1, 0)
    book.close()
    return out.getvalue()
