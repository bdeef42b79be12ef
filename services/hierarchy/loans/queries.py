"""Every statement of loans. Lending is one statement: the item's row counts what is out, and its lock keeps the last
one from being lent twice.
"""

from functools import cache

from sqlalchemy import (
    ARRAY,
    CTE,
    DateTime,
    Integer,
    LargeBinary,
    Text,
    Uuid,
    and_,
    bindparam,
    func,
    insert,
    literal_column,
    null,
    select,
    tuple_,
    update,
)
from sqlalchemy.sql.elements import ColumnElement

from services.hierarchy.loans.tables import ITEMS, LOANS
from services.hierarchy.schema import SCHEMA
from shared.runtime.bulk import Rebase
from shared.runtime.changes import Change
from shared.runtime.db import Statement
from shared.runtime.scoping import between, in_scopes

I, L = ITEMS.c, LOANS.c  # noqa: E741 - items and loans
_DISTRICT = bindparam("district", type_=Text())
_ID = bindparam("id", type_=Uuid())
_ITEM = and_(I.district == _DISTRICT, I.id == _ID)
_HERE = L.district == _DISTRICT
_THIS = and_(_HERE, L.id == _ID)
_VENUE = bindparam("venue_id", type_=Uuid())
_DUE = bindparam("due_at", type_=DateTime(timezone=True))
_TOTAL, _DAYS = (bindparam(name, type_=Integer()) for name in ("total", "days"))
_OUT = L.step == literal_column("'lent'")

ITEM = Statement(select(ITEMS).where(_ITEM))
_late = (
    select(func.count())
    .where(L.district == I.district, L.item_id == I.id, _OUT, L.due_at < func.now())
    .scalar_subquery()
    .label("overdue")
)
ITEMS_OF = Statement(
    select(ITEMS, _late)
    .where(I.district == _DISTRICT, I.venue_id == _VENUE)
    .order_by(I.name)
    .limit(bindparam("limit", type_=Integer()))
)
NEW_ITEM = Change(
    SCHEMA,
    insert(ITEMS)
    .values(district=_DISTRICT, id=_ID, venue_id=_VENUE, name=bindparam("name", type_=Text()), total=_TOTAL, days=_DAYS)
    .returning(ITEMS),
)
EDIT_ITEM = Change(
    SCHEMA,
    update(ITEMS)
    .where(_ITEM, I.version == bindparam("version", type_=Integer()), I.lent <= _TOTAL)
    .values(total=_TOTAL, days=_DAYS, version=I.version + 1)
    .returning(ITEMS),
)

# --- lending -----------------------------------------------------------------------------------------------------

_taken = (
    update(ITEMS)
    .where(I.district == _DISTRICT, I.id == bindparam("item_id", type_=Uuid()), I.lent < I.total)
    .values(lent=I.lent + 1)
    .returning(I.district, I.id, I.venue_id, I.name)
    .cte("taken")
)
_columns = ["district", "id", "item_id", "venue_id", "path", "step", "borrower_id", "name", "phone", "due_at"]
LEND = Change(
    SCHEMA,
    insert(LOANS)
    .from_select(
        _columns,
        select(
            _taken.c.district,
            _ID,
            _taken.c.id,
            _taken.c.venue_id,
            bindparam("path", type_=Text()),
            literal_column("'lent'"),
            bindparam("borrower_id", type_=Uuid()),
            bindparam("name", type_=LargeBinary()),
            bindparam("phone", type_=LargeBinary()),
            _DUE,
        ),
    )
    .returning(LOANS),
)


def _shelved(change: CTE) -> CTE:
    """One more on the shelf: by the row that was changed, so that it happens once."""
    return (
        update(ITEMS)
        .where(I.district == change.c.district, I.id == change.c.item_id)
        .values(lent=I.lent - 1)
        .cte("shelved")
    )


_unchanged = and_(_THIS, L.version == bindparam("version", type_=Integer()))
_moved = update(LOANS).values(step=bindparam("to_step", type_=Text()), version=L.version + 1)
EXTEND = Change(SCHEMA, _moved.values(due_at=_DUE).where(_unchanged).returning(LOANS))
LOSE = Change(SCHEMA, _moved.where(_unchanged).returning(LOANS))
GIVE_BACK = Change(SCHEMA, _moved.values(ended_at=func.now()).where(_unchanged).returning(LOANS), also=_shelved)

BY_ID = Statement(select(LOANS).where(_THIS))
ITEMS_BY_IDS = Statement(
    select(I.id, I.name).where(I.district == _DISTRICT, I.id == func.any(bindparam("ids", type_=ARRAY(Uuid()))))
)
OUT_OF = Statement(
    select(L.id)
    .where(_HERE, L.path == bindparam("path", type_=Text()), _OUT)
    .where(L.venue_id == func.any(bindparam("venues", type_=ARRAY(Uuid()))))
    .order_by(L.due_at, L.id)
)
FORGET = Change(
    SCHEMA,
    update(LOANS)
    .where(_THIS, L.step == bindparam("step", type_=Text()))
    .values(name=null(), phone=null(), borrower_id=null())
    .returning(L.id),
)
_OF_PERSON = and_(_HERE, L.borrower_id == bindparam("borrower", type_=Uuid()))
OF_PERSON = Statement(
    select(L.id, L.item_id, L.venue_id, L.step, L.lent_at, L.due_at, L.ended_at).where(_OF_PERSON).order_by(L.id)
)
FORGET_PERSON = Statement(
    update(LOANS).where(_OF_PERSON).values(name=null(), phone=null(), borrower_id=null()).returning(L.id)
)
REBASE = Rebase(LOANS)


@cache
def listed(filters: frozenset[str]) -> Statement:
    """A page of what lies in the scopes, what is due first at the top. `filters`: place (with `end`), venue, step,
    overdue.
    """
    wanted: dict[str, tuple[ColumnElement[bool], ...]] = {
        "place": between(L.path, "place", "end"),
        "venue": (L.venue_id == bindparam("venue", type_=Uuid()),),
        "step": (L.step == bindparam("step", type_=Text()),),
        "overdue": (_OUT, L.due_at < func.now()),
        "after": (
            tuple_(L.due_at, L.id)
            > tuple_(bindparam("after", type_=DateTime(timezone=True)), bindparam("after_id", type_=Uuid())),
        ),
    }
    return Statement(
        select(LOANS)
        .where(_HERE, in_scopes(L.path, "scopes", "scope_ends"))
        .where(*(condition for name in sorted(filters) for condition in wanted[name]))
        .order_by(L.due_at, L.id)
        .limit(bindparam("limit", type_=Integer()))
    )
