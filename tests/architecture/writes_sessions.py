"""Examples of the writes around sessions, clients and what ended; see `writes.py`."""

from functools import partial
from typing import Any

from services.hierarchy.sessions import service as sessions
from services.hierarchy.sessions.views import SessionView
from shared.kernel.rights import Principal, Role
from shared.runtime.ids import new_id
from tests.architecture.writes import Example, Scene, Try
from tests.hierarchy.small import load_small, with_password
from tests.support.world import Somebody, service_headers, somebody


def _admin(scene: Scene) -> Somebody:
    return somebody(scene.district, Role.SECURITY_ADMIN)


async def _signed_in(scene: Scene) -> tuple[str, SessionView]:
    """The small district's head, signed in."""
    await load_small(scene.service, scene.district)
    person = await with_password(scene.service, scene.district)
    async with scene.service.work(Principal(scene.district, str(person), "user")) as work:
        session = await sessions.open(work, scene.service.extras["identity"], person, way="password", device=None)
    return str(person), session


def _as(session: SessionView, one: Try) -> Try:
    one.headers["Authorization"] = f"Bearer {session.access_token}"
    return one


async def _refresh(scene: Scene) -> Try:
    _, session = await _signed_in(scene)
    return scene.ask(scene.resident, "/sessions/refresh", {"refresh_token": session.refresh_token})


async def _sign_out(scene: Scene) -> Try:
    _, session = await _signed_in(scene)
    return _as(session, scene.ask(scene.resident, "/sessions/current", {}, "DELETE"))


async def _end_session(scene: Scene) -> Try:
    person, other = await _signed_in(scene)
    async with scene.service.work(Principal(scene.district, person, "user")) as work:
        identity = scene.service.extras["identity"]
        mine = await sessions.open(work, identity, other.person.id, way="password", device=None)
    return _as(mine, scene.ask(scene.resident, f"/sessions/{other.session}", {}, "DELETE"))


async def _account(scene: Scene, act: str, body: dict[str, Any]) -> Try:
    person, _ = await _signed_in(scene)
    if act == "enable":
        await scene.done(_admin(scene), f"/people/{person}/disable", {"reason": "停用"})
    return scene.ask(_admin(scene), f"/people/{person}/{act}", body)


async def _client(scene: Scene) -> dict[str, Any]:
    await load_small(scene.service, scene.district)
    body = {"name": "示例系统", "role": "partner", "place": scene.district}
    made: dict[str, Any] = await scene.done(_admin(scene), "/clients", body)
    return made


async def _client_create(scene: Scene) -> Try:
    await load_small(scene.service, scene.district)
    return scene.ask(_admin(scene), "/clients", {"name": "示例系统", "role": "partner", "place": scene.district})


async def _client_act(scene: Scene, act: str) -> Try:
    return scene.ask(_admin(scene), f"/clients/{(await _client(scene))['id']}/{act}", {})


async def _client_token(scene: Scene) -> Try:
    client = await _client(scene)
    body = {"district": scene.district, "client_id": client["id"], "client_secret": client["client_secret"]}
    return scene.ask(scene.resident, "/clients/token", body)


async def _revoke(scene: Scene) -> Try:
    body = {"sessions": [str(new_id())], "until": "2099-01-01T00:00:00Z"}
    made = scene.ask(scene.resident, "/revocations", body)
    made.headers |= service_headers(scene.district, "hierarchy", scene.name)
    return made


SESSIONS: dict[tuple[str, str], Example] = {
    ("hierarchy", "session_refresh"): _refresh,
    ("hierarchy", "session_sign_out"): _sign_out,
    ("hierarchy", "session_end"): _end_session,
    ("hierarchy", "session_end_all"): partial(_account, act="sessions/end", body={}),
    ("hierarchy", "account_disable"): partial(_account, act="disable", body={"reason": "停用"}),
    ("hierarchy", "account_enable"): partial(_account, act="enable", body={}),
    ("hierarchy", "client_create"): _client_create,
    ("hierarchy", "client_rotate"): partial(_client_act, act="rotate"),
    ("hierarchy", "client_end"): partial(_client_act, act="end"),
    ("hierarchy", "client_sign_in"): _client_token,
    ("tickets", "session_revoke"): _revoke,
    ("events", "session_revoke"): _revoke,
}
KEYLESS = {("hierarchy", name) for name in ("session_refresh", "session_sign_out", "session_end", "client_sign_in")}
EFFECTS = {("hierarchy", "account_disable"): 2, ("hierarchy", "client_end"): 2}
# A refresh writes no journal row, and what fails here is the journal's; `test_sessions_end` has its histories.
UNJOURNALED = {("hierarchy", "session_refresh")}
