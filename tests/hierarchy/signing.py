"""People who signed in, for tests of what comes after: sessions are opened as every way of signing in does."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx

from services.hierarchy.identity.service import Identity
from services.hierarchy.people import service as people
from services.hierarchy.sessions import service as sessions
from services.hierarchy.sessions.views import SessionView
from shared.kernel.rights import Principal
from shared.runtime.service import Service
from tests.hierarchy.small import PHONE, load_small


@dataclass
class Signing:
    """The head of the small district, `person`, with whatever devices they open."""

    service: Service
    api: httpx.AsyncClient
    district: str
    person: UUID

    @property
    def identity(self) -> Identity:
        found: Identity = self.service.extras["identity"]
        return found

    async def open(
        self, device: str | None = None, *, way: str = "password", person: UUID | None = None
    ) -> SessionView:
        who = person or self.person
        async with self.service.work(Principal(self.district, str(who), "user")) as work:
            return await sessions.open(work, self.identity, who, way=way, device=device)

    async def refresh(self, token: str) -> httpx.Response:
        return await self.api.post("sessions/refresh", json={"refresh_token": token})

    async def refreshed(self, token: str) -> dict[str, Any]:
        answer = await self.refresh(token)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def rows(self, sql: str, *values: Any) -> list[Any]:
        """As the service's own role; `$1` is the district."""
        async with self.service.db.connection() as connection:
            return list(await connection.fetch(sql, self.district, *values))

    async def later(self, seconds: float) -> None:
        """Everything about sessions happened so much longer ago."""
        await self.rows(
            "UPDATE hierarchy.sessions SET created_at = created_at - make_interval(secs => $2), "
            "used_at = used_at - make_interval(secs => $2), idle_ends_at = idle_ends_at - make_interval(secs => $2), "
            "ends_at = ends_at - make_interval(secs => $2), previous_until = previous_until - make_interval(secs => $2)"
            " WHERE district = $1",
            seconds,
        )

    async def events(self) -> list[str]:
        rows = await self.rows(
            "SELECT event FROM hierarchy.journal WHERE district = $1 AND subject_kind = 'person' "
            "AND actor_kind <> 'command' ORDER BY at, id"
        )
        return [row["event"] for row in rows]


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def signing(service: Service, api: httpx.AsyncClient, district: str) -> Signing:
    await load_small(service, district)
    async with service.work(Principal(district, "test", "command")) as work:
        found = await people.by_phone(work, service.vault, PHONE)
    assert found is not None
    return Signing(service, api, district, found["id"])
