"""What becomes of a household's record when its home goes: inside the transaction of whoever merges, splits or closes.

A home that becomes part of another is one home with it. Those who belong there and the tags that stand are the other's
from now on; the record that was keeps who lived there, and is shown no more.
"""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from services.hierarchy.households import queries as q
from shared.kernel.errors import Conflict
from shared.runtime.changes import Change
from shared.runtime.db import Row
from shared.runtime.ids import new_id
from shared.runtime.journal import Entry
from shared.runtime.work import Work


async def join(work: Work, code: str, into: str) -> tuple[UUID, UUID] | None:
    """The home with this code is part of another one: the record that was, and the one that is for both.

    The same one where only this home was registered: it goes on under the other's code. None where it was not.
    """
    found = {row["code"]: row["id"] for row in await work.all(q.BY_CODES, codes=[code, into])}
    if code not in found:
        return None
    gone, heir = found[code], found.get(into)
    if heir is None:
        await _write(work, q.RECODE, gone, "household.recode", {"before": code, "after": into}, code=into)
        return gone, gone
    there = await work.all(q.MEMBERS_OF, households=[gone, heir])
    if members := _joined(there, gone, heir, work.today):
        await work.all(q.PUT_MEMBERS, rows=members)
    tags = await work.all(q.STANDING_TAGS, households=[gone, heir])
    has = {row["tag"] for row in tags if row["household_id"] == heir}
    moved = [
        dict(row) | {"household_id": heir} for row in tags if row["household_id"] == gone and row["tag"] not in has
    ]
    if moved:
        await work.all(q.PUT_TAGS, rows=moved)
    await _write(work, q.CLOSE, gone, "household.join", {"code": code, "into": into}, on=work.today)
    await work.all(q.BUMP, households=[heir])
    await work.record(Entry("household", "household.take_in", data={"code": into, "joined": code}), heir)
    return gone, heir


def _joined(there: list[Row], gone: UUID, heir: UUID, today: date) -> list[dict[str, Any]]:
    """Who lived in the one lives in the other from today on; who belonged to both, for as long as to either."""
    already = {row["person_id"]: row for row in there if row["household_id"] == heir}
    rows: list[dict[str, Any]] = []
    for row in there:
        if row["household_id"] != gone or (row["left_on"] is not None and row["left_on"] < today):
            continue
        own = {name: row[name] for name in ("id", "person_id", "relation", "left_on")}
        rows.append(own | {"household_id": gone, "left_on": today - timedelta(days=1)})
        twin = already.get(row["person_id"])
        last = row["left_on"] if twin is None or _later(row["left_on"], twin["left_on"]) else twin["left_on"]
        relation = row["relation"] if twin is None else twin["relation"]
        rows.append(own | {"id": new_id(), "household_id": heir, "relation": relation, "left_on": last})
    return rows


def _later(one: date | None, other: date | None) -> bool:
    return (one or date.max) > (other or date.max)


async def close(work: Work, code: str) -> None:
    """The home is gone, and nobody belongs there."""
    for row in await work.all(q.BY_CODES, codes=[code]):
        await _write(work, q.CLOSE, row["id"], "household.close", {"code": code}, on=work.today)


async def _write(
    work: Work,
    change: Change,
    household: UUID,
    event: str,
    data: dict[str, str],
    **values: Any,  # noqa: ANN401
) -> None:
    if await work.write(change, Entry("household", event, data=data), id=household, **values) is None:
        raise Conflict
