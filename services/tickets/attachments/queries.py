"""Every statement on attachments. Adding one takes its share of both quotas in the same statement."""

from typing import Any

from sqlalchemy import (
    ARRAY,
    CTE,
    BigInteger,
    Integer,
    Text,
    Uuid,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.sql.elements import ColumnElement

from services.tickets.attachments.tables import ATTACHMENTS as A
from services.tickets.attachments.tables import USAGE as U
from services.tickets.schema import SCHEMA
from shared.runtime.changes import Change
from shared.runtime.db import Statement

_district = bindparam("district", type_=Text())
_here = A.c.district == _district
_this = and_(_here, A.c.id == bindparam("attachment", type_=Uuid()))
_of_appeal = and_(_here, A.c.appeal_id == bindparam("appeal", type_=Uuid()))

BY_ID = Statement(select(A).where(_this))
OF_APPEAL = Statement(select(A).where(_of_appeal).order_by(A.c.id))
OF_PERSON = Statement(
    select(A).where(_here, A.c.added_by == bindparam("person", type_=Text())).order_by(A.c.id).limit(1000)
)
KNOWN = Statement(select(A.c.id).where(_of_appeal, A.c.id == func.any(bindparam("ids", type_=ARRAY(Uuid())))))
BY_SOURCE = Statement(select(A.c.id).where(_of_appeal, A.c.source == bindparam("source", type_=Text())))
STORED = Statement(select(A.c.id).where(_here, A.c.stored_as == bindparam("stored_as", type_=Text())))
USED = Statement(
    select(U.c.about, U.c.files, U.c.bytes).where(
        U.c.district == _district, U.c.about == func.any(bindparam("abouts", type_=ARRAY(Text())))
    )
)

_J = SCHEMA.journal
ADDED_BY_REQUEST = Statement(
    select(_J.c.data).where(
        _J.c.district == _district,
        _J.c.actor == bindparam("actor", type_=Text()),
        _J.c.request_key == bindparam("request_key", type_=Text()),
    )
)


def _share(of: str) -> CTE:
    """Takes a file's share of a quota, if there is room: touches nothing otherwise. Twins wait for each other here."""
    files, most = bindparam(f"{of}_files", type_=Integer()), bindparam(f"{of}_bytes", type_=BigInteger())
    taken = upsert(U).values(
        district=_district,
        about=bindparam(f"{of}_about", type_=Text()),
        files=literal_column("1"),
        bytes=bindparam("size", type_=BigInteger()),
    )
    return (
        taken.on_conflict_do_update(
            index_elements=[U.c.district, U.c.about],
            set_={"files": U.c.files + 1, "bytes": U.c.bytes + taken.excluded.bytes},
            where=and_(U.c.files < files, U.c.bytes + taken.excluded.bytes <= most),
        )
        .returning(U.c.about)
        .cte(f"share_of_{of}")
    )


_NEW = {
    "id": "attachment", "appeal_id": "appeal", "kind": "kind", "public": "public", "name": "name",
    "media_type": "media_type", "size": "size", "sha256": "sha256", "width": "width", "height": "height",
    "stored_as": "stored_as", "preview": "preview", "step": "step", "added_by": "added_by", "source": "source",
}  # fmt: skip


def _added() -> Any:  # noqa: ANN401 - SQLAlchemy's type of it has a parameter per column
    room = exists(select(_share("appeal").c.about)), exists(select(_share("day").c.about))
    values = [bindparam(given, type_=A.c[column].type) for column, given in _NEW.items()]
    made = insert(A).from_select(["district", *_NEW], select(_district, *values).where(*room))
    return made.returning(A.c.appeal_id.label("id"), A.c.id.label("attachment"))


# Touches nothing where a quota is full; the transaction it stands in then gives back the other's share.
ADD = Change(SCHEMA, _added())


def _given_back(removed: CTE) -> CTE:
    about: ColumnElement[str] = literal_column("'appeal:'", Text()) + removed.c.id.cast(Text())
    return (
        update(U)
        .where(U.c.district == _district, U.c.about == about)
        .values(files=U.c.files - 1, bytes=U.c.bytes - removed.c.size)
        .returning(U.c.about)
        .cte("given_back")
    )


REMOVE = Change(
    SCHEMA,
    delete(A).where(_this).returning(A.c.appeal_id.label("id"), A.c.size),
    also=_given_back,
)
FORGET_DAYS = Statement(
    delete(U).where(
        U.c.district == _district,
        U.c.about >= literal_column("'day:'"),
        U.c.about < bindparam("before", type_=Text()),
    )
)
