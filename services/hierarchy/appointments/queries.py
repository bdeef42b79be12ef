"""Every statement of posts and appointments."""

from sqlalchemy import Date, Text, Uuid, bindparam, exists, func, or_, select
from sqlalchemy.sql.elements import ColumnElement

from services.hierarchy.appointments.tables import APPOINTMENTS, POSTS
from shared.runtime.bulk import put, rebase
from shared.runtime.db import Statement
from shared.runtime.scoping import between

A, P = APPOINTMENTS.c, POSTS.c
ON = bindparam("on", type_=Date())


def held_on() -> ColumnElement[bool]:
    """Whether an appointment is in force on the day `on`."""
    return (A.since <= ON) & or_(A.until.is_(None), A.until >= ON)


_HELD = exists(select(1).where(A.district == P.district, A.post_id == P.id, held_on()))
COUNTS = Statement(
    select(
        P.kind,
        func.min(P.label).label("label"),
        P.role,
        func.count().label("count"),
        func.count().filter(_HELD).label("held"),
    )
    .where(
        P.district == bindparam("district", type_=Text()),
        *between(P.path, "path", "end"),
    )
    .group_by(P.kind, P.role)
    .order_by(P.kind)
)
ROLES = Statement(
    select(P.role, P.path, P.label)
    .select_from(APPOINTMENTS.join(POSTS, (P.district == A.district) & (P.id == A.post_id)))
    .where(
        A.district == bindparam("district", type_=Text()),
        A.person_id == bindparam("person_id", type_=Uuid()),
        P.path.is_not(None),
        held_on(),
    )
    .order_by(P.path)
)
HOLDERS = Statement(
    select(A.person_id, P.role, P.path, P.label, P.code)
    .select_from(APPOINTMENTS.join(POSTS, (P.district == A.district) & (P.id == A.post_id)))
    .where(A.district == bindparam("district", type_=Text()), P.path.is_not(None), held_on())
    .order_by(P.path, P.code)
)
IDS = Statement(select(P.id, P.code).where(P.district == bindparam("district", type_=Text())))
PUT_POSTS = put(POSTS, ["id", "code", "kind", "label", "name", "path", "organisation", "role"], ["code"])
PUT_APPOINTMENTS = put(
    APPOINTMENTS,
    ["id", "post_id", "person_id", "since", "until", "source"],
    ["post_id", "person_id", "since"],
)
REBASE = rebase(POSTS)
HISTORY = Statement(
    select(P.code, P.label, P.name, A.since, A.until, A.source)
    .select_from(APPOINTMENTS.join(POSTS, (P.district == A.district) & (P.id == A.post_id)))
    .where(A.district == bindparam("district", type_=Text()), A.person_id == bindparam("person_id", type_=Uuid()))
    .order_by(A.since, P.code)
)
