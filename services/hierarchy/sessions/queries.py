"""Every statement of sessions."""

from sqlalchemy import DateTime, Integer, LargeBinary, Text, Uuid, bindparam, delete, exists, func, null, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.sql.elements import BindParameter, ColumnElement

from services.hierarchy.schema import SCHEMA
from services.hierarchy.sessions.tables import ACCOUNTS, SESSIONS
from shared.runtime.changes import Change
from shared.runtime.db import Statement

A, S = ACCOUNTS.c, SESSIONS.c
_DISTRICT = bindparam("district", type_=Text())
_SWEPT_AT_ONCE = 20


def _id(name: str = "id") -> BindParameter[object]:
    return bindparam(name, type_=Uuid())


def _moment(name: str) -> BindParameter[object]:
    return bindparam(name, type_=DateTime(timezone=True))


def _bytes(name: str) -> BindParameter[object]:
    return bindparam(name, type_=LargeBinary())


_account = insert(ACCOUNTS).values(district=_DISTRICT, id=_id(), signed_in_at=func.now())
# Locks the person's account until the transaction ends. No row: it is disabled.
SIGN_IN = Statement(
    _account.on_conflict_do_update(
        index_elements=["district", "id"], set_={"signed_in_at": func.now()}, where=A.disabled_at.is_(None)
    ).returning(A.id)
)
_locked = insert(ACCOUNTS).values(district=_DISTRICT, id=_id())
LOCK = Statement(
    _locked.on_conflict_do_update(index_elements=["district", "id"], set_={"signed_in_at": A.signed_in_at}).returning(
        A.disabled_at
    )
)
DISABLED = Statement(
    select(exists().where(A.district == _DISTRICT, A.id == _id(), A.disabled_at.is_not(None)).label("disabled"))
)
DISABLE = Change(
    SCHEMA,
    update(ACCOUNTS)
    .where(A.district == _DISTRICT, A.id == _id(), A.disabled_at.is_(None))
    .values(disabled_at=func.now())
    .returning(A.id),
)
ENABLE = Change(
    SCHEMA,
    update(ACCOUNTS)
    .where(A.district == _DISTRICT, A.id == _id(), A.disabled_at.is_not(None))
    .values(disabled_at=null())
    .returning(A.id),
)

# The journal row is about the person, whose sign-in it is.
OPEN = Change(
    SCHEMA,
    insert(SESSIONS)
    .values(
        district=_DISTRICT,
        id=_id("session_id"),
        person_id=_id("person_id"),
        way=bindparam("way", type_=Text()),
        device=bindparam("device", type_=Text()),
        family=_bytes("family"),
        turn=_bytes("turn"),
        idle_ends_at=_moment("idle_ends_at"),
        ends_at=_moment("ends_at"),
    )
    .returning(S.person_id.label("id")),
)
FIND = Statement(
    select(
        S.id, S.person_id, S.way, S.turn, S.previous, S.previous_until, S.successor,
        S.created_at, S.idle_ends_at, S.ends_at, S.ended_at,
    ).where(S.district == _DISTRICT, S.family == _bytes("family"))
)  # fmt: skip
# Of two refreshes at the same moment one finds the turn gone, looks again and is just before.
TURN = Statement(
    update(SESSIONS)
    .where(
        S.district == _DISTRICT,
        S.id == _id(),
        S.turn == _bytes("presented"),
        S.ended_at.is_(None),
        S.ends_at > func.now(),
        S.idle_ends_at > func.now(),
    )
    .values(
        previous=S.turn,
        previous_until=_moment("previous_until"),
        successor=_bytes("successor"),
        turn=_bytes("turn"),
        turns=S.turns + 1,
        used_at=func.now(),
        ends_at=_moment("ends_at"),
        idle_ends_at=_moment("idle_ends_at"),
    )
    .returning(S.id)
)


def _open(*conditions: ColumnElement[bool]) -> list[ColumnElement[bool]]:
    return [S.district == _DISTRICT, S.person_id == _id("person_id"), S.ended_at.is_(None), *conditions]


_ending = {"ended_at": func.now(), "ended_why": bindparam("why", type_=Text()), "successor": null()}
END = Statement(update(SESSIONS).where(*_open(S.id == _id())).values(**_ending).returning(S.id))
# Reuse ends a session only if it still is one when the row is ours: a refresh may have come in between.
END_REUSED = Statement(
    update(SESSIONS).where(*_open(S.id == _id(), S.turn != _bytes("presented"))).values(**_ending).returning(S.id)
)
END_ALL = Statement(
    update(SESSIONS).where(*_open(S.id.is_distinct_from(_id("keep")))).values(**_ending).returning(S.id)
)
# One more device than a person may have ends the one that was used longest ago.
END_OLDEST = Statement(
    update(SESSIONS)
    .where(
        S.district == _DISTRICT,
        S.id
        == func.any(
            func.array(
                select(S.id)
                .where(*_open())
                .order_by(S.used_at.desc(), S.id.desc())
                .offset(bindparam("kept", type_=Integer()))
                .scalar_subquery()
            )
        ),
    )
    .values(**_ending)
    .returning(S.id)
)
DEVICES = Statement(
    select(S.id, S.device, S.way, S.created_at, S.used_at, func.least(S.ends_at, S.idle_ends_at).label("expires"))
    .where(*_open(S.ends_at > func.now(), S.idle_ends_at > func.now()))
    .order_by(S.used_at.desc(), S.id.desc())
    .limit(bindparam("limit", type_=Integer()))
)
# Sessions that were over long ago go a few at a time; a query of today's needs none of them.
SWEEP = Statement(
    delete(SESSIONS)
    .where(
        S.district == _DISTRICT,
        S.id
        == func.any(
            func.array(
                select(S.id)
                .where(S.district == _DISTRICT, S.ends_at < _moment("before"))
                .limit(_SWEPT_AT_ONCE)
                .with_for_update(skip_locked=True)
                .scalar_subquery()
            )
        ),
    )
    .returning(S.id)
)
FORGET_DEVICES = Statement(
    update(SESSIONS)
    .where(S.district == _DISTRICT, S.person_id == _id("person_id"))
    .values(device=null())
    .returning(S.id)
)
