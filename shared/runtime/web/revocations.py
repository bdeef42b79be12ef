"""Where hierarchy tells a service which sessions are over. The same route in tickets and events."""

from enum import Enum

from fastapi import APIRouter

from shared.runtime import revocations
from shared.runtime.journal import Entry
from shared.runtime.web.doors import Writing, api_router
from shared.runtime.web.orders import carry_out
from shared.runtime.work import Work
from shared.schemas.sessions import EndedSessions, NotedSessions

TAG = {"name": "会话 Sessions", "description": "组织服务告知哪些会话已失效。 For hierarchy: which sessions are over."}
_TAGS: list[str | Enum] = [TAG["name"]]


def router() -> APIRouter:
    """The route for one service."""
    routes = api_router()

    @routes.post("/revocations", name="session_revoke", summary="会话失效 Sessions that ended", tags=_TAGS)
    async def revoke(given: EndedSessions, work: Writing) -> NotedSessions:
        """Within about a second, every process of this service refuses the tokens of these sessions (401
        `session_ended`). For hierarchy alone (`service.commands`).
        """
        return await carry_out(work, lambda: _note(work, given), NotedSessions(sessions=len(given.sessions)))

    return routes


async def _note(work: Work, given: EndedSessions) -> None:
    await work.begin()
    await revocations.put(work, given.sessions, given.until)
    entry = Entry("session", "revoked", data={"sessions": [str(session) for session in given.sessions]})
    await work.record(entry, given.sessions[0])
