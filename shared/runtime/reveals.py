"""How often somebody may look at personal data in full on one day: counted and journaled in one statement."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Date, Integer, Table, Text, Uuid, bindparam, case, or_
from sqlalchemy.dialects.postgresql import insert

from shared.kernel.periods import CHINA, midnight
from shared.kernel.personal import RevealsUsedUp
from shared.runtime.changes import Change
from shared.runtime.journal import Entry
from shared.runtime.tables import Schema, district
from shared.runtime.work import Work


class Reveals:
    """One per service; adds the table `reveals` to its schema: a row per person who looks."""

    def __init__(self, schema: Schema) -> None:
        self.table = table = Table(
            "reveals",
            schema.metadata,
            district(),
            Column("actor", Text(collation="C"), primary_key=True),
            Column("day", Date, nullable=False),
            Column("count", Integer, nullable=False),
            Column("subject_id", Uuid, nullable=False),  # the last one: the statement's journal row is about it
        )
        one = insert(table).values(
            district=bindparam("district", type_=Text()),
            actor=bindparam("actor", type_=Text()),
            day=bindparam("day", type_=Date()),
            count=1,
            subject_id=bindparam("subject", type_=Uuid()),
        )
        today = table.c.day == one.excluded.day
        self._one_more = Change(
            schema,
            one.on_conflict_do_update(
                index_elements=["district", "actor"],
                set_={
                    "day": one.excluded.day,
                    "count": case((today, table.c.count + 1), else_=1),
                    "subject_id": one.excluded.subject_id,
                },
                where=or_(~today, table.c.count < bindparam("limit", type_=Integer())),
            ).returning(table.c.subject_id.label("id")),
        )

    async def record(self, work: Work, entry: Entry, subject: UUID, limit: int) -> None:
        """Journals one look at the data of `subject`. Raises RevealsUsedUp (429): then nothing is written."""
        here = work.now.astimezone(CHINA)
        values: dict[str, Any] = {"actor": work.actor.id, "day": here.date(), "subject": subject, "limit": limit}
        if await work.write(self._one_more, entry, **values) is None:
            left = midnight(here.date() + timedelta(days=1)) - here
            raise RevealsUsedUp(limit=limit, retry_after=int(left.total_seconds()) + 1)
