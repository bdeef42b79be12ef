"""Opens an uploaded workbook in a process with bounds (`child.py`): what hostile bytes do ends there."""

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE
from pathlib import Path

import orjson

from services.hierarchy.workbooks.refusals import Unreadable

_CHILD = Path(__file__).with_name("child.py")
MOST_ROWS, MOST_COLUMNS = 60_000, 60
_CPU_S, _MEMORY = 8.0, 1024 * 1024 * 1024
_WAIT_S = 16.0
Grid = list[list[str | float | None]]
_room = asyncio.Semaphore(1)


async def open_grid(content: bytes) -> Grid:
    """The cells of the file's first sheet. Raises Unreadable."""
    if not content:
        raise Unreadable("empty")
    async with _room:
        answer = await _answered(content)
    if not answer:
        raise Unreadable("too_expensive")  # it was ended: by its bounds, or by us
    found = orjson.loads(answer)
    if "refused" in found:
        raise Unreadable(found["refused"])
    rows: Grid = found["rows"]
    return rows


async def _answered(content: bytes) -> bytes:
    limits = (MOST_ROWS + 20, MOST_COLUMNS, _CPU_S, _MEMORY)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-X", "utf8", str(_CHILD), *map(str, limits)),
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
        env={},
    )
    try:
        async with asyncio.timeout(_WAIT_S):
            answer, _ = await process.communicate(content)
    except TimeoutError:
        return b""
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return answer if process.returncode == 0 else b""
