"""The town that is fuzzed: the three services as processes of their own, on real servers, and a small community in it.

Its ids go to the fuzzer as words to try, so that it finds the people, appeals and activities that are there.
"""

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from services.commands import service_urls
from services.local import probes
from services.local.output import Output
from services.local.ports import free_port
from services.local.processes import Process
from services.local.supervisor import Supervisor
from shared.kernel.paths import ROOT
from shared.kernel.rights import Grant, Role
from shared.runtime.ids import new_id
from shared.runtime.service import Service
from shared.runtime.tokens import TokenSigner
from tests.architecture.writes import APPEAL, FILING, RESULT
from tests.hierarchy.small import load_small, with_password
from tests.support.contractors import Contractor, contracted
from tests.support.steps import run_due
from tests.support.world import SEED, environment, fresh_district

SERVICES = ("hierarchy", "tickets", "events")
ROLES = {"resident": Role.RESIDENT, "grid_worker": Role.GRID_WORKER, "operator": Role.OPERATOR}
_TOKEN_S = 24 * 3600
_LIMITS = ("SIGN_IN_ATTEMPTS", "CODES_PER_ADDRESS", "CODES_PER_HOUSEHOLD", "WECHAT_PER_ADDRESS", "SMS_PER_DAY")
_WECHAT_CODE = "wx-code-1"
Words = dict[str, list[str]]


@dataclass(frozen=True)
class Person:
    """Somebody with a role at a place; each token is a session of its own."""

    id: UUID
    district: str
    role: Role
    place: str

    @property
    def token(self) -> str:
        return TokenSigner(SEED).sign(
            user=str(self.id),
            district=self.district,
            session=str(new_id()),
            grants=[Grant(self.role, self.place)],
            seconds=_TOKEN_S,
        )


@dataclass(frozen=True)
class Town:
    """`people` by role, and a `neighbour`: another resident, who is to see nothing of the first one's."""

    ports: dict[str, int]
    people: dict[str, Person]
    neighbour: Person
    words: dict[str, Words]  # by service: values to try, by parameter, or by the collection whose `{id}` they are

    def address(self, service: str) -> str:
        return f"http://127.0.0.1:{self.ports[service]}"


@asynccontextmanager
async def town(owner_url: str, redis_url: str, folder: Path) -> AsyncIterator[Town]:
    """On a migrated database. Rate limits are off: the fuzzer asks more often than people do."""
    urls = service_urls(owner_url, lambda _: None)
    ports = {service: free_port() for service in SERVICES}
    known = environment(urls, redis_url) | {
        "LINLI_RATE_FACTOR": "0",
        "LINLI_LOG_LEVEL": "ERROR",
        "LINLI_FILES_URL": (folder / "files").as_uri(),
        **{f"LINLI_{service.upper()}_URL": f"http://127.0.0.1:{port}" for service, port in ports.items()},
    }
    (folder / "files").mkdir(exist_ok=True)
    output = Output(folder / "logs")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("LINLI_")]:
            patch.delenv(name)
        for name, value in known.items():
            patch.setenv(name, value)
        try:
            async with (
                contracted(Contractor(openids={_WECHAT_CODE: "openid-1"}, once=False)) as wechat,
                _running(ports, known | _contract(wechat), output),
            ):
                yield await _settled(ports, owner_url)
        finally:
            output.close()


def _contract(wechat: Contractor) -> dict[str, str]:
    """WeChat that knows one code, and limits of the sign-in that the fuzzer does not meet at once."""
    return {
        **{f"LINLI_{name}": "1000000" for name in _LIMITS},
        "LINLI_WECHAT_URL": wechat.url,
        "LINLI_WECHAT_APP_ID": "wx-app",
        "LINLI_WECHAT_APP_SECRET": "app-secret",
    }


def _running(ports: dict[str, int], known: dict[str, str], output: Output) -> Supervisor:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("LINLI_")}
    return Supervisor([_api(service, port, plain | known) for service, port in ports.items()], output)


def _api(service: str, port: int, env: dict[str, str]) -> Process:
    async def ready() -> bool:
        return await probes.http_status(port, "/readyz") == 200

    return Process(
        name=f"{service}.api",
        argv=(
            *(sys.executable, "-m", "uvicorn", f"services.{service}.main:create_app", "--factory"),
            *("--port", str(port), "--no-access-log", "--no-server-header", "--no-proxy-headers"),
        ),
        env=env,
        ready=ready,
        ready_within=60,
    )


async def _settled(ports: dict[str, int], owner_url: str) -> Town:
    opened: dict[str, Service] = {}
    for service in SERVICES:
        import_module(f"services.{service}.worker")  # registers the handlers
        opened[service] = getattr(import_module(f"services.{service}.main"), f"open_{service}")()
    owner = await asyncpg.connect(owner_url)
    try:
        return await _Settlers(ports, opened, owner, fresh_district()).settle()
    finally:
        await owner.close()
        for one in opened.values():
            await one.close()


class _Settlers:
    """Fills the town through its public API, as people would."""

    def __init__(
        self, ports: dict[str, int], opened: dict[str, Service], owner: asyncpg.Connection, district: str
    ) -> None:
        self._ports, self._opened, self._owner, self._district = ports, opened, owner, district

    async def settle(self) -> Town:
        d = self._district
        await load_small(self._opened["hierarchy"], d)
        head = await with_password(self._opened["hierarchy"], d)
        sql = "SELECT path FROM hierarchy.places WHERE district = $1 AND code = $2"
        community = await self._owner.fetchval(sql, d, f"{d}100001")
        people = {
            "resident": Person(head, d, Role.RESIDENT, community),
            "grid_worker": Person(head, d, Role.GRID_WORKER, community),
            "operator": Person(new_id(), d, Role.OPERATOR, ROOT),
        }
        staff = Person(new_id(), d, Role.COMMUNITY_STAFF, community)
        jobs = {service: await self._dead_job(service) for service in SERVICES}
        words: dict[str, Words] = {
            "hierarchy": {"codes": [_WECHAT_CODE]},
            "tickets": {"appeals": await self._appeals(people, staff), "hotlines": [f"{d}-12345"]},
            "events": await self._activities(people, staff),
        }
        for service, found in words.items():
            found["jobs"], found["people"] = [jobs[service]], [str(head)]
            found["places"] = [d, f"{d}100", f"{d}100001", f"{d}100001-B01"]
            found["categories"] = ["JC05", "KN", "JC"]
        return Town(self._ports, people, Person(new_id(), d, Role.RESIDENT, community), words)

    async def _done(self, service: str, who: Person, path: str, body: dict[str, Any], method: str = "POST") -> Any:
        headers = {"authorization": f"Bearer {who.token}", "idempotency-key": str(new_id())}
        async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
            url = f"http://127.0.0.1:{self._ports[service]}/api/{service}/v1{path}"
            answer = await http.request(method, url, json=body, headers=headers)
        assert answer.is_success, (path, answer.text)
        return answer.json()

    async def _dead_job(self, service: str) -> str:
        job = new_id()
        sql = f"""INSERT INTO {service}.jobs (district, id, name, queue, args, attempts, dead_at)
            VALUES ($1, $2, 'nobody.knows.it', 'local', '{{}}', 12, now())"""
        await self._owner.execute(sql, self._district, job)
        return str(job)

    async def _appeals(self, people: dict[str, Person], staff: Person) -> list[str]:
        """One at each step: reported, filed and assigned, signed, resolved, replied."""
        d, head = self._district, people["grid_worker"]
        steps: list[tuple[str, dict[str, Any]]] = [
            ("sign", {}),
            ("resolve", RESULT),
            ("reply", {"text": "您好，已恢复。"}),
        ]
        made: list[str] = []
        for far in range(5):
            new = APPEAL | {"place": f"{d}100001-B01"}
            appeal = (await self._done("tickets", people["resident"], "/appeals", new))["id"]
            made.append(appeal)
            if far > 0:
                await self._done("tickets", staff, f"/appeals/{appeal}/file", FILING)
                await run_due(self._opened["tickets"], d)
            for move, given in steps[: max(0, far - 1)]:
                await self._done("tickets", head, f"/appeals/{appeal}/{move}", given)
        settings = {"name": "测试热线", "callback_url": None}
        await self._done("tickets", people["operator"], f"/hotlines/{d}-12345", settings, "PUT")
        return made

    async def _activities(self, people: dict[str, Person], staff: Person) -> Words:
        starts = datetime.now(UTC) + timedelta(days=1)
        times = {"starts_at": starts.isoformat(), "ends_at": (starts + timedelta(hours=2)).isoformat()}
        new = {"title": "便民集市", "type": "fair", "place": f"{self._district}100001", "capacity": 5} | times
        made: list[str] = []
        for moves in ([], ["open"], ["open", "close"], ["open", "start"]):
            activity = (await self._done("events", staff, "/activities", new))["id"]
            made.append(activity)
            for move in moves:
                if move == "start":
                    sql = "UPDATE events.activities SET starts_at = now() WHERE district = $1 AND id = $2"
                    await self._owner.execute(sql, self._district, activity)
                await self._done("events", staff, f"/activities/{activity}/{move}", {})
        path = f"/activities/{made[1]}/registrations"
        registration = (await self._done("events", people["resident"], path, {}))["id"]
        return {"activities": made, "registrations": [registration]}
