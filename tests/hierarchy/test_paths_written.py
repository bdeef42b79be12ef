"""Whatever writes down where a place lies, lies where the place lies: also while the place is being moved."""

from collections.abc import Awaitable, Callable

import httpx
import pytest

from services.hierarchy.relocation import service as relocation
from shared.kernel.rights import Role
from shared.runtime.service import Service
from tests.hierarchy.small import load_small
from tests.hierarchy.test_places_move import moving, read
from tests.hierarchy.test_structures import text
from tests.hierarchy.workbooks_scene import TITLES, book
from tests.support.insisting import insist
from tests.support.world import somebody

Door = Callable[[httpx.AsyncClient, str], Awaitable[httpx.Response]]


async def structure(api: httpx.AsyncClient, district: str) -> httpx.Response:
    body = {"text": text(district).replace(f"{district}100001", f"{district}100002")}
    return await api.post("structures", json=body, headers=somebody(district, Role.OPERATOR).writes())


async def client(api: httpx.AsyncClient, district: str) -> httpx.Response:
    body = {"name": "虚构接入方", "role": "partner", "place": f"{district}100002"}
    return await api.post("clients", json=body, headers=somebody(district, Role.SECURITY_ADMIN).writes())


async def workbook(api: httpx.AsyncClient, district: str) -> httpx.Response:
    row = (f"{district}100002-B01-H0001", "虚构住户甲", "户主", "10088880001", None, None, None, None, None, None)
    fields = {"kind": "households", "mode": "valid_rows", "place": f"{district}100002"}
    files = {"file": ("名册.xlsx", book([TITLES, row]))}
    return await api.post("imports", data=fields, files=files, headers=somebody(district, Role.OPERATOR).writes())


@pytest.mark.parametrize(("table", "door"), [("structures", structure), ("clients", client), ("imports", workbook)])
async def test_who_comes_while_the_place_moves(
    api: httpx.AsyncClient, hierarchy: Service, district: str, table: str, door: Door
) -> None:
    await load_small(hierarchy, district)
    street = {"name": "东街道", "kind": "street", "parent": district, "code": f"{district}102"}
    made = await api.post("places", json=street, headers=somebody(district, Role.OPERATOR).writes())
    assert made.status_code == 201, made.text
    async with moving(hierarchy, district) as work:
        await relocation.move(work, f"{district}100002", street["code"])
        early = await door(api, district)
    assert (early.status_code, early.json()["code"]) == (409, "request_in_progress")
    late = await insist(lambda: door(api, district))
    assert late.status_code in {201, 202}, late.text
    sql = f"SELECT path FROM hierarchy.{table} WHERE district = $1 ORDER BY id DESC LIMIT 1"
    [place] = await read(
        hierarchy, "SELECT path FROM hierarchy.places WHERE district = $1 AND code = $2", district, f"{district}100002"
    )
    assert (await read(hierarchy, sql, district))[0]["path"] == place["path"]
