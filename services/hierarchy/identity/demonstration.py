"""Lets the demonstration's users sign in, in dev only. What they may do, their posts and explicit grants say."""

import asyncio
import secrets
from typing import NamedTuple
from uuid import UUID

from services.hierarchy.grants import service as grants
from services.hierarchy.identity import service
from services.hierarchy.identity.demo import DemoUser
from services.hierarchy.people import service as people
from services.hierarchy.places import service as places
from shared.kernel.rights import Role
from shared.runtime.passwords import Passwords
from shared.runtime.privacy import Vault
from shared.runtime.work import Work

_PASSWORD_BYTES = 9
_LISTED_AS = "demonstration"  # a roll of its own, so that the figures of the others stay the articles'
Remembered = dict[str, str]  # passwords by phone number


class Prepared(NamedTuple):
    """Who signs in with what, and the hashes that are still to be stored (by phone number)."""

    cast: list[DemoUser]
    passwords: Remembered
    hashes: dict[str, str]


async def prepare(
    work: Work, vault: Vault, hasher: Passwords, cast: list[DemoUser], remembered: Remembered
) -> Prepared:
    """Chooses passwords, keeping those that are remembered, and hashes what the database does not have yet.

    Hashing takes its time on purpose, so it happens before the transaction.
    """
    stored = await service.passwords_of(work)
    chosen = {user.person.phone: user for user in cast}
    passwords = {phone: remembered.get(phone) or secrets.token_urlsafe(_PASSWORD_BYTES) for phone in chosen}
    lacking = []
    for phone in chosen:
        person = await people.by_phone_index(work, people.phone_index(vault, work.district, phone))
        if phone not in remembered or person is None or person not in stored:
            lacking.append(phone)
    hashes = await asyncio.gather(*(hasher.hash(passwords[phone]) for phone in lacking))
    return Prepared(cast, passwords, dict(zip(lacking, hashes, strict=True)))


async def provide(work: Work, vault: Vault, prepared: Prepared, since: str) -> None:
    """Writes the added people, the explicit grants and the passwords; those that are there already stay."""
    await work.begin()
    cast = prepared.cast
    codes = {user.place for user in cast} | {user.granted for user in cast if user.granted}
    paths = {code: row["path"] for code in sorted(codes) if (row := await places.by_code(work, code))}
    added = [
        {**user.person._asdict(), "listed_as": _LISTED_AS, "path": paths[user.place]} for user in cast if user.added
    ]
    ids, _ = await people.put(work, vault, added)
    await grants.put(work, _grants(cast, ids, paths), since)
    by_phone = {user.person.phone: ids[user.person.code] for user in cast}
    for phone, password_hash in prepared.hashes.items():
        await service.set_password(work, by_phone[phone], password_hash)


def _grants(cast: list[DemoUser], ids: dict[str, UUID], paths: dict[str, str]) -> list[tuple[UUID, Role, str]]:
    """An added user gets the role itself; a holder of a post near home is a resident besides."""
    return sorted(
        {
            (ids[user.person.code], user.role if user.added else Role.RESIDENT, paths[user.granted])
            for user in cast
            if user.granted is not None
        }
    )
