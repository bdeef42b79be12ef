"""A stand-in for hierarchy: a real HTTP server on loopback that knows a few places and misbehaves on demand."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from shared.kernel.rights import Role
from shared.runtime.privacy import mask_name, mask_phone
from shared.runtime.service import Service
from shared.schemas.hierarchy import MatchedContact, PlaceRef, ResponsibilityChain, Responsible
from shared.schemas.personal import KnownContact, Standing
from shared.schemas.succession import Caseload, HandOverKept


def impatient(service: Service) -> None:
    """From now on it waits for others no longer than in production: for stories in which they never answer."""
    for client in service.clients.values():
        client._deadline = 0.8


@dataclass
class StandIn:
    """`places` by code; `chain` answers every question about responsibility; `mood` is how it behaves."""

    places: dict[str, PlaceRef] = field(default_factory=dict)
    chain: list[Responsible] = field(default_factory=list)
    contacts: dict[str, UUID] = field(default_factory=dict)
    people: dict[str, KnownContact] = field(default_factory=dict)
    mood: str = "well"  # well, down (503), hung (answers when it is well again, or after a minute)
    asked: list[str] = field(default_factory=list)
    caseloads: dict[str, int] = field(default_factory=dict)  # as tickets: open appeals by person
    handed_over: list[dict[str, Any]] = field(default_factory=list)
    organisers: list[dict[str, Any]] = field(default_factory=list)  # as events: whose activities go to whom
    url: str = ""

    def place(self, code: str, path: str, kind: str = "community", name: str = "测试社区") -> PlaceRef:
        """Adds a place."""
        self.places[code] = PlaceRef(code=code, path=path, kind=kind, name=name, full_name=name)
        return self.places[code]

    def link(self, name: str, person: UUID | None, place: PlaceRef, role: Role = Role.POST_HOLDER) -> Responsible:
        """Adds the next link of the chain."""
        order = len(self.chain) + 1
        self.chain.append(
            Responsible(
                order=order,
                post_code=f"post-{order}",
                post_name=name,
                role=role,
                place=place,
                organisation_code=None,
                person_id=person,
                person_name=None,
            )
        )
        return self.chain[-1]

    async def answer(self, path: str, query: dict[str, str], body: dict[str, Any]) -> Response:
        """What it says to one request."""
        self.asked.append(path)
        if self.mood == "down":
            return Response(status_code=503)
        if self.mood == "hung":
            await self._hung()
        if path.startswith(("/api/tickets/", "/api/events/")):
            return self._tickets(path, body)
        parts = path.removeprefix("/api/hierarchy/v1/").split("/")
        code = query.get("place") or parts[-1]
        if parts[0] == "contacts":
            return self._contact(body)
        if code not in self.places:
            return _problem(404, "not_found")
        if parts[0] == "places":
            return _json(self.places[code])
        return _json(
            ResponsibilityChain(
                place=self.places[code], category=query["category"], on=date(2026, 11, 22), chain=self.chain
            )
        )

    async def _hung(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(60):
                while self.mood == "hung":  # noqa: ASYNC110 - a test sets the mood
                    await asyncio.sleep(0.02)

    def _tickets(self, path: str, body: dict[str, Any]) -> Response:
        """As tickets: nothing stands in the way of an erasure; what waits for a person. As events: who takes over."""
        if path.endswith("/organisers/hand-over"):
            self.organisers.append(body)
            return _json(HandOverKept(person_id=body["person_id"]))
        if path.startswith("/api/tickets/v1/erasures/"):
            return _json(Standing(open_cases=0, handling=0))
        return self._caseload(path.rpartition("/")[2], body)

    def _caseload(self, person: str, body: dict[str, Any]) -> Response:
        """As tickets: what waits for a person, or an order to hand it over."""
        if not body:
            return _json(Caseload(person_id=UUID(person), open=self.caseloads.get(person, 0)))
        self.handed_over.append(body)
        return _json(HandOverKept(person_id=body["person_id"]))

    def _contact(self, body: dict[str, Any]) -> Response:
        """Whose number that is, or a person's name and number."""
        if "phone_index" in body:
            return _json(MatchedContact(person_id=self.contacts.get(body["phone_index"])))
        known = self.people.get(body["person_id"])
        if known is not None and body.get("masked"):
            known = KnownContact(name=mask_name(known.name or ""), phone=mask_phone(known.phone or ""))
        return _json(known) if known else _problem(409, "processing_stopped")


def _problem(status: int, code: str) -> Response:
    problem = {"status": status, "code": code, "detail": "not here"}
    return JSONResponse(problem, status, media_type="application/problem+json")


def _json(model: Any) -> Response:
    return Response(model.model_dump_json(), media_type="application/json")


@asynccontextmanager
async def serving(stand_in: StandIn) -> AsyncIterator[StandIn]:
    """Runs it on a free loopback port."""
    app = FastAPI()

    @app.api_route("/{path:path}", methods=["GET", "POST"])
    async def anything(request: Request) -> Response:
        body = await request.json() if request.method == "POST" else {}
        return await stand_in.answer(request.url.path, dict(request.query_params), body)

    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    stand_in.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:  # noqa: ASYNC110 - uvicorn tells it no other way
        await asyncio.sleep(0.01)
    try:
        yield stand_in
    finally:
        stand_in.mood = "well"  # whoever still waits for an answer gets one
        server.should_exit = True
        await task
