"""What a security administrator does about somebody's signing in: end all sessions, disable, enable again."""

from uuid import UUID

from services.hierarchy.identity.service import Identity
from services.hierarchy.people import service as people
from services.hierarchy.sessions import ending
from services.hierarchy.sessions import queries as q
from services.hierarchy.sessions.views import AccountView
from shared.kernel.errors import AlreadyDone
from shared.kernel.rights import Permission
from shared.runtime.journal import Entry
from shared.runtime.work import Work


async def seen(work: Work, person: UUID) -> None:
    """NotFound for nobody and outside the caller's scope, Forbidden without `sessions.manage` inside."""
    await people.seen(work, person, Permission.SESSIONS_MANAGE)


async def end_sessions(work: Work, identity: Identity, person: UUID) -> AccountView:
    """Ends all of them."""
    await ending.end_all(work, identity, person, why="ended_by_administrator")
    return await shown(work, person)


async def disable(work: Work, identity: Identity, person: UUID, reason: str) -> AccountView:
    """Ends all sessions and refuses new ones. AlreadyDone."""
    await work.begin()
    await work.one(q.LOCK, id=person)
    if await work.write(q.DISABLE, Entry("person", "disabled", text={"reason": reason}), id=person) is None:
        raise AlreadyDone(what_zh="账号已经停用。", what_en="The account is disabled already.")
    await ending.end_all(work, identity, person, why="disabled")
    return await shown(work, person)


async def enable(work: Work, person: UUID) -> AccountView:
    """Lets a disabled person sign in again. AlreadyDone."""
    if await work.write(q.ENABLE, Entry("person", "enabled"), id=person) is None:
        raise AlreadyDone(what_zh="账号没有停用。", what_en="The account is not disabled.")
    return await shown(work, person)


async def shown(work: Work, person: UUID) -> AccountView:
    """Whether a person may sign in, as it is now."""
    row = await work.one(q.DISABLED, id=person)
    return AccountView(person=person, disabled=row is not None and row["disabled"])
