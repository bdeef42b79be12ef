"""People in bulk: who is known already by a number, and writing many at once. Names and numbers are sealed here.

Unlike `service.put`, which keeps a whole district's rolls in step with a data file, this looks only at those that it
is about.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from services.hierarchy.people import queries as q
from services.hierarchy.people import service as people
from shared.kernel.paths import ROOT, after, covers
from shared.runtime.db import Row
from shared.runtime.ids import new_id
from shared.runtime.privacy import Vault
from shared.runtime.work import Work

RESIDENT = "resident"  # the roll of those who are listed because they live somewhere
NUMBERS = ("id_number", "phone")
_COLUMNS = ("name", "phone", "id_number", "listed_as", "path", "party_member", "invented", "attributes")


async def by_numbers(
    work: Work, vault: Vault, phones: Iterable[str], numbers: Iterable[str]
) -> tuple[dict[str, Row], dict[str, Row]]:
    """Who has these phone numbers, and who these identity card numbers."""
    by_phone = await work.all(q.BY_PHONE, indexes=_indexes(vault, work.district, "phone", phones))
    by_number = await work.all(q.BY_ID_NUMBER, indexes=_indexes(vault, work.district, "id_number", numbers))
    return (
        {people.phone_of(vault, work.district, row): row for row in by_phone},
        {people.id_number_of(vault, work.district, row) or "": row for row in by_number},
    )


async def by_codes(work: Work, codes: Iterable[str]) -> dict[str, Row]:
    """People by the code of their roll."""
    return {row["code"]: row for row in await work.all(q.BY_CODES, codes=list(set(codes)))}


async def on_roll(work: Work, roll: str, path: str, on: date) -> list[Row]:
    """Everybody whom a roll names at a place and below, and did on that day."""
    return await work.all(q.ON_ROLL, roll=roll, path=path, end=after(path), on=on)


async def below(work: Work, path: str, limit: int) -> list[Row]:
    """Everybody listed at a place and below whose data may be shown."""
    return await work.all(q.BELOW, path=path, end=after(path), limit=limit)


async def hold(work: Work, ids: Iterable[UUID]) -> dict[UUID, Row]:
    """These people as they are now, locked until the work ends: whoever locks several does it in one order."""
    wanted = sorted(set(ids))
    await work.begin()
    return {row["id"]: row for row in await work.all(q.HOLD, ids=wanted)} if wanted else {}


def why_not(
    vault: Vault, district: str, row: Row, given: Mapping[str, Any], scopes: Iterable[str]
) -> tuple[str, str] | None:
    """Why a list may not say this (phone, id_number) of somebody known: the column that is to blame, and the reason.

    A number that is kept is changed by its owner, who shows that the new one is theirs, and never by a list; and a list
    says nothing about people outside the scopes of whoever brings it.
    """
    if row["stopped_at"] or row["erased_at"]:
        return "name", "processing_stopped"
    if not any(covers(scope, row["path"] or ROOT) for scope in scopes):
        return next((name for name in NUMBERS if given.get(name)), "name"), "registered_elsewhere"
    return number_kept(opened(vault, district, row), given)


def number_kept(person: Mapping[str, Any], given: Mapping[str, Any]) -> tuple[str, str] | None:
    """The number that a person has and that this would replace."""
    differs = (name for name in NUMBERS if given.get(name) and person[name] not in (None, given[name]))
    return next(((name, "number_kept") for name in differs), None)


def opened(vault: Vault, district: str, row: Row) -> dict[str, Any]:
    """A person's row with name and numbers in the clear, and all else that `put` takes."""
    return {
        **{name: row[name] for name in ("id", "code", *_COLUMNS)},
        "name": people.name_of(vault, district, row),
        "phone": people.phone_of(vault, district, row) or None,
        "id_number": people.id_number_of(vault, district, row),
    }


def newcomer(name: str, path: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - columns of people
    """A new person, as `put` takes it."""
    person = new_id()
    fields = {"phone": None, "id_number": None, "listed_as": RESIDENT, "party_member": False, "invented": False}
    return {"id": person, "code": f"p-{person}", "name": name, "path": path, "attributes": {}} | fields | more


async def put(work: Work, vault: Vault, rows: Sequence[dict[str, Any]], known: Mapping[UUID, Row]) -> set[UUID]:
    """Writes people (as `newcomer` or `opened` gives them); who was written. `known` are their rows as they stand.

    What is unchanged stays sealed as it is. UniqueViolationError where a number is somebody else's.
    """
    ready = [
        people.sealed(vault, work.district, row, known.get(row["id"]), row["id"])
        | {"listed_since": _since(row, known.get(row["id"]), work.today)}
        for row in rows
    ]
    written: set[UUID] = set()
    for start in range(0, len(ready), people.CHUNK):
        written |= {row["id"] for row in await work.all(q.PUT, rows=ready[start : start + people.CHUNK])}
    return written


def _since(row: Mapping[str, Any], known: Row | None, today: date) -> date:
    """Since when the roll names them: whoever comes to another one has not been on it before."""
    since: date = today if known is None or known["listed_as"] != row["listed_as"] else known["listed_since"]
    return since


def _indexes(vault: Vault, district: str, purpose: str, values: Iterable[str]) -> list[str]:
    return [index.hex() for v in set(values) for index in vault.blind_indexes(v, purpose=purpose, district=district)]
