"""Sending a file to an appeal, for every test about attachments; and the tickets API as a process of its own."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil

from tests.support.world import Somebody
from tests.tickets.conftest import BASE, Cast
from tests.tickets.hostile import jpeg


async def attach(
    cast: Cast,
    appeal: str,
    who: Somebody,
    kind: str = "report",
    *,
    content: bytes | None = None,
    key: str | None = None,
    client: httpx.AsyncClient | None = None,
    name: str = "漏水.JPG",
    **fields: str,
) -> httpx.Response:
    """Sends a photograph (or other content), by another client if there is one."""
    return await (client or cast.client).post(
        f"{BASE}/appeals/{appeal}/attachments",
        headers=who.writes(key),
        data={"kind": kind, **fields},
        files={"file": (name, content if content is not None else jpeg(), "image/jpeg")},
    )


async def attached(cast: Cast, appeal: str, who: Somebody, kind: str = "report", **given: Any) -> dict[str, Any]:
    """The same, which must succeed."""
    answer = await attach(cast, appeal, who, kind, **given)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


class Server:
    """The tickets API as a process of its own."""

    def __init__(self, pid: int, port: int, http: httpx.AsyncClient) -> None:
        self.process, self.port, self.http = psutil.Process(pid), port, http
        self.began_with = 0

    def memory(self) -> int:
        return int(self.process.memory_info().rss)

    def worked(self) -> float:
        """Seconds on the processor so far, its children's among them: the same on a busy machine."""
        return float(sum(self.process.cpu_times()[:4]))

    def most_memory(self) -> int:
        """The most it ever had, by the kernel's own count."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text("ascii").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))

    async def raw(self, head: str, *body: bytes, wait: float = 30.0) -> bytes:
        """Sends bytes as they are, and reads until it closes or says no more."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(head.replace("\n", "\r\n").encode())
            for part in body:
                writer.write(part)
                await writer.drain()
            async with asyncio.timeout(wait):
                return await reader.read(65536)
        except (ConnectionError, TimeoutError):
            return b""
        finally:
            writer.close()


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@asynccontextmanager
async def running_server(**settings: str) -> AsyncIterator[Server]:
    """Until the end of the block; it may be dead by then."""
    port = _free_port()
    program = ("-m", "uvicorn", "services.tickets.main:create_app", "--factory", "--port", str(port), "--no-access-log")
    environment = {**os.environ, "LINLI_LOG_LEVEL": "CRITICAL", **settings}
    child = await asyncio.create_subprocess_exec(sys.executable, *program, env=environment)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=20, trust_env=False) as http:
        for _ in range(1200):
            try:
                if (await http.get("/readyz")).status_code == 200:
                    break
            except httpx.TransportError:
                await asyncio.sleep(0.05)
        yield Server(child.pid, port, http)
    if child.returncode is None:
        child.terminate()
    await child.wait()
