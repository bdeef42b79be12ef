"""What is kept of a workbook while it is on its way, sealed: its file, its good rows, and what is wrong with others."""

import base64
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import orjson

from services.hierarchy.workbooks import queries as q
from shared.runtime.db import Row
from shared.runtime.privacy import Vault, bound_to
from shared.runtime.work import Work

FILE, ROWS = "file", "rows"
_PIECE = 192 * 1024
_AT_ONCE = 2000


def pieces(content: bytes) -> Iterable[str]:
    """A file as texts that can be sealed one by one."""
    return (base64.b64encode(content[start : start + _PIECE]).decode() for start in range(0, len(content), _PIECE))


async def content(work: Work, vault: Vault, import_id: UUID) -> bytes:
    """The file as it came."""
    kept = await work.all(q.PIECES_OF, import_id=import_id, part=FILE)
    return b"".join(base64.b64decode(_opened(work, vault, import_id, FILE, row)) for row in kept)


async def batch(work: Work, vault: Vault, import_id: UUID, number: int) -> list[dict[str, Any]]:
    """The rows of a batch."""
    row = await work.one(q.PIECE, import_id=import_id, part=ROWS, number=number)
    found: list[dict[str, Any]] = [] if row is None else orjson.loads(_opened(work, vault, import_id, ROWS, row))
    return found


def _piece_bound(work: Work, import_id: UUID, part: str, number: int) -> str:
    return bound_to(work.district, "import_pieces", "content", import_id, part, number)


def _opened(work: Work, vault: Vault, import_id: UUID, part: str, row: Row) -> str:
    return vault.open(row["content"], bound_to=_piece_bound(work, import_id, part, row["number"]))


async def keep(work: Work, vault: Vault, import_id: UUID, part: str, pieces: Iterable[str]) -> None:
    """Stores pieces of a part, sealed."""
    for number, piece in enumerate(pieces):
        sealed = vault.seal(piece, bound_to=_piece_bound(work, import_id, part, number))
        await work.one(q.PUT_PIECE, import_id=import_id, part=part, number=number, content=sealed)


async def keep_faults(work: Work, vault: Vault, import_id: UUID, found: Sequence[tuple[int, dict[str, Any]]]) -> None:
    """Stores what is wrong with rows, sealed."""
    for start in range(0, len(found), _AT_ONCE):
        part = found[start : start + _AT_ONCE]
        sealed = [
            vault.seal(orjson.dumps(kept).decode(), bound_to=_fault_bound(work, import_id, row)) for row, kept in part
        ]
        await work.all(q.PUT_FAULTS, import_id=import_id, numbers=[row for row, _ in part], contents=sealed)


async def forget(work: Work, import_id: UUID) -> None:
    """Removes what is kept of the workbook."""
    await work.all(q.DROP_PIECES, import_id=import_id)


async def forget_faults(work: Work, import_id: UUID) -> None:
    """Removes the list of wrong rows."""
    await work.all(q.DROP_FAULTS, import_id=import_id)


async def faults(work: Work, vault: Vault, import_id: UUID, start: int, limit: int) -> list[tuple[int, dict[str, Any]]]:
    rows = await work.all(q.FAULTS_AFTER, import_id=import_id, after=start, limit=limit)
    return [
        (
            row["row_number"],
            orjson.loads(vault.open(row["content"], bound_to=_fault_bound(work, import_id, row["row_number"]))),
        )
        for row in rows
    ]


def _fault_bound(work: Work, import_id: UUID, row: int) -> str:
    return bound_to(work.district, "import_faults", "content", import_id, row)
