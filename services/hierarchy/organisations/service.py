"""Use cases of organisations."""

from typing import Any, NamedTuple
from uuid import UUID

from services.hierarchy.organisations import queries as q
from services.hierarchy.organisations.views import OrganisationCount
from shared.kernel.paths import after
from shared.runtime.ids import new_id
from shared.runtime.work import Work


class Located(NamedTuple):
    id: UUID
    path: str | None


async def counts(work: Work, path: str) -> list[OrganisationCount]:
    """Organisations at a place and below, by kind."""
    return [OrganisationCount(**row) for row in await work.all(q.COUNTS, path=path, end=after(path))]


async def put(work: Work, rows: list[dict[str, Any]]) -> tuple[dict[str, Located], int]:
    """Writes organisations (`code`, `path`, `parent`, …); all of the district by code, and how many changed."""
    changed = await work.all(q.PUT, rows=[{**row, "id": new_id()} for row in rows])
    return {row["code"]: Located(row["id"], row["path"]) for row in await work.all(q.IDS)}, len(changed)


async def rebase(work: Work, old: str, new: str) -> None:
    """A place moved with all below it: rewrites the paths of organisations."""
    await work.one(q.REBASE, old=old, new=new, end=after(old))
