"""Use cases of responsibility."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from services.hierarchy.people import service as people
from services.hierarchy.places import service as places
from services.hierarchy.responsibility import queries as q
from services.hierarchy.responsibility.rules import asked_for, role_of
from shared.kernel.categories import is_category
from shared.kernel.errors import NotFound, UnknownCategory
from shared.kernel.paths import after
from shared.kernel.rights import Permission, Role
from shared.runtime.db import Row
from shared.runtime.ids import new_id
from shared.runtime.privacy import Vault
from shared.runtime.work import Work
from shared.schemas.hierarchy import PlaceRef, ResponsibilityChain, Responsible

CHUNK = 2000


async def chain(work: Work, vault: Vault, place: str, category: str, on: date) -> ResponsibilityChain:
    """Who answers for a place and a category on a day, nearest first. UnknownCategory, NotFound, Forbidden."""
    if not is_category(category):
        raise UnknownCategory(category=category)
    rows = await work.all(q.QUESTION, place=place, categories=asked_for(category), on=on)
    if not rows:
        raise NotFound
    asked = rows[0]
    places.admit(work.actor, Permission.RESPONSIBILITY_READ, asked["path"], asked["kind"])
    links = [row for row in rows if row["held_by"] is not None]
    return ResponsibilityChain(
        place=PlaceRef(**{name: asked[name] for name in PlaceRef.model_fields}),
        category=category,
        on=on,
        chain=[_link(vault, order, row) for order, row in enumerate(links, 1)],
    )


def _link(vault: Vault, order: int, row: Row) -> Responsible:
    organised = row["organisation_code"] is not None
    named = {"id": row["person_id"], "name": row["person_name"]}
    return Responsible(
        order=order,
        post_code=row["post_code"],
        post_name=row["organisation_name"] if organised else row["post_label"],
        role=Role(row["role"]) if row["role"] else role_of(row["organisation_kind"]),
        place=PlaceRef(**{name: row[f"at_{name}"] for name in PlaceRef.model_fields}),
        organisation_code=row["organisation_code"],
        person_id=row["person_id"],
        person_name=people.name_of(vault, row["district"], named) if row["person_id"] else None,
    )


async def everybody(work: Work, paths: Iterable[str], on: date) -> list[Row]:
    """All who answer for these very places on a day, whatever for, nearest first, whoever asks; sealed as stored."""
    return await work.all(q.EVERYBODY, paths=list(paths), on=on)


async def put(work: Work, rows: list[dict[str, Any]]) -> int:
    """Writes responsibilities; how many changed."""
    changed = 0
    for start in range(0, len(rows), CHUNK):
        ready = [{**row, "id": new_id()} for row in rows[start : start + CHUNK]]
        changed += len(await work.all(q.PUT, rows=ready))
    return changed


async def rebase(work: Work, old: str, new: str) -> None:
    """A place moved with all below it: rewrites the paths of responsibilities."""
    await work.one(q.REBASE, old=old, new=new, end=after(old))
