"""How sessions end, so that their tokens end with them: here, and in the other services within seconds.

An ended session's access tokens stay well signed for some minutes. So its id goes into `revoked_sessions`, which every
process of hierarchy reads about once a second, and by a job for each other service into theirs
(`shared/runtime/revocations.py`). All in one transaction: a sign-out that was answered ends the tokens, however the
night goes on.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from services.hierarchy.identity.service import Identity
from services.hierarchy.sessions import due
from services.hierarchy.sessions import queries as q
from services.hierarchy.sessions.rules import RefreshToken, hashed
from shared.kernel.errors import Forbidden, NotFound
from shared.kernel.rights import Principal
from shared.runtime import revocations
from shared.runtime.jobs import Job
from shared.runtime.journal import Entry
from shared.runtime.tokens import LEEWAY
from shared.runtime.work import Work

# Clocks of services may differ by as much, besides the leeway with which they check a token.
_CLOCKS = timedelta(minutes=1)
_KEPT = timedelta(days=30)


async def sign_out(work: Work, identity: Identity) -> None:
    """Ends the session of the token that was sent, whether or not it has a row (a command's token has none)."""
    person, session = _own(work.actor)
    await work.begin()
    await work.one(q.END, person_id=person, id=session, why="sign_out")
    await revoke(work, identity, [session], Entry("person", "sign_out", data={"session": str(session)}), person)


async def end_own(work: Work, identity: Identity, session: UUID) -> None:
    """Ends another session of the caller's. NotFound for one that is nobody's, somebody else's, or over."""
    person, _ = _own(work.actor)
    await work.begin()
    if await work.one(q.END, person_id=person, id=session, why="ended_by_owner") is None:
        raise NotFound
    entry = Entry("person", "session_ended", data={"session": str(session), "why": "ended_by_owner"})
    await revoke(work, identity, [session], entry, person)


async def end_reused(work: Work, identity: Identity, presented: RefreshToken) -> None:
    """Ends the session whose token came back after its time; nothing where it is over or the token holds again."""
    await work.begin()
    session = await work.one(q.FIND, family=hashed(presented.family))
    if session is None:
        return
    known = {"person_id": session["person_id"], "id": session["id"]}
    ended = await work.one(q.END_REUSED, **known, presented=hashed(presented.turn), why="refresh_reused")
    if ended is not None:
        entry = Entry("person", "refresh_reused", data={"session": str(session["id"])})
        await revoke(work, identity, [session["id"]], entry, session["person_id"])


async def end_all(
    work: Work, identity: Identity, person: UUID, *, why: str, keep: UUID | None = None, note: str | None = None
) -> int:
    """Ends every session of a person but `keep`; journaled with or without any. How many there were.

    Call it in the transaction of what is the reason (a new password, say): it waits for a sign-in that is under way.
    """
    await work.begin()
    await work.one(q.LOCK, id=person)
    ended = [row["id"] for row in await work.all(q.END_ALL, person_id=person, keep=keep, why=why)]
    data = {"sessions": [str(session) for session in ended], "why": why}
    text = None if note is None else {"note": note}
    await revoke(work, identity, ended, Entry("person", "sessions_ended", data=data, text=text), person)
    return len(ended)


async def end_oldest(work: Work, identity: Identity, person: UUID) -> None:
    """Ends what a person has beyond the allowed number of sessions."""
    rows = await work.all(q.END_OLDEST, person_id=person, kept=identity.limits.devices, why="too_many")
    if ended := [row["id"] for row in rows]:
        data = {"sessions": [str(session) for session in ended], "why": "too_many"}
        await revoke(work, identity, ended, Entry("person", "sessions_ended", data=data), person)


async def sweep(work: Work) -> None:
    """Throws a few away that were over long ago."""
    await work.all(q.SWEEP, before=work.now - _KEPT)


async def revoke(work: Work, identity: Identity, sessions: Iterable[UUID], entry: Entry, subject: UUID) -> None:
    """Ends the tokens of these sessions everywhere, and journals why. Inside a transaction."""
    ended = list(sessions)
    until = work.now + timedelta(seconds=identity.token_s + LEEWAY) + _CLOCKS
    if ended:
        await revocations.put(work, ended, until)
    await work.record(entry, subject, _telling(ended, until))


def _telling(sessions: list[UUID], until: datetime) -> list[Job]:
    ids = [str(session) for session in sessions]
    return [due.TELL.of(service=service, sessions=ids, until=until.isoformat()) for service in due.TOLD if ids]


def _own(caller: Principal) -> tuple[UUID, UUID]:
    """The caller's person and session. Forbidden for other services and for clients, who have no sessions."""
    try:
        if caller.kind != "user":
            raise Forbidden
        return UUID(caller.id), UUID(caller.session or "")
    except ValueError:
        raise Forbidden from None


async def forget_devices(work: Work, person: UUID) -> None:
    """Erases what a person's devices were called. Inside the transaction that erases the person."""
    await work.all(q.FORGET_DEVICES, person_id=person)
