"""A stand-in for an S3-compatible store: a real HTTP server on loopback with the four requests that Linli makes."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import uvicorn
from fastapi import FastAPI, Request, Response

KEY_ID, SECRET = "linli-test", "nothing-secret-about-it"
_MISSING = '<?xml version="1.0"?><Error><Code>NoSuchKey</Code><Message>none</Message></Error>'


@dataclass
class Bucket:
    """`objects` by path; `after_put` is called when one has been stored and before that is answered."""

    objects: dict[str, bytes] = field(default_factory=dict)
    after_put: Callable[[], None] = lambda: None
    asked: list[str] = field(default_factory=list)
    away: bool = False
    url: str = ""

    async def answer(self, request: Request) -> Response:
        """Only what is signed, and only while it is not away."""
        self.asked.append(f"{request.method} {request.url.path}")
        signed = request.headers.get("authorization", "")
        if not signed.startswith(f"AWS4-HMAC-SHA256 Credential={KEY_ID}/"):
            return Response(status_code=403)
        return Response(status_code=503) if self.away else await self._done(request)

    async def _done(self, request: Request) -> Response:
        path = request.url.path
        if request.method == "PUT":
            self.objects[path] = await request.body()
            self.after_put()
            return Response(headers={"ETag": '"1"'})
        if request.method == "DELETE":
            self.objects.pop(path, None)
            return Response(status_code=204)
        if request.method == "POST" and "delete" in request.url.query:
            return await self._several(request)
        if path not in self.objects:
            return Response(_MISSING, 404, media_type="application/xml")
        headers = {"ETag": '"1"', "Last-Modified": "Sun, 22 Nov 2026 00:00:00 GMT"}
        return Response(self.objects[path], headers=headers, media_type="application/octet-stream")

    async def _several(self, request: Request) -> Response:
        body = (await request.body()).decode()
        keys = [part.split("</Key>")[0] for part in body.split("<Key>")[1:]]
        for key in keys:
            self.objects.pop(f"{request.url.path.rstrip('/')}/{key}", None)
        done = "".join(f"<Deleted><Key>{key}</Key></Deleted>" for key in keys)
        return Response(f"<DeleteResult>{done}</DeleteResult>", media_type="application/xml")


@asynccontextmanager
async def serving_bucket() -> AsyncIterator[Bucket]:
    """Runs one on a free loopback port."""
    bucket, app = Bucket(), FastAPI()

    @app.api_route("/{path:path}", methods=["GET", "PUT", "DELETE", "POST", "HEAD"])
    async def anything(request: Request) -> Response:
        return await bucket.answer(request)

    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    bucket.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:  # noqa: ASYNC110 - uvicorn tells it no other way
        await asyncio.sleep(0.01)
    try:
        yield bucket
    finally:
        server.should_exit = True
        await task
