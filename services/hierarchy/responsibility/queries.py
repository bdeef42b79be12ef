"""The question 谁来管 as one statement.

The hot path of the whole product: every appeal asks it once. So this one module reads the tables of the slices below
it, where all others call their services; it writes only its own.
"""

from typing import Any

from sqlalchemy import (
    Date,
    DateTime,
    Integer,
    Select,
    Text,
    Uuid,
    bindparam,
    cast,
    delete,
    exists,
    func,
    literal_column,
    null,
    or_,
    select,
    true,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.sql.base import ReadOnlyColumnCollection
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.selectable import CTE, FromClause, LateralFromClause

from services.hierarchy.appointments.tables import APPOINTMENTS, PASTS, POSTS
from services.hierarchy.organisations.tables import ORGANISATIONS, STATES
from services.hierarchy.people.tables import PEOPLE
from services.hierarchy.places.tables import PLACES
from services.hierarchy.responsibility.tables import RESPONSIBILITIES
from services.hierarchy.schema import VERSIONS
from shared.kernel.paths import WIDTH
from shared.runtime.bulk import Rebase, among, put
from shared.runtime.db import Statement

_DISTRICT = bindparam("district", type_=Text())
_ON = bindparam("on", type_=Date())
_WIDTH = literal_column(str(WIDTH), Integer())
Columns = ReadOnlyColumnCollection[str, Any]
R, ORG, POST, PERSON = RESPONSIBILITIES.c, ORGANISATIONS.c, POSTS.c, PEOPLE.c


def lasts(since: ColumnElement[object], until: ColumnElement[object]) -> ColumnElement[bool]:
    return (since <= _ON) & or_(until.is_(None), until >= _ON)


# What an organisation was called on the day; on days before it was known here, as it was called first.
NAME_THEN = func.coalesce(
    select(STATES.c.name)
    .where(
        STATES.c.district == ORG.district,
        STATES.c.organisation_id == ORG.id,
        or_(STATES.c.until.is_(None), STATES.c.until >= _ON),
    )
    .order_by(STATES.c.since)
    .limit(1)
    .scalar_subquery(),
    ORG.name,
)


def _post_then(said: str) -> ColumnElement[Any]:
    """What a post was called at `moment`, the end of the day."""
    was = (
        select(PASTS.c[said])
        .where(PASTS.c.district == POST.district, PASTS.c.post_id == POST.id)
        .where(PASTS.c.until >= bindparam("moment", type_=DateTime(timezone=True)))
        .order_by(PASTS.c.until)
        .limit(1)
        .scalar_subquery()
    )
    return func.coalesce(was, POST[said])


def _question(*more: ColumnElement[object], then: bool = False) -> Select[tuple[object, ...]]:
    asked = (
        select(PLACES.c.district, PLACES.c.code, PLACES.c.path, PLACES.c.kind, PLACES.c.name, PLACES.c.full_name)
        .where(PLACES.c.district == _DISTRICT, PLACES.c.code == bindparam("place", type_=Text()))
        .cte("asked")
    )
    links = _links(asked, then=then)
    return (
        select(asked, links, *more)
        .select_from(asked.outerjoin(links, true()))
        .order_by(links.c.position, func.length(links.c.at_path).desc(), links.c.held_by, links.c.person_id)
    )


def _links(asked: CTE, *, then: bool) -> LateralFromClause:
    """The responsibilities of the place and its ancestors, each with its post or organisation and who that is."""
    spot, contact, (each, here) = PLACES.alias("spot"), _contact(), _lasting(_prefixes(asked))
    found = each.join(here, true()).join(spot, (spot.c.district == _DISTRICT) & (spot.c.path == here.c.path))
    return (
        select(
            here.c.path.label("at_path"), spot.c.code.label("at_code"), spot.c.kind.label("at_kind"),
            spot.c.name.label("at_name"), spot.c.full_name.label("at_full_name"),
            *_link(here.c, contact, then=then),
        )
        .select_from(_with_holders(found, here.c, contact))
        .lateral("links")
    )  # fmt: skip


def _lasting(paths: ColumnElement[object]) -> tuple[FromClause, FromClause]:
    """The given paths as rows, and what is answered for at each of them on the day.

    A sub-select of its own for each path, which OFFSET keeps apart: one probe of the unique index, whatever the planner
    knows. Right after communities are loaded it knows nothing yet, and would read a whole district.
    """
    each = func.unnest(paths, type_=Text()).table_valued("path").render_derived(name="each")
    here = (
        select(RESPONSIBILITIES)
        .where(
            R.district == _DISTRICT,
            R.path == each.c.path,
            R.categories.overlap(bindparam("categories", type_=ARRAY(Text))),
            lasts(R.since, R.until),
        )
        .offset(literal_column("0"))
        .lateral("here")
    )
    return each, here


def _with_holders(found: FromClause, here: Columns, contact: LateralFromClause) -> FromClause:
    """Responsibilities with the post or the organisation that has each, and who that is on the day."""
    held = APPOINTMENTS.alias("held")
    holds_it = (held.c.district == _DISTRICT) & (held.c.post_id == here.post_id) & lasts(held.c.since, held.c.until)
    holder = func.coalesce(held.c.person_id, contact.c.person_id)
    return (
        found.outerjoin(POSTS, (POST.district == _DISTRICT) & (POST.id == here.post_id))
        .outerjoin(held, holds_it)
        .outerjoin(ORGANISATIONS, (ORG.district == _DISTRICT) & (ORG.id == here.organisation_id))
        .outerjoin(contact, true())
        .outerjoin(PEOPLE, (PERSON.district == _DISTRICT) & (PERSON.id == holder))
    )


def _prefixes(asked: CTE) -> ColumnElement[object]:
    """The paths of the place and its ancestors, as an array, so that each is one index probe."""
    numbers = func.generate_series(_WIDTH, func.length(asked.c.path), _WIDTH)
    ends = numbers.table_valued("length").render_derived(name="ends")
    prefix = select(func.substr(asked.c.path, 1, ends.c.length)).select_from(asked.join(ends, true()))
    return func.array(prefix.scalar_subquery())


def _contact() -> LateralFromClause:
    """Whom to ring at an organisation: the first holder of a post in it."""
    seat, holds = POSTS.alias("seat"), APPOINTMENTS.alias("holds")
    return (
        select(holds.c.person_id, seat.c.role)
        .select_from(seat.join(holds, (holds.c.district == seat.c.district) & (holds.c.post_id == seat.c.id)))
        .where(
            seat.c.district == ORG.district,
            seat.c.organisation == ORG.code,
            lasts(holds.c.since, holds.c.until),
        )
        .order_by(seat.c.code)
        .limit(1)
        .lateral("contact")
    )


def _at(paths: ColumnElement[object]) -> Select[tuple[object, ...]]:
    """The responsibilities at given paths: for a past day, when the places may have lain elsewhere."""
    contact, (each, here) = _contact(), _lasting(paths)
    return select(here.c.district, here.c.path.label("at_path"), *_link(here.c, contact, then=True)).select_from(
        _with_holders(each.join(here, true()), here.c, contact)
    )


def _link(here: Columns, contact: LateralFromClause, *, then: bool) -> tuple[ColumnElement[object], ...]:
    label, role = (_post_then("label"), _post_then("role")) if then else (POST.label, POST.role)
    return (
        here.position, here.held_by, POST.code.label("post_code"), label.label("post_label"),
        func.coalesce(role, contact.c.role).label("role"), ORG.code.label("organisation_code"),
        (NAME_THEN if then else ORG.name).label("organisation_name"), ORG.kind.label("organisation_kind"),
        PERSON.id.label("person_id"), PERSON.name.label("person_name"),
    )  # fmt: skip


QUESTION = Statement(_question())
QUESTION_THEN = Statement(_question(then=True))
VERSIONED_QUESTION = Statement(_question(VERSIONS.column))
AT = Statement(_at(bindparam("paths", type_=ARRAY(Text))))


def _everybody() -> Select[tuple[object, ...]]:
    """All who answer for these very places, whatever for, with the number they are reached by; for contact sheets."""
    contact = _contact()
    return (
        select(
            R.path, R.categories, R.position, R.held_by, POST.code.label("post_code"), POST.kind.label("post_kind"),
            POST.label.label("post_label"), ORG.code.label("organisation_code"),
            ORG.name.label("organisation_name"), ORG.kind.label("organisation_kind"), PERSON.id.label("person_id"),
            PERSON.name.label("person_name"), PERSON.phone.label("person_phone"), PERSON.stopped_at, PERSON.erased_at,
        )
        .select_from(_with_holders(RESPONSIBILITIES, R, contact))
        .where(
            R.district == _DISTRICT,
            R.path == func.any(bindparam("paths", type_=ARRAY(Text))),
            lasts(R.since, R.until),
        )
        .order_by(R.position, func.length(R.path).desc(), R.held_by, PERSON.id)
    )  # fmt: skip


EVERYBODY = Statement(_everybody())
# Whatever was or is answered for at places; a data file is held against it.
AT_PLACES = Statement(
    among(R.path, "paths", R.id, R.path, R.held_by, R.categories, R.position, R.since, R.until, R.continues)
)
PUT = put(
    RESPONSIBILITIES,
    ["id", "path", "held_by", "post_id", "organisation_id", "categories", "position", "since", "until", "continues"],
    ["path", "held_by", "since", "continues"],
    once=["until"],  # what was ended here stays so
)
OVER = Statement(
    update(RESPONSIBILITIES)
    .where(R.district == _DISTRICT, R.id == func.any(bindparam("ids", type_=ARRAY(Uuid))))
    .values(until=bindparam("last_day", type_=Date()))
    .returning(R.id)
)
REBASE = Rebase(RESPONSIBILITIES)


_TOLD = (R.id, R.path, R.held_by, R.organisation_id, R.categories, R.since, R.until)


def go_on(which: ColumnElement[bool], **now: ColumnElement[Any]) -> Statement:
    """What the chosen rows say ends before a day, and goes on from that day with `now` in place of what it was.

    It lasts as long as it was to last. What the new holder answers for there by another row does not go on twice.
    Returns what was `begun` and `ended`, and what was `dropped` because it had not begun.
    """
    day, kept = bindparam("day", type_=Date()), RESPONSIBILITIES.alias("kept")
    here = (R.district == _DISTRICT, which, or_(R.until.is_(None), R.until >= day))
    names = ["path", "held_by", "post_id", "organisation_id", "categories", "position", "until"]
    new = {name: now.get(name, R[name]) for name in names}
    since = func.greatest(R.since, day)
    answered = exists().where(
        kept.c.district == _DISTRICT, kept.c.path == new["path"], kept.c.held_by == new["held_by"],
        kept.c.categories.contains(R.categories), kept.c.since <= since,
        or_(kept.c.until.is_(None), kept.c.until >= R.until),
    )  # fmt: skip
    rows = select(R.district, func.gen_random_uuid(), R.id, since, *new.values())
    rows = rows.where(*here, new["path"].is_not(None), ~answered)
    made = insert(RESPONSIBILITIES).from_select(["district", "id", "continues", "since", *names], rows)
    steps = {
        "begun": made,
        "ended": update(RESPONSIBILITIES).where(*here, R.since < day).values(until=day - 1),
        "dropped": delete(RESPONSIBILITIES).where(*here, R.since >= day),
    }
    return Statement(
        union_all(
            *(
                select(literal_column(f"'{name}'", Text()).label("step"), step.returning(*_TOLD).cte(name))
                for name, step in steps.items()
            )
        )
    )


# At another place, or nowhere any more (null).
HAND_OVER = go_on(R.path == bindparam("old", type_=Text()), path=bindparam("new", type_=Text()))
# With seats that are given up.
LEAVE = go_on(R.post_id == func.any(bindparam("posts", type_=ARRAY(Uuid))), path=cast(null(), Text()))
