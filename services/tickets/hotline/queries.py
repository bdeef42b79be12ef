"""Statements on hotlines, their orders and the callbacks."""

from sqlalchemy import Integer, LargeBinary, Text, Uuid, bindparam, func, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert

from services.tickets.hotline.tables import CALLBACKS, HOTLINES, ORDERS
from services.tickets.schema import SCHEMA
from shared.runtime.changes import Change
from shared.runtime.db import Statement

H, C = HOTLINES, CALLBACKS
_district = bindparam("district", type_=Text())
_code = bindparam("code", type_=Text())

BY_CODE = Statement(select(H).where(H.c.district == _district, H.c.code == _code))
_put = upsert(H).values(
    district=_district,
    code=_code,
    id=bindparam("id", type_=Uuid()),
    name=bindparam("name", type_=Text()),
    secret=bindparam("secret", type_=LargeBinary()),
    callback_url=bindparam("callback_url", type_=Text()),
)
PUT = Change(
    SCHEMA,
    _put.on_conflict_do_update(
        index_elements=[H.c.district, H.c.code],
        set_={
            "name": _put.excluded.name,
            "secret": _put.excluded.secret,
            "callback_url": _put.excluded.callback_url,
            "updated_at": func.now(),
        },
    ).returning(H.c.id, H.c.code, H.c.name, H.c.callback_url, H.c.updated_at),
)

ORDER = Statement(
    select(ORDERS.c.id, ORDERS.c.appeal_id, ORDERS.c.revision).where(
        ORDERS.c.district == _district,
        ORDERS.c.hotline == bindparam("hotline", type_=Text()),
        ORDERS.c.order_no == bindparam("order_no", type_=Text()),
    )
)
_kept = upsert(ORDERS).values(
    district=_district,
    hotline=bindparam("hotline", type_=Text()),
    order_no=bindparam("order_no", type_=Text()),
    id=bindparam("id", type_=Uuid()),
    appeal_id=bindparam("appeal_id", type_=Uuid()),
    revision=bindparam("revision", type_=Integer()),
    payload=bindparam("payload", type_=LargeBinary()),
)
KEEP_ORDER = Statement(
    _kept.on_conflict_do_update(
        index_elements=[ORDERS.c.district, ORDERS.c.hotline, ORDERS.c.order_no],
        set_={"revision": _kept.excluded.revision, "payload": _kept.excluded.payload},
        where=ORDERS.c.revision < _kept.excluded.revision,
    ).returning(ORDERS.c.appeal_id)
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
ENTRY = Statement(
    select(
        SCHEMA.journal.c.at,
        SCHEMA.journal.c.event,
        SCHEMA.journal.c.actor_kind,
        SCHEMA.journal.c.data,
        SCHEMA.texts.c.body,
    )
    .select_from(
        SCHEMA.journal.outerjoin(
            SCHEMA.texts,
            (SCHEMA.texts.c.district == SCHEMA.journal.c.district) & (SCHEMA.texts.c.id == SCHEMA.journal.c.id),
        )
    )
    .where(
        SCHEMA.journal.c.district == _district,
        SCHEMA.journal.c.subject_id == bindparam("appeal_id", type_=Uuid()),
        SCHEMA.journal.c.id == bindparam("entry_id", type_=Uuid()),
    )
)
