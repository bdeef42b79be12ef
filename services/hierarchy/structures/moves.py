"""What changes which structure is in force: a version is activated and takes over, or is withdrawn before its day."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from services.hierarchy.structures import linting, service
from services.hierarchy.structures import queries as q
from services.hierarchy.structures.inputs import Activation
from services.hierarchy.structures.refusals import LaterVersion, StructureBreached
from services.hierarchy.structures.summing import tally
from services.hierarchy.structures.workflow import STRUCTURE, Party
from shared.kernel.refusals import expect, stale
from shared.runtime.db import Row
from shared.runtime.journal import Entry
from shared.runtime.work import Work

_DAY = timedelta(days=1)


async def move(work: Work, id_: UUID, name: str, given: BaseModel, expected: int | None = None) -> UUID:
    """Activates a draft, or withdraws what is not in force yet. NotFound, PreconditionFailed, Conflict, LaterVersion,
    StructureBreached.
    """
    row, place = await service.seen(work, id_)
    outcome = STRUCTURE.apply(row["step"], name, service.parties(work, row), service.facts(work, row))
    expect(row["revision"], expected)
    await work.begin()
    held = await work.all(q.HOLD, path=row["path"])
    text = given.model_dump(exclude_none=True, include={"reason"}) or None
    data: dict[str, Any] = {"place": place["code"], "number": row["version"]}
    since: date = row["in_force"]
    replaced: list[Row] = []
    if isinstance(given, Activation):
        since = max(since, work.today)
        replaced = _replaced(held, since)
        data |= {"in_force": since.isoformat(), "violations": await _admitted(work, row, given)}
    entry = Entry("structure", f"structure.{name}", before=outcome.before, after=outcome.after, data=data, text=text)
    values = {"id": id_, "revision": row["revision"], "to_step": outcome.after, "in_force": since}
    if await work.write(q.MOVE, entry, **values) is None:
        raise stale(expected)
    for other in replaced:
        await _hand_over(work, other, "supersede", by=id_, last_day=since - _DAY)
    if outcome.before == "active":
        for other in _preceding(held, row):
            await _hand_over(work, other, "restore", by=id_, last_day=None)
    return id_


def _replaced(held: Sequence[Row], since: date) -> list[Row]:
    """The versions that one of that day takes over from. LaterVersion where one begins later."""
    active = [other for other in held if other["step"] == "active"]
    for other in active:
        if other["in_force"] > since:
            raise LaterVersion(number=other["version"], on=other["in_force"].isoformat())
    return active


def _preceding(held: Sequence[Row], row: Row) -> list[Row]:
    """The version that this one would have taken over from; of several that were to end on that day, the last."""
    ended = [one for one in held if one["step"] == "superseded" and one["until"] == row["in_force"] - _DAY]
    return sorted(ended, key=lambda one: (one["in_force"], one["version"]))[-1:]


async def _hand_over(work: Work, other: Row, name: str, *, by: UUID, last_day: date | None) -> None:
    outcome = STRUCTURE.apply(other["step"], name, {Party.SUCCESSOR})
    data = {"by": str(by), "last_day": last_day and last_day.isoformat()}
    entry = Entry("structure", f"structure.{name}", before=outcome.before, after=outcome.after, data=data)
    values = {"id": other["id"], "from_step": outcome.before, "to_step": outcome.after, "last_day": last_day}
    await work.write(q.HAND_OVER, entry, **values)


async def _admitted(work: Work, row: Row, given: Activation) -> dict[str, int]:
    """What breaches it, by rule. StructureBreached where that is hard and nobody accepts it."""
    found = await linting.check(work, service.parsed(row), row["path"], work.today)
    counts = tally(found.violations)
    if found.hard and not given.accept_violations:
        hard = tally(one for one in found.violations if one.hard)
        words = ", ".join(f"{rule} {count}" for rule, count in hard.items())
        raise StructureBreached(hard=found.hard, words=words, breaches=hard)
    return counts
