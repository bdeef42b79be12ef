"""Statements on the known places."""

from sqlalchemy import Text, bindparam, func, select
from sqlalchemy.dialects.postgresql import insert

from services.events.places.tables import KNOWN_PLACES as K
from shared.runtime.db import Statement

_FIELDS = ("code", "path", "kind", "name", "full_name")

BY_CODE = Statement(
    select(*(K.c[name] for name in _FIELDS), K.c.seen_at).where(
        K.c.district == bindparam("district", type_=Text()), K.c.code == bindparam("code", type_=Text())
    )
)
_learnt = insert(K).values({name: bindparam(name, type_=Text()) for name in ("district", *_FIELDS)})
LEARN = Statement(
    _learnt.on_conflict_do_update(
        index_elements=[K.c.district, K.c.code],
        set_={**{name: _learnt.excluded[name] for name in _FIELDS[1:]}, "seen_at": func.now()},
    )
)
