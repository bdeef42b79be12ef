"""Grants follow appointments: from the first day to the last, in Shanghai's days, wherever the place lies by then.

What a token carries was true when it was made. The next one, by sign-in or refresh, says what is true then.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.hierarchy.appointments import service as appointments
from services.hierarchy.identity import service as identity
from services.hierarchy.people import service as people
from services.hierarchy.relocation import service as relocation
from shared.kernel.periods import CHINA
from shared.kernel.rights import Grant, Principal, Role
from shared.runtime.service import Service
from tests.hierarchy.small import CHEAP, PASSWORD, PHONE, SINCE, load_small, loader, with_password

OTHER_PHONE = "10077770002"
TODAY = datetime.now(CHINA).date()
BUILDING, NEXT = "00010001" + "0001" + "0001", "00010001" + "0002"
HEAD, NEXT_HEAD = (Role.BUILDING_HEAD, BUILDING), (Role.BUILDING_HEAD, NEXT)


def midnight(day: date, *, seconds: float = 0) -> datetime:
    """So many seconds after the day begins in Shanghai (before, if negative)."""
    return datetime.combine(day, datetime.min.time(), CHINA) + timedelta(seconds=seconds)


@dataclass
class Town:
    """A small district with a head of building 1 and a neighbour, who can both sign in; and its clock."""

    service: Service
    api: httpx.AsyncClient
    district: str
    head: UUID
    neighbour: UUID
    set_clock: Callable[[datetime], None]

    async def grants(self, at: datetime | None = None, phone: str = PHONE) -> set[tuple[str, str]]:
        """What a sign-in at that moment gives."""
        return granted(await self.sign_in(at, phone))

    async def sign_in(self, at: datetime | None = None, phone: str = PHONE) -> dict[str, Any]:
        if at is not None:
            self.set_clock(at)
        body = {"district": self.district, "phone": phone, "password": PASSWORD}
        answer = await self.api.post("sessions", json=body)
        assert answer.status_code == 201, answer.text
        session: dict[str, Any] = answer.json()
        return session

    async def refreshed(self, session: dict[str, Any], at: datetime | None = None) -> dict[str, Any]:
        if at is not None:
            self.set_clock(at)
        answer = await self.api.post("sessions/refresh", json={"refresh_token": session["refresh_token"]})
        assert answer.status_code == 200, answer.text
        following: dict[str, Any] = answer.json()
        return following

    async def term(self, person: UUID, post: str, since: date, until: date | None = None) -> None:
        """Appoints somebody, or says when a term that began then ends."""
        code = f"{self.district}{post}"
        async with loader(self.service, self.district) as work:
            await work.begin()
            row = {
                "code": code, "kind": "building_head", "label": "楼栋长", "name": code, "organisation": None,
                "path": BUILDING if "B01" in post else NEXT, "role": Role.BUILDING_HEAD.value,
            }  # fmt: skip
            ids, _ = await appointments.put_posts(work, [row])
            days = {"since": since.isoformat(), "until": until and until.isoformat()}
            seat = {"post_id": str(ids[code]), "person_id": str(person), "source": "自荐"}
            await appointments.put_appointments(work, [seat | days])

    async def sql(self, sql: str, *values: Any) -> None:
        async with self.service.db.connection() as connection:
            await connection.execute(sql, self.district, *values)


FIRST_POST, SECOND_POST = "100001-B01-building_head", "100002-building_head"


def granted(session: dict[str, Any]) -> set[tuple[str, str]]:
    return {(grant["role"], grant["path"]) for grant in session["grants"]}


@pytest.fixture
async def town(hierarchy: Service, api: httpx.AsyncClient, district: str, monkeypatch: pytest.MonkeyPatch) -> Town:
    await load_small(hierarchy, district)
    head = await with_password(hierarchy, district)
    async with loader(hierarchy, district) as work:
        await work.begin()
        row: dict[str, Any] = {
            "code": f"{district}-neighbour", "name": "虚构邻居", "phone": OTHER_PHONE, "listed_as": "member",
            "path": BUILDING, "party_member": False, "invented": True, "attributes": {},
        }  # fmt: skip
        ids, _ = await people.put(work, hierarchy.vault, [row])
        neighbour = ids[row["code"]]
        await identity.set_password(work, neighbour, await CHEAP.hash(PASSWORD))

    def set_clock(at: datetime) -> None:
        monkeypatch.setattr(hierarchy.db, "now", lambda: at)

    return Town(hierarchy, api, district, head, neighbour, set_clock)


async def test_a_term_that_begins_tomorrow(town: Town) -> None:
    await town.term(town.neighbour, SECOND_POST, TODAY + timedelta(days=1))
    session = await town.sign_in(midnight(TODAY + timedelta(days=1), seconds=-1), OTHER_PHONE)
    assert granted(session) == set()
    assert granted(await town.refreshed(session, midnight(TODAY + timedelta(days=1)))) == {NEXT_HEAD}


async def test_a_term_that_ended_yesterday(town: Town) -> None:
    """The last day is a whole day, in Shanghai: it ends eight hours before the day of UTC does."""
    await town.term(town.head, FIRST_POST, SINCE, until=TODAY)
    session = await town.sign_in(midnight(TODAY + timedelta(days=1), seconds=-1))
    assert granted(session) == {HEAD}
    assert granted(await town.refreshed(session, midnight(TODAY + timedelta(days=1)))) == set()
    assert await town.grants(midnight(TODAY + timedelta(days=1), seconds=3600)) == set()


async def test_posts_of_two_communities(town: Town) -> None:
    await town.term(town.head, SECOND_POST, TODAY, until=TODAY)
    assert await town.grants(midnight(TODAY, seconds=1)) == {HEAD, NEXT_HEAD}
    assert await town.grants(midnight(TODAY + timedelta(days=1))) == {HEAD}


async def test_a_hand_over(town: Town) -> None:
    """On every day the post has one holder, and nobody keeps a right from the day before."""
    await town.term(town.head, FIRST_POST, SINCE, until=TODAY)
    await town.term(town.neighbour, FIRST_POST, TODAY + timedelta(days=1))
    at = midnight(TODAY + timedelta(days=1))
    held = [
        (await town.grants(moment), await town.grants(moment, OTHER_PHONE))
        for moment in (at - timedelta(seconds=1), at, at + timedelta(days=30))
    ]
    assert held == [({HEAD}, set()), (set(), {HEAD}), (set(), {HEAD})]


async def test_who_holds_a_post_may_be_a_resident_besides(town: Town) -> None:
    await town.sql(
        "INSERT INTO hierarchy.grants (district, id, person_id, role, path, since) "
        "VALUES ($1, gen_random_uuid(), $2, 'resident', '0001', '2024-01-01')",
        town.head,
    )
    assert await town.grants() == {HEAD, (Role.RESIDENT, "0001")}
    await town.term(town.head, FIRST_POST, SINCE, until=TODAY - timedelta(days=1))
    assert await town.grants() == {(Role.RESIDENT, "0001")}


async def test_a_place_that_moved(town: Town) -> None:
    """The token that is out holds nothing at the new place; the next one does, and nothing at the old."""
    session = await town.sign_in()
    everywhere = (Grant(Role.OPERATOR, "0001"),)
    async with town.service.work(Principal(town.district, "command:test", "command", everywhere)) as work:
        moved = await relocation.move(work, f"{town.district}100001-B01", f"{town.district}100002")
    headers = {"Authorization": f"Bearer {session['access_token']}"}
    address = f"places/{town.district}100001-B01"
    assert (await town.api.get(address, headers=headers)).status_code == 404
    following = await town.refreshed(session)
    assert granted(following) == {(Role.BUILDING_HEAD, moved.path)}
    headers = {"Authorization": f"Bearer {following['access_token']}"}
    assert (await town.api.get(address, headers=headers)).status_code == 200


async def test_a_place_that_is_gone(town: Town) -> None:
    """A post at a place that is no more gives no right, and takes none from another."""
    await town.term(town.head, SECOND_POST, TODAY)
    assert await town.grants() == {HEAD, NEXT_HEAD}
    await town.sql("UPDATE hierarchy.places SET path = path || 'zzzz' WHERE district = $1 AND path = $2", NEXT)
    assert await town.grants() == {HEAD}
