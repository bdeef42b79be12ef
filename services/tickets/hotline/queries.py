"""Statements on hotlines, their orders and the callbacks."""

from sqlalchemy import (
    ARRAY,
    CTE,
    DateTime,
    Integer,
    LargeBinary,
    Text,
    Uuid,
    bindparam,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert

from services.tickets.hotline.tables import CALLBACKS as C
from services.tickets.hotline.tables import HOTLINES as H
from services.tickets.hotline.tables import ORDERS as O
from services.tickets.schema import SCHEMA
from shared.runtime.changes import Change
from shared.runtime.db import Statement

_district = bindparam("district", type_=Text())
_code = bindparam("code", type_=Text())

BY_CODE = Statement(select(H).where(H.c.district == _district, H.c.code == _code))
_settings = {
    "name": bindparam("name", type_=Text()),
    "secret": bindparam("secret", type_=LargeBinary()),
    "callback_url": bindparam("callback_url", type_=Text()),
}
# Touches nothing where another operator was faster; the caller then reads again.
ADD = Change(
    SCHEMA,
    upsert(H)
    .values(district=_district, code=_code, id=bindparam("id", type_=Uuid()), **_settings)
    .on_conflict_do_nothing(index_elements=[H.c.district, H.c.code])
    .returning(H.c.id, H.c.code, H.c.name, H.c.callback_url),
)
ALTER = Change(
    SCHEMA,
    update(H)
    .where(H.c.district == _district, H.c.code == _code, H.c.secret == bindparam("known_secret", type_=LargeBinary()))
    .values(
        previous_secret=bindparam("previous_secret", type_=LargeBinary()),
        previous_until=bindparam("previous_until", type_=DateTime(timezone=True)),
        updated_at=func.now(),
        **_settings,
    )
    .returning(H.c.id, H.c.code, H.c.name, H.c.callback_url),
)

ORDER = Statement(
    select(O.c.appeal_id, O.c.revision, O.c.payload).where(
        O.c.district == _district,
        O.c.hotline == bindparam("hotline", type_=Text()),
        O.c.order_no == bindparam("order_no", type_=Text()),
    )
)
_revision = bindparam("order_revision", type_=Integer())
_payload = bindparam("order_payload", type_=LargeBinary())


def kept(appeal: CTE) -> CTE:
    """The order beside the appeal that it became, in the appeal's own statement."""
    columns = ["district", "hotline", "order_no", "id", "appeal_id", "revision", "payload"]
    born = (appeal.c.district, appeal.c.hotline, appeal.c.order_no)
    values = select(*born, bindparam("order_id", type_=Uuid()), appeal.c.id, _revision, _payload)
    return insert(O).from_select(columns, values).cte("kept")


REVISE = Statement(
    update(O)
    .where(
        O.c.district == _district,
        O.c.hotline == bindparam("hotline", type_=Text()),
        O.c.order_no == bindparam("order_no", type_=Text()),
        O.c.revision <= _revision,
    )
    .values(revision=_revision, payload=_payload)
)

DELIVERED = Change(
    SCHEMA,
    insert(C)
    .values(
        district=_district,
        appeal_id=bindparam("appeal_id", type_=Uuid()),
        seq=bindparam("seq", type_=C.c.seq.type),
        id=bindparam("id", type_=Uuid()),
        event=bindparam("event", type_=Text()),
        status=bindparam("status", type_=Integer()),
    )
    .returning(C.c.appeal_id.label("id"), C.c.seq),
)
CALLBACKS_OF = Statement(
    select(C.c.seq, C.c.event, C.c.status, C.c.delivered_at)
    .where(C.c.district == _district, C.c.appeal_id == bindparam("appeal_id", type_=Uuid()))
    .order_by(C.c.seq)
)

_J, _T = SCHEMA.journal, SCHEMA.texts
ENTRY = Statement(
    select(_J.c.at, _J.c.actor_kind, _J.c.data, _T.c.body)
    .select_from(_J.outerjoin(_T, (_T.c.district == _J.c.district) & (_T.c.id == _J.c.id)))
    .where(
        _J.c.district == _district,
        _J.c.subject_id == bindparam("appeal_id", type_=Uuid()),
        _J.c.id == bindparam("entry_id", type_=Uuid()),
    )
)
ORDERS_OF = Statement(
    select(O.c.hotline, O.c.order_no, O.c.appeal_id).where(
        O.c.district == _district, O.c.appeal_id == func.any(bindparam("appeals", type_=ARRAY(Uuid())))
    )
)
EMPTY = Statement(
    update(O)
    .where(
        O.c.district == _district,
        O.c.hotline == bindparam("hotline", type_=Text()),
        O.c.order_no == bindparam("order_no", type_=Text()),
    )
    .values(payload=_payload)
    .returning(O.c.appeal_id)
)
