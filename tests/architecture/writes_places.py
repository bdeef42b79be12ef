"""Examples of the write routes of places, their boundaries, and of those who follow them."""

from typing import Any
from uuid import uuid4

from tests.architecture.writes import Example, Scene, Try
from tests.hierarchy.small import load_small
from tests.support.world import SERVICE_SEEDS, service_headers

_RING = [[111.0, 35.0], [111.1, 35.0], [111.1, 35.1], [111.0, 35.1], [111.0, 35.0]]
SQUARE = {"type": "Polygon", "coordinates": [_RING]}


def _on(path: str, body: dict[str, Any], method: str = "POST") -> Example:
    """A request about the small district; `{d}` is its code."""

    async def example(scene: Scene) -> Try:
        await load_small(scene.service, scene.district)
        given = {
            name: value.format(d=scene.district) if isinstance(value, str) else value for name, value in body.items()
        }
        return scene.ask(scene.operator, path.format(d=scene.district), given, method)

    return example


async def _remove(scene: Scene) -> Try:
    await load_small(scene.service, scene.district)
    path = f"/places/{scene.district}100001/boundary"
    await scene.done(scene.operator, path, {"geometry": SQUARE}, "PUT")
    return scene.ask(scene.operator, path, {}, "DELETE")


async def _follow(scene: Scene) -> Try:
    body = {
        "order": 1, "place_id": str(uuid4()), "code": "C1", "event": "move", "stale": [], "now": [],
        "moves": [{"old": "000100010001", "new": "000100010009"}],
    }  # fmt: skip
    asked = scene.ask(scene.operator, "/place-changes", body)
    assert "hierarchy" in SERVICE_SEEDS
    asked.headers |= service_headers(scene.district, "hierarchy", scene.name)
    return asked


PLACES: dict[tuple[str, str], Example] = {
    ("hierarchy", "place_create"): _on("/places", {"parent": "{d}100001", "kind": "grid", "name": "第一网格"}),
    ("hierarchy", "place_edit"): _on("/places/{d}100001", {"name": "丙社区"}, "PATCH"),
    ("hierarchy", "place_merge"): _on("/places/{d}100001/merge", {"into": "{d}100002"}),
    ("hierarchy", "place_split"): _on("/places/{d}100002/split", {"parts": [{"name": "东社区"}, {"name": "西社区"}]}),
    ("hierarchy", "place_close"): _on("/places/{d}100002/close", {}),
    ("hierarchy", "boundary_put"): _on("/places/{d}100001/boundary", {"geometry": SQUARE}, "PUT"),
    ("hierarchy", "boundary_remove"): _remove,
    ("tickets", "place_follow"): _follow,
    ("events", "place_follow"): _follow,
}
# The secretary answers for the other community from now on, and no more for this one.
EFFECTS = {("hierarchy", "place_merge"): 3}
# Look-ups, which write nothing.
KEYLESS = {("hierarchy", "place_look_up"), ("hierarchy", "place_locate_many"), ("tickets", "appeal_open_counts")}
