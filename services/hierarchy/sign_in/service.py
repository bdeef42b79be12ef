"""What all ways of signing in share: what they work with, limits, and a journal row for every refusal.

Limits are counted in PostgreSQL, so that they hold for all processes together; while it is away, nobody is sent a code.
"""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from services.hierarchy.identity import service as identities
from services.hierarchy.identity.refusals import Limited
from services.hierarchy.identity.service import Identity
from services.hierarchy.people import service as people
from services.hierarchy.places import service as places
from services.hierarchy.settings import HierarchySettings
from services.hierarchy.sign_in import queries as q
from services.hierarchy.sign_in.rules import Limit, counted_address, free_at, remembered
from shared.kernel.errors import LinliError, NotFound, UnknownDistrict
from shared.kernel.periods import CHINA, midnight
from shared.kernel.rights import Principal
from shared.runtime.db import Row
from shared.runtime.journal import Entry
from shared.runtime.personal import own_id
from shared.runtime.privacy import Vault
from shared.runtime.service import Service
from shared.runtime.tokens import TokenVerifier
from shared.runtime.work import Work

ENROLMENT = "linli:enrolment"  # the audience of tokens with which a second factor is set up, and nothing else
_JOURNALED = (401, 403, 429)


@dataclass(frozen=True)
class Ways:
    """What the ways of signing in work with. `enrolment` checks tokens that no other route takes."""

    settings: HierarchySettings
    identity: Identity
    vault: Vault
    enrolment: TokenVerifier


def open_ways(settings: HierarchySettings, identity: Identity) -> Ways:
    """From the settings."""
    public = [identity.signer.public_key]
    return Ways(settings, identity, identity.vault, TokenVerifier(public, [], ENROLMENT))


def user(district: str, person: UUID) -> Principal:
    """The actor of a sign-in once it is known who it is."""
    return Principal(district=district, id=str(person), kind="user")


async def own_row(work: Work) -> Row:
    """The caller's row. NotFound where there is none, or none any more."""
    row = await people.by_id(work, own_id(work))
    if row is None or row["phone"] is None:
        raise NotFound
    return row


async def require_district(work: Work) -> None:
    """UnknownDistrict where nobody is governed here."""
    if await places.district_name(work) is None:
        raise UnknownDistrict(district=work.district)


def until_midnight(work: Work) -> int:
    """Seconds left of this day in China."""
    local = work.now.astimezone(CHINA)
    return max(1, round((midnight(local.date() + timedelta(days=1)) - local).total_seconds()))


# --- limits ------------------------------------------------------------------------------------------------------


class Counted(NamedTuple):
    """What is limited. A `quiet` limit must not show: it would tell that somebody has the number."""

    subject: str
    limits: tuple[Limit, ...]
    quiet: bool = False


class Outcome(NamedTuple):
    """`refused`: whether and for how long; `quietly`: looks granted, and is not."""

    refused: Limited | None
    quietly: bool


def of_address(ways: Ways, district: str, address: str | None, purpose: str, most: tuple[Limit, ...]) -> Counted:
    """The limit on a client's address, which is kept as a blind index only."""
    return Counted(f"address:{purpose}:{address_bytes(ways, district, address).hex()}", most)


def address_bytes(ways: Ways, district: str, address: str | None) -> bytes:
    """The blind index of a client's address."""
    return ways.vault.blind_index(counted_address(address), purpose="address", district=district)


async def count(work: Work, asked: list[Counted]) -> Outcome:
    """Counts one for every subject if none of them is over its limit, else the refusal alone. Inside a transaction.

    The rows stay locked until the transaction ends, always in the order given.
    """
    longest = max(limit.within for counted in asked for limit in counted.limits)
    rows = await work.all(q.TAKE, subjects=[counted.subject for counted in asked], until=work.now + longest)
    known = {row["subject"]: row for row in rows}
    waits = {c.subject: free_at(known[c.subject]["times"], c.limits, work.now) for c in asked}
    loud = [(wait, c.subject) for c in asked if (wait := waits[c.subject]) is not None and not c.quiet]
    kept = []
    for counted in asked:
        row, over = known[counted.subject], waits[counted.subject] is not None
        granted = not over and not loud
        times = remembered(row["times"], counted.limits, work.now) if granted else row["times"]
        refused = 0 if granted else row["refused"] + over
        kept.append({"subject": counted.subject, "times": [at.isoformat() for at in times], "refused": refused})
    await work.all(q.KEEP, rows=kept)
    if not loud:
        return Outcome(None, quietly=any(wait is not None for wait in waits.values()))
    wait, _ = max(loud)
    first = any(known[subject]["refused"] == 0 for _, subject in loud)
    return Outcome(Limited(max(1, round((wait - work.now).total_seconds())), first=first), quietly=False)


# --- refusals ----------------------------------------------------------------------------------------------------


@asynccontextmanager
async def journaling(service: Service, actor: Principal, way: str, index: bytes, **known: str) -> AsyncIterator[None]:
    """Journals a refusal inside, apart from the transaction that it ended.

    `index` is the blind index of what was tried (a number, an address, an openid); its first half names the subject.
    The row is the same whether or not anybody has that number.
    """
    try:
        yield
    except LinliError as refusal:
        if refusal.status in _JOURNALED and getattr(refusal, "first", True):
            data = {"way": way, "why": refusal.code, "index": index.hex(), **known}
            # Nothing was granted; that it cannot be written down now must not hide why.
            with suppress(LinliError):
                async with service.work(actor) as work:
                    await work.record(Entry("sign_in", "sign_in_refused", data=data), UUID(bytes=index[:16]))
        raise


def phone_bytes(ways: Ways, district: str, phone: str) -> bytes:
    """The number's blind index."""
    return bytes.fromhex(people.phone_index(ways.vault, district, phone))


async def person_bytes(work: Work, ways: Ways) -> bytes:
    """The blind index of the caller's own number: what their guesses are counted by."""
    row = await own_row(work)
    return phone_bytes(ways, work.district, people.phone_of(ways.vault, work.district, row))


async def attempt(work: Work, ways: Ways, index: bytes) -> None:
    """Counts a try by this number as one more sign-in, before anything is looked at. Limited."""
    await identities.attempt(work, ways.identity, index.hex())


def matching(ways: Ways, hashes: Iterable[bytes], value: str, *, purpose: str, district: str) -> bytes | None:
    """Which of the stored hashes is the value's, by today's key or the one before."""
    mine = set(ways.vault.blind_indexes(value, purpose=purpose, district=district))
    return next((known for known in hashes if known in mine), None)


async def forget(work: Work, person: UUID) -> None:
    """Takes every way of signing in from a person who is erased. Inside that transaction, which journals it."""
    for statement in (q.FORGET_WECHAT, q.FORGET_SECRETS, q.FORGET_RECOVERY):
        await work.all(statement, id=person)
