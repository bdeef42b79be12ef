"""Every statement of clients."""

from sqlalchemy import (
    DateTime,
    Integer,
    LargeBinary,
    Text,
    Uuid,
    and_,
    bindparam,
    func,
    insert,
    null,
    or_,
    select,
    update,
)

from services.hierarchy.clients.tables import CLIENTS
from services.hierarchy.schema import SCHEMA
from shared.runtime.bulk import Rebase
from shared.runtime.changes import Change
from shared.runtime.db import Statement
from shared.runtime.scoping import in_scopes

C = CLIENTS.c
_DISTRICT = bindparam("district", type_=Text())
_THIS = and_(C.district == _DISTRICT, C.id == bindparam("id", type_=Uuid()))
_SECRET = bindparam("secret", type_=LargeBinary())
_SHOWN = (C.id, C.name, C.role, C.path, C.created_at, C.rotated_at, C.previous_until, C.used_at, C.ended_at)

CREATE = Change(
    SCHEMA,
    insert(CLIENTS)
    .values(
        district=_DISTRICT,
        id=bindparam("id", type_=Uuid()),
        name=bindparam("name", type_=Text()),
        role=bindparam("role", type_=Text()),
        path=bindparam("path", type_=Text()),
        secret=_SECRET,
    )
    .returning(C.id),
)
BY_ID = Statement(select(*_SHOWN).where(_THIS))
LIST = Statement(
    select(*_SHOWN)
    .where(C.district == _DISTRICT, C.id > bindparam("after", type_=Uuid()), in_scopes(C.path, "scopes", "ends"))
    .order_by(C.id)
    .limit(bindparam("limit", type_=Integer()))
)
# The secret until now becomes the one before. The one before that works no more.
ROTATE = Change(
    SCHEMA,
    update(CLIENTS)
    .where(_THIS, C.ended_at.is_(None))
    .values(
        previous=C.secret,
        previous_until=bindparam("previous_until", type_=DateTime(timezone=True)),
        secret=_SECRET,
        rotated_at=func.now(),
    )
    .returning(C.id),
)
END = Change(
    SCHEMA,
    update(CLIENTS)
    .where(_THIS, C.ended_at.is_(None))
    .values(ended_at=func.now(), previous=null(), previous_until=null())
    .returning(C.id),
)
SIGN_IN = Change(
    SCHEMA,
    update(CLIENTS)
    .where(
        _THIS,
        C.ended_at.is_(None),
        or_(C.secret == _SECRET, and_(C.previous == _SECRET, C.previous_until > func.now())),
    )
    .values(used_at=func.now())
    .returning(C.id, C.role, C.path),
)
REBASE = Rebase(CLIENTS)
