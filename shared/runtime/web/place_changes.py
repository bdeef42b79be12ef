"""Where hierarchy tells a service how the place tree changed. The same route in tickets and events."""

from enum import Enum

from fastapi import APIRouter

from shared.runtime import place_changes
from shared.runtime.web.doors import Writing, api_router
from shared.runtime.web.orders import carry_out
from shared.schemas.places import NotedChange, PlaceChange

TAG = {
    "name": "地点变更 Place changes",
    "description": "组织服务告知地点的调整、合并、拆分和撤销。 For hierarchy: places that changed.",
}
_TAGS: list[str | Enum] = [TAG["name"]]


def router() -> APIRouter:
    """The route for one service."""
    routes = api_router()

    @routes.post("/place-changes", name="place_follow", summary="地点变更 A place that changed", tags=_TAGS)
    async def follow(given: PlaceChange, work: Writing) -> NotedChange:
        """What is stored under the old paths follows within seconds, in batches; open cases at a place that was merged
        or split get the place that took over. For hierarchy alone (`service.commands`), in the order of `order`.
        """
        return await carry_out(work, lambda: place_changes.note(work, given), NotedChange(order=given.order))

    return routes
