"""The rows of households, links, visits and workbooks; how their things are made and asked about.

`expectations.py` says how to read them. A household is somebody's home: for residents it is not there.
"""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson

from shared.runtime.ids import new_id
from shared.runtime.privacy import bound_to
from tests.architecture.matrix import posts, venues

if TYPE_CHECKING:
    from tests.architecture.matrix.asks import Ask
    from tests.architecture.matrix.things import Thing
    from tests.architecture.matrix.world import World

TABLE = """
[hierarchy]
household_list           | list     | registered          | posts staff service
household_create         | body 422 | home                | staff                 | all !nobody
household_read           | path     | registered          | posts staff service
household_add_member     | path     | registered          | staff                 | posts service
household_leave          | path     | registered          | staff                 | posts service
household_tag            | path     | registered          | staff                 | posts service
household_withdraw_tag   | path     | registered          | staff                 | posts service
household_links          | path     | registered          | posts staff service
post_households          | path     | post                | posts staff service
post_link                | path     | post                | staff                 | posts service
post_unlink              | path     | link                | staff                 | posts service
visit_record             | body 422 | place               | neighbours staff | all !nobody
visit_list               | list     | visit               | neighbours staff
visit_read               | path     | visit               | neighbours staff
visit_due                | filter 422 | floor             | neighbours staff
visit_unseen             | filter 422 | place             | neighbours staff
place_checklist          | path     | zone                | everyone offices service | hotline
import_receive           | body 422 | place               | staff                 | all !nobody
import_list              | list     | import              | staff
import_read              | path     | import              | staff
import_faults            | path     | import              | staff
import_errors            | path     | import              | staff
import_confirm           | path     | import              | staff
import_resume            | path     | stalled             | staff
import_cancel            | path     | import              | staff
import_template          | plain    |                     | all@any
export_make              | body 422 | place               | staff                 | all !nobody
"""


# --- things ------------------------------------------------------------------------------------------------------


async def _home(world: "World") -> "Thing":
    """A household place where nobody is registered yet, beside the building."""
    made = await _building(world)
    await world.sql("UPDATE hierarchy.places SET kind = 'household' WHERE district = $1 AND id = $2", world.at, made.id)
    return made


async def _building(world: "World") -> "Thing":
    from tests.architecture.matrix.things import _building as building  # noqa: PLC0415 - the things know of these rows

    return await building(world)


async def _registered(world: "World") -> "Thing":
    from tests.architecture.matrix.things import Thing  # noqa: PLC0415 - the things know of these rows

    home, made, member = await _home(world), new_id(), new_id()
    person, _ = await world.person_at(home.path)
    await world.sql(
        "INSERT INTO hierarchy.households (district, id, code, path, invented) VALUES ($1, $2, $3, $4, false)",
        world.at, made, home.name, home.path,
    )  # fmt: skip
    await world.sql(
        "INSERT INTO hierarchy.household_members (district, id, household_id, person_id, relation) "
        "VALUES ($1, $2, $3, $4, 'head')",
        world.at, member, made, person,
    )  # fmt: skip
    await world.sql(
        "INSERT INTO hierarchy.household_tags "
        "(district, id, household_id, tag, basis, legal_basis, recorded_by, since) "
        "VALUES ($1, $2, $3, 'elderly', 'statutory', '虚构依据', 'x', '2024-01-01')",
        world.at, new_id(), made,
    )  # fmt: skip
    return Thing(str(made), home.path, "hierarchy.households", made, within=f"{member} {home.name}")


async def _link(world: "World") -> "Thing":
    from tests.architecture.matrix.things import Thing  # noqa: PLC0415 - the things know of these rows

    post, made = await venues.MAKERS["post"](world, None), new_id()
    await world.sql(
        "INSERT INTO hierarchy.household_links (district, id, household_id, household, path, post_id, since) "
        "VALUES ($1, $2, $2, 'x', $4, $3, '2024-01-01')",
        world.at, made, post.id, post.path,
    )  # fmt: skip
    return Thing(str(made), post.path, "hierarchy.household_links", made)


async def _visit(world: "World") -> "Thing":
    from tests.architecture.matrix.things import Thing  # noqa: PLC0415 - the things know of these rows
    from tests.architecture.matrix.world import BUILDING  # noqa: PLC0415 - the world knows of these rows

    made = new_id()
    await world.sql(
        "INSERT INTO hierarchy.visits "
        "(district, id, path, place, visitor_id, recorded_by, cause, form, result, visited_at) "
        "VALUES ($1, $2, $3, $4, $2, 'x', 'routine', 'home', 'normal', now())",
        world.at, made, BUILDING, world.building,
    )  # fmt: skip
    return Thing(str(made), BUILDING, "hierarchy.visits", made)


async def _floor(world: "World") -> "Thing":
    """A place whose structure asks for visits."""
    place, number = await _building(world), next(posts._numbers)
    document = posts._document(place.name, number) | {"visits": [{"roll": "member", "households": 3}]}
    await world.sql(
        "INSERT INTO hierarchy.structures (district, id, path, version, step, in_force, document) "
        "VALUES ($1, $2, $3, $4, 'active', '2024-01-01', $5::text::jsonb)",
        world.at, new_id(), place.path, number, orjson.dumps(document).decode(),
    )  # fmt: skip
    return place


async def _zone(world: "World") -> "Thing":
    """A quarter in which the structure says what is looked at."""
    place, number = await _building(world), next(posts._numbers)
    zones = [{"zone_type": "rental_housing", "checklist": ["隐患排查"]}]
    document = posts._document(place.name, number) | {"zones": zones}
    await world.sql(
        "INSERT INTO hierarchy.structures (district, id, path, version, step, in_force, document) "
        "VALUES ($1, $2, $3, $4, 'active', '2024-01-01', $5::text::jsonb)",
        world.at, new_id(), place.path, number, orjson.dumps(document).decode(),
    )  # fmt: skip
    await world.sql(
        "UPDATE hierarchy.places SET zone_type = 'rental_housing' WHERE district = $1 AND id = $2", world.at, place.id
    )
    return place


async def _import(world: "World") -> "Thing":
    """One that was read: a good row, and a wrong one."""
    from tests.architecture.matrix.things import Thing  # noqa: PLC0415 - the things know of these rows
    from tests.architecture.matrix.world import BUILDING  # noqa: PLC0415 - the world knows of these rows

    made: UUID = new_id()
    await world.sql(
        "INSERT INTO hierarchy.imports (district, id, step, kind, mode, place, path, file_name, size, sha256, made_by, "
        "rows, valid, wrong, faults, batches) "
        "VALUES ($1, $2, 'checked', 'households', 'valid_rows', $3, $4, 'x', 1, 'x', 'x', 2, 1, 1, 1, 1)",
        world.at, made, world.building, BUILDING,
    )  # fmt: skip
    vault = world.services["hierarchy"].vault
    fault = {"column": "A", "field": "place", "title": "户编码", "value": "x", "reason": "required"}
    kept = orjson.dumps({"cells": {}, "faults": [fault]}).decode()
    sealed = vault.seal(kept, bound_to=bound_to(world.at, "import_faults", "content", made, 2))
    await world.sql("INSERT INTO hierarchy.import_faults VALUES ($1, $2, 2, $3)", world.at, made, sealed)
    return Thing(str(made), BUILDING, "hierarchy.imports", made)


async def _stalled(world: "World") -> "Thing":
    """One whose job was given up while it was to be checked."""
    thing = await _import(world)
    await world.sql(
        "UPDATE hierarchy.imports SET step = 'received' WHERE district = $1 AND id = $2", world.at, thing.id
    )
    await world.sql(
        "INSERT INTO hierarchy.jobs (district, id, name, queue, args, due_at, dead_at) "
        "VALUES ($1, $2, 'hierarchy.import.check', 'bulk', jsonb_build_object('import_id', $3::text), now(), now())",
        world.at, new_id(), thing.name,
    )  # fmt: skip
    return thing


MAKERS: dict[str, Callable[["World", Any], Awaitable["Thing"]]] = {
    "home": lambda world, _: _home(world),
    "registered": lambda world, _: _registered(world),
    "link": lambda world, _: _link(world),
    "visit": lambda world, _: _visit(world),
    "floor": lambda world, _: _floor(world),
    "zone": lambda world, _: _zone(world),
    "import": lambda world, _: _import(world),
    "stalled": lambda world, _: _stalled(world),
}

# --- requests ----------------------------------------------------------------------------------------------------

BODIES: dict[str, dict[str, Any]] = {
    "household_add_member": {"name": "虚构住户"},
    "household_tag": {"tag": "disabled", "basis": "statutory", "legal_basis": "残疾人保障法"},
}


async def _create(_: "World", made: "Ask", thing: "Thing") -> None:
    made.body = {"place": thing.name}


async def _leave(_: "World", made: "Ask", thing: "Thing") -> None:
    made.path = made.path.replace("{id}", thing.name).replace("{member}", thing.within.partition(" ")[0])


async def _withdraw(_: "World", made: "Ask", thing: "Thing") -> None:
    made.path = made.path.replace("{id}", thing.name).replace("{tag}", "elderly")


async def _linked(world: "World", made: "Ask", thing: "Thing") -> None:
    """A household at the post itself, so that whoever may link there may link it."""
    made.path = made.path.replace("{code}", thing.name)
    code = f"{thing.name}-H"
    await world.sql(
        "INSERT INTO hierarchy.households (district, id, code, path, invented) VALUES ($1, $2, $3, $4, false) "
        "ON CONFLICT DO NOTHING",
        world.at, new_id(), code, thing.path,
    )  # fmt: skip
    made.body = {"households": [code]}


async def _visited(_: "World", made: "Ask", thing: "Thing") -> None:
    made.body = {"place": thing.name, "result": "normal"}


async def _of_month(_: "World", made: "Ask", thing: "Thing") -> None:
    made.params = {"place": thing.name, "month": "2026-11"}


async def _at(_: "World", made: "Ask", thing: "Thing") -> None:
    made.params = {"place": thing.name}


async def _upload(_: "World", made: "Ask", thing: "Thing") -> None:
    made.body = {"place": thing.name, "kind": "households"}
    made.files = {"file": ("x.csv", "户编码,姓名\n".encode(), "text/csv")}


async def _export(_: "World", made: "Ask", thing: "Thing") -> None:
    made.body = {"place": thing.name, "kind": "places"}


async def _of_place(_: "World", made: "Ask", thing: "Thing") -> None:
    """A page that the thing is on, however many others there are."""
    made.params = {"limit": "100"}
    if thing.table == "hierarchy.households":
        made.params["place"] = thing.within.partition(" ")[2]


SPECIAL: dict[tuple[str, str], Callable[["World", "Ask", "Thing"], Awaitable[None]]] = {
    ("household_create", "body"): _create,
    ("household_leave", ""): _leave,
    ("household_withdraw_tag", ""): _withdraw,
    ("household_list", ""): _of_place,
    ("post_link", ""): _linked,
    ("visit_record", "body"): _visited,
    ("visit_due", ""): _of_month,
    ("visit_unseen", ""): _at,
    ("import_receive", "body"): _upload,
    ("export_make", "body"): _export,
}
