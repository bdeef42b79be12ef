"""Who plays: the demonstration's users of all districts, each district's hotline, and whom appeals come to there."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from services.demo.api import User, until
from services.demo.simulator import Hotline, heating_order
from services.local.stack import LocalStack
from shared.schemas.hotline import StatusCallback
from tests.chaos.client import Client


@dataclass
class Listening(Hotline):
    """The simulator, which also counts what it was told again."""

    repeated: int = 0

    def take(self, headers: dict[str, str], body: bytes) -> int:
        before = len(self.callbacks)
        status = super().take(headers, body)
        self.repeated += status == 204 and len(self.callbacks) == before
        return status

    def by_order(self) -> dict[str, list[StatusCallback]]:
        found: dict[str, list[StatusCallback]] = {}
        for callback in self.callbacks:
            found.setdefault(callback.order_no, []).append(callback)
        return found


@dataclass
class Cast:
    """One district. `lead` is who the appeals about `place` come to."""

    district: str
    place: str
    community: str
    residents: list[User]
    staff: User
    operator: User
    officers: list[User]
    hotline: Listening
    lead: User = field(init=False)


async def assemble(client: Client, stack: LocalStack, districts: int) -> list[Cast]:
    """Everybody of so many districts, signed in before the first blow."""
    known = stack.credentials()
    casts = [_cast(client, known, hotline) for hotline in known["hotlines"][:districts]]
    await asyncio.gather(*(_sign_in(cast) for cast in casts))
    return casts


def _cast(client: Client, known: dict[str, Any], hotline: dict[str, str]) -> Cast:
    logins = [login for login in known["users"] if login["district"] == hotline["district"]]
    by_role: dict[str, list[User]] = {}
    for login in logins:
        by_role.setdefault(login["role"], []).append(User(client.patient, client.addresses, login))
    residents = by_role.pop("resident")
    operator, staff = by_role["operator"][0], by_role["community_staff"][0]
    return Cast(
        district=hotline["district"],
        place=residents[0].login["place"],
        community=residents[0].login["place"][:12],
        residents=residents,
        staff=staff,
        operator=operator,
        officers=[user for users in by_role.values() for user in users],
        hotline=Listening(hotline["id"], hotline["secret"]),
    )


async def _sign_in(cast: Cast) -> None:
    for user in [*cast.residents, *cast.officers]:
        await user.sign_in()


async def rehearse(client: Client, cast: Cast, callback_url: str) -> None:
    """Sets the hotline up and finds out who the lead is; leaves one order behind that nobody counts."""
    tickets = client.addresses.tickets
    settings = {"name": f"{cast.district} 热线（模拟）", "callback_url": callback_url}
    await cast.operator.put(f"{tickets}/hotlines/{cast.hotline.id}", settings)
    event = heating_order(cast.place, cast.residents[0].login["phone"])
    receipt = await cast.hotline.send(client.patient, tickets, event)

    async def found() -> User | None:
        for user in cast.officers:
            inbox = await user.get(f"{tickets}/inbox", limit="100")
            if any(item["id"] == receipt.appeal_id for item in inbox["items"]):
                return user
        return None

    cast.lead = await until(f"an officer of {cast.district} to have {receipt.appeal_id}", found)
