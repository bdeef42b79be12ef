"""Use cases of people."""

from typing import Any
from uuid import UUID

from services.hierarchy.people import queries as q
from services.hierarchy.people.views import PeopleCount
from shared.kernel.paths import after
from shared.runtime.db import Row
from shared.runtime.ids import new_id
from shared.runtime.privacy import Vault
from shared.runtime.work import Work

CHUNK = 2000


def phone_index(vault: Vault, district: str, phone: str) -> str:
    """What a phone number is looked up by, as every service computes it."""
    return vault.blind_index(phone, purpose="phone", district=district).hex()


def phone_of(vault: Vault, district: str, row: Row) -> str:
    """The number itself, from a row with `id` and `phone`."""
    return vault.open(row["phone"], bound_to=_bound(district, row["id"]))


async def by_id(work: Work, person: UUID) -> Row | None:
    """The person's row, or None."""
    return await work.one(q.BY_ID, id=person)


async def by_phone_index(work: Work, index: str) -> UUID | None:
    """Whose phone number that is, if anybody's."""
    row = await work.one(q.BY_PHONE, phone_index=index)
    return None if row is None else row["id"]


async def counts(work: Work, path: str) -> list[PeopleCount]:
    """People listed at a place and below, by roll."""
    return [PeopleCount(**row) for row in await work.all(q.COUNTS, path=path, end=after(path))]


async def put(work: Work, vault: Vault, rows: list[dict[str, Any]]) -> tuple[dict[str, UUID], int]:
    """Writes people (`code`, `phone` in the clear, …): ids by code, and how many changed.

    A number that is unchanged stays sealed as it is: sealing it again would change the row for nothing.
    """
    known = {row["code"]: row for row in await work.all(q.IDS)}
    ready = [_sealed(vault, work.district, row, known.get(row["code"])) for row in rows]
    changed = 0
    for start in range(0, len(ready), CHUNK):
        changed += len(await work.all(q.PUT, rows=ready[start : start + CHUNK]))
    return {row["code"]: row["id"] for row in await work.all(q.IDS)}, changed


def _sealed(vault: Vault, district: str, row: dict[str, Any], known: Row | None) -> dict[str, Any]:
    person = new_id() if known is None else known["id"]
    index = phone_index(vault, district, row["phone"])
    if known is not None and known["phone_index"] == index:
        sealed: bytes = known["phone"]
    else:
        sealed = vault.seal(row["phone"], bound_to=_bound(district, person))
    return {**row, "id": person, "phone": "\\x" + sealed.hex(), "phone_index": index}


def _bound(district: str, person: UUID) -> str:
    return f"{district}|people|phone|{person}"


async def rebase(work: Work, old: str, new: str) -> None:
    """A place moved with all below it: rewrites the paths of people."""
    await work.one(q.REBASE, old=old, new=new, end=after(old))
