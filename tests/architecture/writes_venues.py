"""Examples of the write routes of venues, bookings, loans, rosters, swaps and contact sheets; see `writes.py`."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from services.hierarchy.people import service as people
from shared.kernel.periods import CHINA
from shared.kernel.rights import Role
from tests.architecture.writes import COMMUNITY, Example, Scene, Try
from tests.hierarchy.small import load_small, loader
from tests.support.world import Somebody

_LATER = datetime.now(UTC).astimezone(CHINA).date() + timedelta(days=2)
_BORROWER = {"name": "虚构居民", "phone": "10055550001"}
_BECAUSE = {"reason_kind": "contact_resident", "reason": "逾期未还，电话询问"}
_RULES = {"title": "联系卡", "numbers": ["building_head"], "lines": [{"label": "社区", "number": "12345"}]}


def _times(begin: int = 14, end: int = 16) -> dict[str, str]:
    at = datetime(_LATER.year, _LATER.month, _LATER.day, tzinfo=CHINA)
    return {"begins_at": at.replace(hour=begin).isoformat(), "ends_at": at.replace(hour=end).isoformat()}


async def _venue(scene: Scene) -> str:
    await load_small(scene.service, scene.district)
    body = {"kind": "station", "name": "驿站", "place": f"{scene.district}100001", "capacity": 10}
    return str((await scene.done(scene.staff, "/venues", body))["id"])


async def _create_venue(scene: Scene) -> Try:
    await load_small(scene.service, scene.district)
    body = {"kind": "station", "name": "驿站", "place": f"{scene.district}100001", "address": "示例路1号"}
    return scene.ask(scene.staff, "/venues", body)


async def _of_venue(scene: Scene, act: str, body: dict[str, Any]) -> Try:
    venue = await _venue(scene)
    if act == "reopen":
        await scene.done(scene.staff, f"/venues/{venue}/close", {"reason": "搬迁"})
    return scene.ask(scene.staff, f"/venues/{venue}/{act}", body)


async def _booking(scene: Scene, move: str, who: str, body: dict[str, Any]) -> Try:
    venue = await _venue(scene)
    asked = {**_times(), "people": 3, "purpose": "议事"}
    booking = (await scene.done(scene.resident, f"/venues/{venue}/bookings", asked))["id"]
    if move in ("revoke", "confirm_use", "mark_unused"):
        await scene.done(scene.staff, f"/bookings/{booking}/approve")
    if move in ("confirm_use", "mark_unused"):
        sql = "UPDATE hierarchy.bookings SET begins_at = now() - interval '1 minute' WHERE district = $1"
        await scene.owner.execute(sql, scene.district)
    return scene.ask(getattr(scene, who), f"/bookings/{booking}/{move}", body)


async def _item(scene: Scene) -> str:
    path = f"/venues/{await _venue(scene)}/items"
    return str((await scene.done(scene.staff, path, {"name": "爱心雨伞", "total": 3}))["id"])


async def _item_edit(scene: Scene) -> Try:
    return scene.ask(scene.staff, f"/items/{await _item(scene)}/edit", {"total": 5})


async def _lend(scene: Scene) -> Try:
    return scene.ask(scene.staff, f"/items/{await _item(scene)}/loans", _BORROWER)


async def _loan(scene: Scene, move: str, body: dict[str, Any]) -> Try:
    loan = (await scene.done(scene.staff, f"/items/{await _item(scene)}/loans", _BORROWER))["id"]
    return scene.ask(scene.staff, f"/loans/{loan}/{move}", body)


# --- rosters -----------------------------------------------------------------------------------------------------


async def _people(scene: Scene) -> list[Somebody]:
    """Two who are known here, by their numbers."""
    numbers = [f"1000{int(scene.district):06}{n}" for n in (1, 2)]
    rows = [
        {"code": f"{scene.district}-k-{n}", "name": f"虚构值班员{n}", "phone": number, "listed_as": "keeper",
         "path": COMMUNITY, "party_member": False, "invented": True, "attributes": {}}
        for n, number in enumerate(numbers)
    ]  # fmt: skip
    async with loader(scene.service, scene.district) as work:
        await work.begin()
        await people.put(work, scene.service.vault, rows)
        found = [await people.by_phone(work, scene.service.vault, number) for number in numbers]
    return [Somebody(scene.district, ((Role.COMMUNITY_STAFF, COMMUNITY),), row["id"]) for row in found if row]


async def _roster(scene: Scene) -> tuple[str, list[Somebody]]:
    venue, keepers = await _venue(scene), await _people(scene)
    roster = (await scene.done(scene.staff, "/rosters", {"name": "值班表", "venue": venue}))["id"]
    for one in keepers:
        await scene.done(scene.staff, f"/rosters/{roster}/members", {"person": str(one.id), "label": "社工"})
    return roster, keepers


async def _create_roster(scene: Scene) -> Try:
    return scene.ask(scene.staff, "/rosters", {"name": "值班表", "venue": await _venue(scene)})


async def _of_roster(scene: Scene, act: str) -> Try:
    roster, (first, second) = await _roster(scene)
    days = {"since": str(_LATER), "until": str(_LATER)}
    bodies: dict[str, dict[str, Any]] = {
        "edit": {"name": "改名"},
        "end": {"reason": "搬迁"},
        "resume": {"reason": "搬好了"},
        "members": {"person": str(first.id), "label": "志愿者"},
        "leave": {"person": str(first.id)},
        "hand-over": {"person": str(first.id), "successor": str(second.id), "since": str(_LATER)},
        "shifts": {"person": str(first.id), **_times()},
        "rotate": days,
        "publish": days | {"accept_gaps": "试行"},
    }
    if act == "resume":
        await scene.done(scene.staff, f"/rosters/{roster}/end", {"reason": "搬迁"})
    if act in ("hand-over", "publish"):
        await scene.done(scene.staff, f"/rosters/{roster}/shifts", bodies["shifts"])
    return scene.ask(scene.staff, f"/rosters/{roster}/{act}", bodies[act])


async def _published(scene: Scene) -> tuple[str, Somebody, Somebody]:
    roster, (first, second) = await _roster(scene)
    shift = (await scene.done(scene.staff, f"/rosters/{roster}/shifts", {"person": str(first.id), **_times()}))["id"]
    days = {"since": str(_LATER), "until": str(_LATER), "accept_gaps": "试行"}
    await scene.done(scene.staff, f"/rosters/{roster}/publish", days)
    return shift, first, second


async def _shift(scene: Scene, move: str) -> Try:
    shift, first, second = await _published(scene)
    if move in ("check_in", "check_out", "mark_missed"):
        sql = "UPDATE hierarchy.shifts SET begins_at = now() - interval '1 minute' WHERE district = $1"
        await scene.owner.execute(sql, scene.district)
    if move == "check_out":
        await scene.done(first, f"/shifts/{shift}/check_in")
    because = {"reason": "临时有事"}
    bodies = {"reassign": {"person": str(second.id)}, "cancel": because, "mark_missed": because}
    who = first if move in ("check_in", "check_out") else scene.staff
    return scene.ask(who, f"/shifts/{shift}/{move}", bodies.get(move, {}))


async def _ask_swap(scene: Scene) -> Try:
    shift, first, second = await _published(scene)
    return scene.ask(first, f"/shifts/{shift}/swaps", {"asked": str(second.id)})


async def _calendar(scene: Scene, end: bool) -> Try:  # noqa: FBT001 - by `partial`
    if end:
        await scene.done(scene.resident, "/shifts/mine/calendar")
    return scene.ask(scene.resident, "/shifts/mine/calendar" + ("/end" if end else ""), {})


async def _swap(scene: Scene, move: str) -> Try:
    shift, first, second = await _published(scene)
    if move in ("consent", "approve", "refuse"):
        sql = "UPDATE hierarchy.rosters SET swaps_need_approval = true WHERE district = $1"
        await scene.owner.execute(sql, scene.district)
    swap = (await scene.done(first, f"/shifts/{shift}/swaps", {"asked": str(second.id)}))["id"]
    if move in ("approve", "refuse"):
        await scene.done(second, f"/swaps/{swap}/consent")
    who = {"withdraw": first, "approve": scene.staff, "refuse": scene.staff}.get(move, second)
    return scene.ask(who, f"/swaps/{swap}/{move}", {"reason": "当晚须有两委委员在岗"} if move == "refuse" else {})


# --- contact sheets ------------------------------------------------------------------------------------------------


async def _sheet_rules(scene: Scene) -> Try:
    await load_small(scene.service, scene.district)
    return scene.ask(scene.staff, f"/places/{scene.district}100001/contact-sheet/rules", _RULES)


async def _post_number(scene: Scene) -> Try:
    await load_small(scene.service, scene.district)
    path = f"/posts/{scene.district}100001-secretary/public-number"
    return scene.ask(scene.staff, path, {"number": "10099990001"})


_DIFFERS = {"day": str(_LATER), "parts": [], "reason": "检修"}
_EXTENDED = {"due_at": (datetime.now(UTC) + timedelta(days=20)).isoformat()}
_REASON = {"reason": "当天另有活动"}
_BY_NAME: dict[str, Example] = {
    "venue_create": _create_venue,
    "venue_edit": partial(_of_venue, act="edit", body={"name": "改名"}),
    "venue_close": partial(_of_venue, act="close", body={"reason": "搬迁"}),
    "venue_reopen": partial(_of_venue, act="reopen", body={"reason": "搬好了"}),
    "venue_set_exception": partial(_of_venue, act="exceptions", body=_DIFFERS),
    "venue_set_exception:back": partial(_of_venue, act="exceptions", body=_DIFFERS | {"parts": None}),
    "venue_count_visits": partial(_of_venue, act="visits", body={"day": "2025-03-01", "count": 20}),
    "booking_request": partial(
        _of_venue, act="bookings", body={**_times(9, 10), "people": 3, "purpose": "议事"}
    ),
    "booking_approve": partial(_booking, move="approve", who="staff", body={}),
    "booking_refuse": partial(_booking, move="refuse", who="staff", body=_REASON),
    "booking_cancel": partial(_booking, move="cancel", who="resident", body={}),
    "booking_revoke": partial(_booking, move="revoke", who="staff", body=_REASON),
    "booking_confirm_use": partial(_booking, move="confirm_use", who="staff", body={}),
    "booking_mark_unused": partial(_booking, move="mark_unused", who="staff", body={}),
    "item_add": partial(_of_venue, act="items", body={"name": "轮椅", "total": 1}),
    "item_edit": _item_edit,
    "loan_lend": _lend,
    "loan_extend": partial(_loan, move="extend", body=_EXTENDED),
    "loan_give_back": partial(_loan, move="give_back", body={}),
    "loan_lose": partial(_loan, move="lose", body={"reason": "借用人称遗失"}),
    "loan_reveal": partial(_loan, move="reveal", body=_BECAUSE),
    "roster_create": _create_roster,
    "roster_join": partial(_of_roster, act="members"),
    "roster_hand_over": partial(_of_roster, act="hand-over"),
    "shift_plan": partial(_of_roster, act="shifts"),
    **{f"roster_{act}": partial(_of_roster, act=act)
       for act in ("leave", "edit", "end", "resume", "rotate", "publish")},
    **{f"shift_{move}": partial(_shift, move=move)
       for move in ("check_in", "check_out", "reassign", "cancel", "mark_missed")},
    "calendar_make": partial(_calendar, end=False),
    "calendar_end": partial(_calendar, end=True),
    "swap_ask": _ask_swap,
    **{f"swap_{move}": partial(_swap, move=move)
       for move in ("accept", "consent", "decline", "withdraw", "approve", "refuse")},
    "contact_sheet_set_rules": _sheet_rules,
    "post_set_number": _post_number,
}  # fmt: skip
VENUES: dict[tuple[str, str], Example] = {("hierarchy", name): example for name, example in _BY_NAME.items()}
