"""What still hangs on a place, as one statement: all that is counted was so at one moment.

Each slice knows its rows; that nothing of any slice is left at a place that is gone is nobody's but this one's. So this
module reads the tables of the slices below it, where all others call their services; it writes none.
"""

from collections.abc import Iterable

from sqlalchemy import (
    ARRAY,
    Date,
    DateTime,
    SelectBase,
    Table,
    Text,
    Uuid,
    and_,
    bindparam,
    exists,
    func,
    literal_column,
    not_,
    or_,
    select,
    union_all,
)
from sqlalchemy.sql.elements import ColumnElement

from services.hierarchy.agreements.service import IN_THE_WAY
from services.hierarchy.agreements.tables import AGREEMENTS
from services.hierarchy.appointments.tables import APPOINTMENTS
from services.hierarchy.bookings.tables import BOOKINGS
from services.hierarchy.bookings.workflow import HOLDING
from services.hierarchy.candidacies.tables import CANDIDACIES
from services.hierarchy.capabilities.tables import LISTINGS
from services.hierarchy.evaluations.tables import EVALUATIONS
from services.hierarchy.experts.tables import EXPERTS
from services.hierarchy.households.tables import HOUSEHOLDS, MEMBERS
from services.hierarchy.links.tables import LINKS
from services.hierarchy.loans.tables import LOANS
from services.hierarchy.organisations.tables import ORGANISATIONS
from services.hierarchy.records.tables import RECORDS
from services.hierarchy.report_ins.tables import REPORT_INS
from services.hierarchy.report_ins.workflow import REPORT_IN
from services.hierarchy.rosters.tables import ROSTERS, SHIFTS
from services.hierarchy.rosters.workflow import SHIFT
from services.hierarchy.venues.tables import VENUES
from services.hierarchy.visits.tables import NEEDS, VISITS
from shared.kernel.workflow import Workflow
from shared.runtime.db import Statement
from shared.runtime.scoping import between

A, H, L, M, R, S = APPOINTMENTS.c, HOUSEHOLDS.c, LINKS.c, MEMBERS.c, ROSTERS.c, SHIFTS.c
_DISTRICT = bindparam("district", type_=Text())
_TODAY, _NOW = bindparam("today", type_=Date()), bindparam("now", type_=DateTime(timezone=True))
_POSTS = func.any(bindparam("posts", type_=ARRAY(Uuid())))  # those of the place


def _rows(kind: str, table: Table, *conditions: ColumnElement[bool]) -> SelectBase:
    named = literal_column(f"'{kind}'", Text()).label("kind")
    counted = select(named, func.count().label("count")).select_from(table)
    return counted.where(table.c.district == _DISTRICT, *conditions)


def _here(kind: str, table: Table, *conditions: ColumnElement[bool]) -> SelectBase:
    return _rows(kind, table, *between(table.c.path, "path", "end"), *conditions)


def _at(step: ColumnElement[str], steps: Iterable[str]) -> ColumnElement[bool]:
    return step.in_([literal_column(f"'{name}'", Text()) for name in steps])


def _going_on(workflow: Workflow) -> list[str]:
    return [name for name, step in workflow.steps.items() if not step.is_end]


def _lasts(until: ColumnElement[object]) -> ColumnElement[bool]:
    """Beyond today: what has today as its last day is over."""
    return or_(until.is_(None), until > _TODAY)


_BEGINS = or_(A.until.is_(None), A.until >= A.since)  # one that was ended before never does
_LIVED_IN = exists().where(M.district == _DISTRICT, M.household_id == H.id, _lasts(M.left_on))
_VISITS = select(VISITS.c.id).where(VISITS.c.district == _DISTRICT, *between(VISITS.c.path, "path", "end"))
_ROSTERS = select(R.id).where(R.district == _DISTRICT, *between(R.path, "path", "end"))
_USED_UP = func.coalesce(RECORDS.c.content["consumable"].as_boolean(), literal_column("false"))
_GIVEN_BACK = and_(_at(RECORDS.c.kind, ["badge", "equipment"]), not_(_USED_UP))
HANGING = Statement(
    union_all(
        _rows("appointments", APPOINTMENTS, A.post_id == _POSTS, _lasts(A.until), _BEGINS),
        _here("candidacies", CANDIDACIES, CANDIDACIES.c.closed_at.is_(None)),
        _here("households", HOUSEHOLDS, _LIVED_IN),
        _rows("links", LINKS, or_(L.post_id == _POSTS, and_(*between(L.path, "path", "end"))), _lasts(L.until)),
        _rows("shifts", SHIFTS, S.roster_id.in_(_ROSTERS), _at(S.step, _going_on(SHIFT)), S.ends_at > _NOW),
        _here("venues", VENUES, _at(VENUES.c.step, ["open"]), VENUES.c.part_of.is_(None)),  # rooms follow theirs
        _here("bookings", BOOKINGS, _at(BOOKINGS.c.step, HOLDING), BOOKINGS.c.ends_at > _NOW),
        _rows("needs", NEEDS, NEEDS.c.visit_id.in_(_VISITS), NEEDS.c.appeal_id.is_(None)),
        _here("loans", LOANS, _at(LOANS.c.step, ["lent"])),
        _here("records", RECORDS, _at(RECORDS.c.step, ["open"]), _GIVEN_BACK),
        _here("organisations", ORGANISATIONS, _lasts(ORGANISATIONS.c.until)),
        _here("agreements", AGREEMENTS, _at(AGREEMENTS.c.step, IN_THE_WAY)),
        _here("report_ins", REPORT_INS, _at(REPORT_INS.c.step, _going_on(REPORT_IN))),
        _here("experts", EXPERTS, _at(EXPERTS.c.step, ["listed"])),
        _here("listings", LISTINGS, _at(LISTINGS.c.step, ["open", "running"])),
        _here("evaluations", EVALUATIONS, _at(EVALUATIONS.c.step, ["collecting", "flagged"])),
    )
)
