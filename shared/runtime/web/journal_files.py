"""The two shapes in which a journal leaves: one JSON document per line, or CSV for a spreadsheet."""

import csv
import io
from collections.abc import AsyncIterator, Callable
from typing import Any, NamedTuple

import orjson

from shared.kernel.texts import FORMULA
from shared.runtime.db import Row
from shared.runtime.journal import SEALED, canonical

_COLUMNS = ("position", "previous", "hash", *SEALED)
_OPTIONS = orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z
_BOM = "\ufeff"  # without it Excel takes Chinese for Latin


class Format(NamedTuple):
    """`write` takes batches of rows and the hash before the first one."""

    media_type: str
    write: Callable[[AsyncIterator[list[Row]], bytes], AsyncIterator[bytes]]


async def ndjson(batches: AsyncIterator[list[Row]], previous: bytes) -> AsyncIterator[bytes]:
    """Every sealed column as it was hashed, with position, hash and the hash before."""
    async for rows in batches:
        lines = []
        for row in rows:
            lines.append(orjson.dumps(_document(row, previous), option=_OPTIONS))
            previous = row["hash"]
        yield b"\n".join(lines) + b"\n"


async def as_csv(batches: AsyncIterator[list[Row]], previous: bytes) -> AsyncIterator[bytes]:
    """The same columns; nothing in it is a formula."""
    yield (_BOM + _lines([list(_COLUMNS)])).encode()
    async for rows in batches:
        table = []
        for row in rows:
            document = _document(row, previous)
            table.append([cell(document[name]) for name in _COLUMNS])
            previous = row["hash"]
        yield _lines(table).encode()


def cell(value: object) -> str:
    """A value as a spreadsheet may have it: what it would compute begins with an apostrophe."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else orjson.dumps(value, option=_OPTIONS).decode().strip('"')
    return f"'{text}" if text.startswith(FORMULA) else text


def _document(row: Row, previous: bytes) -> dict[str, Any]:
    return {**canonical(row), "position": row["position"], "previous": previous.hex(), "hash": row["hash"].hex()}


def _lines(table: list[list[str]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows(table)
    return out.getvalue()


FORMATS = {
    "ndjson": Format("application/x-ndjson", ndjson),
    "csv": Format("text/csv; charset=utf-8", as_csv),
}
