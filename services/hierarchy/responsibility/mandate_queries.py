"""The statements of what organisations answer for; the question who answers for a place is in `queries`."""

from sqlalchemy import ARRAY, Date, Integer, Text, Uuid, and_, bindparam, func, insert, or_, select, update

from services.hierarchy.organisations.tables import ORGANISATIONS
from services.hierarchy.responsibility.queries import NAME_THEN, ORG, R, go_on, lasts
from services.hierarchy.responsibility.tables import RESPONSIBILITIES
from services.hierarchy.schema import SCHEMA
from shared.runtime.changes import Change
from shared.runtime.db import Statement

_DISTRICT, _ON = bindparam("district", type_=Text()), bindparam("on", type_=Date())
_FOR = (R.id, R.path, R.held_by, R.organisation_id, R.categories, R.position, R.since, R.until)
_LIMIT = bindparam("limit", type_=Integer())
_ORGANISATION = R.organisation_id == bindparam("organisation_id", type_=Uuid())
_MANDATE = and_(R.district == _DISTRICT, R.id == bindparam("id", type_=Uuid()))
MANDATE = Statement(select(*_FOR).where(_MANDATE, R.organisation_id.is_not(None)))
_OF = select(*_FOR).where(R.district == _DISTRICT, _ORGANISATION).order_by(R.path, R.since).limit(_LIMIT)
OF_ORGANISATION = Statement(_OF.where(lasts(R.since, R.until)))
# What it answers for on a day or will after it.
AHEAD = Statement(_OF.where(or_(R.until.is_(None), R.until >= _ON)))
# Those that answer for a place on a day: for it itself, or for one around it.
ORGANISATIONS_FOR = Statement(
    select(*_FOR, ORG.code, NAME_THEN.label("name"), ORG.kind)
    .select_from(RESPONSIBILITIES.join(ORGANISATIONS, (ORG.district == R.district) & (ORG.id == R.organisation_id)))
    .where(
        R.district == _DISTRICT,
        R.path == func.any(bindparam("paths", type_=ARRAY(Text))),
        lasts(R.since, R.until),
    )
    .order_by(R.position, ORG.code)
    .limit(_LIMIT)
)
GIVE = Change(
    SCHEMA,
    insert(RESPONSIBILITIES)
    .values(
        district=_DISTRICT,
        **{
            name: bindparam(name, type_=R[name].type)
            for name in ("id", "path", "held_by", "organisation_id", "categories", "position", "since", "until")
        },
    )
    .returning(*_FOR),
)
END = Change(
    SCHEMA,
    update(RESPONSIBILITIES)
    .where(_MANDATE, or_(R.until.is_(None), R.until > bindparam("until", type_=Date())))
    .values(until=bindparam("until", type_=Date()))
    .returning(*_FOR),
)
# What one organisation answers for is another's from a day on.
SUCCEED = go_on(
    _ORGANISATION, held_by=bindparam("held_by", type_=Text()), organisation_id=bindparam("successor", type_=Uuid())
)
