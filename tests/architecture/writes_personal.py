"""Examples of the write routes of personal data."""

from typing import Any
from uuid import UUID

from services.hierarchy.people import service as people
from shared.kernel.paths import ROOT
from shared.kernel.rights import Role
from shared.runtime.ids import new_id
from tests.architecture.writes import APPEAL, Example, Scene, Try
from tests.hierarchy.small import load_small, loader
from tests.support.world import Somebody, service_headers, somebody

WHY = {"reason_kind": "verify_identity", "reason": "窗口核对身份"}
PHONE = "10077770009"


def _admin(scene: Scene) -> Somebody:
    return somebody(scene.district, Role.SECURITY_ADMIN)


async def _person(scene: Scene) -> UUID:
    """Somebody without a post."""
    await load_small(scene.service, scene.district)
    async with loader(scene.service, scene.district) as work:
        await work.begin()
        row: dict[str, Any] = {
            "code": f"{scene.district}-x-1",
            "name": "虚构居民",
            "phone": PHONE,
            "listed_as": "x",
            "path": ROOT,
            "party_member": False,
            "invented": True,
            "attributes": {},
        }
        ids, _ = await people.put(work, scene.service.vault, [row])
    return ids[row["code"]]


async def _search(scene: Scene) -> Try:
    await _person(scene)
    return scene.ask(scene.operator, "/people/search", WHY | {"phone": PHONE})


async def _reveal(scene: Scene) -> Try:
    return scene.ask(scene.operator, f"/people/{await _person(scene)}/reveal", WHY)


async def _id_number(scene: Scene) -> Try:
    path = f"/people/{await _person(scene)}/id-number"
    return scene.ask(scene.operator, path, {"id_number": "320102199001010010"})


async def _copy(scene: Scene) -> Try:
    person = await _person(scene) if scene.name == "hierarchy" else new_id()
    return scene.ask(_admin(scene), f"/people/{person}/data", WHY)


async def _erase(scene: Scene) -> Try:
    return scene.ask(_admin(scene), f"/people/{await _person(scene)}/erasure", {"reason": "本人到窗口申请"})


async def _erase_me(scene: Scene) -> Try:
    me = somebody(scene.district, id=await _person(scene))
    return scene.ask(me, "/me/erasure", {"reason": "搬离本区，申请注销"})


async def _ordered(scene: Scene) -> Try:
    made = scene.ask(scene.operator, "/erasures", {"person_id": str(new_id())})
    made.headers |= service_headers(scene.district, "hierarchy", scene.name)
    return made


async def _contact(scene: Scene) -> Try:
    new = APPEAL | {"on_behalf_of": {"name": "虚构邻居", "phone": PHONE}}
    appeal = await scene.done(scene.head, "/appeals", new)
    return scene.ask(scene.staff, f"/appeals/{appeal['id']}/contact/reveal", WHY)


async def _confidential(scene: Scene) -> Try:
    appeal = await scene.done(scene.resident, "/appeals", APPEAL)
    body = {"confidential": True, "reason": "涉及家庭隐私"}
    return scene.ask(scene.staff, f"/appeals/{appeal['id']}/confidentiality", body)


PERSONAL: dict[tuple[str, str], Example] = {
    ("hierarchy", "person_search"): _search,
    ("hierarchy", "person_reveal"): _reveal,
    ("hierarchy", "person_set_id_number"): _id_number,
    ("hierarchy", "person_erase"): _erase,
    ("hierarchy", "me_erase"): _erase_me,
    ("tickets", "contact_reveal"): _contact,
    ("tickets", "appeal_confidentiality"): _confidential,
    **{(service, "person_data"): _copy for service in ("hierarchy", "tickets", "events")},
    **{(service, "erasure_order"): _ordered for service in ("tickets", "events")},
}
EFFECTS = {("hierarchy", "person_erase"): 2, ("hierarchy", "me_erase"): 2}
LOOK_UPS = {("hierarchy", "contact_read")}
