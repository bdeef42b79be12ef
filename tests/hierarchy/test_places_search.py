"""A place is found by what people call it, without its code."""

from typing import Any

import httpx
import pytest

from services.hierarchy.places import queries as q
from shared.kernel.rights import Role
from shared.runtime.service import Service
from tests.hierarchy.tree_scene import Scene, planted
from tests.support.world import Somebody, somebody


@pytest.fixture
async def scene(hierarchy: Service, api: httpx.AsyncClient, district: str) -> Scene:
    """The small tree with a further building, 11号楼, and two homes."""
    made = await planted(api, hierarchy, district)
    for parent, kind, name in (
        ("001001001", "building", "11号楼"),
        ("001001002", "building", "1号楼"),
        ("001001001-B01-U01", "household", "101室"),
        ("001001001-B02", "household", "101室"),
    ):
        await made.do("POST", "places", {"parent": made.code(parent), "kind": kind, "name": name})
    return made


async def found(scene: Scene, name: str, who: Somebody | None = None, below: str = "", **more: Any) -> list[str]:
    answer = await scene.get(f"places/{scene.code(below)}/search", who, name=name, **more)
    assert answer.status_code == 200, answer.text
    return [one["full_name"].removeprefix("示例街道甲社区") for one in answer.json()]


async def test_the_best_comes_first(scene: Scene) -> None:
    assert await found(scene, "1号楼") == [
        "第一网格1号楼", "第二网格1号楼", "第一网格11号楼", "第一网格1号楼1单元",
    ]  # fmt: skip
    assert await found(scene, "第一网格1号楼") == ["第一网格1号楼", "第一网格1号楼1单元"]
    assert await found(scene, " 甲社区\u3000第二网格 1号 ") == ["第二网格1号楼"]
    assert await found(scene, "1号楼", kind="staircase") == ["第一网格1号楼1单元"]
    assert await found(scene, "1号楼", below="001001002") == ["第二网格1号楼"]
    assert await found(scene, "1号楼", limit=1) == ["第一网格1号楼"]
    assert (
        await found(scene, " ")
        == await found(scene, "%")
        == await found(scene, "_号楼")
        == await found(scene, "\\")
        == []
    )


async def test_homes_are_found_by_whom_they_are_shown_to(scene: Scene) -> None:
    assert await found(scene, "101室") == []  # nobody's home is found by the way
    homes = await found(scene, "101室", kind="household")
    assert homes == ["第一网格2号楼101室", "第一网格1号楼1单元101室"]
    building = (await scene.place("001001001-B02"))["path"]
    head = somebody(scene.district, Role.BUILDING_HEAD, building)
    assert await found(scene, "101室", head, "001001001-B02", kind="household") == homes[:1]
    resident = somebody(scene.district, Role.RESIDENT, building)
    assert await found(scene, "101室", resident, "001001001-B02", kind="household") == []
    assert (await scene.get(f"places/{scene.code('')}/search", resident, name="1号楼")).status_code == 404


async def test_the_homes_are_not_read_for_a_name(scene: Scene) -> None:
    """Nine tenths of a district's places are homes: they would be read in vain."""
    values = {"path": "0001", "end": "0002", "pattern": "%1号楼%", "name": "1号楼", "limit": 20}
    text, arguments = q.shared_named(of_kind=False).bind({**values, "district": scene.district})
    given = ", ".join(str(one) if isinstance(one, int) else f"'{one}'" for one in arguments)
    async with scene.service.db.connection() as connection, connection.transaction():
        await connection.execute("SET LOCAL enable_seqscan = off")
        await connection.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        await connection.execute(f"PREPARE named AS {text}")
        plan = "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN EXECUTE named({given})"))
        await connection.execute("DEALLOCATE named")
    assert "ix_places_shared" in plan, plan
