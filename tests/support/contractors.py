"""An operator's contractors on loopback, as a raw server: WeChat as it answers, and anybody as they misbehave."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

_JSON = "application/json"
HUGE = b'{"status":"accepted","x":"' + b"x" * 1_000_000 + b'"}'
# Besides these: hangs, drips, cuts, and `errcode n` of WeChat.
MOODS = {
    "down": (500, "text/plain", b"oops"),
    "refuses": (422, _JSON, b'{"status":"rejected"}'),
    "rejects": (200, _JSON, b'{"status":"rejected","reason":"blacklisted"}'),
    "garbage": (200, _JSON, b"<html>not JSON</html>\xff"),
    "empty": (200, _JSON, b"{}"),
    "huge": (200, _JSON, HUGE),
    "redirect": (302, "text/plain", b""),
}


@dataclass
class Contractor:
    """`mood` is how it behaves. As WeChat it knows `openids` by login code, each good once."""

    mood: str = "well"
    once: bool = True
    url: str = ""
    openids: dict[str, str] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    asked: list[tuple[str, dict[str, str], dict[str, str], bytes]] = field(default_factory=list)

    def code_for(self, openid: str) -> str:
        """What `wx.login` would give."""
        code = f"wx{len(self.openids)}"
        self.openids[code] = openid
        return code

    def wechat(self, query: dict[str, str]) -> dict[str, Any]:
        """`code2session`, with the errors that its documents name."""
        code = query.get("js_code", "")
        if (query.get("appid"), query.get("secret")) != ("wx-app", "app-secret"):
            return {"errcode": 40125, "errmsg": "invalid appsecret"}
        if self.mood.startswith("errcode "):
            return {"errcode": int(self.mood.split()[1]), "errmsg": "as asked for"}
        if self.once and code in self.used:
            return {"errcode": 40163, "errmsg": "code been used"}
        if code not in self.openids:
            return {"errcode": 40029, "errmsg": "invalid code"}
        self.used.add(code)
        return {"session_key": "c2Vzc2lvbg==", "openid": self.openids[code]}

    def answer(self, target: str) -> tuple[int, str, bytes]:
        parts = urlsplit(target)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if self.mood in MOODS:
            return MOODS[self.mood]
        if parts.path == "/sns/jscode2session":
            return 200, "text/plain", json.dumps(self.wechat(query)).encode()
        return 200, _JSON, b'{"status":"accepted"}'

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
            headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in head[1:])}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            method, target, _ = head[0].split(" ")
            self.asked.append((f"{method} {urlsplit(target).path}", dict(_query(target)), headers, body))
            if self.mood == "hangs":
                await asyncio.sleep(30)
            elif self.mood == "drips":
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
                for _ in range(300):
                    writer.write(b" ")
                    await writer.drain()
                    await asyncio.sleep(0.1)
            elif self.mood != "cuts":
                status, kind, content = self.answer(target)
                location = f"location: {self.url}/elsewhere\r\n" if status == 302 else ""
                head_out = (
                    f"HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\ncontent-length: {len(content)}\r\n{location}"
                )
                writer.write(f"{head_out}connection: close\r\n\r\n".encode() + content)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


def _query(target: str) -> list[tuple[str, str]]:
    return [(name, values[0]) for name, values in parse_qs(urlsplit(target).query).items()]


@asynccontextmanager
async def contracted(contractor: Contractor) -> AsyncIterator[Contractor]:
    """Runs it on a free loopback port; what still hangs at the end is cut off."""
    tasks: set[asyncio.Task[None]] = set()

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await contractor.serve(reader, writer)
        except asyncio.CancelledError:
            writer.close()
        finally:
            tasks.discard(task)

    server = await asyncio.start_server(client, "127.0.0.1", 0)
    contractor.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield contractor
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
