"""Every statement of the ways of signing in."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
    bindparam,
    column,
    delete,
    func,
    literal_column,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, insert
from sqlalchemy.sql.elements import BindParameter, ColumnElement

from services.hierarchy.schema import SCHEMA
from services.hierarchy.sign_in.tables import (
    RECOVERY_CODES,
    SECOND_FACTORS,
    SIGN_IN_CODES,
    SIGN_IN_LIMITS,
    SMS_DAYS,
    WECHAT_ACCOUNTS,
)
from shared.runtime.changes import Change
from shared.runtime.db import Statement

C, L, S = SIGN_IN_CODES.c, SIGN_IN_LIMITS.c, SMS_DAYS.c
W, F, R = WECHAT_ACCOUNTS.c, SECOND_FACTORS.c, RECOVERY_CODES.c
_DISTRICT = bindparam("district", type_=Text())
_ID = bindparam("id", type_=Uuid())
_INDEX = bindparam("phone_index", type_=Text())
_SWEPT_AT_ONCE = 50


def _bytes(name: str) -> BindParameter[bytes]:
    return bindparam(name, type_=LargeBinary())


def _moment(name: str) -> BindParameter[object]:
    return bindparam(name, type_=DateTime(timezone=True))


# --- limits ------------------------------------------------------------------------------------------------------

# Locks the rows of all subjects in the order given (always the same kinds in the same order, so nobody waits crosswise)
# and makes those that are new.
_subjects = (
    func.unnest(bindparam("subjects", type_=ARRAY(Text())))
    .table_valued("subject", with_ordinality="position", name="asked")
    .render_derived()
)
_taking = insert(SIGN_IN_LIMITS).from_select(
    ["district", "subject", "times", "until"],
    select(
        _DISTRICT, _subjects.c.subject, literal_column("'{}'::timestamptz[]"), _moment("until")
    ).order_by(_subjects.c.position),
)  # fmt: skip
TAKE = Statement(
    _taking.on_conflict_do_update(
        index_elements=["district", "subject"], set_={"until": func.greatest(L.until, _taking.excluded.until)}
    ).returning(L.subject, L.times, L.refused)
)
_kept = (
    func.jsonb_to_recordset(bindparam("rows", type_=JSONB()))
    .table_valued(
        column("subject", Text()), column("times", ARRAY(DateTime(timezone=True))), column("refused", Integer()),
        name="kept",
    )
    .render_derived(with_types=True)
)  # fmt: skip
KEEP = Statement(
    update(SIGN_IN_LIMITS)
    .where(L.district == _DISTRICT, L.subject == _kept.c.subject)
    .values(times=_kept.c.times, refused=_kept.c.refused)
    .returning(L.subject)
)


def _sweep(table: Table, key: str, until: str) -> Statement:
    """What is over goes a few at a time, apart from everything else."""
    of = table.c
    over = (
        select(of[key])
        .where(of.district == _DISTRICT, of[until] < func.now())
        .limit(_SWEPT_AT_ONCE)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    return Statement(
        delete(table).where(of.district == _DISTRICT, of[key] == func.any(func.array(over))).returning(of[key])
    )


SWEEPS = (_sweep(SIGN_IN_CODES, "phone_index", "expires_at"), _sweep(SIGN_IN_LIMITS, "subject", "until"))

# --- codes -------------------------------------------------------------------------------------------------------

# No row: the day's messages are used up. `n` is 0 where nothing will be sent, so that both cost the same.
_spent = insert(SMS_DAYS).values(
    district=_DISTRICT, day=bindparam("day", type_=Date()), sent=bindparam("n", type_=Integer())
)
SPEND = Statement(
    _spent.on_conflict_do_update(
        index_elements=["district", "day"],
        set_={"sent": S.sent + _spent.excluded.sent},
        where=S.sent < bindparam("most", type_=Integer()),
    ).returning(S.sent)
)
_code = insert(SIGN_IN_CODES).values(
    district=_DISTRICT,
    phone_index=_INDEX,
    id=_ID,
    with_device=bindparam("with_device", type_=Boolean()),
    code_hash=_bytes("code_hash"),
    expires_at=_moment("expires_at"),
    guesses=0,
)
ASK = Change(
    SCHEMA,
    _code.on_conflict_do_update(
        index_elements=["district", "phone_index"],
        set_={name: _code.excluded[name] for name in ("id", "with_device", "code_hash", "expires_at", "guesses")},
    ).returning(C.id),
)
_this_code = (C.district == _DISTRICT, C.phone_index == _INDEX, C.id == bindparam("request_id", type_=Uuid()))
# Counts first and shows the hash afterwards, so that guesses at the same moment are all counted.
GUESS = Statement(
    update(SIGN_IN_CODES)
    .where(*_this_code, C.guesses < bindparam("most", type_=Integer()), C.expires_at > func.now())
    .values(guesses=C.guesses + 1)
    .returning(C.code_hash, C.with_device)
)
USE = Statement(delete(SIGN_IN_CODES).where(*_this_code, C.code_hash == _bytes("code_hash")).returning(C.id))

# --- WeChat ------------------------------------------------------------------------------------------------------

_OPENID = bindparam("openid_index", type_=Text())
BY_OPENID = Statement(
    select(W.id).where(
        W.district == _DISTRICT, W.openid_index == func.any(bindparam("openid_indexes", type_=ARRAY(Text())))
    )
)
BOUND = Statement(select(W.bound_at).where(W.district == _DISTRICT, W.id == _ID))
_bind = insert(WECHAT_ACCOUNTS).values(district=_DISTRICT, id=_ID, openid_index=_OPENID)
BIND = Change(
    SCHEMA,
    _bind.on_conflict_do_update(
        index_elements=["district", "id"], set_={"openid_index": _bind.excluded.openid_index, "bound_at": func.now()}
    ).returning(W.id),
)
UNBIND = Change(SCHEMA, delete(WECHAT_ACCOUNTS).where(W.district == _DISTRICT, W.id == _ID).returning(W.id))

# --- second factors ----------------------------------------------------------------------------------------------

FACTOR = Statement(select(F.secret, F.pending, F.last_step, F.confirmed_at).where(F.district == _DISTRICT, F.id == _ID))
_start = insert(SECOND_FACTORS).values(district=_DISTRICT, id=_ID, pending=_bytes("pending"))
START = Change(
    SCHEMA,
    _start.on_conflict_do_update(
        index_elements=["district", "id"], set_={"pending": _start.excluded.pending}
    ).returning(F.id),
)
_STEP = bindparam("step", type_=BigInteger())
CONFIRM = Change(
    SCHEMA,
    update(SECOND_FACTORS)
    .where(F.district == _DISTRICT, F.id == _ID, F.pending == _bytes("pending"))
    .values(secret=_bytes("secret"), pending=null(), last_step=_STEP, confirmed_at=func.now())
    .returning(F.id),
)
# Takes a time-step once: of two at the same moment the second one finds it used.
USE_STEP = Statement(
    update(SECOND_FACTORS)
    .where(
        F.district == _DISTRICT,
        F.id == _ID,
        F.secret == _bytes("secret"),
        or_(F.last_step.is_(None), F.last_step < _STEP),
    )
    .values(last_step=_STEP)
    .returning(F.id)
)
FORGET_FACTOR = Change(SCHEMA, delete(SECOND_FACTORS).where(F.district == _DISTRICT, F.id == _ID).returning(F.id))
_mine: tuple[ColumnElement[bool], ...] = (R.district == _DISTRICT, R.id == _ID)
FORGET_RECOVERY = Statement(delete(RECOVERY_CODES).where(*_mine).returning(R.id))
_hashes = (
    func.unnest(bindparam("hashes", type_=ARRAY(LargeBinary()))).table_valued("code_hash", name="made").render_derived()
)
PUT_RECOVERY = Statement(
    insert(RECOVERY_CODES)
    .from_select(["district", "id", "code_hash"], select(_DISTRICT, _ID, _hashes.c.code_hash))
    .returning(R.id)
)
USE_RECOVERY = Statement(delete(RECOVERY_CODES).where(*_mine, R.code_hash == _bytes("code_hash")).returning(R.id))
RECOVERY_LEFT = Statement(select(func.count().label("count")).select_from(RECOVERY_CODES).where(*_mine))

# --- a person who is erased --------------------------------------------------------------------------------------

FORGET_WECHAT = Statement(delete(WECHAT_ACCOUNTS).where(W.district == _DISTRICT, W.id == _ID).returning(W.id))
FORGET_SECRETS = Statement(delete(SECOND_FACTORS).where(F.district == _DISTRICT, F.id == _ID).returning(F.id))
