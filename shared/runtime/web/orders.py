"""Orders that hierarchy gives the other services, by a job with its id as Idempotency-Key: from it alone, once."""

from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import UUID

from shared.kernel.errors import Forbidden
from shared.kernel.rights import Permission
from shared.runtime.work import Work

T = TypeVar("T")
_FROM = "hierarchy"


async def carry_out(work: Work, order: Callable[[], Awaitable[object]], answer: T) -> T:
    """Does it once and answers the same every time. Forbidden for every caller but hierarchy."""
    work.actor.demand(Permission.SERVICE_COMMANDS)
    if work.actor.id != _FROM:
        raise Forbidden

    async def run() -> T:
        await order()
        return answer

    async def again(_: UUID) -> T:
        return answer

    return await work.once(run, again)
