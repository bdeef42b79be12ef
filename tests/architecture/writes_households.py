"""Examples of the write routes of households, links, visits and workbooks; see `writes.py`."""

from typing import Any

from shared.runtime.ids import new_id
from tests.architecture.writes import Example, Scene, Try
from tests.architecture.writes_attachments import form
from tests.hierarchy.households_scene import homes
from tests.hierarchy.small import load_small
from tests.support.steps import run_due

_BOUNDARY = "linli-boundary"
_LAW = {"tag": "disabled", "basis": "statutory", "legal_basis": "残疾人保障法"}


def _home(scene: Scene) -> str:
    return f"{scene.district}100001-B01-H0001"


async def _household(scene: Scene) -> str:
    await load_small(scene.service, scene.district, *homes(scene.district, 1))
    made = await scene.done(scene.staff, "/households", {"place": _home(scene)})
    return str(made["id"])


async def _create(scene: Scene) -> Try:
    await load_small(scene.service, scene.district, *homes(scene.district, 1))
    return scene.ask(scene.staff, "/households", {"place": _home(scene)})


async def _add_member(scene: Scene) -> Try:
    body = {"name": "虚构住户", "phone": "10066660001"}
    return scene.ask(scene.staff, f"/households/{await _household(scene)}/members", body)


async def _leave(scene: Scene) -> Try:
    path = f"/households/{await _household(scene)}/members"
    shown = await scene.done(scene.staff, path, {"name": "虚构住户"})
    return scene.ask(scene.staff, f"{path}/{shown['people'][0]['id']}/leave", {})


async def _tag(scene: Scene) -> Try:
    return scene.ask(scene.staff, f"/households/{await _household(scene)}/tags", _LAW)


async def _withdraw(scene: Scene) -> Try:
    path = f"/households/{await _household(scene)}/tags"
    await scene.done(scene.staff, path, _LAW)
    return scene.ask(scene.staff, f"{path}/disabled/withdraw", {})


def _links(scene: Scene) -> str:
    return f"/posts/{scene.district}100001-B01-building_head/households"


async def _link(scene: Scene) -> Try:
    await _household(scene)
    return scene.ask(scene.staff, _links(scene), {"households": [_home(scene)]})


async def _unlink(scene: Scene) -> Try:
    made = await scene.done(scene.staff, _links(scene), (await _linked(scene)))
    return scene.ask(scene.staff, f"/household-links/{made['items'][0]['id']}/end", {})


async def _linked(scene: Scene) -> dict[str, Any]:
    await _household(scene)
    return {"households": [_home(scene)]}


async def _visit(scene: Scene) -> Try:
    await _household(scene)
    need = {"title": "需要助餐", "content": "希望中午有人送餐。", "category": "KN01"}
    return scene.ask(scene.head, "/visits", {"place": _home(scene), "result": "need", "needs": [need]})


async def _receive(scene: Scene) -> Try:
    await load_small(scene.service, scene.district, *homes(scene.district, 1))
    key = str(new_id())
    headers = scene.staff.writes(key) | {"content-type": f"multipart/form-data; boundary={_BOUNDARY}"}
    content = f"户编码,姓名\n{_home(scene)},虚构住户\n".encode()
    body = form(content, kind="households", place=f"{scene.district}100001")
    return Try("POST", "/api/hierarchy/v1/imports", body, headers, key)


async def _move(scene: Scene, name: str) -> Try:
    made = (await scene.send(await _receive(scene))).json()["id"]
    await run_due(scene.service, scene.district)
    return scene.ask(scene.staff, f"/imports/{made}/{name}", {})


async def _confirm(scene: Scene) -> Try:
    return await _move(scene, "confirm")


async def _resume(scene: Scene) -> Try:
    """One whose job was given up."""
    made = (await scene.send(await _receive(scene))).json()["id"]
    async with scene.service.db.connection() as connection:
        await connection.execute("UPDATE hierarchy.jobs SET dead_at = now() WHERE district = $1", scene.district)
    return scene.ask(scene.staff, f"/imports/{made}/resume", {})


async def _cancel(scene: Scene) -> Try:
    return await _move(scene, "cancel")


async def _export(scene: Scene) -> Try:
    await load_small(scene.service, scene.district)
    return scene.ask(scene.staff, "/exports", {"kind": "places", "place": f"{scene.district}100001", "format": "csv"})


HOUSEHOLDS: dict[tuple[str, str], Example] = {
    ("hierarchy", "household_create"): _create,
    ("hierarchy", "household_add_member"): _add_member,
    ("hierarchy", "household_leave"): _leave,
    ("hierarchy", "household_tag"): _tag,
    ("hierarchy", "household_withdraw_tag"): _withdraw,
    ("hierarchy", "post_link"): _link,
    ("hierarchy", "post_unlink"): _unlink,
    ("hierarchy", "visit_record"): _visit,
    ("hierarchy", "import_receive"): _receive,
    ("hierarchy", "import_confirm"): _confirm,
    ("hierarchy", "import_resume"): _resume,
    ("hierarchy", "import_cancel"): _cancel,
    ("hierarchy", "export_make"): _export,
}
