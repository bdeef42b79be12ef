"""Examples of the write routes of grants."""

from uuid import UUID

from shared.kernel.rights import Role
from tests.architecture.writes import Example, Scene, Try
from tests.hierarchy.small import load_small, with_password
from tests.support.world import Somebody, somebody


def _admin(scene: Scene) -> Somebody:
    return somebody(scene.district, Role.SECURITY_ADMIN)


async def _person(scene: Scene) -> UUID:
    await load_small(scene.service, scene.district)
    return await with_password(scene.service, scene.district)


def _body(scene: Scene, person: UUID) -> dict[str, str]:
    return {"person": str(person), "role": "auditor", "place": scene.district}


async def _give(scene: Scene) -> Try:
    return scene.ask(_admin(scene), "/grants", _body(scene, await _person(scene)))


async def _end(scene: Scene) -> Try:
    given = await scene.done(_admin(scene), "/grants", _body(scene, await _person(scene)))
    return scene.ask(_admin(scene), f"/grants/{given['id']}/end", {})


GRANTS: dict[tuple[str, str], Example] = {
    ("hierarchy", "grant_create"): _give,
    ("hierarchy", "grant_end"): _end,
}
