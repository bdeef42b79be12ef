"""Every statement of structures."""

from sqlalchemy import ARRAY, Date, Integer, Text, Uuid, and_, bindparam, func, or_, select, update
from sqlalchemy.dialects.postgresql import JSONB, insert

from services.hierarchy.schema import SCHEMA
from services.hierarchy.structures.tables import STRUCTURES
from shared.runtime.bulk import Rebase, put
from shared.runtime.changes import Change
from shared.runtime.db import Statement

S = STRUCTURES.c
_DISTRICT = bindparam("district", type_=Text())
_HERE = S.district == _DISTRICT
_THIS = and_(_HERE, S.id == bindparam("id", type_=Uuid()))
_AT = and_(_HERE, S.path == bindparam("path", type_=Text()))
_ON, _VERSION = bindparam("on", type_=Date()), bindparam("version", type_=Integer())
_ALL = [column for column in STRUCTURES.c if column.name != "district"]
_IN_USE = or_(S.step == "active", S.step == "superseded")

# The nearest place at or above that has a structure decides; there, the newest version that is in force.
IN_FORCE = Statement(
    select(S.id, S.path, S.version, S.in_force, S.document)
    .where(
        _HERE,
        S.path == func.any(bindparam("paths", type_=ARRAY(Text))),
        _IN_USE,
        S.in_force <= _ON,
        or_(S.until.is_(None), S.until >= _ON),
    )
    .order_by(func.length(S.path).desc(), S.in_force.desc(), S.version.desc())
    .limit(1)
)
BY_ID = Statement(select(*_ALL).where(_THIS))
VERSIONS = Statement(
    select(*(column for column in _ALL if column.name != "document"), S.document["name"].astext.label("name"))
    .where(_AT, S.version < bindparam("before", type_=Integer()))
    .order_by(S.version.desc())
    .limit(bindparam("limit", type_=Integer()))
)
# Whoever activates a version holds all of the place's: two at once come one after the other.
HOLD = Statement(select(S.id, S.version, S.step, S.in_force, S.until).where(_AT).order_by(S.version).with_for_update())
UPLOAD = Change(
    SCHEMA,
    insert(STRUCTURES)
    .values(
        district=_DISTRICT,
        id=bindparam("id", type_=Uuid()),
        path=bindparam("path", type_=Text()),
        version=_VERSION,
        step=bindparam("step", type_=Text()),
        in_force=bindparam("in_force", type_=Date()),
        document=bindparam("document", type_=JSONB()),
    )
    .on_conflict_do_nothing(index_elements=["district", "path", "version"])
    .returning(S.id),
)
MOVE = Change(
    SCHEMA,
    update(STRUCTURES)
    .where(_THIS, S.revision == bindparam("revision", type_=Integer()))
    .values(
        step=bindparam("to_step", type_=Text()), in_force=bindparam("in_force", type_=Date()), revision=S.revision + 1
    )
    .returning(S.id),
)
# One version takes over from another, or, withdrawn before its day, gives back.
HAND_OVER = Change(
    SCHEMA,
    update(STRUCTURES)
    .where(_THIS, S.step == bindparam("from_step", type_=Text()))
    .values(step=bindparam("to_step", type_=Text()), until=bindparam("last_day", type_=Date()), revision=S.revision + 1)
    .returning(S.id),
)
PUT = put(STRUCTURES, ["id", "path", "version", "in_force", "document"], ["path", "version"], once=["in_force"])
# A data file with a newer version takes over from the older ones, from its day on.
OUTDATE = Statement(
    update(STRUCTURES)
    .where(_AT, S.version < _VERSION, S.step == "active")
    .values(step="superseded", until=bindparam("last_day", type_=Date()), revision=S.revision + 1)
    .returning(S.id)
)
REBASE = Rebase(STRUCTURES)
