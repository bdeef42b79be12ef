"""The load: orders and appeals come in, leads handle what is in their inbox, volunteers sign up and step back.

Arrivals follow the clock and the seed, not the answers (open loop), so that a slow system gets no rest.
"""

import asyncio
import random
import time
from collections.abc import Coroutine
from typing import Any
from uuid import uuid4

from services.demo.api import User
from services.demo.simulator import heating_order
from tests.chaos.cast import Cast
from tests.chaos.client import Client
from tests.chaos.ledger import Act, Ledger

SEATS, RESIDENTS = 3, 8
# Requests that one arrival brings along, on average: from these the arrivals of a rate are reckoned.
_REQUESTS = {"order": 6.5, "appeal": 5.0, "activity": 14.5}
_PARTS = {"order": 0.45, "appeal": 0.25, "activity": 0.3}
_LOOK_EVERY_S = 0.4


class Load:
    def __init__(self, client: Client, casts: list[Cast], ledger: Ledger, seed: int) -> None:
        self._client, self._casts, self._ledger = client, casts, ledger
        self._rng = random.Random(seed)
        self._under_way: set[asyncio.Task[None]] = set()
        self.activities: list[str] = []
        self._claimed: set[str] = set()

    @property
    def under_way(self) -> int:
        return len(self._under_way)

    async def run(self, seconds: float, rate: float) -> None:
        """Arrivals until the end; what they began goes on afterwards."""
        arrivals = self._arrivals(seconds, rate)
        began = time.monotonic()
        for at, kind, cast in arrivals:
            await asyncio.sleep(max(0.0, began + at - time.monotonic()))
            match kind:
                case "order":
                    self._start(self._order(cast))
                case "appeal":
                    self._start(self._appeal(cast))
                case _:
                    self._start(self._activity(cast))

    def _arrivals(self, seconds: float, rate: float) -> list[tuple[float, str, Cast]]:
        found = []
        for kind, part in _PARTS.items():
            number = max(1, round(seconds * rate * part / _REQUESTS[kind]))
            # Activities need their seconds too, and the last arrivals meet the last blows.
            found += [(self._rng.random() * seconds, kind, self._rng.choice(self._casts)) for _ in range(number)]
        return sorted(found, key=lambda arrival: arrival[0])

    async def stop(self) -> None:
        """Gives up what is still under way: its outcome is unknown."""
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    def _start(self, part: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(part)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _act(
        self, user: User, cast: Cast, service: str, event: str, url: str, subject: str | None, body: dict[str, Any]
    ) -> dict[str, Any] | None:
        act = Act(service, cast.district, event, subject, time.monotonic())
        return await self._client.act(user, act, url, body)

    # --- tickets

    async def _order(self, cast: Cast) -> None:
        event = heating_order(cast.place, self._rng.choice(cast.residents).login["phone"])
        act = Act("tickets", cast.district, "order", event["order"]["order_no"], time.monotonic(), f"msg_{uuid4().hex}")
        await self._client.webhook(cast.hotline.id, cast.hotline.secret, act, event)

    async def _appeal(self, cast: Cast) -> None:
        appeals = f"{self._client.addresses.tickets}/appeals"
        mark = str(uuid4())
        new = {"title": f"楼道灯不亮 {mark}", "content": "三楼楼道灯坏了。", "place": cast.place, "category": "JC05"}
        made = await self._act(self._rng.choice(cast.residents), cast, "tickets", "report", appeals, mark, new)
        if made is not None:
            url = f"{appeals}/{made['id']}/file"
            await self._act(cast.staff, cast, "tickets", "file", url, made["id"], {"category": "JC05"})

    async def lead(self, cast: Cast) -> None:
        """Looks into the inbox for ever; begins with whatever was not there before."""
        while True:
            inbox = await self._client.get(cast.lead, f"{self._client.addresses.tickets}/inbox", limit="100")
            for item in inbox["items"] if inbox else ():
                if item["id"] not in self._claimed and item["step"] == "assign":
                    self._claimed.add(item["id"])
                    self._ledger.in_inbox[item["id"]] = time.monotonic()
                    self._start(self._handle(cast, item))
            await asyncio.sleep(_LOOK_EVERY_S)

    async def _handle(self, cast: Cast, item: dict[str, Any]) -> None:
        steps: list[tuple[str, dict[str, Any]]] = [("sign", {})]
        if item["channel"] == "hotline_12345":
            steps.append(("contact", {"reached": True, "note": "已电话联系"}))
            steps += [("progress", {"note": f"第{number + 1}次上门"}) for number in range(self._rng.randrange(3))]
        result = {"result": "resolved", "internal_note": "已更换。", "public_reply": "已修好。"}
        steps.append(("resolve", result | {"evidence": [{"kind": "photo", "description": "修好之后"}]}))
        steps.append(("reply", {"how": "phone", "text": "您好，已修好，请查看。"}))
        for event, body in steps:
            url = f"{self._client.addresses.tickets}/appeals/{item['id']}/{event}"
            if await self._act(cast.lead, cast, "tickets", event, url, item["id"], body) is None:
                return
            await asyncio.sleep(self._rng.random() * 0.3)
        self._ledger.answered.add(item["id"])

    # --- events

    async def _activity(self, cast: Cast) -> None:
        """Few seats, more volunteers; some step back, and some of those come again."""
        events = self._client.addresses.events
        made = await self._act(
            cast.staff, cast, "events", "activity.create", f"{events}/activities", None, _market(cast)
        )
        if made is None:
            return
        activity = f"{events}/activities/{made['id']}"
        if await self._act(cast.staff, cast, "events", "activity.open", f"{activity}/open", made["id"], {}) is None:
            return
        self.activities.append(made["id"])
        volunteers = self._rng.sample(cast.residents, RESIDENTS)
        await asyncio.gather(*(self._volunteer(cast, activity, user, at) for at, user in enumerate(volunteers)))

    async def _volunteer(self, cast: Cast, activity: str, user: User, number: int) -> None:
        await asyncio.sleep(self._rng.random())
        signed = await self._sign_up(cast, activity, user)
        if signed is None or number >= 4:
            return
        await asyncio.sleep(self._rng.random())
        url = f"{self._client.addresses.events}/registrations/{signed['id']}/cancel"
        gone = await self._act(user, cast, "events", "registration.cancel", url, signed["id"], {})
        if gone is not None and number == 0:
            await self._sign_up(cast, activity, user)

    async def _sign_up(self, cast: Cast, activity: str, user: User) -> dict[str, Any] | None:
        mark = str(uuid4())
        url, body = f"{activity}/registrations", {"note": mark}
        return await self._act(user, cast, "events", "registration.sign_up", url, mark, body)


def _market(cast: Cast) -> dict[str, Any]:
    return {
        "title": "便民集市",
        "type": "fair",
        "place": cast.community,
        "starts_at": "2099-12-05T09:00:00+08:00",
        "ends_at": "2099-12-05T11:00:00+08:00",
        "capacity": SEATS,
    }
