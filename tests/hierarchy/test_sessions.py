"""A session from sign-in to its end: what its tokens are worth, and until when."""

import asyncio
import base64

import httpx
import pytest

from services.hierarchy.appointments import service as appointments
from services.hierarchy.grants import service as grants
from services.hierarchy.sessions import rules
from shared.kernel.rights import Role
from shared.runtime.service import Service
from tests.hierarchy.signing import Signing, bearer, refusal, signing
from tests.hierarchy.small import SINCE, loader

HOUR, DAY = 3600, 86400


@pytest.fixture
async def head(hierarchy: Service, api: httpx.AsyncClient, district: str) -> Signing:
    return await signing(hierarchy, api, district)


class TestOpening:
    async def test_both_tokens_and_who_it_is(self, head: Signing) -> None:
        session = await head.open("虚构手机")
        assert (session.token_type, session.expires_in) == ("Bearer", 600)
        assert session.refresh_token.startswith(f"{head.district}.")
        assert 29 * DAY < session.refresh_expires_in <= 30 * DAY
        assert [grant.role for grant in session.grants] == [Role.BUILDING_HEAD]
        me = await head.api.get("me", headers=bearer(session.access_token))
        assert me.json()["person"]["id"] == str(head.person)

    async def test_the_refresh_token_stands_nowhere(self, head: Signing) -> None:
        session = await head.open()
        following = (await head.refreshed(session.refresh_token))["refresh_token"]
        (row,) = await head.rows("SELECT * FROM hierarchy.sessions WHERE district = $1")
        stored = b"".join(value for value in row.values() if isinstance(value, bytes))
        for written in (session.refresh_token, following):
            secret = base64.urlsafe_b64decode(written[7:] + "=")
            assert len(secret) == 32
            assert secret[:16] not in stored
            assert secret[16:] not in stored

    async def test_it_is_journaled(self, head: Signing) -> None:
        session = await head.open(way="wechat")
        (row,) = await head.rows("SELECT * FROM hierarchy.journal WHERE district = $1 AND event = 'sign_in'")
        assert row["data"] == {"session": str(session.session), "way": "wechat"}
        assert (row["subject_id"], row["actor"]) == (head.person, str(head.person))

    async def test_staff_stay_for_half_a_day(self, head: Signing) -> None:
        async with loader(head.service, head.district) as work:
            await grants.put(work, [(head.person, Role.OPERATOR, "0001")], SINCE)
        session = await head.open()
        assert 11 * HOUR < session.refresh_expires_in <= 12 * HOUR


class TestRefreshing:
    async def test_each_turn_brings_new_tokens(self, head: Signing) -> None:
        token, seen = (await head.open()).refresh_token, set()
        for _ in range(4):
            answer = await head.refreshed(token)
            me = await head.api.get("me", headers=bearer(answer["access_token"]))
            assert me.status_code == 200
            token = answer["refresh_token"]
            seen.add(token)
        assert len(seen) == 4

    async def test_a_lost_answer_is_given_again(self, head: Signing) -> None:
        first = (await head.open()).refresh_token
        lost = await head.refreshed(first)
        again = await head.refreshed(first)
        assert again["refresh_token"] == lost["refresh_token"]
        assert again["session"] == lost["session"]
        assert (await head.refresh(again["refresh_token"])).status_code == 200

    async def test_after_the_grace_the_same_token_ends_the_session(self, head: Signing) -> None:
        first = (await head.open()).refresh_token
        second = (await head.refreshed(first))["refresh_token"]
        await head.later(11)
        assert refusal(await head.refresh(first)) == (401, "refresh_reused")
        assert refusal(await head.refresh(second)) == (401, "refresh_invalid")
        assert refusal(await head.refresh(first)) == (401, "refresh_invalid")
        assert await head.events() == ["sign_in", "refresh_reused"]

    async def test_the_grace_is_for_the_token_just_before_and_no_older_one(self, head: Signing) -> None:
        first = (await head.open()).refresh_token
        second = (await head.refreshed(first))["refresh_token"]
        third = (await head.refreshed(second))["refresh_token"]
        assert refusal(await head.refresh(first)) == (401, "refresh_reused")
        assert refusal(await head.refresh(third)) == (401, "refresh_invalid")

    async def test_ten_at_the_same_moment_get_the_same_successor(self, head: Signing) -> None:
        first = (await head.open()).refresh_token
        answers = await asyncio.gather(*(head.refresh(first) for _ in range(10)))
        assert {answer.status_code for answer in answers} == {200}
        assert len({answer.json()["refresh_token"] for answer in answers}) == 1
        (row,) = await head.rows("SELECT turns FROM hierarchy.sessions WHERE district = $1")
        assert row["turns"] == 1

    async def test_an_ended_term_takes_effect_at_once(self, head: Signing) -> None:
        session = await head.open()
        await head.rows("UPDATE hierarchy.appointments SET until = '2025-01-31' WHERE district = $1")
        assert (await head.refreshed(session.refresh_token))["grants"] == []

    async def test_a_new_post_comes_with_the_next_token(self, head: Signing) -> None:
        token = (await head.open()).refresh_token
        (post,) = await head.rows("SELECT id FROM hierarchy.posts WHERE district = $1 AND kind = 'secretary'")
        row = {"post_id": post["id"], "person_id": head.person, "since": SINCE, "until": None, "source": "选举"}
        async with loader(head.service, head.district) as work:
            await appointments.put_appointments(work, [row])
        answer = await head.refreshed(token)
        assert [grant["role"] for grant in answer["grants"]] == ["building_head", "community_staff"]
        # And with it the shorter session, counted from the sign-in.
        assert answer["refresh_expires_in"] <= 12 * HOUR
        await head.later(13 * HOUR)
        assert refusal(await head.refresh(answer["refresh_token"])) == (401, "refresh_invalid")

    @pytest.mark.parametrize("way", ["unused for a month", "three months old"])
    async def test_it_runs_out(self, head: Signing, way: str) -> None:
        token = (await head.open()).refresh_token
        for _ in range(5 if way == "three months old" else 0):
            await head.later(17 * DAY)
            token = (await head.refreshed(token))["refresh_token"]
        await head.later(6 * DAY if way == "three months old" else 31 * DAY)
        assert refusal(await head.refresh(token)) == (401, "refresh_invalid")

    async def test_tokens_that_are_none(self, head: Signing) -> None:
        good = (await head.open()).refresh_token
        family, other = good[:28], rules.first_token(head.district)
        for bad in (other.written(), f"999999{good[6:]}", good[:6] + "x" + good[7:], "x" * 50, "1" * 50):
            assert refusal(await head.refresh(bad)) == (401, "refresh_invalid"), bad
        for unreadable in ("", good + "A", good[:-1]):
            assert refusal(await head.refresh(unreadable)) == (422, "invalid")
        assert family not in str(await head.rows("SELECT data FROM hierarchy.journal WHERE district = $1"))
        assert (await head.refresh(good)).status_code == 200

    async def test_knowing_a_session_is_not_enough_to_end_it(self, head: Signing) -> None:
        """Only who held one of its tokens can have it taken for stolen."""
        session = await head.open()
        stranger = rules.first_token(head.district)
        assert refusal(await head.refresh(stranger.written())) == (401, "refresh_invalid")
        assert (await head.refresh(session.refresh_token)).status_code == 200


def test_a_successor_opens_only_with_the_token_before_it() -> None:
    first = rules.first_token("141021")
    second = first.following()
    sealed = first.sealing(second)
    assert first.unsealing(sealed) == second
    assert second.unsealing(sealed) != second
    assert rules.read_token(second.written()) == second
    assert sealed != second.turn
