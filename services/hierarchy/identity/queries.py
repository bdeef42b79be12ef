"""Every statement of identity."""

from sqlalchemy import DateTime, Text, Uuid, bindparam, case, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from services.hierarchy.identity.tables import CREDENTIALS, SIGN_IN_ATTEMPTS
from services.hierarchy.schema import SCHEMA
from shared.runtime.changes import Change
from shared.runtime.db import Statement

C, A = CREDENTIALS.c, SIGN_IN_ATTEMPTS.c
_DISTRICT = bindparam("district", type_=Text())
_INDEX = bindparam("phone_index", type_=Text())
_SWEPT_AT_ONCE = 20

CREDENTIAL = Statement(select(C.password_hash).where(C.district == _DISTRICT, C.id == bindparam("id", type_=Uuid())))
WITH_CREDENTIALS = Statement(select(C.id, C.password_hash).where(C.district == _DISTRICT))

_now, _ends = func.now(), bindparam("window_ends", type_=DateTime(timezone=True))
_over = A.window_ends < _now

# Counts first and looks at the password afterwards, so that guesses at the same moment are all counted.
ATTEMPT = Statement(
    insert(SIGN_IN_ATTEMPTS)
    .values(district=_DISTRICT, phone_index=_INDEX, attempts=1, window_ends=_ends)
    .on_conflict_do_update(
        index_elements=["district", "phone_index"],
        set_={
            "attempts": case((_over, 1), else_=A.attempts + 1),
            "window_ends": case((_over, _ends), else_=A.window_ends),
        },
    )
    .returning(A.attempts, A.window_ends)
)
# Windows that are over go a few at a time, apart from ATTEMPT: in one statement, two could wait for each other.
SWEEP = Statement(
    delete(SIGN_IN_ATTEMPTS)
    .where(
        A.district == _DISTRICT,
        A.phone_index
        == func.any(
            func.array(
                select(A.phone_index)
                .where(A.district == _DISTRICT, _over)
                .limit(_SWEPT_AT_ONCE)
                .with_for_update(skip_locked=True)
                .scalar_subquery()
            )
        ),
    )
    .returning(A.phone_index)
)
FORGET = Statement(
    delete(SIGN_IN_ATTEMPTS).where(A.district == _DISTRICT, A.phone_index == _INDEX).returning(A.attempts)
)
# The person's row is locked until the session is open, so a sign-in is journaled only while the password still holds.
CONFIRM = Statement(
    update(CREDENTIALS)
    .where(
        C.district == _DISTRICT,
        C.id == bindparam("id", type_=Uuid()),
        C.password_hash == bindparam("was", type_=Text()),
    )
    .values(password_hash=bindparam("password_hash", type_=Text()))
    .returning(C.id)
)
CHANGE_PASSWORD = Change(
    SCHEMA,
    update(CREDENTIALS)
    .where(
        C.district == _DISTRICT,
        C.id == bindparam("id", type_=Uuid()),
        C.password_hash == bindparam("was", type_=Text()),
    )
    .values(password_hash=bindparam("password_hash", type_=Text()), changed_at=_now)
    .returning(C.id),
)
_set = insert(CREDENTIALS).values(
    district=_DISTRICT,
    id=bindparam("id", type_=Uuid()),
    password_hash=bindparam("password_hash", type_=Text()),
)
SET_PASSWORD = Change(
    SCHEMA,
    _set.on_conflict_do_update(
        index_elements=["district", "id"],
        set_={"password_hash": _set.excluded.password_hash, "changed_at": _now},
    ).returning(C.id),
)
FORGET_PASSWORD = Statement(
    delete(CREDENTIALS).where(C.district == _DISTRICT, C.id == bindparam("id", type_=Uuid())).returning(C.id)
)
