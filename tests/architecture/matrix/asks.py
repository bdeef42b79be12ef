"""The request of a row: the route's own address with the thing's name in it, and a body that would succeed."""

import itertools
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from shared.kernel.paths import child
from shared.kernel.rights import Role
from tests.architecture.applications import ROUTES
from tests.architecture.matrix import households, partners, posts, venues
from tests.architecture.matrix.table import Row
from tests.architecture.matrix.things import Thing, make
from tests.architecture.matrix.world import BESIDE, CODE, COMMUNITY, PICTURE, World
from tests.architecture.writes import APPEAL, FILING, MOVES

ROUTE = {(route.service, route.name): route for route in ROUTES}
_BECAUSE = {"reason_kind": "contact_resident", "reason": "上门前电话确认时间"}
_BODIES: dict[str, dict[str, Any]] = {
    **{f"appeal_{name}": body for name, (_, _, body) in MOVES.items()},
    "appeal_locate": {},
    "appeal_file": FILING,
    "appeal_assign": {"post": None},
    "activity_edit": {"title": "便民集市（改）"},
    "activity_cancel": {"reason": "暴雨"},
    "registration_check_in": {"code": CODE},
    "registration_check_out": {"code": CODE},
    "hotline_put": {"name": "测试热线"},
    "contact_match": {"phone_index": "0" * 64},
    "appeal_confidentiality": {"confidential": True, "reason": "涉及家事"},
    "account_disable": {"reason": "手机遗失"},
    "client_rotate": {"keep_s": 0},
    "contact_reveal": _BECAUSE,
    "person_reveal": _BECAUSE,
    "person_erase": {"reason": "本人书面申请"},
    "person_data": _BECAUSE,
    "erasure_order": {"person_id": str(uuid4())},
    "place_create": {"kind": "staircase", "name": "3单元"},
    "place_edit": {"households": 3},
    "place_split": {"parts": [{"name": "东楼"}, {"name": "西楼"}]},
    "place_follow": {
        "order": 1,
        "place_id": str(uuid4()),
        "code": "C1",
        "event": "move",
        "moves": [],
        "stale": [],
        "now": [],
    },
    "appeal_open_counts": {"within": "0001", "paths": ["0001"]},
    "session_revoke": {"sessions": [str(uuid4())], "until": "2026-11-22T00:00:00Z"},
    **venues.BODIES,
    **partners.BODIES,
    **posts.BODIES,
    **households.BODIES,
}


@dataclass
class Ask:
    """One request; `base` are grants that the caller has besides those that are tried."""

    method: str
    path: str
    params: dict[str, str] = field(default_factory=dict)
    body: dict[str, Any] | None = None
    base: tuple[tuple[Role, str], ...] = ()
    files: dict[str, tuple[str, bytes, str]] | None = None


async def ask(world: World, row: Row, thing: Thing | None) -> Ask:
    """The request that this row is about."""
    route = ROUTE[row.service, row.route]
    [method] = route.methods - {"HEAD"}
    made = Ask(method, route.path.replace("{kind}", "households"))
    if row.way in ("plain", "self"):
        made.path = re.sub(r"\{\w+\}", lambda _: str(uuid4()), made.path)
        if row.route == "journal_export":
            made.params = {"since": "2026-01-01T00:00:00Z", "until": "2026-01-02T00:00:00Z"}
    if route.writes:
        made.body = dict(_BODIES.get(row.route, {}))
    special = _SPECIAL.get((row.route, row.variant if row.way != "body" else row.variant or "body"))
    if row.route == "attachment_list" and row.way == "list" and thing is not None:
        await _attachments(world, made, thing)
    elif special is not None and thing is not None:
        await special(world, made, thing)
    elif row.way == "list":
        made.path = made.path.replace("{code}", world.building)
        made.params = {"limit": "100"}
    elif thing is not None:
        made.path = made.path.replace("{id}", thing.name).replace("{code}", thing.name)
    return made


async def _locate(world: World, made: Ask, thing: Thing) -> None:
    made.path, made.body = made.path.replace("{id}", thing.name), {"place": world.building}


async def _report(_: World, made: Ask, thing: Thing) -> None:
    made.body = APPEAL | {"place": thing.name}


async def _report_for_another(_: World, made: Ask, thing: Thing) -> None:
    made.body = APPEAL | {"place": thing.name, "on_behalf_of": {"name": "虚构邻居"}}


async def _merge(world: World, made: Ask, thing: Thing) -> None:
    """Into another appeal of the building: the two must not be the same."""
    other = await make(world, "tickets", "appeal:of")
    made.path, made.body = made.path.replace("{id}", thing.name), {"of": other.name}


async def _merge_of(world: World, made: Ask, thing: Thing) -> None:
    """Out of an appeal that is the caller's own, somewhere else."""
    elsewhere = child(COMMUNITY, 3)
    mine = await make(world, "tickets", "appeal")
    await world.sql(
        "UPDATE tickets.appeals SET place_path = $3 WHERE district = $1 AND id = $2", world.at, mine.id, elsewhere
    )
    made.path, made.body = made.path.replace("{id}", mine.name), {"of": thing.name}
    made.base = ((Role.COMMUNITY_STAFF, elsewhere),)


async def _move_to(world: World, made: Ask, thing: Thing) -> None:
    mine = await make(world, "hierarchy", "movable")
    made.path, made.body = made.path.replace("{code}", mine.name), {"parent": thing.name}
    made.base = ((Role.OPERATOR, mine.path),)


async def _move(world: World, made: Ask, thing: Thing) -> None:
    """Into the next building, which is the caller's in any case."""
    made.path, made.body = made.path.replace("{code}", thing.name), {"parent": f"{world.at}100001-B02"}
    made.base = ((Role.OPERATOR, BESIDE),)


async def _merge_into(world: World, made: Ask, thing: Thing) -> None:
    mine = await make(world, "hierarchy", "movable")
    made.path, made.body = made.path.replace("{code}", mine.name), {"into": thing.name}
    made.base = ((Role.OPERATOR, mine.path),)


async def _merge_place(world: World, made: Ask, thing: Thing) -> None:
    """Into the next building, which is the caller's in any case."""
    made.path, made.body = made.path.replace("{code}", thing.name), {"into": f"{world.at}100001-B02"}
    made.base = ((Role.OPERATOR, BESIDE),)


async def _new_place(_: World, made: Ask, thing: Thing) -> None:
    made.body = {**(made.body or {}), "parent": thing.name, "name": f"{uuid4().hex[:8]}单元"}


async def _by_name(world: World, made: Ask, thing: Thing) -> None:
    home = thing.name != world.building
    made.path = made.path.replace("{code}", world.building if home else thing.name)
    made.params = {"name": "室", "kind": "household", "limit": "100"} if home else {"name": "号楼"}


async def _look_up(_: World, made: Ask, thing: Thing) -> None:
    made.body = {"codes": [thing.name]}


async def _point(_: World, made: Ask, thing: Thing) -> None:
    made.params = {"lon": thing.within, "lat": "35.005"}


async def _points(_: World, made: Ask, thing: Thing) -> None:
    made.body = {"points": [{"lon": float(thing.within), "lat": 35.005}]}


async def _draw(_: World, made: Ask, thing: Thing) -> None:
    """Each somewhere else: neighbours must not overlap."""
    west = 100 + 0.02 * next(_drawings)
    ring = [[west, 35.0], [west + 0.01, 35.0], [west + 0.01, 35.01], [west, 35.0]]
    made.path = made.path.replace("{code}", thing.name)
    made.body = {"geometry": {"type": "Polygon", "coordinates": [ring]}}


async def _activity(_: World, made: Ask, thing: Thing) -> None:
    starts = datetime.now(UTC) + timedelta(days=1)
    made.body = {
        "title": "便民集市", "type": "fair", "place": thing.name, "capacity": 5,
        "starts_at": starts.isoformat(), "ends_at": (starts + timedelta(hours=2)).isoformat(),
    }  # fmt: skip


async def _walk_in(_: World, made: Ask, thing: Thing) -> None:
    made.path, made.body = made.path.replace("{id}", thing.name), {"person": str(uuid4())}


async def _place_filter(_: World, made: Ask, thing: Thing) -> None:
    made.params = {"place": thing.name}


async def _responsibility(_: World, made: Ask, thing: Thing) -> None:
    made.params = {"place": thing.name, "category": "JC05"}


async def _upload(_: World, made: Ask, thing: Thing) -> None:
    made.path = made.path.replace("{id}", thing.name)
    made.body, made.files = {"kind": "evidence"}, {"file": ("楼道.png", PICTURE, "image/png")}


async def _attachments(_: World, made: Ask, thing: Thing) -> None:
    made.path = made.path.replace("{id}", thing.within)


async def _search(_: World, made: Ask, thing: Thing) -> None:
    made.body = {"phone": thing.within, **_BECAUSE}


async def _content(_: World, made: Ask, thing: Thing) -> None:
    """The signature is the caller's, so the one who sends it adds it."""
    made.path = made.path.replace("{id}", thing.name)
    made.params = {"variant": "original", "expires": str(2**33), "signature": "0" * 64}


async def _contact(_: World, made: Ask, thing: Thing) -> None:
    made.body = {"person_id": thing.name}


async def _new_client(_: World, made: Ask, thing: Thing) -> None:
    made.body = {"name": "虚构系统", "role": "partner", "place": thing.name}


async def _new_grant(world: World, made: Ask, thing: Thing) -> None:
    person = await make(world, "hierarchy", "person")
    made.body = {"person": person.name, "role": "partner", "place": thing.name}


async def _journal(_: World, made: Ask, thing: Thing) -> None:
    made.params = {"subject": thing.name}


async def _id_number(_: World, made: Ask, thing: Thing) -> None:
    made.path, made.body = made.path.replace("{id}", thing.name), {"id_number": _card(next(_cards))}


def _card(number: int) -> str:
    """An invented number that passes GB 11643: born in 1900, at a place that is none."""
    body = f"999999190001{number % 28 + 1:02}{number:03}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(w * int(d) for w, d in zip(weights, body, strict=True)) % 11]


_cards = itertools.count(1)
_drawings = itertools.count(1)
_SPECIAL = {
    ("person_set_id_number", ""): _id_number,
    ("attachment_upload", ""): _upload,
    ("attachment_content", ""): _content,
    ("person_search", ""): _search,
    ("contact_read", "body"): _contact,
    ("client_create", "body"): _new_client,
    ("grant_create", "body"): _new_grant,
    ("journal_search", ""): _journal,
    ("appeal_locate", ""): _locate,
    ("appeal_report", "body"): _report,
    ("appeal_report", "for_another"): _report_for_another,
    ("appeal_merge", ""): _merge,
    ("appeal_merge", "of"): _merge_of,
    ("appeal_list", "place"): _place_filter,
    ("place_move", ""): _move,
    ("place_move", "body"): _move_to,
    ("place_merge", ""): _merge_place,
    ("place_merge", "body"): _merge_into,
    ("place_create", "body"): _new_place,
    ("place_look_up", ""): _look_up,
    ("place_search", ""): _by_name,
    ("boundary_put", ""): _draw,
    ("place_locate", ""): _point,
    ("place_locate_many", ""): _points,
    ("activity_create", "body"): _activity,
    ("attendance_walk_in", ""): _walk_in,
    ("responsibility_read", ""): _responsibility,
    **venues.SPECIAL,
    **partners.SPECIAL,
    **posts.SPECIAL,
    **households.SPECIAL,
}
