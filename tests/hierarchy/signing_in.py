"""What the tests of signing in share: a hierarchy with its own settings, and a household whose people have phones."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx

import services.hierarchy.worker  # noqa: F401 - registers the jobs' handlers
from services.demo.simulator import Phones, listening
from services.hierarchy.main import create_app, open_hierarchy
from services.hierarchy.people import service as people
from services.hierarchy.settings import HierarchySettings
from shared.runtime.ids import new_id
from shared.runtime.service import Service
from shared.runtime.webhooks import new_secret
from tests.conftest import client_of
from tests.hierarchy.conftest import API
from tests.hierarchy.small import PASSWORD, PHONE, load_small, loader, place, with_password
from tests.support.steps import run_due

NOBODYS = "10077779999"
NEW = "10077778888"


@dataclass
class Town:
    """One district with its API, and the phones that get its text messages."""

    service: Service
    http: httpx.AsyncClient
    phones: Phones
    district: str

    async def post(self, path: str, body: dict[str, Any], token: str | None = None, key: str = "") -> httpx.Response:
        """Publicly, or with a token; a new Idempotency-Key goes along."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return await self.http.post(path, json=body, headers=headers | {"Idempotency-Key": key or str(new_id())})

    async def get(self, path: str, token: str) -> httpx.Response:
        return await self.http.get(path, headers={"Authorization": f"Bearer {token}"})

    async def ask(self, phone: str = PHONE, **more: Any) -> httpx.Response:
        return await self.http.post("sign-in/codes", json={"district": self.district, "phone": phone, **more})

    async def code(self, phone: str = PHONE, **more: Any) -> dict[str, str]:
        """Asked for and arrived: what a sign-in sends back."""
        asked = await self.ask(phone, **more)
        assert asked.status_code == 202, asked.text
        await self.work()
        return {"request_id": asked.json()["request_id"], "code": self.phones.code(phone)}

    async def by_code(self, phone: str = PHONE, **more: Any) -> httpx.Response:
        return await self.http.post("sessions/by-code", json={"district": self.district, "phone": phone, **more})

    async def by_password(self, **more: Any) -> httpx.Response:
        body = {"district": self.district, "phone": PHONE, "password": PASSWORD}
        return await self.http.post("sessions", json=body | more)

    async def token(self, **more: Any) -> str:
        """Signed in by password."""
        answer = await self.by_password(**more)
        assert answer.status_code == 201, answer.text
        token: str = answer.json()["access_token"]
        return token

    async def work(self) -> int:
        return await run_due(self.service, self.district)

    async def sql(self, sql: str, *values: object) -> list[Any]:
        async with self.service.db.connection() as connection:
            found: list[Any] = await connection.fetch(sql, self.district, *values)
            return found

    async def passes(self, **time: int) -> None:
        """Lets time pass for what was asked for and counted."""
        (span,) = time.items()
        gone = f"interval '{span[1]} {span[0]}'"
        await self.sql(
            f"""UPDATE hierarchy.sign_in_limits SET times = ARRAY(SELECT t - {gone} FROM unnest(times) t)
            WHERE district = $1"""
        )
        await self.sql(f"UPDATE hierarchy.sign_in_codes SET expires_at = expires_at - {gone} WHERE district = $1")

    async def code_row(self) -> Any:
        sql = "SELECT *, expires_at > now() AS live FROM hierarchy.sign_in_codes WHERE district = $1"
        return (await self.sql(sql))[0]

    async def journal(self, event: str) -> list[Any]:
        return await self.sql("SELECT * FROM hierarchy.journal WHERE district = $1 AND event = $2 ORDER BY at", event)

    async def neighbour(self, number: int) -> str:
        """Somebody who lives in the household; their phone number."""
        phone = f"100777711{number:02}"
        async with loader(self.service, self.district) as work:
            path = (await work.db.fetch(_HOME, {"district": self.district}))[0]["path"]
            row = {
                "code": f"n{number}", "name": f"虚构邻居{number}", "phone": phone, "listed_as": "resident",
                "path": path, "party_member": False, "invented": True, "attributes": {},
            }  # fmt: skip
            await people.put(work, self.service.vault, [row])
        return phone


def _home() -> Any:
    from sqlalchemy import bindparam, select  # noqa: PLC0415 - tests of use cases write no SQL but this

    from services.hierarchy.places.tables import PLACES  # noqa: PLC0415
    from shared.runtime.db import Statement  # noqa: PLC0415

    here = PLACES.c.district == bindparam("district")
    return Statement(select(PLACES.c.path).where(here, PLACES.c.kind == "household"))


_HOME = _home()


# A machine that pauses for a second is no provider that hangs.
PATIENT = {"sms_timeout_s": 15, "wechat_timeout_s": 15}


@asynccontextmanager
async def town(district: str, **settings: Any) -> AsyncIterator[Town]:
    """The small district with a household; codes go to a simulated provider, unless the settings say otherwise."""
    phones = Phones(new_secret())
    async with listening(phones) as port:
        sms = {"sms_url": f"http://127.0.0.1:{port}/sms", "sms_secret": phones.secret}
        service = open_hierarchy(HierarchySettings(**(PATIENT | sms | settings)))
        household = place(district, f"{district}-H1", f"{district}100001-B01", "household", "101室")
        await load_small(service, district, household)
        await with_password(service, district)
        async with client_of(create_app(service)) as http:
            http.base_url = httpx.URL(f"http://test{API}/")
            yield Town(service, http, phones, district)
        await service.close()


async def head(town: Town) -> UUID:
    """The person whose phone PHONE is."""
    found = await people_by_phone(town, PHONE)
    assert found is not None
    return found


async def people_by_phone(town: Town, phone: str) -> UUID | None:
    async with loader(town.service, town.district) as work:
        row = await people.by_phone(work, town.service.vault, phone)
        return None if row is None else row["id"]
