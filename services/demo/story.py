"""The story: a hotline order about a cold flat travels the six steps, through public doors only.

The program plays the hotline, the community's staff, everybody on the chain of responsibility and the resident. It
knows no database and no queue; whoever finds the appeal in their inbox is the next to act. It also signs volunteers
up for an activity until the waiting list moves.
"""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from services.demo.api import Addresses, Api, StoryBroken, User, until
from services.demo.simulator import Hotline, heating_order
from shared.schemas.hotline import StatusCallback

DISTRICT = "141021"
COMMUNITY = "141021100002"
Say = Any
_HEARD = ["signed", "progress"]  # per hop: signed, then handed on
_ENDING = ["signed", "contacted", "progress", "resolved"]


@dataclass
class Ending:
    """What the story left behind."""

    number: str
    timeline: list[dict[str, Any]]
    callbacks: list[StatusCallback]
    hops: int
    activity: str
    repeated: int
    names: dict[str, str]


class Story:
    """One telling, against one running stack."""

    def __init__(self, api: Api, addresses: Addresses, credentials: dict[str, Any], say: Say) -> None:
        self._api, self._at, self._say = api, addresses, say
        self._logins = [user for user in credentials["users"] if user["district"] == DISTRICT]
        secret = next(h for h in credentials["hotlines"] if h["district"] == DISTRICT)
        self.hotline = Hotline(secret["id"], secret["secret"])
        self.names: dict[str, str] = {}

    async def tell(self, callback_url: str) -> Ending:
        """Tells it to the end. Raises StoryBroken where it does not go on as promised."""
        people = await self._sign_in()
        by_role = {user.login["role"]: user for user in reversed(people)}
        residents = [user for user in people if user.login["role"] == "resident"]
        operator = by_role["operator"]
        staff = next(u for u in people if u.login["role"] == "community_staff")
        settings = {"name": "曲沃县12345热线（模拟）", "callback_url": callback_url}
        await operator.put(f"{self._at.tickets}/hotlines/{self.hotline.id}", settings)
        order, appeal, number = await self._order(residents[0])
        hops = await self._handle(people, appeal)
        await self._rate(appeal, staff, residents[0])
        callbacks = await self._callbacks(order, hops)
        timeline = await staff.get(f"{self._at.tickets}/appeals/{appeal}/timeline")
        activity = await self._activity(staff, residents)
        return Ending(number, timeline, callbacks, hops, activity, self._api.repeated, self.names)

    async def _sign_in(self) -> list[User]:
        self._say("登录 everybody of 曲沃县 signs in")
        users = [User(self._api, self._at, login) for login in self._logins]
        await asyncio.gather(*(user.sign_in() for user in users))
        for user in users:
            me = await user.get(f"{self._at.hierarchy}/me")
            user.name = self.names[me["person"]["id"]] = me["person"]["name"]
        return users

    async def _order(self, resident: User) -> tuple[str, str, str]:
        place = resident.login["place"]
        event = heating_order(place, resident.login["phone"])
        message = f"msg_{uuid4().hex}"
        receipt = await self.hotline.send(self._api, self._at.tickets, event, message_id=message)
        again = await self.hotline.send(self._api, self._at.tickets, event, message_id=message)
        if receipt.appeal_id is None or receipt.ticket_no is None or again.appeal_id != receipt.appeal_id:
            raise StoryBroken(f"the order was answered {receipt} and, sent again, {again}")
        self._say(f"信息上报 the hotline's 特急 order became {receipt.ticket_no} (household {place}, {resident.name})")
        return event["order"]["order_no"], receipt.appeal_id, receipt.ticket_no

    async def _next(self, people: list[User], appeal: str, step: str) -> User:
        """Whoever has the appeal in their inbox at this step."""
        tickets = self._at.tickets

        async def look() -> User | None:
            for user in people:
                inbox = await user.get(f"{tickets}/inbox", limit="100")
                if any(item["id"] == appeal and item["step"] == step for item in inbox["items"]):
                    return user
            return None

        return await until(f"somebody to have {appeal} in their inbox at {step}", look)

    async def _handle(self, people: list[User], appeal: str) -> int:
        """Up the chain, 楼栋长 → 党员中心户 → 网格长 → 社区 → 物业; the last one repairs and answers."""
        case = f"{self._at.tickets}/appeals/{appeal}"
        hops = 0
        while True:
            lead = await self._next(people, appeal, "assign")
            signed = await lead.act(f"{case}/sign")
            self._say(f"跟踪处理 {signed['lead_name']} signs")
            if not any(link["lead"] is False for link in signed["chain"][_position(signed) + 1 :]):
                break
            await lead.act(f"{case}/escalate", {"reason": "需要上一级协调"})
            hops += 1
        await lead.act(f"{case}/contact", {"reached": True, "how": "phone", "note": "已电话联系诉求人，约定上门"})
        await lead.act(f"{case}/progress", {"note": "维修人员已到场，正在更换阀门"})
        await lead.act(
            f"{case}/resolve",
            {
                "result": "resolved",
                "internal_note": "单元入口阀门损坏，已更换并排气。",
                "public_reply": "您家暖气已恢复，阀门已更换。",
                "evidence": [{"kind": "photo", "description": "更换后的阀门"}],
            },
        )
        await lead.act(f"{case}/reply", {"how": "phone", "text": "您好，阀门已更换，暖气已恢复，请您查看。"})
        self._say(f"事件反馈 {signed['lead_name']} has repaired it and answered the resident")
        return hops

    async def _rate(self, appeal: str, staff: User, resident: User) -> None:
        case = f"{self._at.tickets}/appeals/{appeal}"
        await staff.act(f"{case}/call_back", {"reached": True, "resolved": True, "note": "诉求人确认已解决"})
        await resident.act(f"{case}/rate", {"score": 5, "resolved": True, "comment": "来得很快"})
        self._say("考核评价 called back, rated 非常满意")

        async def closed() -> bool | None:
            shown = await resident.get(case)
            return True if shown["step"] == "closed" and shown["rating"] == 5 else None  # noqa: PLR2004

        await until("the appeal to be closed", closed)

    async def _callbacks(self, order: str, hops: int) -> list[StatusCallback]:
        expected = _HEARD * hops + _ENDING

        async def all_there() -> list[StatusCallback] | None:
            found = self.hotline.of(order)
            return found if len(found) >= len(expected) else None

        found = await until(f"{len(expected)} status callbacks", all_there)
        if [c.event for c in found] != expected or [c.seq for c in found] != list(range(1, len(expected) + 1)):
            raise StoryBroken(f"the hotline heard {[(c.seq, c.event) for c in found]}, expected {expected}")
        if self.hotline.refused:
            raise StoryBroken(f"callbacks with bad signatures: {self.hotline.refused}")
        self._say(f"状态回传 the hotline heard {len(found)} callbacks, each once, in order, signatures verified")
        return found

    async def _activity(self, staff: User, residents: list[User]) -> str:
        """Two seats, four volunteers: when one steps back, the first in the waiting list moves up."""
        start = (datetime.now(UTC) + timedelta(days=7)).replace(microsecond=0)
        events = self._at.events
        made = await staff.act(
            f"{events}/activities",
            {
                "title": "西南街社区便民集市",
                "type": "fair",
                "place": COMMUNITY,
                "starts_at": start.isoformat(),
                "ends_at": (start + timedelta(hours=2)).isoformat(),
                "capacity": 2,
            },
        )
        activity = f"{events}/activities/{made['id']}"
        await staff.act(f"{activity}/open")
        signed = [await user.act(f"{activity}/registrations") for user in residents[:4]]
        steps = [registration["step"] for registration in signed]
        if steps != ["registered", "registered", "waitlisted", "waitlisted"]:
            raise StoryBroken(f"four sign-ups for two seats became {steps}")
        await residents[0].act(f"{events}/registrations/{signed[0]['id']}/cancel")

        async def promoted() -> str | None:
            mine = await residents[2].get(f"{events}/registrations/mine")
            return next(
                (r["step"] for r in mine["items"] if r["id"] == signed[2]["id"] and r["step"] == "registered"), None
            )

        await until("the first of the waiting list to move up", promoted)
        self._say("志愿活动 two seats, four sign-ups; one stepped back and the first in the waiting list moved up")
        return str(made["id"])


def _position(appeal: dict[str, Any]) -> int:
    return next(number for number, link in enumerate(appeal["chain"]) if link["lead"])
