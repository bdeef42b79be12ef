"""Use cases of households. How many there are is a figure of their place; these rows are samples."""

from typing import Any

from services.hierarchy.households import queries as q
from shared.kernel.paths import after
from shared.runtime.ids import new_id
from shared.runtime.work import Work


async def samples(work: Work, path: str) -> int:
    """How many sample households lie at a place and below."""
    row = await work.one(q.COUNT, path=path, end=after(path))
    return 0 if row is None else row["count"]


async def put(work: Work, rows: list[dict[str, Any]]) -> int:
    """Writes sample households (`code`, `path`, `tags`); how many changed."""
    return len(await work.all(q.PUT, rows=[{**row, "id": new_id()} for row in rows]))


async def rebase(work: Work, old: str, new: str) -> None:
    """A place moved with all below it: rewrites the paths of households."""
    await work.one(q.REBASE, old=old, new=new, end=after(old))
