"""Every statement of rosters and shifts."""

from functools import cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    CTE,
    Date,
    DateTime,
    Integer,
    Text,
    Uuid,
    all_,
    and_,
    any_,
    bindparam,
    column,
    delete,
    exists,
    func,
    insert,
    literal_column,
    or_,
    select,
    true,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.types import TypeEngine

from services.hierarchy.rosters.past_queries import kept
from services.hierarchy.rosters.tables import MEMBERS, ROSTERS, SHIFTS
from services.hierarchy.rosters.workflow import COUNTS, GOING_ON, HANGS, STANDS
from services.hierarchy.schema import SCHEMA
from shared.runtime.bulk import Rebase, put
from shared.runtime.changes import Change
from shared.runtime.db import Statement
from shared.runtime.scoping import between, in_scopes

R, M, S = ROSTERS.c, MEMBERS.c, SHIFTS.c
_DISTRICT = bindparam("district", type_=Text())
_ID, _ROSTER, _PERSON = (bindparam(name, type_=Uuid()) for name in ("id", "roster", "person"))
_VERSION, _LIMIT = bindparam("version", type_=Integer()), bindparam("limit", type_=Integer())
_BEGIN, _END, _AT = (bindparam(name, type_=DateTime(timezone=True)) for name in ("begins_at", "ends_at", "at"))
_THIS = and_(R.district == _DISTRICT, R.id == _ID)
_SHIFT = and_(S.district == _DISTRICT, S.id == _ID)
_FIXED = ("id", "code", "path", "venue_id", "post_kind", "step")
_EDITABLE = ("name", "cover", "needed", "phone", "swaps_need_approval")


def _step_in(steps: tuple[str, ...]) -> ColumnElement[bool]:
    return S.step.in_([literal_column(f"'{step}'") for step in steps])


# --- rosters -----------------------------------------------------------------------------------------------------

_MINE = exists(
    select(1).where(M.district == R.district, M.roster_id == R.id, M.person_id == bindparam("me", type_=Uuid()))
).label("mine")
BY_ID = Statement(select(ROSTERS, _MINE).where(_THIS))
HOLD = Statement(select(R.step).where(_THIS).with_for_update(key_share=True))
CREATE = Change(
    SCHEMA,
    insert(ROSTERS)
    .values(district=_DISTRICT, **{name: bindparam(name, type_=R[name].type) for name in (*_FIXED, *_EDITABLE)})
    .returning(ROSTERS),
)
_next = update(ROSTERS).where(_THIS, R.version == _VERSION).values(version=R.version + 1).returning(ROSTERS)
EDIT = Change(SCHEMA, _next.values({name: bindparam(name, type_=R[name].type) for name in _EDITABLE}), also=kept)
MOVE = Change(SCHEMA, _next.values(step=bindparam("to_step", type_=Text())), also=kept)
PUT = put(ROSTERS, [*_FIXED, "name", "cover", "needed", "phone"], ["code"])
IDS = Statement(select(R.id, R.code).where(R.district == _DISTRICT))
REBASE = Rebase(ROSTERS)


@cache
def listed(filters: frozenset[str]) -> Statement:
    """A page by id of those in the scopes. `filters`: place (with `end`), venue, step."""
    wanted: dict[str, tuple[ColumnElement[bool], ...]] = {
        "place": between(R.path, "place", "end"),
        "venue": (R.venue_id == bindparam("venue", type_=Uuid()),),
        "step": (R.step == bindparam("step", type_=Text()),),
    }
    return Statement(
        select(ROSTERS)
        .where(
            R.district == _DISTRICT, R.id > bindparam("after", type_=Uuid()), in_scopes(R.path, "scopes", "scope_ends")
        )
        .where(*(condition for name in sorted(filters) for condition in wanted[name]))
        .order_by(R.id)
        .limit(_LIMIT)
    )


# --- members -----------------------------------------------------------------------------------------------------

OF_ROSTERS = Statement(
    select(M.id, M.roster_id, M.person_id, M.label, M.post_code, M.position, M.since)
    .where(M.district == _DISTRICT, M.roster_id == any_(bindparam("rosters", type_=ARRAY(Uuid()))))
    .order_by(M.roster_id, M.position, M.id)
)
TURNS = Statement(
    select(M.roster_id, M.person_id, M.label, M.post_code, M.position)
    .where(M.district == _DISTRICT, M.person_id == any_(bindparam("people", type_=ARRAY(Uuid()))))
    .order_by(M.person_id, M.roster_id)
)
_LAST = select(func.coalesce(func.max(M.position), 0) + 1).where(M.district == _DISTRICT, M.roster_id == _ROSTER)
_join = upsert(MEMBERS).values(
    district=_DISTRICT,
    id=_ID,
    roster_id=_ROSTER,
    person_id=_PERSON,
    label=bindparam("label", type_=Text()),
    post_code=bindparam("post_code", type_=Text()),
    position=_LAST.scalar_subquery(),
    since=bindparam("since", type_=Date()),
)
JOIN = Change(
    SCHEMA,
    _join.on_conflict_do_update(
        index_elements=["district", "roster_id", "person_id"],
        set_={"label": _join.excluded.label, "post_code": _join.excluded.post_code},
    ).returning(M.roster_id.label("id")),
)
PUT_MEMBERS = put(
    MEMBERS, ["id", "roster_id", "person_id", "label", "post_code", "position", "since"], ["roster_id", "person_id"]
)
_gone = (
    delete(MEMBERS)
    .where(
        M.district == _DISTRICT,
        M.person_id == _PERSON,
        M.roster_id == any_(bindparam("rosters", type_=ARRAY(Uuid()))),
    )
    .returning(M.roster_id.label("id"))
)
LEAVE_ALL = Statement(delete(MEMBERS).where(M.district == _DISTRICT, M.person_id == _PERSON).returning(M.id))
GONE, LEAVE = Statement(_gone), Change(SCHEMA, _gone)

# --- shifts ------------------------------------------------------------------------------------------------------

_AT_ROSTER = SHIFTS.join(ROSTERS, and_(R.district == S.district, R.id == S.roster_id))
_SHOWN = (*SHIFTS.c, R.name.label("roster_name"), R.path, R.venue_id, R.phone, R.swaps_need_approval)
SHIFT = Statement(select(*_SHOWN).select_from(_AT_ROSTER).where(_SHIFT))
SHIFTS_BY_IDS = Statement(
    select(*_SHOWN)
    .select_from(_AT_ROSTER)
    .where(S.district == _DISTRICT, S.id == any_(bindparam("ids", type_=ARRAY(Uuid()))))
)
_BORN = ("id", "roster_id", "person_id", "label", "begins_at", "ends_at", "step")
ADD = Change(
    SCHEMA,
    insert(SHIFTS)
    .values(district=_DISTRICT, **{name: bindparam(name, type_=S[name].type) for name in _BORN})
    .returning(SHIFTS),
)
_PLANNED: dict[str, TypeEngine[Any]] = {
    "id": Uuid(), "person_id": Uuid(), "label": Text(), "begins_at": _BEGIN.type, "ends_at": _END.type
}  # fmt: skip
_planned = (
    func.jsonb_to_recordset(bindparam("turns", type_=JSONB()))
    .table_valued(*(column(name, kind) for name, kind in _PLANNED.items()), name="planned")
    .render_derived(with_types=True)
)


def _turns(change: CTE) -> CTE:
    given = (_planned.c[name] for name in _PLANNED)
    values = select(_DISTRICT, change.c.id, literal_column("'draft'"), *given).select_from(
        change.join(_planned, true())
    )
    return insert(SHIFTS).from_select(["district", "roster_id", "step", *_PLANNED], values).cte("turns")


def _published(change: CTE) -> CTE:
    return (
        update(SHIFTS)
        .where(
            S.district == _DISTRICT,
            S.roster_id == change.c.id,
            S.step == literal_column("'draft'"),
            S.begins_at >= _BEGIN,
            S.begins_at < _END,
        )
        .values(step=literal_column("'published'"), version=S.version + 1)
        .cte("published")
    )


_touched = update(ROSTERS).where(_THIS).values(version=R.version + 1).returning(R.id, R.version)
ROTATE = Change(SCHEMA, _touched, also=_turns)
PUBLISH = Change(SCHEMA, _touched, also=_published)
_changed = update(SHIFTS).where(_SHIFT, S.version == _VERSION)
_to_step = {"step": bindparam("to_step", type_=Text()), "version": S.version + 1}
MOVE_SHIFT = Change(SCHEMA, _changed.values(_to_step).returning(SHIFTS))
COME = Change(SCHEMA, _changed.values(_to_step | {"came_at": func.now()}).returning(SHIFTS))
GO = Change(SCHEMA, _changed.values(_to_step | {"left_at": func.now()}).returning(SHIFTS))
REASSIGN = Change(
    SCHEMA,
    _changed.values(person_id=_PERSON, label=bindparam("label", type_=Text()), version=S.version + 1).returning(SHIFTS),
)
_OVERLAPS = and_(S.begins_at < _END, S.ends_at > _BEGIN)
# What already takes the time of these people, in any roster.
TAKEN = Statement(
    select(S.id, S.person_id, S.begins_at, S.ends_at, S.roster_id, R.name.label("roster_name"))
    .select_from(_AT_ROSTER)
    .where(
        S.district == _DISTRICT,
        S.person_id == any_(bindparam("people", type_=ARRAY(Uuid()))),
        _step_in(COUNTS),
        _OVERLAPS,
        S.id != all_(bindparam("but", type_=ARRAY(Uuid()))),
    )
    .order_by(S.begins_at)
)
IN_ROSTERS = Statement(
    select(S.id, S.roster_id, S.person_id, S.begins_at, S.ends_at, S.step)
    .where(S.district == _DISTRICT, S.roster_id == any_(bindparam("rosters", type_=ARRAY(Uuid()))))
    .where(_OVERLAPS, _step_in(COUNTS))
    .order_by(S.begins_at, S.id)
)
# What is to come at venues: where the roster follows their hours (`follows`), it needs them.
AT_VENUES = Statement(
    select(S.id, S.begins_at, S.ends_at, R.venue_id, R.cover.is_(None).label("follows"))
    .select_from(_AT_ROSTER)
    .where(R.district == _DISTRICT, R.venue_id == any_(bindparam("venues", type_=ARRAY(Uuid()))))
    .where(_OVERLAPS, _step_in(GOING_ON))
    .order_by(S.begins_at, S.id)
)
LAST_TURN = Statement(
    select(S.person_id)
    .where(S.district == _DISTRICT, S.roster_id == _ROSTER, S.begins_at < _BEGIN, _step_in(COUNTS))
    .order_by(S.begins_at.desc(), S.id.desc())
    .limit(1)
)
_THERE = func.coalesce(S.came_at <= _AT, literal_column("false")).label("there")
_MISSED = and_(_step_in(("missed",)), S.ends_at < func.now())  # was to be there, as it was said before it was over
ON_DUTY = Statement(
    select(*_SHOWN, _THERE)
    .select_from(_AT_ROSTER)
    .where(
        S.district == _DISTRICT,
        R.path == any_(bindparam("paths", type_=ARRAY(Text()))),
        or_(R.step == literal_column("'active'"), S.ends_at < func.now()),  # ended since: what was then stays so
        S.begins_at <= _AT,
        S.ends_at > _AT,
        or_(_step_in(STANDS), and_(_step_in(("done",)), S.left_at > _AT), _MISSED),  # then, of a time gone by
    )
    .order_by(func.length(R.path).desc(), _THERE.desc(), R.name, S.id)
    .limit(_LIMIT)
)
ACTIVE_AT = Statement(
    select(ROSTERS)
    .where(
        R.district == _DISTRICT,
        R.path == any_(bindparam("paths", type_=ARRAY(Text()))),
        R.step == literal_column("'active'"),
    )
    .order_by(func.length(R.path).desc(), R.name)
    .limit(_LIMIT)
)
# What still waits for a person: why they cannot simply go.
HANGING = Statement(
    select(*_SHOWN)
    .select_from(_AT_ROSTER)
    .where(S.district == _DISTRICT, S.person_id == _PERSON, S.ends_at > _BEGIN, _step_in(HANGS))
    .order_by(S.begins_at, S.id)
)
HAND_OVER = Statement(
    update(SHIFTS)
    .where(S.district == _DISTRICT, S.id == any_(bindparam("shifts", type_=ARRAY(Uuid()))))
    .values(person_id=bindparam("successor", type_=Uuid()), version=S.version + 1)
    .returning(S.id)
)
EXCHANGE = Statement(
    update(SHIFTS)
    .where(
        S.district == _DISTRICT, S.id == _ID, S.person_id == bindparam("giver", type_=Uuid()), _step_in(("published",))
    )
    .values(person_id=_PERSON, label=bindparam("label", type_=Text()), version=S.version + 1)
    .returning(S.id)
)


@cache
def shifts(*, mine: bool, drafts: bool, following: bool) -> Statement:
    """A page by time: a roster's or one's own; drafts only for those who plan."""
    whose = S.person_id == _PERSON if mine else S.roster_id == _ROSTER
    conditions = [S.district == _DISTRICT, whose, S.begins_at < _END, S.ends_at > _BEGIN]
    if not drafts:
        conditions.append(S.step != literal_column("'draft'"))
    if following:
        last = tuple_(bindparam("after", type_=DateTime(timezone=True)), bindparam("after_id", type_=Uuid()))
        conditions.append(tuple_(S.begins_at, S.id) > last)
    page = select(*_SHOWN).select_from(_AT_ROSTER).where(*conditions)
    return Statement(page.order_by(S.begins_at, S.id).limit(_LIMIT))
