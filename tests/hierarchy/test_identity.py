import asyncio
import hashlib
from typing import Any

import httpx
import pytest

from services.hierarchy.identity.rules import outermost
from services.hierarchy.identity.service import Identity, stranger
from shared.kernel.rights import Grant, Principal, Role
from shared.runtime.passwords import Passwords
from shared.runtime.service import Service
from shared.runtime.tokens import TokenSigner
from tests.hierarchy.small import PASSWORD, PHONE, load_small, with_password
from tests.support.world import SEED, somebody


def body(district: str, **changes: Any) -> dict[str, Any]:
    return {"district": district, "phone": PHONE, "password": PASSWORD, **changes}


@pytest.fixture
async def ready(hierarchy: Service, district: str) -> str:
    """A small district whose head can sign in."""
    await load_small(hierarchy, district)
    await with_password(hierarchy, district)
    return district


async def test_sign_in(api: httpx.AsyncClient, ready: str) -> None:
    answer = await api.post("sessions", json=body(ready))
    session = answer.json()
    assert answer.status_code == 201
    assert (session["token_type"], session["expires_in"]) == ("Bearer", 600)
    assert session["person"]["phone"] == "100****0001"
    assert [(g["role"], g["place"]) for g in session["grants"]] == [("building_head", f"{ready}100001-B01")]
    headers = {"Authorization": f"Bearer {session['access_token']}"}
    me = (await api.get("me", headers=headers)).json()
    assert me == {"district": ready, "person": session["person"], "grants": session["grants"]}
    assert (await api.get(f"places/{ready}100001-B01", headers=headers)).status_code == 200
    assert (await api.get(f"places/{ready}100002", headers=headers)).status_code == 404


async def test_explicit_grants_are_added(hierarchy: Service, api: httpx.AsyncClient, ready: str) -> None:
    await with_password(hierarchy, ready, role=Role.AUDITOR)
    session = (await api.post("sessions", json=body(ready))).json()
    assert [g["role"] for g in session["grants"]] == ["auditor", "building_head"]


async def test_wrong_password_and_unknown_phone_look_the_same(api: httpx.AsyncClient, ready: str) -> None:
    wrong = await api.post("sessions", json=body(ready, password="guess"))
    unknown = await api.post("sessions", json=body(ready, phone="10077779999"))
    assert (wrong.status_code, wrong.json()["code"]) == (401, "credentials_wrong")
    assert {**wrong.json(), "request_id": 0} == {**unknown.json(), "request_id": 0}


async def test_an_unknown_phone_costs_a_hash_too(
    api: httpx.AsyncClient, ready: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []
    verify = Passwords.verify

    async def counting(self: Passwords, stored: str | None, password: str) -> bool:
        asked.append(stored is not None)
        return await verify(self, stored, password)

    monkeypatch.setattr(Passwords, "verify", counting)
    await api.post("sessions", json=body(ready, phone="10077779999"))
    await api.post("sessions", json=body(ready, password="guess"))
    assert asked == [False, True]


async def test_unknown_district(api: httpx.AsyncClient) -> None:
    answer = await api.post("sessions", json=body("999999"))
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_district")


@pytest.mark.parametrize(
    "changes",
    [
        {"district": "14102"},
        {"phone": "138"},
        {"password": ""},
        {"password": "x" * 201},
        {"otp": "1"},
        {"phone": 10077770001},
    ],
)
async def test_unusable_bodies(api: httpx.AsyncClient, changes: dict[str, Any]) -> None:
    answer = await api.post("sessions", json=body("141021") | changes)
    assert answer.status_code == 422
    assert "password" not in str(answer.json().get("input", ""))


async def test_too_many_guesses(api: httpx.AsyncClient, ready: str) -> None:
    """Ten at the same moment are counted like ten in a row; then the right password does not help either."""
    guesses = await asyncio.gather(*(api.post("sessions", json=body(ready, password="no")) for _ in range(12)))
    assert sorted(answer.status_code for answer in guesses) == [401] * 10 + [429] * 2
    answer = await api.post("sessions", json=body(ready))
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_requests")
    assert 0 < int(answer.headers["retry-after"]) <= 900
    # Another number is not affected.
    assert (await api.post("sessions", json=body(ready, phone="10077779998"))).status_code == 401


async def test_the_right_password_clears_the_count(api: httpx.AsyncClient, ready: str) -> None:
    for _ in range(3):
        for _ in range(8):
            assert (await api.post("sessions", json=body(ready, password="no"))).status_code == 401
        assert (await api.post("sessions", json=body(ready))).status_code == 201


async def test_the_window_ends(hierarchy: Service, api: httpx.AsyncClient, ready: str) -> None:
    for _ in range(11):
        await api.post("sessions", json=body(ready, password="no"))
    async with hierarchy.db.connection() as connection:
        await connection.execute(
            "UPDATE hierarchy.sign_in_attempts SET window_ends = now() - interval '1 s' WHERE district = $1", ready
        )
    await api.post("sessions", json=body(ready, phone="10077779997"))  # sweeps the other one away
    async with hierarchy.db.connection() as connection:
        left = await connection.fetchval("SELECT count(*) FROM hierarchy.sign_in_attempts WHERE district = $1", ready)
    assert left == 1
    assert (await api.post("sessions", json=body(ready))).status_code == 201


async def test_signing_in_is_journaled_without_personal_data(
    hierarchy: Service, api: httpx.AsyncClient, ready: str
) -> None:
    await api.post("sessions", json=body(ready, password="no"))
    session = (await api.post("sessions", json=body(ready))).json()
    async with hierarchy.db.connection() as connection:
        rows = await connection.fetch(
            "SELECT * FROM hierarchy.journal WHERE district = $1 AND event = 'sign_in'", ready
        )
        whole = str(await connection.fetch("SELECT * FROM hierarchy.journal WHERE district = $1", ready))
    (row,) = rows
    assert (row["actor_kind"], row["actor"]) == ("user", session["person"]["id"])
    assert str(row["subject_id"]) == session["person"]["id"]
    assert set(row["data"]) == {"session", "way"}
    assert PHONE not in whole
    assert "虚构" not in whole


async def test_cheap_hashes_are_renewed(hierarchy: Service, api: httpx.AsyncClient, ready: str) -> None:
    assert (await api.post("sessions", json=body(ready))).status_code == 201
    async with hierarchy.db.connection() as connection:
        stored = await connection.fetchval("SELECT password_hash FROM hierarchy.credentials WHERE district = $1", ready)
    assert "m=19456,t=2" in stored
    assert (await api.post("sessions", json=body(ready))).status_code == 201


@pytest.mark.usefixtures("users")
async def test_expired_token(api: httpx.AsyncClient) -> None:
    signer = TokenSigner(SEED)
    old = signer.sign(user="x", district="141021", session="s", grants=[Grant(Role.OPERATOR, "0001")], seconds=-60)
    answer = await api.get("places/141021", headers={"Authorization": f"Bearer {old}"})
    assert (answer.status_code, answer.json()["code"]) == (401, "token_expired")


@pytest.mark.usefixtures("users")
async def test_me_is_for_people_who_are_there(api: httpx.AsyncClient) -> None:
    assert (await api.get("me")).status_code == 401
    assert (await api.get("me", headers=somebody("141021").headers)).status_code == 404


async def test_keys(hierarchy: Service, api: httpx.AsyncClient) -> None:
    identity: Identity = hierarchy.extras["identity"]
    (key,) = (await api.get("keys")).json()["keys"]
    assert key["kid"] == hashlib.sha256(identity.signer.public_key).hexdigest()[:8]
    assert (key["kty"], key["crv"], key["alg"]) == ("OKP", "Ed25519", "EdDSA")


def test_a_token_carries_no_grant_twice() -> None:
    wide, narrow = Grant(Role.RESIDENT, "0001"), Grant(Role.RESIDENT, "00010001")
    other = Grant(Role.BUILDING_HEAD, "00010001")
    assert outermost([narrow, other, wide, wide]) == [other, wide]


def test_a_strangers_work_has_no_rights() -> None:
    assert stranger("141021") == Principal("141021", "anonymous", "anonymous")
