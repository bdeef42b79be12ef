"""Every statement on the jobs table. All name the district, so that a claim works on one shard."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    Float,
    Integer,
    Text,
    Uuid,
    and_,
    bindparam,
    delete,
    exists,
    func,
    null,
    select,
    text,
    true,
    tuple_,
    update,
)
from sqlalchemy.sql.dml import ReturningUpdate
from sqlalchemy.sql.expression import ClauseElement, ColumnElement

from shared.runtime.changes import job_insert
from shared.runtime.db import Statement
from shared.runtime.tables import Schema

_district = bindparam("district", type_=Text())
_id = bindparam("id", type_=Uuid())
_attempt = bindparam("attempt", type_=Integer())
_error = bindparam("error", type_=Text())


def _seconds(name: str) -> ColumnElement[Any]:
    return bindparam(name, type_=Float()) * text("interval '1 second'")


@dataclass(frozen=True)
class QueueStatements:
    """Compiled once per schema by `of`."""

    due: Statement
    claim: Statement
    release: Statement
    load: Statement
    lock: Statement
    finish: Statement
    retry: Statement
    bury: Statement
    add: Statement


@cache
def of(schema: Schema) -> QueueStatements:
    """The statements for one service's jobs."""
    j = schema.jobs
    this = and_(j.c.district == _district, j.c.id == _id)
    mine = and_(this, j.c.attempts == _attempt, j.c.dead_at.is_(None))
    return QueueStatements(
        due=Statement(_due(schema)),
        claim=Statement(_claim(schema)),
        release=Statement(
            update(j)
            .where(j.c.district == _district, j.c.id == func.any(bindparam("ids", type_=ARRAY(Uuid()))))
            .values(attempts=j.c.attempts - 1, due_at=func.now() + _seconds("wait_s"))
        ),
        load=Statement(select(j.c.name, j.c.args, j.c.created_at).where(mine)),
        lock=Statement(select(j.c.id).where(mine).with_for_update()),
        finish=Statement(delete(j).where(this)),
        retry=Statement(update(j).where(mine).values(due_at=func.now() + _seconds("wait_s"), last_error=_error)),
        bury=Statement(update(j).where(mine).values(dead_at=func.now(), last_error=_error)),
        add=Statement(job_insert(schema, true())),
    )


def revival(schema: Schema) -> ReturningUpdate[Any]:
    """A dead job is due again, with all its attempts before it."""
    j = schema.jobs
    dead = update(j).where(j.c.district == _district, j.c.id == _id, j.c.dead_at.is_not(None))
    return dead.values(dead_at=null(), attempts=0, due_at=func.now()).returning(j.c.id)


def _due(schema: Schema) -> ClauseElement:
    """The districts and queues with due work: hops from pair to pair over the index, reads no other row, locks none."""
    j = schema.jobs
    waiting, pair = j.c.dead_at.is_(None), (j.c.district, j.c.queue)
    seen = select(*pair).where(waiting).order_by(*pair).limit(1).cte("seen", recursive=True)
    further = waiting & (tuple_(*pair) > tuple_(seen.c.district, seen.c.queue))
    following = select(*pair).where(further).order_by(*pair).limit(1).lateral("following")
    seen = seen.union_all(select(following.c.district, following.c.queue).select_from(seen.join(following, true())))
    # One index probe per pair, whatever is known of the table; EXISTS may become a join over all that is due.
    earliest = select(func.min(j.c.due_at)).where(j.c.district == seen.c.district, j.c.queue == seen.c.queue, waiting)
    return select(seen.c.district, seen.c.queue).where(earliest.scalar_subquery() <= func.now())


def _claim(schema: Schema) -> ClauseElement:
    """Claims due jobs of one district and queue: pushes `due_at` by the lease and counts the attempt.

    Of jobs with an order key only the head is taken, and a dead head holds the rest: order is kept per key.
    """
    j = schema.jobs
    earlier = j.alias("earlier")
    held = exists(
        select(earlier.c.id).where(
            earlier.c.district == _district,
            earlier.c.order_key == j.c.order_key,
            earlier.c.order_seq < j.c.order_seq,
        )
    )
    due = (
        select(j.c.id)
        .where(
            j.c.district == _district,
            j.c.queue == bindparam("queue", type_=Text()),
            j.c.dead_at.is_(None),
            j.c.due_at <= func.now(),
            ~and_(j.c.order_key.is_not(None), held),
        )
        .order_by(j.c.due_at)
        .limit(bindparam("limit", type_=Integer()))
        .with_for_update(skip_locked=True)
    )
    return (
        update(j)
        .where(j.c.district == _district, j.c.id == func.any(func.array(due.scalar_subquery())))
        .values(due_at=func.now() + _seconds("lease_s"), attempts=j.c.attempts + 1)
        .returning(j.c.id, j.c.attempts)
    )
