"""Looks at a file before anything else does: by its first bytes here, by its content in a process with bounds.

Each file gets a process of its own (`child.py`), because what a decoder does with hostile bytes (time, memory, a crash)
must end with that process. A few at a time: the rest wait here.
"""

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from dataclasses import dataclass
from pathlib import Path

import orjson

from shared.runtime.attachments.refusals import refused

_CHILD = Path(__file__).with_name("child.py")
_LONGEST_SIDE, _SMALL_SIDE = 4096, 320
_ALLOWED = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"%PDF-")
_HEIF = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis"}
_WAIT_PER_CPU = 4  # how much longer than its time on the processor a process may take on a busy machine


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one inspection may cost, and how many run at a time."""

    pixels: int
    cpu_s: float
    memory: int
    at_once: int


@dataclass(frozen=True, slots=True)
class Clean:
    """What is stored: an image written anew, with a small one (WebP); a PDF as it came, without one (empty)."""

    media_type: str
    content: bytes
    preview: bytes
    width: int | None
    height: int | None


class Inspector:
    """See the module."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._room = asyncio.Semaphore(bounds.at_once)

    async def inspect(self, data: bytes) -> Clean:
        """The clean form of the file. Raises AttachmentRefused."""
        _glance(data[:64])
        async with self._room:
            answer = await self._examined(data)
        at = answer.find(b"\n") + 1
        if not at:
            raise refused("too_expensive")  # it was ended: by its bounds, or by us
        found = orjson.loads(answer[:at])
        if "refused" in found:
            raise refused(found["refused"])
        end = at + found["size"]
        return Clean(found["media_type"], answer[at:end], answer[end:], found["width"], found["height"])

    async def _examined(self, data: bytes) -> bytes:
        bounds = self._bounds
        limits = (bounds.pixels, _LONGEST_SIDE, _SMALL_SIDE, bounds.cpu_s, bounds.memory)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", str(_CHILD), *map(str, limits)), stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env={}
        )
        try:
            async with asyncio.timeout(bounds.cpu_s * _WAIT_PER_CPU + 1):
                answer, _ = await process.communicate(data)
        except TimeoutError:
            return b""
        finally:
            await _ended(process)
        return answer if process.returncode == 0 else b""


async def _ended(process: Process) -> None:
    if process.returncode is None:
        process.kill()
        await process.wait()


def _glance(head: bytes) -> None:
    """Refuses what the first bytes already tell: no process is started for it."""
    if not head:
        raise refused("empty")
    if head[4:8] == b"ftyp" and head[8:12] in _HEIF:
        raise refused("heic")
    if not (head.startswith(_ALLOWED) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP")):
        raise refused("type_not_allowed")
