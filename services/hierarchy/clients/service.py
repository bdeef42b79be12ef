"""Use cases of clients: letting a partner's system in, changing its secret, shutting it out.

A secret is 256 random bits, so a plain hash of it is kept and compared by the database; two are good while a partner
changes over. A client's token names the client as its session, so that ending the client ends its tokens everywhere.
"""

import hashlib
import secrets
from datetime import timedelta
from uuid import UUID

from services.hierarchy.clients import queries as q
from services.hierarchy.clients.inputs import ClientSignIn, NewClient, SecretRotation
from services.hierarchy.clients.refusals import ClientCredentialsWrong
from services.hierarchy.clients.views import ClientTokenView, ClientView, IssuedClient
from services.hierarchy.identity import service as identities
from services.hierarchy.identity.service import Identity
from services.hierarchy.places import service as places
from services.hierarchy.sessions import ending
from shared.kernel.errors import (
    AlreadyDone,
    Forbidden,
    NotFound,
    UnknownPlace,
)
from shared.kernel.paths import covers
from shared.kernel.rights import Grant, Permission, Role
from shared.runtime.db import Row
from shared.runtime.ids import new_id
from shared.runtime.journal import Entry
from shared.runtime.scoping import limits
from shared.runtime.web.pages import decode, encode
from shared.runtime.work import Work
from shared.schemas.base import Page

_SECRET_BYTES = 32


async def create(work: Work, given: NewClient) -> IssuedClient:
    """Lets a system in. Forbidden; UnknownPlace also for a place that is not the caller's to give."""
    scopes = _scopes(work)
    await places.lock(work)  # the place keeps its path until it is written down here
    place = await places.by_code(work, given.place)
    if place is None or not any(covers(scope, place["path"]) for scope in scopes):
        raise UnknownPlace(place=given.place)
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    entry = Entry("client", "created", data={"role": given.role, "place": given.place}, text={"name": given.name})
    values = {"name": given.name, "role": given.role, "path": place["path"], "secret": _hashed(secret)}
    row = await work.write(q.CREATE, entry, id=new_id(), **values)
    if row is None:
        raise NotFound
    return await _issued(work, row["id"], secret)


async def rotate(work: Work, client: UUID, given: SecretRotation) -> IssuedClient:
    """A new secret; the one until now works a while longer. NotFound, Forbidden, AlreadyDone for an ended client."""
    await seen(work, client)
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    # None, not this moment: a secret in the wrong hands ends by no clock, least of all by one of two that may differ
    until = work.now + timedelta(seconds=given.keep_s) if given.keep_s else None
    entry = Entry("client", "rotated", data={"keep_s": given.keep_s})
    if await work.write(q.ROTATE, entry, id=client, secret=_hashed(secret), previous_until=until) is None:
        raise _over()
    return await _issued(work, client, secret)


async def end(work: Work, identity: Identity, client: UUID) -> ClientView:
    """Shuts it out: no token any more, and those that it has end. NotFound, Forbidden, AlreadyDone."""
    await seen(work, client)
    await work.begin()
    if await work.write(q.END, Entry("client", "ended"), id=client) is None:
        raise _over()
    await ending.revoke(work, identity, [client], Entry("client", "tokens_ended"), client)
    return await shown(work, client)


async def sign_in(work: Work, identity: Identity, given: ClientSignIn) -> ClientTokenView:
    """An access token. ClientCredentialsWrong, whatever is wrong."""
    secret = _hashed(given.client_secret.get_secret_value())
    row = await work.write(q.SIGN_IN, Entry("client", "sign_in"), id=given.client_id, secret=secret)
    if row is None:
        raise ClientCredentialsWrong
    client = str(row["id"])
    token = identity.signer.sign(
        user=client,
        district=work.district,
        session=client,
        grants=[Grant(Role(row["role"]), row["path"])],
        seconds=identity.token_s,
        kind="client",
    )
    return ClientTokenView(access_token=token, token_type="Bearer", expires_in=identity.token_s)  # noqa: S106 - a scheme


async def page(work: Work, cursor: str | None, limit: int) -> Page[ClientView]:
    """The clients in the caller's scope, oldest first, also those that were ended. Forbidden."""
    (last,) = decode(cursor, UUID) or (UUID(int=0),)
    rows = await work.all(q.LIST, after=last, limit=limit + 1, **limits("scopes", "ends", _scopes(work)))
    more = encode(rows[limit - 1]["id"]) if len(rows) > limit else None
    return Page(items=[await _view(work, row) for row in rows[:limit]], next=more)


async def seen(work: Work, client: UUID) -> Row:
    """The client, if the caller may do something about it. NotFound outside the caller's scope; Forbidden."""
    row = await work.one(q.BY_ID, id=client)
    if row is None:
        raise NotFound
    if not work.actor.may(Permission.CLIENTS_MANAGE, row["path"]):
        within = any(covers(grant.place, row["path"]) for grant in work.actor.grants)
        raise Forbidden(permission=Permission.CLIENTS_MANAGE.value) if within else NotFound
    return row


async def shown(work: Work, client: UUID) -> ClientView:
    """As it is now."""
    return await _view(work, await seen(work, client))


async def shown_again(work: Work, client: UUID) -> IssuedClient:
    """The answer to a repeated request: the secret was shown once."""
    return await _issued(work, client, None)


rebase = q.REBASE


async def _issued(work: Work, client: UUID, secret: str | None) -> IssuedClient:
    view = await shown(work, client)
    return IssuedClient(**dict(view), client_secret=secret)


async def _view(work: Work, row: Row) -> ClientView:
    grants = await identities.grant_views(work, [Grant(Role(row["role"]), row["path"])])
    return ClientView(
        id=row["id"],
        name=row["name"],
        grant=grants[0] if grants else None,
        created_at=row["created_at"],
        rotated_at=row["rotated_at"],
        previous_until=row["previous_until"],
        last_used=row["used_at"],
        ended_at=row["ended_at"],
    )


def _scopes(work: Work) -> list[str]:
    scopes = work.actor.scopes(Permission.CLIENTS_MANAGE)
    if not scopes:
        raise Forbidden(permission=Permission.CLIENTS_MANAGE.value)
    return scopes


def _over() -> AlreadyDone:
    return AlreadyDone(what_zh="该接入方已停用。", what_en="This client has been ended.")


def _hashed(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
