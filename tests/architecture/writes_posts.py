"""Examples of the write routes of structures, candidacies, appointments, records and hand-overs; see `writes.py`."""

import json
from functools import partial
from typing import Any
from uuid import UUID

from services.hierarchy.people import service as people
from shared.runtime.ids import new_id
from tests.architecture.writes import COMMUNITY, Example, Scene, Try
from tests.hierarchy.small import load_small, loader
from tests.support.world import service_headers

_WHY = {"reason": "换届"}


async def _small(scene: Scene) -> UUID:
    """The small district with one more neighbour: who that is."""
    await load_small(scene.service, scene.district)
    code = f"{scene.district}-neighbour"
    row: dict[str, Any] = {
        "code": code, "name": "虚构邻居", "phone": "10077779999", "listed_as": "member", "path": COMMUNITY,
        "party_member": False, "invented": True, "attributes": {},
    }  # fmt: skip
    async with loader(scene.service, scene.district) as work:
        await work.begin()
        ids, _ = await people.put(work, scene.service.vault, [row])
    return ids[code]


def _text(scene: Scene) -> dict[str, str]:
    posts = [("building_head", "building_head"), ("secretary", "community_staff")]
    document = {
        "name": "示例架构", "version": 2, "in_force": "2024-01-01", "place": f"{scene.district}100001",
        "levels": [{"key": "community", "name": "社区", "kind": "place", "of": "community"}],
        "posts": [
            {"key": key, "name": key, "level": "community", "role": role, "appointed_by": "街道"} for key, role in posts
        ],
    }  # fmt: skip
    return {"text": json.dumps(document), "format": "json"}


async def _upload(scene: Scene) -> Try:
    await _small(scene)
    return scene.ask(scene.operator, "/structures", _text(scene))


async def _version(scene: Scene, move: str, body: dict[str, Any]) -> Try:
    await _small(scene)
    made = await scene.done(scene.operator, "/structures", _text(scene))
    return scene.ask(scene.operator, f"/structures/versions/{made['id']}/{move}", body)


async def _add_post(scene: Scene) -> Try:
    await _small(scene)
    return scene.ask(scene.staff, "/posts", {"kind": "building_head", "place": f"{scene.district}100001"})


async def _begin(scene: Scene) -> Try:
    person = await _small(scene)
    post = (await scene.done(scene.staff, "/posts", {"kind": "building_head", "place": f"{scene.district}100001"}))[
        "code"
    ]
    return scene.ask(scene.staff, "/candidacies", {"post": post, "origin": "recruited", "person": str(person)})


async def _candidacy(scene: Scene, move: str, body: dict[str, Any]) -> Try:
    attempt = await _begin(scene)
    made = json.loads((await scene.send(attempt)).content)
    path = f"/candidacies/{made['id']}"
    who = scene.staff
    if move in ("agree", "withdraw"):
        await scene.owner.execute(
            "UPDATE hierarchy.candidacies SET step = 'proposed', person_id = $2 WHERE district = $1",
            scene.district, scene.resident.id,
        )  # fmt: skip
        who = scene.resident
    if move == "appoint":
        await scene.done(scene.staff, f"{path}/review")
    return scene.ask(who, f"{path}/{move}", body)


async def _appointment(scene: Scene, move: str, body: dict[str, Any]) -> Try:
    person = await _small(scene)
    sql = "SELECT id FROM hierarchy.appointments WHERE district = $1"
    held = await scene.owner.fetchval(sql, scene.district)
    more = {"successor": str(person)} if move == "hand_over" else {}
    return scene.ask(scene.staff, f"/appointments/{held}/{move}", body | more)


async def _record(scene: Scene, move: str | None = None) -> Try:
    person = await _small(scene)
    body: dict[str, Any] = {"person": str(person), "content": {"kind": "badge", "what": "红胸牌"}}
    if move == "log":
        mentor = await scene.owner.fetchval(
            "SELECT id FROM hierarchy.people WHERE district = $1 AND id <> $2", scene.district, person
        )
        body["content"] = {"kind": "mentoring", "mentor": str(mentor), "subject": "跟岗"}
    if move is None:
        return scene.ask(scene.operator, "/records", body)
    made = await scene.done(scene.operator, "/records", body)
    given = {"what": "随师傅入户"} if move == "log" else {"reason": "归还"}
    return scene.ask(scene.operator, f"/records/{made['id']}/{move}", given)


async def _notice(scene: Scene, move: str | None = None) -> Try:
    await _small(scene)
    body = {"place": f"{scene.district}100001", "title": "停水", "content": "请转告住户"}
    if move is None:
        return scene.ask(scene.staff, "/notices", body)
    made = await scene.done(scene.staff, "/notices", body)
    if move == "withdraw":
        return scene.ask(scene.staff, f"/notices/{made['id']}/withdraw", _WHY)
    await scene.owner.execute(
        "UPDATE hierarchy.notice_receipts SET person_id = $2 WHERE district = $1", scene.district, scene.resident.id
    )
    return scene.ask(scene.resident, f"/notices/{made['id']}/{move}", {})


async def _hand_over(scene: Scene) -> Try:
    """In tickets, as hierarchy's job asks."""
    body = {"person_id": str(new_id()), "successor_id": str(new_id()), "posts": ["post-1"]}
    made = scene.ask(scene.staff, "/caseloads/hand-over", body)
    made.headers |= service_headers(scene.district, "hierarchy", "tickets")
    return made


async def _organiser_hand_over(scene: Scene) -> Try:
    """In events, as hierarchy's job asks."""
    body = {"person_id": str(new_id()), "successor_id": str(new_id()), "within": None}
    made = scene.ask(scene.staff, "/organisers/hand-over", body)
    made.headers |= service_headers(scene.district, "hierarchy", "events")
    return made


POSTS: dict[tuple[str, str], Example] = {
    ("hierarchy", "structure_upload"): _upload,
    ("hierarchy", "structure_activate"): partial(_version, move="activate", body={}),
    ("hierarchy", "structure_withdraw"): partial(_version, move="withdraw", body=_WHY),
    ("hierarchy", "post_add"): _add_post,
    ("hierarchy", "candidacy_begin"): _begin,
    ("hierarchy", "candidacy_agree"): partial(_candidacy, move="agree", body={}),
    ("hierarchy", "candidacy_withdraw"): partial(_candidacy, move="withdraw", body=_WHY),
    ("hierarchy", "candidacy_score"): partial(_candidacy, move="score", body={"scores": {}}),
    ("hierarchy", "candidacy_review"): partial(_candidacy, move="review", body={}),
    ("hierarchy", "candidacy_reject"): partial(_candidacy, move="reject", body=_WHY),
    ("hierarchy", "candidacy_appoint"): partial(_candidacy, move="appoint", body={}),
    ("hierarchy", "appointment_renew"): partial(_appointment, move="renew", body={"term_ends": "2199-12-31", **_WHY}),
    ("hierarchy", "appointment_end"): partial(_appointment, move="end", body=_WHY),
    ("hierarchy", "appointment_hand_over"): partial(_appointment, move="hand_over", body=_WHY),
    ("hierarchy", "notice_send"): _notice,
    ("hierarchy", "notice_acknowledge"): partial(_notice, move="acknowledge"),
    ("hierarchy", "notice_withdraw"): partial(_notice, move="withdraw"),
    ("hierarchy", "record_add"): _record,
    ("hierarchy", "record_log"): partial(_record, move="log"),
    ("hierarchy", "record_close"): partial(_record, move="close"),
    ("hierarchy", "record_strike"): partial(_record, move="strike"),
    ("tickets", "caseload_hand_over"): _hand_over,
    ("events", "organiser_hand_over"): _organiser_hand_over,
}
# The version that is replaced, the successor's appointment, the appointment that comes of it.
EFFECTS = {
    ("hierarchy", "structure_activate"): 2,
    ("hierarchy", "appointment_hand_over"): 2,
    ("hierarchy", "candidacy_appoint"): 2,
}
LOOK_UPS = {("hierarchy", "structure_try")}
