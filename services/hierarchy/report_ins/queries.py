"""Every statement of report-ins."""

from functools import cache
from typing import Any

from sqlalchemy import Date, Integer, Text, Uuid, and_, bindparam, func, insert, null, or_, select, update

from services.hierarchy.report_ins.tables import REPORT_INS
from services.hierarchy.schema import SCHEMA
from shared.runtime.bulk import Rebase
from shared.runtime.changes import Change
from shared.runtime.db import Statement
from shared.runtime.scoping import between, in_scopes

R = REPORT_INS.c
_DISTRICT = bindparam("district", type_=Text())
_HERE = R.district == _DISTRICT
_THIS = and_(_HERE, R.id == bindparam("id", type_=Uuid()))
_UNCHANGED = and_(_THIS, R.version == bindparam("version", type_=Integer()))


def _given(*names: str) -> dict[str, Any]:
    return {name: bindparam(name, type_=R[name].type) for name in names}


BY_ID = Statement(select(REPORT_INS).where(_THIS))
_BORN = ("id", "step", "path", "person_id", "unit", "unit_name", "capabilities", "hours", "since")
CREATE = Change(SCHEMA, insert(REPORT_INS).values(district=_DISTRICT, **_given(*_BORN)).returning(REPORT_INS))
_changing = _given("step", "capabilities", "hours", "until") | {"version": R.version + 1}
CHANGE = Change(SCHEMA, update(REPORT_INS).where(_UNCHANGED).values(_changing).returning(REPORT_INS))
# Asked under the district's lock, which whoever adds one holds.
OPEN = Statement(
    select(R.id).where(
        _HERE,
        R.path == bindparam("path", type_=Text()),
        R.until.is_(None),
        or_(
            R.person_id == bindparam("person_id", type_=Uuid()),
            and_(
                R.person_id.is_(None),
                bindparam("person_id", type_=Uuid()).is_(None),
                R.unit == bindparam("unit", type_=Text()),
            ),
        ),
    )
)
COUNTS = Statement(
    select(
        func.count().filter(R.person_id.is_not(None)).label("members"),
        func.count().filter(R.person_id.is_(None)).label("units"),
        func.coalesce(func.sum(R.hours), 0).label("hours"),
    ).where(_HERE, R.step == "confirmed", *between(R.path, "place", "end"))
)
OF_PERSON = Statement(
    select(R.id, R.unit_name, R.capabilities, R.hours, R.step, R.since, R.until).where(
        _HERE, R.person_id == bindparam("person_id", type_=Uuid())
    )
)
FORGET = Statement(
    update(REPORT_INS)
    .where(_HERE, R.person_id == bindparam("person_id", type_=Uuid()))
    .values(
        unit_name="", unit=null(), capabilities=[], step="ended", version=R.version + 1,
        until=func.coalesce(R.until, bindparam("today", type_=Date())),
    )
    .returning(R.id)
)  # fmt: skip
REBASE = Rebase(REPORT_INS)


@cache
def listed(filters: frozenset[str], *, mine: bool) -> Statement:
    """A page by id, the latest first: one's own, or those in the scopes. `filters`: place (with `end`), step, unit,
    after.
    """
    wanted = {
        "place": between(R.path, "place", "end"),
        "step": (R.step == bindparam("step", type_=Text()),),
        "unit": (R.unit == bindparam("unit", type_=Text()),),
        "after": (R.id < bindparam("after", type_=Uuid()),),
    }
    whose = R.person_id == bindparam("me", type_=Uuid()) if mine else in_scopes(R.path, "scopes", "scope_ends")
    return Statement(
        select(REPORT_INS)
        .where(_HERE, whose)
        .where(*(condition for name in sorted(filters) for condition in wanted[name]))
        .order_by(R.id.desc())
        .limit(bindparam("limit", type_=Integer()))
    )
