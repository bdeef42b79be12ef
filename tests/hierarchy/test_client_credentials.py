"""Systems of partners, hotlines and departments: let in once, their secret changed, shut out."""

from typing import Any

import httpx
import pytest

from services.hierarchy.relocation import service as relocation
from shared.kernel.rights import Grant, Principal, Role
from shared.runtime.ids import new_id
from shared.runtime.service import Service
from tests.hierarchy.signing import bearer, refusal
from tests.hierarchy.small import load_small, loader
from tests.support.world import Somebody, somebody


class Partner:
    """A district with a security administrator, and the client they made."""

    def __init__(self, service: Service, api: httpx.AsyncClient, district: str) -> None:
        self.service, self.api, self.district = service, api, district
        self.admin = somebody(district, Role.SECURITY_ADMIN)

    async def made(self, **changed: Any) -> dict[str, Any]:
        body = {"name": "示例物业系统", "role": "partner", "place": f"{self.district}100001"} | changed
        answer = await self.api.post("clients", json=body, headers=self.admin.writes())
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def act(self, path: str, body: dict[str, Any] | None = None, who: Somebody | None = None) -> httpx.Response:
        return await self.api.post(f"clients/{path}", json=body, headers=(who or self.admin).writes())

    async def token(self, client: dict[str, Any], secret: str | None = None, **changed: Any) -> httpx.Response:
        body = {
            "district": self.district,
            "client_id": client["id"],
            "client_secret": secret or client["client_secret"],
        } | changed
        return await self.api.post("clients/token", json=body)

    async def rows(self, sql: str) -> list[Any]:
        async with self.service.db.connection() as connection:
            return list(await connection.fetch(sql, self.district))


@pytest.fixture
async def partner(hierarchy: Service, api: httpx.AsyncClient, district: str) -> Partner:
    await load_small(hierarchy, district)
    return Partner(hierarchy, api, district)


async def test_a_token_carries_the_role_at_the_place(partner: Partner) -> None:
    client = await partner.made()
    answer = await partner.token(client)
    assert (answer.status_code, answer.json()["expires_in"]) == (200, 600)
    token = answer.json()["access_token"]
    principal = partner.service.verifier.verify(token)
    assert principal == Principal(
        partner.district, client["id"], "client", (Grant(Role.PARTNER, client["grant"]["path"]),), client["id"]
    )
    inside, outside = f"places/{partner.district}100001-B01", f"places/{partner.district}100002"
    assert (await partner.api.get(inside, headers=bearer(token))).status_code == 200
    assert (await partner.api.get(outside, headers=bearer(token))).status_code == 404


async def test_it_has_no_sessions_and_is_no_person(partner: Partner) -> None:
    token = (await partner.token(await partner.made())).json()["access_token"]
    assert (await partner.api.get("sessions", headers=bearer(token))).json() == []
    assert (await partner.api.get("me", headers=bearer(token))).status_code in (403, 404)
    assert refusal(await partner.api.delete("sessions/current", headers=bearer(token))) == (403, "forbidden")
    assert refusal(await partner.api.delete(f"sessions/{new_id()}", headers=bearer(token))) == (403, "forbidden")


async def test_whatever_is_wrong_looks_the_same(partner: Partner) -> None:
    client = await partner.made()
    wrong = [
        await partner.token(client, "x" * 43),
        await partner.token(client, client_id=str(new_id())),
        await partner.token(client, district="999999"),
    ]
    assert {refusal(answer) for answer in wrong} == {(401, "client_credentials_wrong")}
    assert refusal(await partner.token(client, "short")) == (422, "invalid")
    assert (await partner.token(client)).status_code == 200


async def test_the_secret_stands_nowhere(partner: Partner) -> None:
    client = await partner.made()
    stored = str(await partner.rows("SELECT * FROM hierarchy.clients WHERE district = $1"))
    stored += str(await partner.rows("SELECT * FROM hierarchy.journal WHERE district = $1"))
    assert client["client_secret"] not in stored
    listed = (await partner.api.get("clients", headers=partner.admin.headers)).json()["items"]
    assert "client_secret" not in listed[0]


async def test_a_repeated_request_makes_no_second_client_and_shows_no_secret(partner: Partner) -> None:
    headers = partner.admin.writes()
    body = {"name": "示例热线", "role": "hotline", "place": partner.district}
    first = await partner.api.post("clients", json=body, headers=headers)
    again = await partner.api.post("clients", json=body, headers=headers)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.json() == first.json() | {"client_secret": None}


async def test_two_secrets_work_while_the_partner_changes_over(partner: Partner) -> None:
    client = await partner.made()
    new = (await partner.act(f"{client['id']}/rotate", {})).json()
    assert new["client_secret"] != client["client_secret"]
    for secret in (client["client_secret"], new["client_secret"]):
        assert (await partner.token(client, secret)).status_code == 200
    newest = (await partner.act(f"{client['id']}/rotate", {})).json()
    assert refusal(await partner.token(client)) == (401, "client_credentials_wrong")
    assert (await partner.token(client, new["client_secret"])).status_code == 200
    await partner.rows("UPDATE hierarchy.clients SET previous_until = now() WHERE district = $1")
    assert refusal(await partner.token(client, new["client_secret"])) == (401, "client_credentials_wrong")
    assert (await partner.token(client, newest["client_secret"])).status_code == 200


async def test_a_stolen_secret_is_changed_at_once(partner: Partner) -> None:
    client = await partner.made()
    # A process whose clock is far before the database's must not let the old one live on.
    partner.service.db._clock.ahead += 3600
    new = (await partner.act(f"{client['id']}/rotate", {"keep_s": 0})).json()
    partner.service.db._clock.ahead -= 3600
    assert refusal(await partner.token(client)) == (401, "client_credentials_wrong")
    assert (await partner.token(client, new["client_secret"])).status_code == 200
    assert new["previous_until"] is None


async def test_shutting_out_ends_its_tokens(partner: Partner) -> None:
    client = await partner.made()
    token = (await partner.token(client)).json()["access_token"]
    answer = await partner.act(f"{client['id']}/end")
    assert (answer.status_code, answer.json()["ended_at"] is not None) == (200, True)
    await partner.service.revocations.read()
    place = f"places/{partner.district}100001"
    assert refusal(await partner.api.get(place, headers=bearer(token))) == (401, "session_ended")
    assert refusal(await partner.token(client)) == (401, "client_credentials_wrong")
    for act in (f"{client['id']}/end", f"{client['id']}/rotate"):
        assert refusal(await partner.act(act, {} if act.endswith("rotate") else None)) == (409, "already_done")
    jobs = await partner.rows("SELECT args FROM hierarchy.jobs WHERE district = $1")
    assert {job["args"]["service"] for job in jobs} == {"tickets", "events"}


@pytest.mark.parametrize("role", ["operator", "security_admin", "auditor", "service", "resident", "community_staff"])
async def test_only_three_roles_are_given_to_systems(partner: Partner, role: str) -> None:
    body = {"name": "x", "role": role, "place": partner.district}
    assert refusal(await partner.api.post("clients", json=body, headers=partner.admin.writes())) == (422, "invalid")


async def test_only_who_may_manage_clients(partner: Partner) -> None:
    client = await partner.made()
    body = {"name": "x", "role": "partner", "place": partner.district}
    for role in (Role.OPERATOR, Role.AUDITOR, Role.RESIDENT):
        who = somebody(partner.district, role)
        assert (await partner.api.post("clients", json=body, headers=who.writes())).status_code == 403
        assert (await partner.api.get("clients", headers=who.headers)).status_code == 403
        assert (await partner.act(f"{client['id']}/end", who=who)).status_code == 403
    elsewhere = somebody(partner.district, Role.SECURITY_ADMIN, client["grant"]["path"] + "0099")
    answer = await partner.api.post("clients", json=body, headers=elsewhere.writes())
    assert refusal(answer) == (422, "unknown_place")
    assert (await partner.api.get("clients", headers=elsewhere.headers)).json()["items"] == []
    for act in ("end", "rotate"):
        answer = await partner.act(f"{client['id']}/{act}", {} if act == "rotate" else None, who=elsewhere)
        assert refusal(answer) == (404, "not_found")
    stranger = somebody("999998", Role.SECURITY_ADMIN)
    assert (await partner.act(f"{client['id']}/end", who=stranger)).status_code == 404


async def test_pages(partner: Partner) -> None:
    made = [(await partner.made(name=f"系统{number}"))["id"] for number in range(3)]
    first = (await partner.api.get("clients", params={"limit": 2}, headers=partner.admin.headers)).json()
    assert [one["id"] for one in first["items"]] == made[:2]
    rest = await partner.api.get("clients", params={"cursor": first["next"]}, headers=partner.admin.headers)
    assert ([one["id"] for one in rest.json()["items"]], rest.json()["next"]) == (made[2:], None)


async def test_a_client_moves_with_its_place(partner: Partner) -> None:
    client = await partner.made(place=f"{partner.district}100001-B01")
    async with loader(partner.service, partner.district) as work:
        work.actor = Principal(partner.district, "test", "command", (Grant(Role.OPERATOR, "0001"),))
        await relocation.move(work, f"{partner.district}100001-B01", f"{partner.district}100002")
    token = (await partner.token(client)).json()["access_token"]
    there, before = f"places/{partner.district}100001-B01", f"places/{partner.district}100001"
    assert (await partner.api.get(there, headers=bearer(token))).status_code == 200
    assert (await partner.api.get(before, headers=bearer(token))).status_code == 404


async def test_everything_is_journaled(partner: Partner) -> None:
    client = await partner.made()
    await partner.token(client)
    await partner.token(client, "x" * 43)
    await partner.act(f"{client['id']}/rotate", {})
    await partner.act(f"{client['id']}/end")
    rows = await partner.rows(
        "SELECT event, actor, actor_kind FROM hierarchy.journal WHERE district = $1 AND subject_kind = 'client' "
        "ORDER BY at, id"
    )
    assert [row["event"] for row in rows] == ["created", "sign_in", "rotated", "ended", "tokens_ended"]
    assert {row["actor"] for row in rows if row["event"] != "sign_in"} == {str(partner.admin.id)}
    assert {(row["actor"], row["actor_kind"]) for row in rows if row["event"] == "sign_in"} == {
        (client["id"], "client")
    }
