"""Every statement of notices."""

from functools import cache

from sqlalchemy import ARRAY, CTE, Integer, Text, Uuid, and_, bindparam, column, func, insert, select, update
from sqlalchemy.dialects.postgresql import JSONB

from services.hierarchy.notices.tables import NOTICES, RECEIPTS
from services.hierarchy.schema import SCHEMA
from shared.runtime.bulk import Rebase, among
from shared.runtime.changes import Change
from shared.runtime.db import Statement
from shared.runtime.scoping import between, in_scopes

N, R = NOTICES.c, RECEIPTS.c
_DISTRICT = bindparam("district", type_=Text())
_HERE = N.district == _DISTRICT
_THIS = and_(_HERE, N.id == bindparam("id", type_=Uuid()))
_UNCHANGED = and_(_THIS, N.version == bindparam("version", type_=Integer()))
_ME = bindparam("me", type_=Uuid())
_MINE = and_(R.district == N.district, R.notice_id == N.id, R.person_id == _ME)
_OWN = [one for one in NOTICES.c if one.name != "district"]
_BORN = ("id", "path", "posts", "title", "content", "sent_by_label")


def _told(change: CTE) -> CTE:
    """One receipt for everybody in the parameter `told`."""
    names = ("person_id", "post_code", "post_label")
    given = (
        func.jsonb_to_recordset(bindparam("told", type_=JSONB()))
        .table_valued(*(column(name, R[name].type) for name in names), name="given")
        .render_derived(with_types=True)
    )
    rows = select(change.c.district, change.c.id, *(given.c[name] for name in names))
    return insert(RECEIPTS).from_select(["district", "notice_id", *names], rows).cte("told")


SEND = Change(
    SCHEMA,
    insert(NOTICES)
    .values(district=_DISTRICT, **{name: bindparam(name, type_=N[name].type) for name in _BORN})
    .returning(N.district, N.id),
    also=_told,
)
WITHDRAW = Change(
    SCHEMA, update(NOTICES).where(_UNCHANGED).values(step="withdrawn", version=N.version + 1).returning(N.id)
)
ACKNOWLEDGE = Change(
    SCHEMA,
    update(RECEIPTS)
    .where(R.district == _DISTRICT, R.notice_id == bindparam("id", type_=Uuid()), R.person_id == _ME)
    .where(R.read_at.is_(None))
    .values(read_at=func.now())
    .returning(R.notice_id.label("id")),
)
BY_ID = Statement(
    select(*_OWN, R.person_id.label("mine"), R.read_at).select_from(NOTICES.outerjoin(RECEIPTS, _MINE)).where(_THIS)
)
COUNTS = Statement(
    select(R.notice_id, func.count().label("recipients"), func.count(R.read_at).label("read"))
    .where(R.district == _DISTRICT, R.notice_id == func.any(bindparam("ids", type_=ARRAY(Uuid()))))
    .group_by(R.notice_id)
)
OF_PERSON = Statement(among(R.person_id, "people", R.notice_id, R.post_code, R.read_at))
REBASE = Rebase(NOTICES)


@cache
def listed(filters: frozenset[str]) -> Statement:
    """A page of those that were sent in scope, the newest first; `filters`: place (with `end`)."""
    wanted = {"place": between(N.path, "place", "end")}
    return Statement(
        select(*_OWN, R.person_id.label("mine"), R.read_at)
        .select_from(NOTICES.outerjoin(RECEIPTS, _MINE))
        .where(_HERE, N.id < bindparam("before", type_=Uuid()), in_scopes(N.path, "scopes", "scope_ends"))
        .where(*(condition for name in sorted(filters) for condition in wanted[name]))
        .order_by(N.id.desc())
        .limit(bindparam("limit", type_=Integer()))
    )


@cache
def received(*, unread: bool) -> Statement:
    """A page of those that the caller was sent, the newest first."""
    return Statement(
        select(*_OWN, R.person_id.label("mine"), R.read_at)
        .select_from(RECEIPTS.join(NOTICES, and_(N.district == R.district, N.id == R.notice_id)))
        .where(R.district == _DISTRICT, R.person_id == _ME, R.notice_id < bindparam("before", type_=Uuid()))
        .where(*((R.read_at.is_(None), N.step == "sent") if unread else ()))
        .order_by(R.notice_id.desc())
        .limit(bindparam("limit", type_=Integer()))
    )


@cache
def receipts(*, read: bool | None) -> Statement:
    """A page of who was told, by person; those who have read it, or have not, or all."""
    wanted = () if read is None else (R.read_at.is_not(None) if read else R.read_at.is_(None),)
    return Statement(
        select(R.person_id, R.post_code, R.post_label, R.read_at)
        .where(R.district == _DISTRICT, R.notice_id == bindparam("id", type_=Uuid()))
        .where(R.person_id > bindparam("after", type_=Uuid()), *wanted)
        .order_by(R.person_id)
        .limit(bindparam("limit", type_=Integer()))
    )
