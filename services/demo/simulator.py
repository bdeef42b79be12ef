"""A 12345 hotline and an SMS provider to try against. The one sends signed work orders, takes status callbacks and
checks every one; the other takes signed text messages and shows them.

Part of the product, so that an integrator can run the other side of the contracts: `linli hotline-simulator`,
`linli sms-simulator`.
"""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import orjson
import uvicorn
from fastapi import FastAPI, Request, Response

from services.demo.api import Api, good
from shared.kernel.errors import LinliError
from shared.runtime.webhooks import sign, verify
from shared.schemas.hotline import Receipt, StatusCallback


@dataclass
class Hotline:
    """One simulated hotline. `callbacks` holds what was taken, in order of arrival."""

    id: str
    secret: str
    callbacks: list[StatusCallback] = field(default_factory=list)
    message_ids: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    moods: list[int] = field(default_factory=list)  # statuses to answer with before it is well again

    def take(self, headers: dict[str, str], body: bytes) -> int:
        """The status for one callback; a repetition of a message it knows is accepted and not counted."""
        if self.moods:
            return self.moods.pop(0)
        try:
            meta = verify([self.secret], headers, body)
        except LinliError as error:
            self.refused.append(error.code)
            return error.status
        if meta.id not in self.message_ids:
            self.message_ids.append(meta.id)
            self.callbacks.append(StatusCallback.model_validate_json(body))
        return 204

    def of(self, order_no: str) -> list[StatusCallback]:
        """The callbacks of one order as they arrived."""
        return [callback for callback in self.callbacks if callback.order_no == order_no]

    async def send(self, api: Api, tickets: str, event: dict[str, Any], *, message_id: str | None = None) -> Receipt:
        """Sends one signed message to Linli."""
        body = orjson.dumps(event)
        headers = sign(self.secret, message_id or f"msg_{uuid4().hex}", datetime.now(UTC), body)
        answer = await api.send(
            "POST",
            f"{tickets}/hotlines/{self.id}/events",
            content=body,
            headers=headers | {"content-type": "application/json"},
        )
        return Receipt(**good(answer, "hotline order"))


@dataclass
class Phones:
    """A simulated SMS provider. `messages` holds what was taken, by id and in order of arrival."""

    secret: str
    messages: dict[str, dict[str, Any]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)

    def take(self, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str]]:
        """The answer to one message; a repetition of an id that it knows is accepted and not sent again."""
        try:
            meta = verify([self.secret], headers, body)
        except LinliError as error:
            self.refused.append(error.code)
            return error.status, {"status": "rejected", "reason": error.code}
        self.messages.setdefault(meta.id, orjson.loads(body))
        return 200, {"status": "accepted"}

    def code(self, phone: str) -> str:
        """The code that this number was sent last."""
        found = [message for message in self.messages.values() if message["phone"] == phone]
        return str(found[-1]["params"]["code"])


def heating_order(place: str, phone: str) -> dict[str, Any]:
    """特急: a household without heating in winter."""
    now = datetime.now(UTC)
    return {
        "event": "order.dispatched",
        "order": {
            "order_no": f"{now:%y%m%d%H%M%S}{uuid4().int % 10**6:06}",
            "appeal_type": "help",
            "category": {"scheme": "linli", "code": "JC05", "path": ["基础设施", "供暖"]},
            "title": "家中暖气不热",
            "content": "从昨晚起家里暖气冰凉，有老人和孩子，请尽快派人来看。",
            "caller": {"name": "虚构居民", "phone": phone},
            "call_time": now.isoformat(),
            "accepted_at": now.isoformat(),
            "accepted_by": "4120",
            "occurred": {"address": "1号楼101室", "admin_code": place[:12], "place_code": place},
            "urgency": "L1",
            "dispatch": {"mode": "转办", "lead_unit": "西南街社区"},
        },
    }


def provider(phones: Phones) -> FastAPI:
    """The HTTP server of the simulated SMS provider."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    @app.post("/sms")
    async def message(request: Request) -> Response:
        status, answer = phones.take(dict(request.headers), await request.body())
        return Response(orjson.dumps(answer), status, media_type="application/json")

    @app.get("/sms")
    async def taken() -> list[dict[str, Any]]:
        return list(phones.messages.values())

    return app


def application(hotline: Hotline) -> FastAPI:
    """The simulator's own HTTP server."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    @app.post("/callbacks")
    async def callback(request: Request) -> Response:
        return Response(status_code=hotline.take(dict(request.headers), await request.body()))

    @app.get("/callbacks")
    async def taken() -> list[StatusCallback]:
        return hotline.callbacks

    return app


@asynccontextmanager
async def listening(simulated: Hotline | Phones, *, bind: str = "127.0.0.1", port: int = 0) -> AsyncIterator[int]:
    """Runs the simulator's server; gives its port."""
    app = application(simulated) if isinstance(simulated, Hotline) else provider(simulated)
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((bind, port))
    config = uvicorn.Config(app, log_level="warning", log_config=None, lifespan="off")
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]  # the program has its own
    task = asyncio.create_task(server._serve([listener]))  # noqa: SLF001 - `serve` would take the signals
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        await task
