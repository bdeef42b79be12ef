"""Every statement of evaluations. The scores are read by `SCORES_OF` alone."""

from functools import cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    CTE,
    DateTime,
    Integer,
    Text,
    Uuid,
    and_,
    bindparam,
    column,
    exists,
    func,
    insert,
    null,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB

from services.hierarchy.evaluations.tables import EVALUATIONS, SCORES
from services.hierarchy.schema import SCHEMA
from shared.runtime.bulk import Rebase
from shared.runtime.changes import Change
from shared.runtime.db import Statement
from shared.runtime.scoping import between, in_scopes

E, S = EVALUATIONS.c, SCORES.c
_DISTRICT = bindparam("district", type_=Text())
_HERE = E.district == _DISTRICT
_THIS = and_(_HERE, E.id == bindparam("id", type_=Uuid()))
_UNCHANGED = and_(_THIS, E.version == bindparam("version", type_=Integer()))
_ME = bindparam("me", type_=Uuid())


def _given(*names: str) -> dict[str, Any]:
    return {name: bindparam(name, type_=E[name].type) for name in names}


BY_ID = Statement(select(EVALUATIONS).where(_THIS))
# Whoever scores holds the case: of two who are the last, one sees the other's score there and settles it.
HOLD = Statement(select(EVALUATIONS).where(_THIS).with_for_update())
_asked = (
    func.jsonb_to_recordset(bindparam("raters", type_=JSONB()))
    .table_valued(column("party", Text()), column("person_id", Uuid()), name="asked")
    .render_derived(with_types=True)
)


def _rows_for(change: CTE) -> CTE:
    """An empty score for each party, in the case's round."""
    columns = ["district", "evaluation_id", "round", "party", "person_id"]
    values = select(_DISTRICT, change.c.id, change.c.round, _asked.c.party, _asked.c.person_id)
    return insert(SCORES).from_select(columns, values).cte("asked_for")


_BORN = ("id", "step", "subject_kind", "subject", "subject_name", "path", "year", "weights", "flag_at", "due_on")
CREATE = Change(
    SCHEMA,
    insert(EVALUATIONS).values(district=_DISTRICT, **_given(*_BORN)).returning(EVALUATIONS),
    also=_rows_for,
)
PUT_SCORE = Statement(
    update(SCORES)
    .where(
        S.district == _DISTRICT,
        S.evaluation_id == bindparam("id", type_=Uuid()),
        S.round == bindparam("round", type_=Integer()),
        S.party == bindparam("party", type_=Text()),
    )
    .values(
        score=bindparam("score", type_=Integer()),
        comment=bindparam("comment", type_=Text()),
        scored_at=bindparam("at", type_=DateTime(timezone=True)),
    )
    .returning(S.party)
)
MOVE = Change(
    SCHEMA,
    update(EVALUATIONS)
    .where(_UNCHANGED)
    .values(
        step=bindparam("to_step", type_=Text()),
        complete_at=bindparam("complete_at", type_=DateTime(timezone=True)),
        version=E.version + 1,
    )
    .returning(EVALUATIONS),
)
REOPEN = Change(
    SCHEMA,
    update(EVALUATIONS)
    .where(_UNCHANGED)
    .values(
        step=bindparam("to_step", type_=Text()), complete_at=null(), round=E.round + 1, version=E.version + 1,
        due_on=bindparam("due_on", type_=E.due_on.type),
    )
    .returning(EVALUATIONS),
    also=_rows_for,
)  # fmt: skip
SCORES_OF = Statement(
    select(S.evaluation_id, S.round, S.party, S.person_id, S.score, S.comment)
    .where(S.district == _DISTRICT, S.evaluation_id == func.any(bindparam("ids", type_=ARRAY(Uuid()))))
    .order_by(S.evaluation_id, S.round, S.party)
)
FORGET = Statement(
    update(SCORES)
    .where(S.district == _DISTRICT, S.person_id == bindparam("person_id", type_=Uuid()))
    .values(comment=null())
    .returning(S.evaluation_id)
)
_other = SCORES.alias("other")
_waits_for_one = exists().where(
    _other.c.district == _DISTRICT,
    _other.c.evaluation_id == S.evaluation_id,
    _other.c.round == S.round,
    _other.c.score.is_(None),
)
# `open`: whoever sees the case sees this score too.
OF_PERSON = Statement(
    select(S.evaluation_id, S.round, S.party, S.score, S.comment, S.scored_at)
    .add_columns(and_(E.step == func.any(bindparam("complete", type_=ARRAY(Text()))), ~_waits_for_one).label("open"))
    .select_from(SCORES.join(EVALUATIONS, and_(E.district == S.district, E.id == S.evaluation_id)))
    .where(S.district == _DISTRICT, S.person_id == bindparam("person_id", type_=Uuid()))
    .order_by(S.evaluation_id, S.round)
)
REBASE = Rebase(EVALUATIONS)


@cache
def listed(filters: frozenset[str], *, mine: bool) -> Statement:
    """A page by id, the latest first: those one scores, or those in the scopes. `filters`: place (with `end`), year,
    step, subject, after.
    """
    wanted = {
        "place": between(E.path, "place", "end"),
        "year": (E.year == bindparam("year", type_=Integer()),),
        "step": (E.step == bindparam("step", type_=Text()),),
        "subject": (E.subject == bindparam("subject", type_=Text()),),
        "after": (E.id < bindparam("after", type_=Uuid()),),
    }
    asked = exists(
        select(S.party).where(S.district == E.district, S.evaluation_id == E.id, S.round == E.round, S.person_id == _ME)
    )
    return Statement(
        select(EVALUATIONS)
        .where(_HERE, asked if mine else in_scopes(E.path, "scopes", "scope_ends"))
        .where(*(condition for name in sorted(filters) for condition in wanted[name]))
        .order_by(E.id.desc())
        .limit(bindparam("limit", type_=Integer()))
    )
