"""Personal data put in through every intake is found nowhere but sealed: not in logs, Valkey, jobs, the journal, error
answers, nor in any raw file of the database. Names and addresses that nobody else has make sure of it.

What residents type into titles and contents is theirs to say and is kept as text; the control at the end finds it.
"""

import asyncio
import io
import json
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from redis.asyncio import Redis

from services.hierarchy.people import service as people
from shared.kernel.id_numbers import is_id_number
from shared.kernel.paths import ROOT
from shared.kernel.rights import Role
from shared.runtime.dispatcher import dispatch_once
from shared.runtime.ids import new_id
from shared.runtime.logging import configure
from shared.runtime.queue import Doorbell
from shared.runtime.webhooks import sign
from tests.hierarchy.small import loader
from tests.support.town import SERVICES, Town, town_in
from tests.support.world import somebody

CONTROL = f"对照{new_id().hex}"
WHY = {"reason_kind": "verify_identity", "reason": "窗口核对身份"}


def _id_number() -> str:
    digits = f"32010219{random.randrange(100):02}0101{random.randrange(1000):03}"
    return next(digits + check for check in "0123456789X" if is_id_number(digits + check))


@dataclass
class Canaries:
    """Invented people whose every word occurs once in the world; `answers` are the errors they got."""

    values: list[str] = field(default_factory=list)
    answers: list[httpx.Response] = field(default_factory=list)

    def phone(self) -> str:
        return self._kept(f"100{random.randrange(10**8):08}")

    def name(self) -> str:
        return self._kept("虚构" + "".join(chr(random.randrange(0x4E00, 0x9FA5)) for _ in range(6)))

    def address(self) -> str:
        return self._kept(f"虚构路{random.randrange(10**9):09}号")

    def id_number(self) -> str:
        return self._kept(_id_number())

    def _kept(self, value: str) -> str:
        self.values.append(value)
        return value

    def found_in(self, where: bytes) -> list[str]:
        """Which of them occur: as text, or as PostgreSQL and JSON would write its bytes."""
        return [
            value
            for value in self.values
            if any(form in where for form in (value.encode(), value.encode().hex().encode(), _escaped(value)))
        ]


def _escaped(value: str) -> bytes:
    return json.dumps(value).strip('"').encode()


@pytest.fixture
async def town(database: dict[str, str], district: str) -> AsyncIterator[Town]:
    assert set(SERVICES) < set(database)
    async with town_in(district) as made:
        yield made


async def _people(town: Town, canaries: Canaries) -> None:
    """hierarchy: loading people, an identity card, sign-in attempts, and looks that fail."""
    hierarchy = town.services["hierarchy"]
    name, phone = canaries.name(), canaries.phone()
    async with loader(hierarchy, town.district) as work:
        await work.begin()
        row: dict[str, Any] = {
            "code": f"{town.district}-y-1",
            "name": name,
            "phone": phone,
            "listed_as": "y",
            "path": ROOT,
            "party_member": False,
            "invented": True,
            "attributes": {},
            "id_number": canaries.id_number(),
        }
        ids, _ = await people.put(work, hierarchy.vault, [row])
    person, operator = ids[row["code"]], somebody(town.district, Role.OPERATOR)
    card = canaries.id_number()
    asks: list[tuple[str, dict[str, Any]]] = [
        (f"/people/{person}/id-number", {"id_number": card}),
        (f"/people/{town.person}/id-number", {"id_number": card}),
        (f"/people/{person}/id-number", {"id_number": canaries.id_number()[:-1] + "?"}),
        (f"/people/{town.person}/id-number", {"id_number": card, "name": canaries.name()}),
        ("/people/search", WHY | {"phone": phone}),
        ("/people/search", WHY | {"phone": canaries.phone()}),
        ("/people/search", WHY | {"phone": f"{canaries.phone()}x"}),
        (f"/people/{person}/reveal", WHY),
        ("/sessions", {"district": town.district, "phone": canaries.phone(), "password": canaries.name()}),
        ("/sessions", {"district": town.district, "phone": phone, "password": "wrong", "device": canaries.name()}),
        ("/sign-in/codes", {"district": town.district, "phone": phone}),
        ("/sign-in/codes", {"district": town.district, "phone": canaries.phone()}),
    ]
    for path, body in asks:
        canaries.answers.append(await town.post("hierarchy", path, operator, body))


async def _appeals(town: Town, canaries: Canaries) -> None:
    """tickets: written down for another, a hotline's order and its supplement, refusals on the way."""
    staff = somebody(town.district, Role.OPERATOR)
    new = {"title": CONTROL, "content": "不热", "place": f"{town.district}100001", "category": "JC05"}
    callers = [
        {"name": canaries.name(), "phone": canaries.phone(), "address": canaries.address()},
        {"name": canaries.name(), "phone": f"1{canaries.phone()}"},
        {"name": canaries.name(), "phone": canaries.phone(), "id_number": canaries.id_number()},
    ]
    for caller in callers:
        canaries.answers.append(await town.post("tickets", "/appeals", staff, new | {"on_behalf_of": caller}))
    made = canaries.answers[-len(callers)].json()
    await town.post("tickets", f"/appeals/{made['id']}/contact/reveal", staff, WHY)
    hotline = f"{town.district}-12345"
    address = f"/api/tickets/v1/hotlines/{hotline}"
    set_up = await town.http["tickets"].put(address, json={"name": "测试热线"}, headers=staff.headers)
    for revision, event in enumerate(("order.dispatched", "order.dispatched", "order.supplemented", "nonsense"), 1):
        order = _order(canaries, revision) | {"order_no": f"canary-{town.district}"}
        body = json.dumps({"event": event, "order": order}).encode()
        headers = sign(set_up.json()["secret"], f"msg_{new_id().hex}", datetime.now(UTC), body)
        headers["content-type"] = "application/json"
        canaries.answers.append(await town.http["tickets"].post(f"{address}/events", content=body, headers=headers))


def _order(canaries: Canaries, revision: int) -> dict[str, Any]:
    return {
        "revision": revision,
        "category": {"code": "JC05"},
        "title": "暖气不热",
        "content": "不热",
        "caller": {"name": canaries.name(), "phone": canaries.phone(), "callback_phone": canaries.phone()},
        "occurred": {"address": canaries.address(), "place_code": "NOWHERE"},
    }


async def _valkey(redis_url: str) -> bytes:
    """Every key with whatever it holds."""
    found = b""
    async with Redis.from_url(redis_url) as valkey:
        async for key in valkey.scan_iter():
            found += key + await valkey.dump(key)
    return found


async def _raw_files(owner_url: str) -> dict[str, bytes]:
    """Every file of the database server, after all it remembers was written."""
    owner = await asyncpg.connect(owner_url)
    await owner.execute("CHECKPOINT")
    folder = Path(await owner.fetchval("SHOW data_directory"))
    await owner.close()

    def read() -> dict[str, bytes]:
        return {str(file): file.read_bytes() for file in folder.rglob("*") if file.is_file()}

    return await asyncio.to_thread(read)


async def test_no_canary_is_found_anywhere(
    town: Town, database: dict[str, str], capfd: pytest.CaptureFixture[str]
) -> None:
    canaries, logs = Canaries(), io.StringIO()
    configure(service="canaries", json=True, level="DEBUG", stream=logs)
    await _people(town, canaries)
    await _appeals(town, canaries)
    redis_url = town.services["tickets"].settings.redis_url.get_secret_value()
    for name in SERVICES:
        doorbell = Doorbell(name, redis_url)
        await dispatch_once(town.services[name], doorbell)
        await doorbell.close()
    rung = await _valkey(redis_url)
    assert town.district.encode() in rung  # the jobs are there
    jobs = await town.everything()
    for name in SERVICES:
        await town.rows(name, f"UPDATE {name}.jobs SET due_at = now() WHERE district = $1 AND dead_at IS NULL")
    await town.work()
    refused = [answer for answer in canaries.answers if not answer.is_success]
    assert {answer.status_code for answer in refused} >= {401, 409, 422}
    assert not any(answer.status_code >= 500 for answer in refused)
    captured = capfd.readouterr()
    places = {
        "an error answer": "".join(answer.text for answer in refused).encode(),
        "the logs": (logs.getvalue() + captured.out + captured.err).encode(),
        "Valkey": rung,
        "a table": (jobs + await town.everything()).encode(),
        **await _raw_files(database["owner"]),
    }
    assert len(canaries.values) > 30
    assert {place: found for place, text in places.items() if (found := canaries.found_in(text))} == {}
    control = [place for place, text in places.items() if CONTROL.encode() in text]
    assert "a table" in control
    assert len(control) > 1  # the raw files are read where the rows lie
