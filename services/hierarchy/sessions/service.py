"""Use cases of sessions: what every way of signing in ends with, refreshing, devices, and ending for good.

Whoever signs in, however, comes to `open`. What an access token may do is decided anew at each refresh, from the posts
held that day. Ending a session ends its tokens everywhere: `ending.py` tells the other services.
"""

from datetime import datetime
from uuid import UUID

from services.hierarchy.identity import service as identities
from services.hierarchy.identity.service import Identity
from services.hierarchy.sessions import ending
from services.hierarchy.sessions import queries as q
from services.hierarchy.sessions.refusals import AccountDisabled, RefreshInvalid, RefreshReused
from services.hierarchy.sessions.rules import (
    RefreshToken,
    Standing,
    first_token,
    hashed,
    read_token,
    standing,
)
from services.hierarchy.sessions.views import DeviceView, SessionView
from shared.kernel.errors import Conflict
from shared.kernel.rights import Grant
from shared.runtime.db import Row
from shared.runtime.ids import new_id
from shared.runtime.journal import Entry
from shared.runtime.work import Work

_DEVICES_SHOWN = 100
_TRIES = 3


async def open(  # noqa: A001 - reads as `sessions.open`
    work: Work, identity: Identity, person: UUID, *, way: str, device: str | None
) -> SessionView:
    """Opens a session for a person who has shown who they are; journals the sign-in. AccountDisabled.

    `way` says how they did (`password`, `phone_code`, `wechat`); `device` is what they will know it by in their list.
    """
    session, token = new_id(), first_token(work.district)
    await work.begin()
    if await work.one(q.SIGN_IN, id=person) is None:
        raise AccountDisabled
    grants = await _grants(work, person)
    lifetimes = identity.limits.of(grants)
    ends, idle = work.now + lifetimes.longest, work.now + min(lifetimes.idle, lifetimes.longest)
    await work.write(
        q.OPEN,
        Entry("person", "sign_in", data={"session": str(session), "way": way}),
        session_id=session,
        person_id=person,
        way=way,
        device=device,
        family=hashed(token.family),
        turn=hashed(token.turn),
        idle_ends_at=idle,
        ends_at=ends,
    )
    await ending.end_oldest(work, identity, person)
    await ending.sweep(work)
    return await _view(work, identity, (person, session), grants, token, idle)


async def refresh(work: Work, identity: Identity, presented: RefreshToken) -> SessionView:
    """The next tokens. RefreshInvalid; RefreshReused, where the session must be ended (`ending.end_reused`)."""
    for _ in range(_TRIES):
        session = await work.one(q.FIND, family=hashed(presented.family))
        if session is None:
            raise RefreshInvalid
        match standing(dict(session), hashed(presented.turn), work.now):
            case Standing.OVER:
                raise RefreshInvalid
            case Standing.REUSED:
                raise RefreshReused
            case Standing.JUST_BEFORE:
                return await _again(work, identity, session, presented)
            case Standing.PRESENT:
                made = await _turned(work, identity, session, presented)
                if made is not None:
                    return made
    raise Conflict


async def _turned(work: Work, identity: Identity, session: Row, presented: RefreshToken) -> SessionView | None:
    """Replaces the token by the next one; None if somebody else did at this moment."""
    person, token = session["person_id"], presented.following()
    grants = await _grants(work, person)
    ends, idle = _lasting(work, identity, session, grants)
    view = await _view(work, identity, (person, session["id"]), grants, token, idle)
    turned = await work.one(
        q.TURN,
        id=session["id"],
        presented=hashed(presented.turn),
        turn=hashed(token.turn),
        successor=presented.sealing(token),
        previous_until=work.now + identity.limits.grace,
        ends_at=ends,
        idle_ends_at=idle,
    )
    return None if turned is None else view


async def _again(work: Work, identity: Identity, session: Row, presented: RefreshToken) -> SessionView:
    """The answer that got lost, once more: the same refresh token, a new access token."""
    grants = await _grants(work, session["person_id"])
    _, idle = _lasting(work, identity, session, grants)
    token = presented.unsealing(session["successor"])
    return await _view(work, identity, (session["person_id"], session["id"]), grants, token, idle)


def _lasting(work: Work, identity: Identity, session: Row, grants: list[Grant]) -> tuple[datetime, datetime]:
    """Until when at most, and until when unused, by what the person may do today; never longer than it was before."""
    if identity.lacks_second_factor(session["way"], grants):  # a neighbour of last week who is an operator today
        raise RefreshInvalid
    lifetimes = identity.limits.of(grants)
    ends = min(session["ends_at"], session["created_at"] + lifetimes.longest)
    if ends <= work.now:  # a neighbour of last week who is staff today
        raise RefreshInvalid
    return ends, min(ends, work.now + lifetimes.idle)


async def _grants(work: Work, person: UUID) -> list[Grant]:
    return await identities.grants_of(work, person, work.today)


async def _view(
    work: Work,
    identity: Identity,
    whose: tuple[UUID, UUID],
    grants: list[Grant],
    token: RefreshToken,
    until: datetime,
) -> SessionView:
    person, session = whose
    signed = identity.signer.sign(
        user=str(person), district=work.district, session=str(session), grants=grants, seconds=identity.token_s
    )
    return SessionView(
        session=session,
        access_token=signed,
        token_type="Bearer",  # noqa: S106 - the scheme's name
        expires_in=identity.token_s,
        refresh_token=token.written(),
        refresh_expires_in=max(0, round((until - work.now).total_seconds())),
        person=await identities.person_view(work, identity.vault, person),
        grants=await identities.grant_views(work, grants),
    )


def read(written: str) -> RefreshToken:
    """A refresh token's parts. RefreshInvalid."""
    token = read_token(written)
    if token is None:
        raise RefreshInvalid
    return token


async def devices(work: Work) -> list[DeviceView]:
    """The caller's open sessions, the one used last first."""
    try:
        person = UUID(work.actor.id)
    except ValueError:
        return []
    return [
        DeviceView(
            id=row["id"],
            device=row["device"],
            way=row["way"],
            since=row["created_at"],
            last_used=row["used_at"],
            expires=row["expires"],
            current=str(row["id"]) == work.actor.session,
        )
        for row in await work.all(q.DEVICES, person_id=person, limit=_DEVICES_SHOWN)
    ]
