"""A valid request for every write route of the three services. A new write route needs one here, or its test fails.

An example prepares its case through the public API (and the jobs that follow) and returns the request that is tried.
`route:variant` is another example of the same route.
"""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx

from shared.kernel.paths import ROOT, child
from shared.kernel.rights import Role
from shared.runtime.ids import new_id
from shared.runtime.service import Service
from shared.runtime.webhooks import sign
from tests.hierarchy.small import load_small
from tests.support.stand_in import StandIn
from tests.support.steps import run_due
from tests.support.world import Somebody, somebody

STREET = child(ROOT, 1)
COMMUNITY = child(STREET, 1)


@dataclass
class Try:
    """One request, to be sent as often as a test likes."""

    method: str
    path: str
    content: bytes
    headers: dict[str, str]
    key: str


@dataclass
class Scene:
    """One district of one service with its people. `broken` says whether commits fail there."""

    name: str
    service: Service
    http: httpx.AsyncClient
    hierarchy: StandIn
    owner: asyncpg.Connection
    district: str
    resident: Somebody = field(init=False)
    staff: Somebody = field(init=False)
    head: Somebody = field(init=False)
    grid_worker: Somebody = field(init=False)
    operator: Somebody = field(init=False)

    def __post_init__(self) -> None:
        self.resident = somebody(self.district, Role.RESIDENT, COMMUNITY)
        self.staff = somebody(self.district, Role.COMMUNITY_STAFF, COMMUNITY)
        self.head = somebody(self.district, Role.BUILDING_HEAD, COMMUNITY)
        self.grid_worker = somebody(self.district, Role.GRID_WORKER, COMMUNITY)
        self.operator = somebody(self.district, Role.OPERATOR, ROOT)
        self.hierarchy.mood = "well"
        for kept in (self.hierarchy.places, self.hierarchy.chain):
            kept.clear()
        place = self.hierarchy.place("C1", COMMUNITY)
        self.hierarchy.link("楼栋长", self.head.id, place, Role.BUILDING_HEAD)
        self.hierarchy.link("网格长", self.grid_worker.id, place, Role.GRID_WORKER)

    def ask(self, who: Somebody, path: str, body: dict[str, Any], method: str = "POST") -> Try:
        key = str(new_id())
        headers = who.writes(key) | {"content-type": "application/json"}
        return Try(method, f"/api/{self.name}/v1{path}", json.dumps(body).encode(), headers, key)

    async def send(self, one: Try) -> httpx.Response:
        return await self.http.request(one.method, one.path, content=one.content, headers=one.headers)

    async def done(self, who: Somebody, path: str, body: dict[str, Any] | None = None, method: str = "POST") -> Any:
        answer = await self.send(self.ask(who, path, body or {}, method))
        assert answer.is_success, (path, answer.text)
        return answer.json()

    async def work(self) -> None:
        await run_due(self.service, self.district)

    async def journal(self) -> int:
        sql = f"SELECT count(*) FROM {self.name}.journal WHERE district = $1"
        return int(await self.owner.fetchval(sql, self.district))

    async def with_key(self, key: str) -> int:
        sql = f"SELECT count(*) FROM {self.name}.journal WHERE district = $1 AND request_key = $2"
        return int(await self.owner.fetchval(sql, self.district, key))

    async def commits_fail(self, *, fail: bool) -> None:
        await self.owner.execute("DELETE FROM broken WHERE district = $1", self.district)
        if fail:
            await self.owner.execute("INSERT INTO broken VALUES ($1)", self.district)


Example = Callable[[Scene], Awaitable[Try]]

# --- tickets ---------------------------------------------------------------------------------------------------

APPEAL = {
    "title": "3号楼暖气不热",
    "content": "从昨晚起暖气片冰凉。",
    "place": "C1",
    "category": "JC05",
    "urgency": "L3",
}
FILING = {"category": "JC05", "urgency": "L3"}
RESULT = {
    "result": "resolved",
    "internal_note": "更换了阀门。",
    "public_reply": "暖气已恢复。",
    "evidence": [{"kind": "photo", "description": "更换后的阀门"}],
}
# How a case gets to the step before: who makes which move, with what.
Steps = list[tuple[str, str, dict[str, Any]]]
TO_ASSIGN: Steps = [("staff", "file", FILING), ("", "work", {})]
TO_HANDLE: Steps = [*TO_ASSIGN, ("head", "sign", {})]
TO_FEEDBACK: Steps = [*TO_HANDLE, ("head", "resolve", RESULT)]
TO_RATE: Steps = [*TO_FEEDBACK, ("head", "reply", {"text": "您好，已恢复。"})]
CALLED: tuple[str, str, dict[str, Any]] = ("staff", "call_back", {"reached": True, "resolved": True})
MOVES: dict[str, tuple[Steps, str, dict[str, Any]]] = {
    "supplement": ([], "resident", {"content": "家里有老人。"}),
    "withdraw": ([], "resident", {}),
    "file": ([], "staff", FILING),
    "refuse": ([], "staff", {"reason": "outside_territory", "note": "不在本辖区。"}),
    "assign": (TO_ASSIGN, "staff", {"post": "post-2"}),
    "sign": (TO_ASSIGN, "head", {}),
    "escalate": (TO_HANDLE, "head", {"reason": "需要网格协调"}),
    "hand_back": (TO_ASSIGN, "head", {"reason": "not_this_unit", "note": "不属于本楼"}),
    "urge": (TO_HANDLE, "resident", {"note": "请尽快"}),
    "contact": (TO_HANDLE, "head", {"reached": True, "note": "已电话联系"}),
    "progress": (TO_HANDLE, "head", {"note": "物业已到场"}),
    "suspend": (TO_HANDLE, "head", {"reason": "等待配件"}),
    "resume": ([*TO_HANDLE, ("head", "suspend", {"reason": "等待配件"})], "head", {}),
    "resolve": (TO_HANDLE, "head", RESULT),
    "reply": (TO_FEEDBACK, "head", {"text": "您好，已恢复。"}),
    "call_back": (TO_RATE, "staff", {"reached": True, "resolved": True}),
    "rate": (TO_RATE, "resident", {"score": 5, "resolved": True}),
    "rework": (TO_RATE, "resident", {"reason": "又不热了"}),
    "close": ([*TO_RATE, CALLED], "staff", {}),
}


async def _appeal(scene: Scene, steps: Steps) -> str:
    appeal: str = (await scene.done(scene.resident, "/appeals", APPEAL))["id"]
    for who, move, given in steps:
        if move == "work":
            await scene.work()
        else:
            await scene.done(getattr(scene, who), f"/appeals/{appeal}/{move}", given)
    return appeal


def _move(name: str) -> Example:
    async def example(scene: Scene) -> Try:
        steps, who, given = MOVES[name]
        return scene.ask(getattr(scene, who), f"/appeals/{await _appeal(scene, steps)}/{name}", given)

    return example


async def _report(scene: Scene) -> Try:
    return scene.ask(scene.resident, "/appeals", APPEAL)


async def _locate(scene: Scene) -> Try:
    """Reported while hierarchy was down, at a place never met before."""
    scene.hierarchy.mood = "down"
    code = f"N{new_id().hex[:12]}"
    appeal = (await scene.done(scene.resident, "/appeals", APPEAL | {"place": code}))["id"]
    scene.hierarchy.mood = "well"
    return scene.ask(scene.operator, f"/appeals/{appeal}/locate", {"place": "C1"})


async def _merge(scene: Scene) -> Try:
    other = await scene.done(scene.resident, "/appeals", APPEAL)
    return scene.ask(scene.staff, f"/appeals/{await _appeal(scene, [])}/merge", {"of": other["number"]})


async def _hotline_put(scene: Scene) -> Try:
    return scene.ask(scene.operator, f"/hotlines/{scene.district}-12345", {"name": "测试热线"}, "PUT")


async def _secret(scene: Scene) -> str:
    path = f"/hotlines/{scene.district}-12345"
    secret: str = (await scene.done(scene.operator, path, {"name": "测试热线"}, "PUT"))["secret"]
    return secret


def _signed(scene: Scene, secret: str, event: dict[str, Any]) -> Try:
    body, key = json.dumps(event).encode(), f"msg_{new_id().hex}"
    headers = sign(secret, key, datetime.now(UTC), body) | {"content-type": "application/json"}
    return Try("POST", f"/api/tickets/v1/hotlines/{scene.district}-12345/events", body, headers, key)


def _order() -> dict[str, Any]:
    order = {
        "order_no": new_id().hex,
        "category": {"code": "JC05"},
        "title": "暖气不热",
        "content": "从昨晚起暖气片冰凉。",
        "caller": {"name": "甲某", "phone": "10000000001"},
        "occurred": {"place_code": "C1"},
    }
    return {"event": "order.dispatched", "order": order}


async def _hotline_order(scene: Scene) -> Try:
    return _signed(scene, await _secret(scene), _order())


async def _hotline_result(scene: Scene) -> Try:
    """A call-back with its score: two moves in one transaction."""
    secret, order = await _secret(scene), _order()
    taken = await scene.send(_signed(scene, secret, order))
    await scene.work()
    for who, move, given in [*TO_RATE[2:]]:
        await scene.done(getattr(scene, who), f"/appeals/{taken.json()['appeal_id']}/{move}", given)
    result = {"reached": True, "resolved": True, "score": 5}
    event = {"event": "order.callback_result", "order_no": order["order"]["order_no"], "callback": result}
    return _signed(scene, secret, event)


# --- events --------------------------------------------------------------------------------------------------------


async def _activity(scene: Scene, *moves: str, begun: bool = False) -> str:
    starts = datetime.now(UTC) + timedelta(days=1)
    body = _new_activity(starts)
    activity: str = (await scene.done(scene.staff, "/activities", body))["id"]
    for move in moves:
        await scene.done(scene.staff, f"/activities/{activity}/{move}")
    if begun:
        await _begin(scene, activity)
    return activity


async def _begin(scene: Scene, activity: str) -> None:
    sql = "UPDATE events.activities SET starts_at = now() - interval '1 minute' WHERE district = $1 AND id = $2"
    await scene.owner.execute(sql, scene.district, activity)


def _new_activity(starts: datetime) -> dict[str, Any]:
    ends = starts + timedelta(hours=2)
    times = {"starts_at": starts.isoformat(), "ends_at": ends.isoformat()}
    return {"title": "便民集市", "type": "fair", "place": "C1", "capacity": 5} | times


async def _activity_create(scene: Scene) -> Try:
    return scene.ask(scene.staff, "/activities", _new_activity(datetime.now(UTC) + timedelta(days=1)))


def _activity_move(name: str, given: dict[str, Any], *before: str, begun: bool = False) -> Example:
    async def example(scene: Scene) -> Try:
        return scene.ask(scene.staff, f"/activities/{await _activity(scene, *before, begun=begun)}/{name}", given)

    return example


async def _sign_up(scene: Scene) -> Try:
    return scene.ask(scene.resident, f"/activities/{await _activity(scene, 'open')}/registrations", {})


def _registration_move(name: str, who: str, *before: str, begun: bool = False) -> Example:
    async def example(scene: Scene) -> Try:
        activity = await _activity(scene, "open")
        registration = (await scene.done(scene.resident, f"/activities/{activity}/registrations"))["id"]
        if begun:
            await _begin(scene, activity)
        for move in before:
            await scene.done(scene.staff, f"/registrations/{registration}/{move}")
        return scene.ask(getattr(scene, who), f"/registrations/{registration}/{name}", {})

    return example


async def _walk_in(scene: Scene) -> Try:
    activity = await _activity(scene, "open", begun=True)
    return scene.ask(scene.staff, f"/activities/{activity}/walk-ins", {"person": str(new_id())})


# --- hierarchy -----------------------------------------------------------------------------------------------------


async def _place_move(scene: Scene) -> Try:
    await load_small(scene.service, scene.district)
    body = {"parent": f"{scene.district}100002"}
    return scene.ask(scene.operator, f"/places/{scene.district}100001-B01/move", body)


# --- all of them -----------------------------------------------------------------------------------------------------


async def _revive(scene: Scene) -> Try:
    job = new_id()
    sql = f"""INSERT INTO {scene.name}.jobs (district, id, name, queue, args, attempts, dead_at)
        VALUES ($1, $2, 'nobody.knows.it', 'local', '{{}}', 12, now())"""
    await scene.owner.execute(sql, scene.district, job)
    return scene.ask(scene.operator, f"/jobs/{job}/revive", {})


EXAMPLES: dict[tuple[str, str], Example] = {
    ("tickets", "appeal_report"): _report,
    ("tickets", "appeal_locate"): _locate,
    ("tickets", "appeal_merge"): _merge,
    **{("tickets", f"appeal_{name}"): _move(name) for name in MOVES},
    ("tickets", "hotline_put"): _hotline_put,
    ("tickets", "hotline_event"): _hotline_order,
    ("tickets", "hotline_event:result"): _hotline_result,
    ("events", "activity_create"): _activity_create,
    ("events", "activity_edit"): _activity_move("edit", {"title": "便民集市（改期）"}),
    ("events", "activity_open"): _activity_move("open", {}),
    ("events", "activity_cancel"): _activity_move("cancel", {"reason": "暴雨"}, "open"),
    ("events", "activity_close"): _activity_move("close", {}, "open"),
    ("events", "activity_reopen"): _activity_move("reopen", {}, "open", "close"),
    ("events", "activity_start"): _activity_move("start", {}, "open", begun=True),
    ("events", "activity_finish"): _activity_move("finish", {}, "open", "start"),
    ("events", "registration_sign_up"): _sign_up,
    ("events", "registration_confirm"): _registration_move("confirm", "resident"),
    ("events", "registration_cancel"): _registration_move("cancel", "resident"),
    ("events", "registration_mark_absent"): _registration_move("mark_absent", "staff", begun=True),
    ("events", "registration_check_in"): _registration_move("check_in", "staff", begun=True),
    ("events", "registration_check_out"): _registration_move("check_out", "staff", "check_in", begun=True),
    ("events", "attendance_walk_in"): _walk_in,
    ("hierarchy", "place_move"): _place_move,
    **{(service, "job_revive"): _revive for service in ("hierarchy", "tickets", "events")},
}
