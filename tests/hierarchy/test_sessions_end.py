"""How sessions end: by their owner, by an administrator, by a new password, and in races with all of that."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import date
from uuid import UUID

import httpx
import pytest

from services.hierarchy.add_user import add_user
from services.hierarchy.identity import service as identities
from services.hierarchy.sessions import ending
from services.hierarchy.sessions.refusals import AccountDisabled
from services.hierarchy.settings import HierarchySettings
from shared.kernel.rights import Grant, Principal, Role
from shared.runtime.ids import new_id
from shared.runtime.service import Service
from shared.runtime.work import Work
from tests.hierarchy.signing import Signing, bearer, refusal, signing
from tests.hierarchy.small import PASSWORD, PHONE
from tests.support.world import somebody


@pytest.fixture
async def head(hierarchy: Service, api: httpx.AsyncClient, district: str) -> Signing:
    return await signing(hierarchy, api, district)


async def get(head: Signing, token: str) -> httpx.Response:
    """Once the process has read what ended, as it does every second."""
    await head.service.revocations.read()
    return await head.api.get("me", headers=bearer(token))


class TestDevices:
    async def test_the_list(self, head: Signing) -> None:
        await head.open("虚构平板", way="wechat")
        phone = await head.open("虚构手机")
        listed = (await head.api.get("sessions", headers=bearer(phone.access_token))).json()
        assert [(one["device"], one["way"], one["current"]) for one in listed] == [
            ("虚构手机", "password", True),
            ("虚构平板", "wechat", False),
        ]
        assert set(listed[0]) == {"id", "device", "way", "since", "last_used", "expires", "current"}

    async def test_ending_a_lost_device(self, head: Signing) -> None:
        lost, phone = await head.open("丢失的手机"), await head.open()
        answer = await head.api.delete(f"sessions/{lost.session}", headers=bearer(phone.access_token))
        assert answer.status_code == 204
        assert refusal(await head.refresh(lost.refresh_token)) == (401, "refresh_invalid")
        assert refusal(await get(head, lost.access_token)) == (401, "session_ended")
        assert (await get(head, phone.access_token)).status_code == 200
        again = await head.api.delete(f"sessions/{lost.session}", headers=bearer(phone.access_token))
        assert refusal(again) == (404, "not_found")

    async def test_somebody_elses_session_is_not_there(self, head: Signing) -> None:
        session = await head.open()
        stranger = somebody(head.district, Role.OPERATOR)
        answer = await head.api.delete(f"sessions/{session.session}", headers=stranger.headers)
        assert refusal(answer) == (404, "not_found")
        assert (await head.refresh(session.refresh_token)).status_code == 200

    async def test_the_oldest_goes_when_there_are_too_many(self, head: Signing) -> None:
        first = await head.open("第一台")
        for number in range(20):
            await head.open(f"第{number + 2}台")
        assert refusal(await head.refresh(first.refresh_token)) == (401, "refresh_invalid")
        assert refusal(await get(head, first.access_token)) == (401, "session_ended")
        assert (await head.events()).count("sessions_ended") == 1


class TestSigningOut:
    async def test_it_ends_both_tokens(self, head: Signing) -> None:
        session = await head.open()
        assert (await get(head, session.access_token)).status_code == 200
        answer = await head.api.delete("sessions/current", headers=bearer(session.access_token))
        assert (answer.status_code, answer.content) == (204, b"")
        assert refusal(await get(head, session.access_token)) == (401, "session_ended")
        assert refusal(await head.refresh(session.refresh_token)) == (401, "refresh_invalid")
        again = await head.api.delete("sessions/current", headers=bearer(session.access_token))
        assert refusal(again) == (401, "session_ended")
        assert await head.events() == ["sign_in", "sign_out"]

    async def test_tokens_of_the_same_session_end_with_it(self, head: Signing) -> None:
        session = await head.open()
        second = await head.refreshed(session.refresh_token)
        await head.api.delete("sessions/current", headers=bearer(second["access_token"]))
        assert refusal(await get(head, session.access_token)) == (401, "session_ended")

    async def test_a_token_without_a_session_of_ours_ends_too(self, head: Signing) -> None:
        """`linli token` signs such ones, in dev."""
        made = somebody(head.district)
        token = made.token
        assert (await head.api.delete("sessions/current", headers=bearer(token))).status_code == 204
        assert refusal(await get(head, token)) == (401, "session_ended")

    async def test_the_other_services_are_told(self, head: Signing) -> None:
        session = await head.open()
        await head.api.delete("sessions/current", headers=bearer(session.access_token))
        jobs = await head.rows(
            "SELECT args FROM hierarchy.jobs WHERE district = $1 AND name = 'hierarchy.sessions.tell'"
        )
        assert sorted(job["args"]["service"] for job in jobs) == ["events", "tickets"]
        assert {tuple(job["args"]["sessions"]) for job in jobs} == {(str(session.session),)}


class TestAdministrators:
    async def test_ending_all_sessions_of_a_person(self, head: Signing) -> None:
        sessions = [await head.open() for _ in range(3)]
        admin = somebody(head.district, Role.SECURITY_ADMIN)
        answer = await head.api.post(f"people/{head.person}/sessions/end", headers=admin.writes())
        assert (answer.status_code, answer.json()) == (200, {"person": str(head.person), "disabled": False})
        for session in sessions:
            assert refusal(await head.refresh(session.refresh_token)) == (401, "refresh_invalid")
            assert refusal(await get(head, session.access_token)) == (401, "session_ended")
        assert (await head.open()).access_token

    async def test_a_disabled_person_can_neither_refresh_nor_sign_in(self, head: Signing) -> None:
        session = await head.open()
        admin = somebody(head.district, Role.SECURITY_ADMIN)
        path = f"people/{head.person}"
        answer = await head.api.post(f"{path}/disable", json={"reason": "离职"}, headers=admin.writes())
        assert (answer.status_code, answer.json()["disabled"]) == (200, True)
        assert refusal(await head.refresh(session.refresh_token)) == (401, "refresh_invalid")
        assert refusal(await get(head, session.access_token)) == (401, "session_ended")
        with pytest.raises(AccountDisabled):
            await head.open()
        again = await head.api.post(f"{path}/disable", json={"reason": "离职"}, headers=admin.writes())
        assert refusal(again) == (409, "already_done")
        answer = await head.api.post(f"{path}/enable", headers=admin.writes())
        assert (answer.status_code, answer.json()["disabled"]) == (200, False)
        assert (await head.open()).access_token
        assert (await head.events())[1:4] == ["disabled", "sessions_ended", "enabled"]

    @pytest.mark.parametrize("act", ["sessions/end", "disable", "enable"])
    async def test_only_the_security_administrator(self, head: Signing, act: str) -> None:
        body = {"reason": "试试"} if act == "disable" else None
        for role, expected in ((Role.OPERATOR, 403), (Role.RESIDENT, 403), (Role.AUDITOR, 403)):
            who = somebody(head.district, role)
            answer = await head.api.post(f"people/{head.person}/{act}", json=body, headers=who.writes())
            assert answer.status_code == expected, (role, answer.text)
        elsewhere = somebody(head.district, Role.SECURITY_ADMIN, "00019999")
        answer = await head.api.post(f"people/{head.person}/{act}", json=body, headers=elsewhere.writes())
        assert refusal(answer) == (404, "not_found")
        nobody = somebody(head.district, Role.SECURITY_ADMIN)
        answer = await head.api.post(f"people/{new_id()}/{act}", json=body, headers=nobody.writes())
        assert refusal(answer) == (404, "not_found")

    async def test_a_password_set_from_outside_ends_what_was_open(self, head: Signing) -> None:
        session = await head.open()
        given = {"district": head.district, "place": head.district, "name": "虚构"}
        await add_user(HierarchySettings(), role=Role.OPERATOR, phone=PHONE, password=PASSWORD, **given)
        assert refusal(await head.refresh(session.refresh_token)) == (401, "refresh_invalid")

    async def test_a_new_password_keeps_the_session_that_sets_it(self, head: Signing) -> None:
        mine, other = await head.open(), await head.open()
        async with head.service.work(Principal(head.district, str(head.person), "user")) as work:
            ended = await ending.end_all(work, head.identity, head.person, why="password_changed", keep=mine.session)
        assert ended == 1
        assert refusal(await head.refresh(other.refresh_token)) == (401, "refresh_invalid")
        assert (await head.refresh(mine.refresh_token)).status_code == 200


# --- races, as histories -------------------------------------------------------------------------------------------


async def soon(act: Callable[[], Awaitable[object]], chance: random.Random) -> object:
    await asyncio.sleep(chance.random() * 0.03)
    return await act()


async def alive(head: Signing) -> list[UUID]:
    rows = await head.rows("SELECT id FROM hierarchy.sessions WHERE district = $1 AND ended_at IS NULL")
    return [row["id"] for row in rows]


@pytest.mark.parametrize("seed", range(4))
async def test_no_refresh_is_answered_after_the_sign_out_was(head: Signing, seed: int) -> None:
    """A device refreshes all the time and the sign-out comes in between. What begins after its answer fails."""
    chance = random.Random(seed)
    session = await head.open()
    out = asyncio.Event()
    broken: list[str] = []

    async def device(token: str) -> None:
        for _ in range(8):
            was_out = out.is_set()
            answer = await head.refresh(token)
            if answer.status_code == 200:
                token = answer.json()["refresh_token"]
                if was_out:
                    broken.append("a refresh begun after the sign-out succeeded")
            elif refusal(answer) != (401, "refresh_invalid"):
                broken.append(f"{refusal(answer)} though every token was the present one or the one just before")
            await asyncio.sleep(chance.random() * 0.01)

    async def sign_out() -> None:
        answer = await head.api.delete("sessions/current", headers=bearer(session.access_token))
        assert answer.status_code == 204
        out.set()

    await asyncio.gather(device(session.refresh_token), soon(sign_out, chance))
    assert broken == []
    assert await alive(head) == []
    assert refusal(await get(head, session.access_token)) == (401, "session_ended")


async def test_a_sign_out_in_the_middle_of_a_refresh_wins(head: Signing, monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes after the refresh has found the session open, and before it writes."""
    session = await head.open()
    grants_of = identities.grants_of

    async def meanwhile(work: Work, person: UUID, on: date) -> list[Grant]:
        monkeypatch.setattr(identities, "grants_of", grants_of)
        answer = await head.api.delete("sessions/current", headers=bearer(session.access_token))
        assert answer.status_code == 204
        return await grants_of(work, person, on)

    monkeypatch.setattr(identities, "grants_of", meanwhile)
    assert refusal(await head.refresh(session.refresh_token)) == (401, "refresh_invalid")
    assert await alive(head) == []


@pytest.mark.parametrize("seed", range(4))
async def test_a_token_is_never_followed_by_two(head: Signing, seed: int) -> None:
    """Many refresh one token at the same time as its successor is in use: each token has one successor, ever."""
    chance = random.Random(seed)
    followed: dict[str, set[str]] = {}
    present = (await head.open()).refresh_token

    async def device() -> None:
        nonlocal present
        for _ in range(6):
            token = present
            answer = await head.refresh(token)
            if answer.status_code == 200:
                present = answer.json()["refresh_token"]
                followed.setdefault(token, set()).add(present)
            await asyncio.sleep(chance.random() * 0.01)

    await asyncio.gather(*(device() for _ in range(4)))
    assert followed
    assert {len(successors) for successors in followed.values()} == {1}


@pytest.mark.parametrize("seed", range(4))
async def test_who_is_disabled_has_no_session_left_whatever_was_under_way(head: Signing, seed: int) -> None:
    chance = random.Random(seed)
    admin = somebody(head.district, Role.SECURITY_ADMIN)

    async def disable() -> httpx.Response:
        path = f"people/{head.person}/disable"
        return await head.api.post(path, json={"reason": "停用"}, headers=admin.writes())

    opening = [soon(head.open, chance) for _ in range(8)]
    answers = await asyncio.gather(soon(disable, chance), *opening, return_exceptions=True)
    assert isinstance(answers[0], httpx.Response)
    assert answers[0].status_code == 200
    strange = [answer for answer in answers if isinstance(answer, BaseException)]
    assert all(isinstance(error, AccountDisabled) for error in strange), strange
    assert await alive(head) == []


async def test_a_stolen_token_ends_both_whoever_comes_first(head: Signing) -> None:
    """The thief refreshed; the owner comes later with the same token. Neither gets any further."""
    token = (await head.open()).refresh_token
    thief = await head.refreshed(token)
    await head.later(11)
    assert refusal(await head.refresh(token)) == (401, "refresh_reused")
    assert refusal(await head.refresh(thief["refresh_token"])) == (401, "refresh_invalid")
    assert refusal(await get(head, thief["access_token"])) == (401, "session_ended")
