"""The rows of venues, bookings, loans, rosters, swaps and contact sheets; how their things are made and asked about.

`expectations.py` says how to read them.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from shared.kernel.periods import CHINA
from shared.kernel.rights import Role
from shared.runtime.ids import new_id
from tests.support.world import somebody

if TYPE_CHECKING:
    from tests.architecture.matrix.asks import Ask
    from tests.architecture.matrix.things import Thing
    from tests.architecture.matrix.world import World

PERSONS = {
    "booker": ("resident", "sibling"),
    "member": ("resident", "sibling"),  # takes turns in the roster
    "holder": ("resident", "sibling"),  # has the shift
    "asker": ("resident", "sibling"),  # of a swap
    "other": ("resident", "sibling"),  # who is asked
}
KNOWN = {"venue", "venue:closed", "item"}
TABLE = """
[hierarchy]
venue_create             | body 422 | place               | staff                 | all !nobody
venue_list               | list     | venue               | everyone@inside
venue_read               | path     | venue               | everyone@inside       | blind@any
venue_opening            | path     | venue               | everyone@inside       | blind@any
venue_visits             | path     | venue               | everyone@inside       | blind@any
item_list                | path     | venue               | everyone@inside       | blind@any
booking_busy             | path     | venue               | everyone@inside       | blind@any
venue_edit               | path     | venue               | staff                 | everyone@inside blind@any
venue_close              | path     | venue               | staff                 | everyone@inside blind@any
venue_reopen             | path     | venue:closed        | staff                 | everyone@inside blind@any
venue_set_exception      | path     | venue               | staff                 | everyone@inside blind@any
venue_count_visits       | path     | venue               | posts staff           | everyone@inside blind@any
item_add                 | path     | venue               | staff                 | everyone@inside blind@any
item_edit                | path     | item                | staff                 | everyone@inside blind@any
place_visits             | path     | building            | everyone offices service | hotline
booking_request          | path     | venue               | everyone@inside       | blind@any
booking_list             | list     | booking             | staff
booking_mine             | list     | booking             | booker
booking_read             | path     | booking             | staff booker
booking_approve          | path     | booking             | staff                 | booker
booking_refuse           | path     | booking             | staff                 | booker
booking_cancel           | path     | booking             | booker                | staff
booking_revoke           | path     | booking:approved    | staff                 | booker
booking_confirm_use      | path     | booking:begun       | staff                 | booker
booking_mark_unused      | path     | booking:begun       | staff                 | booker
loan_lend                | path     | item                | posts staff           | everyone@inside blind@any
loan_list                | list     | loan                | posts staff
loan_read                | path     | loan                | posts staff
loan_extend              | path     | loan                | posts staff
loan_give_back           | path     | loan                | posts staff
loan_lose                | path     | loan                | posts staff
loan_reveal              | path     | loan                | posts staff
roster_create            | body 422 | place               | staff                 | all !nobody
roster_list              | list     | roster              | posts staff service
roster_read              | path     | roster              | posts staff service member | all !nobody
roster_check             | path     | roster              | posts staff service member | all !nobody
shift_list               | path     | roster              | posts staff service member | all !nobody
roster_edit              | path     | roster              | staff                 | all !nobody member
roster_end               | path     | roster              | staff                 | all !nobody member
roster_resume            | path     | roster:ended        | staff                 | all !nobody member
roster_join              | path     | roster              | staff                 | all !nobody member
roster_leave             | path     | roster              | staff                 | all !nobody member
roster_hand_over         | path     | roster              | staff                 | all !nobody member
roster_rotate            | path     | roster              | staff                 | all !nobody member
roster_publish           | path     | roster              | staff                 | all !nobody member
shift_plan               | path     | roster              | staff                 | all !nobody member
shift_mine               | list     | shift:published     | holder
shift_read               | path     | shift               | staff holder
shift_read               | path     | shift:published     | posts staff service holder
shift_check_in           | path     | shift:begun         | staff holder          | posts service
shift_check_out          | path     | shift:on_duty       | staff holder          | posts service
shift_reassign           | path     | shift:published     | staff                 | posts service holder
shift_cancel             | path     | shift:published     | staff                 | posts service holder
shift_mark_missed        | path     | shift:begun         | staff                 | posts service holder
place_on_duty            | path     | building            | posts staff service   | all !nobody
place_duty_cover         | path     | building            | posts staff service   | all !nobody
calendar_link            | self
calendar_make            | self
calendar_end             | self
calendar_feed            | public
roster_calendar          | path     | roster              | posts staff service member | all !nobody
swap_ask                 | path     | shift:published     | holder                | service@any
swap_mine                | list     | swap                | asker other
swap_list                | path     | roster              | staff                 | all !nobody member
swap_read                | path     | swap                | staff asker other
swap_accept              | path     | swap                | other                 | staff asker
swap_consent             | path     | swap:reserved       | other                 | staff asker
swap_decline             | path     | swap                | other                 | staff asker
swap_withdraw            | path     | swap                | asker                 | staff other
swap_withdraw            | path     | swap:waiting        | asker other           | staff
swap_approve             | path     | swap:waiting        | staff                 | asker other
swap_refuse              | path     | swap:waiting        | staff                 | asker other
contact_sheet_read       | path     | building            | everyone offices service | hotline
contact_sheet_read       | path     | household           | posts staff service everyone@own offices@own | hotline@own
contact_sheet_at         | filter   | outlined            | everyone offices service |
contact_sheet_public     | public
contact_sheet_print      | path     | building            | posts staff asked service | others
contact_sheet_print_all  | path     | building            | staff                 | all !nobody
contact_sheet_rules      | path     | building            | everyone offices service | hotline
contact_sheet_set_rules  | path     | movable             | staff                 | all !nobody
post_set_number          | path     | post                | staff                 | all !nobody
workflow_table           | public
"""
PEOPLE_OF = {
    "booking": ("booker",),
    "roster": ("member",),
    "shift": ("holder",),
    "swap": ("asker", "other"),
}
_HOURS = '{"monday": [], "tuesday": [], "wednesday": [], "thursday": [], "friday": [], "saturday": [], "sunday": []}'
_OPEN = _HOURS.replace("[]", '[{"opens": "08:00", "closes": "21:00"}]')


# --- things ------------------------------------------------------------------------------------------------------


def _thing(table: str, made: UUID, **more: Any) -> "Thing":
    from tests.architecture.matrix.things import Thing  # noqa: PLC0415 - things know of these makers
    from tests.architecture.matrix.world import BUILDING  # noqa: PLC0415 - as above

    return Thing(more.pop("name", str(made)), more.pop("path", BUILDING), table, made, **more)


async def _insert(world: "World", table: str, **values: Any) -> UUID:
    made: UUID = values.pop("id", None) or new_id()
    values = {"district": world.at, "id": made} | values
    columns, marks = ", ".join(values), ", ".join(f"${n}" for n in range(1, len(values) + 1))
    await world.sql(f"INSERT INTO hierarchy.{table} ({columns}) VALUES ({marks})", *values.values())
    return made


async def _venue(world: "World", stage: str = "") -> "Thing":
    from tests.architecture.matrix.world import BUILDING  # noqa: PLC0415 - the world knows of these rows

    made = new_id()
    await world.sql(
        """INSERT INTO hierarchy.venues (district, id, code, path, kind, name, functions, invented, capacity,
        approval, hours, step)
        VALUES ($1, $2, $3, $4, 'station', '虚构驿站', ARRAY[$3], true, 9, true, $5, $6)""",
        world.at, made, f"v-{made}", BUILDING, _OPEN, "closed" if stage == "closed" else "open",
    )  # fmt: skip
    return _thing("hierarchy.venues", made, within=f"v-{made}")


async def _item(world: "World") -> "Thing":
    venue = await _venue(world)
    made = await _insert(world, "loan_items", venue_id=venue.id, name="虚构雨伞", total=9, lent=1, days=7)
    return _thing("hierarchy.loan_items", made)


async def _loan(world: "World") -> "Thing":
    item = await _item(world)
    [row] = await world.sql("SELECT venue_id FROM hierarchy.loan_items WHERE id = $1", item.id)
    made = await _insert(
        world, "loans", item_id=item.id, venue_id=row["venue_id"], path=item.path, step="lent", due_at=_at(5)
    )
    return _thing("hierarchy.loans", made, within=str(row["venue_id"]))


async def _booking(world: "World", stage: str, me: UUID | None) -> "Thing":
    venue = await _venue(world)
    begins = _at(-0.1) if stage == "begun" else _at(1)
    made = await _insert(
        world, "bookings", venue_id=venue.id, path=venue.path, booker=str(me or new_id()), begins_at=begins,
        ends_at=begins + timedelta(hours=1), people=1, purpose="虚构用途",
        step="approved" if stage else "requested",
    )  # fmt: skip
    return _thing("hierarchy.bookings", made, within=str(venue.id))


def _at(days: float) -> datetime:
    return datetime.now(UTC) + timedelta(days=days)


async def _roster(world: "World", stage: str, *people: UUID) -> "Thing":
    venue = await _venue(world)
    made = new_id()
    await _insert(
        world, "rosters", id=made, code=f"r-{made}", path=venue.path, venue_id=venue.id, name="虚构值班表", needed=1,
        step="ended" if stage == "ended" else "active", swaps_need_approval=stage in ("reserved", "waiting"),
    )  # fmt: skip
    for number, person in enumerate(people, 1):
        await _insert(
            world, "roster_members", roster_id=made, person_id=person, label="社工", position=number,
            since=_at(0).date(),
        )  # fmt: skip
    return _thing("hierarchy.rosters", made, within=str(people[0]), also=(str(venue.id),))


async def _shift(world: "World", stage: str, me: UUID | None) -> "Thing":
    holder, other = me or new_id(), new_id()
    roster = await _roster(world, "", holder, other)
    begins = _at(-0.1) if stage in ("begun", "on_duty") else _at(1)
    step = {"": "draft", "begun": "published"}.get(stage, stage)
    made = await _insert(
        world, "shifts", roster_id=roster.id, person_id=holder, label="社工", begins_at=begins,
        ends_at=begins + timedelta(hours=6), step=step,
    )  # fmt: skip
    return _thing("hierarchy.shifts", made, within=str(other))


async def _swap(world: "World", stage: str, person: str, me: UUID | None) -> "Thing":
    """At the stage `reserved` its roster's swaps need approval; `waiting`, this one waits for it."""
    asker, asked = (me or new_id() if person == one else new_id() for one in ("asker", "other"))
    roster = await _roster(world, stage, asker, asked)
    begins = _at(1)
    shift = await _insert(
        world, "shifts", roster_id=roster.id, person_id=asker, label="社工", begins_at=begins,
        ends_at=begins + timedelta(hours=6), step="published",
    )  # fmt: skip
    made = await _insert(
        world, "swaps", roster_id=roster.id, gives=shift, asker=asker, asked=asked, lapses_at=begins,
        step="waiting" if stage == "waiting" else "asked",
    )  # fmt: skip
    return _thing("hierarchy.swaps", made)


async def _post(world: "World") -> "Thing":
    from tests.architecture.matrix.world import BUILDING  # noqa: PLC0415 - the world knows of these rows

    made = new_id()
    code = f"p-{made}"
    sql = """INSERT INTO hierarchy.posts (district, id, code, kind, label, name, path, role)
        VALUES ($1, $2, $3, 'building_head', '楼栋长', '虚构岗位', $4, 'building_head')"""
    await world.sql(sql, world.at, made, code, BUILDING)
    return _thing("hierarchy.posts", made, name=code)


_SQUARE = [[111.1, 35.1], [111.2, 35.1], [111.2, 35.2], [111.1, 35.2], [111.1, 35.1]]


async def _outlined(world: "World") -> "Thing":
    """The building, with an outline on the map: it is asked for by a point, and has no other name."""
    from tests.architecture.matrix.things import Thing  # noqa: PLC0415 - things know of these makers
    from tests.architecture.matrix.world import BUILDING  # noqa: PLC0415 - the world knows of these rows

    if "outline" not in world.first:
        operator = somebody(world.at, Role.OPERATOR)
        path = f"/api/hierarchy/v1/places/{world.building}/boundary"
        body = {"geometry": {"type": "Polygon", "coordinates": [_SQUARE]}}
        answer = await world.http["hierarchy"].put(path, json=body, headers=operator.writes())
        assert answer.is_success, answer.text
        world.first["outline"] = new_id()
    return Thing(f"{world.at}-12345-outline", BUILDING)


MAKERS: dict[str, Callable[["World", Any], Awaitable["Thing"]]] = {
    "venue": lambda world, w: _venue(world, w.stage),
    "item": lambda world, _: _item(world),
    "loan": lambda world, _: _loan(world),
    "booking": lambda world, w: _booking(world, w.stage, w.me if w.person else None),
    "roster": lambda world, w: _roster(world, w.stage, w.me if w.person and w.me else new_id()),
    "shift": lambda world, w: _shift(world, w.stage, w.me if w.person else None),
    "swap": lambda world, w: _swap(world, w.stage, w.person, w.me),
    "post": lambda world, _: _post(world),
    "outlined": lambda world, _: _outlined(world),
}

# --- requests ----------------------------------------------------------------------------------------------------

_DAY = (datetime.now(UTC).astimezone(CHINA) + timedelta(days=2)).date()
_TIMES = {"begins_at": f"{_DAY}T09:00:00+08:00", "ends_at": f"{_DAY}T10:00:00+08:00"}
_DAYS = {"since": str(_DAY), "until": str(_DAY)}
_WHY = {"reason": "虚构事由"}
BODIES: dict[str, dict[str, Any]] = {
    "venue_edit": {"name": "改名"},
    "venue_close": _WHY,
    "venue_reopen": _WHY,
    "venue_set_exception": {"day": str(_DAY), "parts": [], "reason": "检修"},
    "venue_count_visits": {"day": "2025-03-01", "count": 3},
    "item_add": {"name": "轮椅", "total": 1},
    "item_edit": {"total": 8},
    "booking_request": {**_TIMES, "people": 2, "purpose": "议事"},
    "booking_refuse": _WHY,
    "booking_revoke": _WHY,
    "loan_lend": {"name": "虚构居民", "phone": "10055550001"},
    "loan_extend": {"due_at": (datetime.now(UTC) + timedelta(days=20)).isoformat()},
    "loan_lose": _WHY,
    "loan_reveal": {"reason_kind": "contact_resident", "reason": "逾期未还，电话询问"},
    "roster_edit": {"name": "改名"},
    "roster_end": _WHY,
    "roster_resume": _WHY,
    "roster_rotate": _DAYS,
    "roster_publish": _DAYS | {"accept_gaps": "试行"},
    "shift_cancel": _WHY,
    "swap_refuse": _WHY,
    "shift_mark_missed": _WHY,
    "contact_sheet_set_rules": {"title": "联系卡"},
    "post_set_number": {"number": "12345"},
}


async def _new(_: "World", made: "Ask", thing: "Thing") -> None:
    made.body = {"name": "虚构", "place": thing.name} | ({"kind": "station"} if made.path.endswith("venues") else {})


async def _filtered(_: "World", made: "Ask", thing: "Thing") -> None:
    """A page that the thing is on, however many others there are."""
    name = made.path.rsplit("/", 1)[-1]
    made.params = {"limit": "100", **{
        "venues": {"function": thing.within}, "bookings": {"venue": thing.within}, "loans": {"venue": thing.within},
        "rosters": {"venue": (*thing.also, "")[0]},
    }[name]}  # fmt: skip


async def _with_person(world: "World", made: "Ask", thing: "Thing") -> None:
    made.path = made.path.replace("{id}", thing.name)
    act = made.path.rsplit("/", 1)[-1]
    made.body = {
        "members": {"person": str(world.person), "label": "社工"},
        "leave": {"person": thing.within},
        "hand-over": {"person": thing.within, "successor": str(world.person), "since": str(_DAY)},
        "shifts": {"person": thing.within, **_TIMES},
        "reassign": {"person": thing.within},
        "swaps": {"asked": thing.within},
    }[act]


async def _mine(_: "World", made: "Ask", thing: "Thing") -> None:
    made.params = {"limit": "100", "until": str(_DAY)}


async def _point(_: "World", made: "Ask", thing: "Thing") -> None:
    made.params = {"lon": "111.15", "lat": "35.15"}


SPECIAL: dict[tuple[str, str], Callable[["World", "Ask", "Thing"], Awaitable[None]]] = {
    ("venue_create", "body"): _new,
    ("roster_create", "body"): _new,
    **{(route, ""): _filtered for route in ("venue_list", "booking_list", "loan_list", "roster_list")},
    **{(route, ""): _with_person
       for route in ("roster_join", "roster_leave", "roster_hand_over", "shift_plan", "shift_reassign", "swap_ask")},
    ("shift_mine", ""): _mine,
    ("contact_sheet_at", ""): _point,
}  # fmt: skip
