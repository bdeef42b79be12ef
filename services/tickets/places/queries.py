"""Statements on the known places."""

from sqlalchemy import Text, bindparam, func, select
from sqlalchemy.dialects.postgresql import insert

from services.tickets.places.tables import KNOWN_PLACES as K
from shared.runtime.db import Statement

BY_CODE = Statement(
    select(K.c.code, K.c.path, K.c.kind, K.c.name, K.c.full_name).where(
        K.c.district == bindparam("district", type_=Text()), K.c.code == bindparam("code", type_=Text())
    )
)
_learnt = insert(K).values(
    district=bindparam("district", type_=Text()),
    code=bindparam("code", type_=Text()),
    path=bindparam("path", type_=Text()),
    kind=bindparam("kind", type_=Text()),
    name=bindparam("name", type_=Text()),
    full_name=bindparam("full_name", type_=Text()),
)
LEARN = Statement(
    _learnt.on_conflict_do_update(
        index_elements=[K.c.district, K.c.code],
        set_={
            "path": _learnt.excluded.path,
            "kind": _learnt.excluded.kind,
            "name": _learnt.excluded.name,
            "full_name": _learnt.excluded.full_name,
            "seen_at": func.now(),
        },
    )
)
