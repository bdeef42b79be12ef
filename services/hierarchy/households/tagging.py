"""Tags (户标签) of households with the basis they stand on, as rows bring them."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from services.hierarchy.households import queries as q
from services.hierarchy.households.inputs import Entered
from shared.runtime.db import Row
from shared.runtime.ids import new_id
from shared.runtime.work import Work

Standing = Mapping[tuple[UUID, str], Row]  # by household and tag


def undone(
    row: Entered, household: UUID, standing: Standing, withdrawn: Mapping[tuple[UUID, str, str | None], date]
) -> bool:
    """Whether a tag was withdrawn after the row's basis was given, so that the row is from before."""
    for tag in row.tags:
        day, stands = withdrawn.get((household, tag, row.basis)), standing.get((household, tag))
        if stands is not None and (stands["basis"], stands["since"]) == (row.basis, row.since):
            continue  # given anew, and nothing else is said
        if day is not None and (row.since <= day if row.since else stands is None):
            return True
    return False


async def tagged(work: Work, rows: Sequence[tuple[int, Entered, UUID, UUID]], standing: Standing) -> set[int]:
    """Writes the tags of rows, each with its position, household and person; which positions changed one."""
    ready: dict[tuple[UUID, str], dict[str, Any]] = {}
    marked: set[int] = set()
    for at, row, household, person in rows:
        for tag in row.tags:
            made = _tag(work, row, household, tag, person, standing.get((household, tag)))
            if made is not None:
                ready[household, tag] = made
                marked.add(at)
    if ready:
        await work.all(q.PUT_TAGS, rows=list(ready.values()))
    return marked


def _tag(
    work: Work, row: Entered, household: UUID, tag: str, person: UUID, before: Row | Mapping[str, Any] | None
) -> dict[str, Any] | None:
    """The tag as it will stand; None where it stands so already. Whoever wrote it first stays who wrote it."""
    wanted = {
        "basis": row.basis,
        "legal_basis": row.legal_basis,
        "given_by": person if row.basis == "consent" else None,
        "since": row.since or (before["since"] if before else work.today),
        "until": row.until,
    }
    if before is not None and all(before[name] == value for name, value in wanted.items()):
        return None
    # Shown at the door is what somebody agreed to: another's consent, or the law, says nothing about that.
    public = before is not None and before["public"] and before["given_by"] == wanted["given_by"] is not None
    fixed = {"household_id": household, "tag": tag, "public": public, "recorded_by": work.actor.id}
    return wanted | fixed | {"id": new_id() if before is None else before["id"]}
