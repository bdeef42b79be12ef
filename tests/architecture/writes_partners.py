"""Examples of the write routes of organisations, bodies, partners and evaluations; see `writes.py`."""

from functools import partial
from typing import Any
from uuid import UUID

from shared.kernel.rights import Role
from tests.architecture.writes import COMMUNITY, Example, Scene, Try
from tests.hierarchy.partnership import settle
from tests.support.world import Somebody, somebody

_WHY = {"reason": "虚构事由"}
_CHARTER = {"charter": {"seats": [{"key": "seat_resident", "label": "居民代表", "seats": 3}]}}
_TERM = {"starts_on": "2026-01-01", "ends_on": "2035-12-31"}
_CLAUSES = [{"text": "每月开展一次联办活动", "at_least": 1, "per": "month"}]
_PARTIES = ("served", "branch", "owners")


def _place(scene: Scene) -> str:
    return f"{scene.district}100001"


async def _people(scene: Scene) -> list[UUID]:
    return await settle(scene.service, scene.district)


def _new(scene: Scene, kind: str = "partner") -> dict[str, Any]:
    return {"kind": kind, "name": "示例单位", "place": _place(scene)}


async def _organisation(scene: Scene, kind: str = "partner") -> str:
    return str((await scene.done(scene.staff, "/organisations", _new(scene, kind)))["code"])


async def _create(scene: Scene) -> Try:
    await _people(scene)
    return scene.ask(scene.staff, "/organisations", _new(scene))


async def _of_organisation(scene: Scene, act: str, body: dict[str, Any]) -> Try:
    people = await _people(scene)
    given = body or {"person": str(people[0])}
    if act == "responsibilities":
        given = {"place": _place(scene), "categories": ["WY"]}
    return scene.ask(scene.staff, f"/organisations/{await _organisation(scene)}/{act}", given)


async def _leave(scene: Scene) -> Try:
    people = await _people(scene)
    path = f"/organisations/{await _organisation(scene)}/members"
    member = await scene.done(scene.staff, path, {"person": str(people[0])})
    return scene.ask(scene.staff, f"/organisation-members/{member['id']}/leave", _WHY)


async def _end_mandate(scene: Scene) -> Try:
    await _people(scene)
    path = f"/organisations/{await _organisation(scene)}/responsibilities"
    mandate = await scene.done(scene.staff, path, {"place": _place(scene), "categories": ["WY"]})
    return scene.ask(scene.staff, f"/mandates/{mandate['id']}/end", _WHY)


async def _body(scene: Scene, act: str) -> Try:
    people = await _people(scene)
    path = f"/bodies/{await _organisation(scene, 'council')}"
    if act == "charter":
        return scene.ask(scene.staff, f"{path}/charter", _CHARTER)
    await scene.done(scene.staff, f"{path}/charter", _CHARTER)
    bodies: dict[str, dict[str, Any]] = {
        "seats": {"seat": "seat_resident", "person": str(people[0])},
    }
    return scene.ask(scene.staff, f"{path}/{act}", bodies[act])


async def _expert(scene: Scene, move: str = "", body: dict[str, Any] | None = None) -> Try:
    people = await _people(scene)
    new = {"person": str(people[0]), "place": _place(scene), "fields": ["法律"]}
    if not move:
        return scene.ask(scene.staff, "/experts", new)
    path = f"/experts/{(await scene.done(scene.staff, '/experts', new))['id']}"
    if move == "relist":
        await scene.done(scene.staff, f"{path}/leave")
    return scene.ask(scene.staff, f"{path}/{move}", body or {})


async def _report_in(scene: Scene, move: str = "", body: dict[str, Any] | None = None) -> Try:
    people = await _people(scene)
    new = {"place": _place(scene), "person": str(people[0]), "unit_name": "示例单位"}
    if not move:
        return scene.ask(scene.staff, "/report-ins", new)
    made = (await scene.done(scene.staff, "/report-ins", new))["id"]
    return scene.ask(scene.staff, f"/report-ins/{made}/{move}", body or {})


async def _agreement(scene: Scene, move: str = "", body: dict[str, Any] | None = None) -> Try:
    await _people(scene)
    partner = await _organisation(scene)
    new = {"organisation": partner, "place": _place(scene), "title": "共建协议", "clauses": _CLAUSES, **_TERM}
    if not move:
        return scene.ask(scene.staff, "/agreements", new)
    path = f"/agreements/{(await scene.done(scene.staff, '/agreements', new))['id']}"
    if move in ("deliver", "renew", "terminate"):
        await scene.done(scene.staff, f"{path}/sign")
        sql = "UPDATE hierarchy.agreements SET step = 'running' WHERE district = $1"
        await scene.owner.execute(sql, scene.district)
    return scene.ask(scene.staff, f"{path}/{move}", body or {})


async def _listing(scene: Scene, move: str = "", body: dict[str, Any] | None = None) -> Try:
    await _people(scene)
    partner = await _organisation(scene)
    new = {"kind": "need", "place": _place(scene), "title": "独居老人义诊", "tags": ["义诊"]}
    if not move:
        return scene.ask(scene.staff, "/listings", new)
    path = f"/listings/{(await scene.done(scene.staff, '/listings', new))['id']}"
    taking = {"organisation": partner}
    if move in ("finish", "release"):
        path = f"/listings/{(await scene.done(scene.staff, f'{path}/take', taking))['id']}"
    return scene.ask(scene.staff, f"{path}/{move}", taking if move == "take" else body or {})


async def _evaluation(scene: Scene, move: str = "") -> Try:
    people = await _people(scene)
    raters = dict(zip(_PARTIES, people, strict=False))
    new = {"subject": await _organisation(scene), "year": 2026, "due_on": "2199-12-31",
           "raters": {party: str(person) for party, person in raters.items()}}  # fmt: skip
    if not move:
        return scene.ask(scene.staff, "/evaluations", new)
    path = f"/evaluations/{(await scene.done(scene.staff, '/evaluations', new))['id']}"
    if move == "score":
        return scene.ask(_rater(scene, raters["served"]), f"{path}/score", {"score": 80})
    scores = zip(_PARTIES, (95, 90, 40), strict=True) if move in ("accept", "reopen") else ()
    for party, score in scores:
        await scene.done(_rater(scene, raters[party]), f"{path}/score", {"score": score})
    return scene.ask(scene.staff, f"{path}/{move}", _WHY)


def _rater(scene: Scene, person: UUID) -> Somebody:
    return somebody(scene.district, Role.RESIDENT, COMMUNITY, id=person)


_RENEWED = {"starts_on": "2199-01-01", "ends_on": "2199-12-31"}
_BY_NAME: dict[str, Example] = {
    "organisation_create": _create,
    "organisation_edit": partial(_of_organisation, act="edit", body={"name": "改名"}),
    "organisation_close": partial(_of_organisation, act="close", body=_WHY),
    "organisation_join": partial(_of_organisation, act="members", body={}),
    "organisation_leave": _leave,
    "mandate_give": partial(_of_organisation, act="responsibilities", body={}),
    "mandate_end": _end_mandate,
    "body_set_charter": partial(_body, act="charter"),
    "body_take_seat": partial(_body, act="seats"),
    "expert_create": _expert,
    "expert_edit": partial(_expert, move="edit", body={"fields": ["会计"]}),
    "expert_pause": partial(_expert, move="pause", body={"until": "2199-01-01"}),
    "expert_resume": partial(_expert, move="resume"),
    "expert_leave": partial(_expert, move="leave"),
    "expert_relist": partial(_expert, move="relist"),
    "report_in_create": _report_in,
    "report_in_edit": partial(_report_in, move="edit", body={"hours": 3}),
    "report_in_confirm": partial(_report_in, move="confirm"),
    "report_in_refuse": partial(_report_in, move="refuse", body=_WHY),
    "report_in_deregister": partial(_report_in, move="deregister", body=_WHY),
    "agreement_draft": _agreement,
    "agreement_edit": partial(_agreement, move="edit", body={"title": "改名"}),
    "agreement_sign": partial(_agreement, move="sign"),
    "agreement_withdraw": partial(_agreement, move="withdraw", body=_WHY),
    "agreement_terminate": partial(_agreement, move="terminate", body=_WHY),
    "agreement_deliver": partial(_agreement, move="deliver", body={"clause": 1, "day": "2026-01-05", "note": "义诊"}),
    "agreement_renew": partial(_agreement, move="renew", body=_RENEWED),
    "listing_create": _listing,
    "listing_edit": partial(_listing, move="edit", body={"title": "改名"}),
    "listing_withdraw": partial(_listing, move="withdraw", body=_WHY),
    "listing_take": partial(_listing, move="take"),
    "listing_finish": partial(_listing, move="finish", body={"result": "已办"}),
    "listing_release": partial(_listing, move="release", body=_WHY),
    "evaluation_begin": _evaluation,
    **{f"evaluation_{move}": partial(_evaluation, move=move) for move in ("score", "withdraw", "accept", "reopen")},
}
PARTNERS: dict[tuple[str, str], Example] = {("hierarchy", name): example for name, example in _BY_NAME.items()}
# Questions that write nothing need no example.
QUESTIONS = {("hierarchy", "body_ask_quorum"), ("hierarchy", "capability_match")}
# A charter makes three seats; a seat is taken by an appointment, a renewal is a draft, a project is told to its need.
EFFECTS = {("hierarchy", "body_set_charter"): 4} | {
    ("hierarchy", name): 2
    for name in ("body_take_seat", "agreement_renew", "listing_take", "listing_finish", "listing_release")
}
