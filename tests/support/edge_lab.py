"""A small service without a database, behind the real edge and a real uvicorn on loopback, to try the edges on."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI
from pydantic import Field

from shared.runtime.web.application import create_application
from shared.runtime.web.doors import Caller, api_router
from shared.schemas.base import Body
from tests.support.lab import open_lab

NOWHERE = "postgresql://nobody@127.0.0.1:1/none"
BASE = "/api/lab/v1"


class Thing(Body):
    """Something of every kind that JSON can hold."""

    text: str = Field(max_length=100)
    number: int | None = None
    ratio: float | None = None
    more: Any = None


def lab_app(**changed: Any) -> FastAPI:
    routes = api_router(tags=["lab"])

    @routes.post("/things", name="lab_put")
    async def put(given: Thing) -> Thing:
        return given

    @routes.get("/things/{text}", name="lab_get")
    async def get(text: str, q: str = "") -> dict[str, str]:
        return {"text": text, "q": q}

    @routes.get("/me", name="lab_me")
    async def me(caller: Caller) -> dict[str, str]:
        return {"id": caller.id}

    @routes.get("/searches", name="lab_search")
    async def search(caller: Caller) -> dict[str, str]:
        return {"id": caller.id}

    @routes.post("/codes", name="lab_code")
    async def code() -> None: ...

    @routes.get("/boom", name="lab_boom")
    async def boom() -> None:
        raise RuntimeError("nobody foresaw this")

    service = open_lab(NOWHERE, **changed)
    service.verifier._check = lambda _: None  # without a database nobody knows which sessions ended
    return create_application(service, title="lab", description="lab", routers=[routes], tags=[{"name": "lab"}])


@dataclass
class Served:
    port: int

    async def raw(self, *parts: bytes, pause: float = 0.0, wait: float = 5.0) -> bytes:
        """Everything that is answered to these bytes until the other side closes, or is silent for `wait`."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        answer = bytearray()

        async def read() -> None:  # at the same time: what comes after a refusal is answered by a reset
            with suppress(ConnectionError, TimeoutError):
                async with asyncio.timeout(wait):
                    while data := await reader.read(65536):
                        answer.extend(data)

        reading = asyncio.create_task(read())
        with suppress(ConnectionError):
            for part in parts:
                writer.write(part)
                await writer.drain()
                await asyncio.sleep(pause)
        await reading
        writer.close()
        return bytes(answer)

    def client(self, **headers: str) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{self.port}{BASE}", headers=headers, timeout=60, trust_env=False
        )


@asynccontextmanager
async def served(app: FastAPI) -> AsyncIterator[Served]:
    """With the options that our own processes are started with (services/local/layout.py)."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_level="critical", server_header=False, proxy_headers=False, http="httptools")
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:  # noqa: ASYNC110 - uvicorn tells it no other way
        await asyncio.sleep(0.01)
    try:
        yield Served(listener.getsockname()[1])
    finally:
        server.should_exit = True
        await task


@asynccontextmanager
async def silent() -> AsyncIterator[tuple[str, list[int]]]:
    """Takes connections and never says a word; its address, and how many came."""
    came: list[int] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.append(1)
        await reader.read()
        writer.close()

    async with await asyncio.start_server(listen, "127.0.0.1", 0) as server:
        yield f"redis://:x@127.0.0.1:{server.sockets[0].getsockname()[1]}/0", came
