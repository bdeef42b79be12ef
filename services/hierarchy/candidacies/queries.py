"""Every statement of candidacies."""

from functools import cache

from sqlalchemy import ARRAY, Boolean, Integer, Text, Uuid, and_, bindparam, case, func, null, or_, select, update
from sqlalchemy.dialects.postgresql import JSONB, insert

from services.hierarchy.candidacies.tables import CANDIDACIES
from services.hierarchy.schema import SCHEMA
from shared.runtime.bulk import Rebase
from shared.runtime.changes import Change
from shared.runtime.db import Statement
from shared.runtime.scoping import between, in_scopes

C = CANDIDACIES.c
_DISTRICT = bindparam("district", type_=Text())
_HERE = C.district == _DISTRICT
_THIS = and_(_HERE, C.id == bindparam("id", type_=Uuid()))
_UNCHANGED = and_(_THIS, C.version == bindparam("version", type_=Integer()))
_OWN = [column for column in CANDIDACIES.c if column.name != "district"]
_PERSON = bindparam("person_id", type_=Uuid())


def _given(name: str) -> object:
    return bindparam(name, type_=CANDIDACIES.c[name].type)


BY_ID = Statement(select(*_OWN).where(_THIS))
_BORN = ("id", "post_id", "path", "person_id", "origin", "recommender_id", "employer", "in_favour", "step")
_begin = insert(CANDIDACIES).values(
    district=_DISTRICT,
    criteria=bindparam("criteria", type_=ARRAY(Text())),
    **{name: _given(name) for name in _BORN},
)
# The second one of the same person for the same post touches nothing.
BEGIN = Change(
    SCHEMA,
    _begin.on_conflict_do_nothing(
        index_elements=["district", "post_id", "person_id"], index_where=C.closed_at.is_(None)
    ).returning(C.id),
)
MOVE = Change(
    SCHEMA,
    update(CANDIDACIES)
    .where(_UNCHANGED)
    .values(
        step=bindparam("to_step", type_=Text()),
        scores=bindparam("scores", type_=JSONB()),
        appointment_id=bindparam("appointment_id", type_=Uuid()),
        closed_at=case((bindparam("over", type_=Boolean()), func.now()), else_=null()),
        version=C.version + 1,
    )
    .returning(C.id),
)
REBASE = Rebase(CANDIDACIES)
OF_PERSON = Statement(  # what others gave in points is theirs, and so is who somebody is whom the person named
    select(
        *(column for column in _OWN if column.name not in {"scores", "person_id"}),
        case((C.person_id == _PERSON, C.person_id), else_=null()).label("person_id"),
    )
    .where(_HERE, or_(C.person_id == _PERSON, C.recommender_id == _PERSON))
    .order_by(C.id)
)
FORGET = Statement(
    update(CANDIDACIES)
    .where(_HERE, or_(C.person_id == _PERSON, C.recommender_id == _PERSON))
    .values(in_favour=null(), recommender_id=case((C.recommender_id == _PERSON, null()), else_=C.recommender_id))
    .returning(C.id)
)


@cache
def listed(filters: frozenset[str], *, own: bool) -> Statement:
    """A page, the newest first: the caller's own, or in scope; `filters`: place (with `end`), post, person,
    recommender, step.
    """
    wanted = {
        "place": between(C.path, "place", "end"),
        "post": (C.post_id == bindparam("post", type_=Uuid()),),
        "person": (C.person_id == bindparam("person", type_=Uuid()),),
        "recommender": (C.recommender_id == bindparam("recommender", type_=Uuid()),),
        "step": (C.step == bindparam("step", type_=Text()),),
    }
    me = bindparam("me", type_=Uuid())
    whose = or_(C.person_id == me, C.recommender_id == me) if own else in_scopes(C.path, "scopes", "scope_ends")
    return Statement(
        select(*_OWN)
        .where(_HERE, C.id < bindparam("before", type_=Uuid()), whose)
        .where(*(condition for name in sorted(filters) for condition in wanted[name]))
        .order_by(C.id.desc())
        .limit(bindparam("limit", type_=Integer()))
    )
