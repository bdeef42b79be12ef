"""Every statement of imports."""

from functools import cache

from sqlalchemy import (
    ARRAY,
    DateTime,
    Integer,
    LargeBinary,
    Text,
    Uuid,
    and_,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    null,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.sql.elements import ColumnElement

from services.hierarchy.schema import SCHEMA
from services.hierarchy.workbooks import due
from services.hierarchy.workbooks.tables import FAULTS, IMPORTS, PIECES
from shared.runtime.bulk import Rebase
from shared.runtime.changes import Change
from shared.runtime.db import Statement
from shared.runtime.scoping import in_scopes

I, P, F, J = IMPORTS.c, PIECES.c, FAULTS.c, SCHEMA.jobs.c  # noqa: E741 - imports
_DISTRICT = bindparam("district", type_=Text())
_HERE = I.district == _DISTRICT
_THIS = and_(_HERE, I.id == bindparam("id", type_=Uuid()))
_OF = bindparam("import_id", type_=Uuid())
_PART = and_(P.district == _DISTRICT, P.import_id == _OF, P.part == bindparam("part", type_=Text()))

RECEIVE = Change(
    SCHEMA,
    insert(IMPORTS)
    .values(
        district=_DISTRICT,
        **{name: bindparam(name, type_=I[name].type) for name in (
            "id", "step", "kind", "mode", "place", "path", "file_name", "size", "sha256", "made_by",
            "kept_until")},
    )
    .returning(I.id),
)  # fmt: skip
BY_ID = Statement(select(IMPORTS).where(_THIS))
_moved = (
    update(IMPORTS)
    .where(_THIS, I.version == bindparam("version", type_=Integer()))
    .values(step=bindparam("to_step", type_=Text()), version=I.version + 1)
)
_KEPT = bindparam("kept_until", type_=DateTime(timezone=True))
MOVE = Change(SCHEMA, _moved.values(kept_until=_KEPT).returning(IMPORTS))
END = Change(
    SCHEMA,
    _moved.values(
        ended_at=func.now(), kept_until=null(), failure=bindparam("failure", type_=Text()), preview=null()
    ).returning(IMPORTS),
)
KEEP_ON = Statement(
    update(IMPORTS)
    .where(_THIS, I.version == bindparam("version", type_=Integer()))
    .values(kept_until=_KEPT)
    .returning(I.id)
)
_FOUND = ("rows", "valid", "wrong", "faults", "ignored", "batches")
CHECKED = Change(
    SCHEMA,
    _moved.values(
        **{name: bindparam(name, type_=Integer()) for name in _FOUND},
        columns=bindparam("columns", type_=JSONB()),
        preview=bindparam("preview", type_=LargeBinary()),
        kept_until=_KEPT,
    ).returning(IMPORTS),
)
_COUNTED = ("added", "changed", "unchanged", "left_out")
# The position is the guard: a batch that was applied is never applied again.
ADVANCE = Change(
    SCHEMA,
    update(IMPORTS)
    .where(_THIS, I.step == literal_column("'applying'"), I.position == bindparam("position", type_=Integer()))
    .values(
        position=bindparam("to_position", type_=Integer()),
        version=I.version + 1,
        **{name: I[name] + bindparam(name, type_=Integer()) for name in _COUNTED},
    )
    .returning(IMPORTS),
)
HOLD = Statement(select(I.id).where(_THIS, I.step == literal_column("'applying'")).with_for_update())
COUNT_FAULTS = Statement(
    update(IMPORTS)
    .where(_THIS)
    .values(
        wrong=I.wrong + bindparam("more_wrong", type_=Integer()),
        faults=I.faults + bindparam("more_faults", type_=Integer()),
    )
    .returning(I.id)
)

PUT_PIECE = Statement(
    insert(PIECES)
    .values(
        district=_DISTRICT,
        import_id=_OF,
        part=bindparam("part", type_=Text()),
        number=bindparam("number", type_=Integer()),
        content=bindparam("content", type_=LargeBinary()),
    )
    .returning(P.number)
)
PIECE = Statement(select(P.number, P.content).where(_PART, P.number == bindparam("number", type_=Integer())))
PIECES_OF = Statement(select(P.number, P.content).where(_PART).order_by(P.number))
DROP_PART = Statement(delete(PIECES).where(_PART).returning(P.number))
DROP_PIECES = Statement(delete(PIECES).where(P.district == _DISTRICT, P.import_id == _OF).returning(P.number))
_given = (
    func.unnest(bindparam("numbers", type_=ARRAY(Integer())), bindparam("contents", type_=ARRAY(LargeBinary())))
    .table_valued("row_number", "content", name="given")
    .render_derived()
)
_faults = postgresql_insert(FAULTS).from_select(
    ["district", "import_id", "row_number", "content"], select(_DISTRICT, _OF, _given.c.row_number, _given.c.content)
)
PUT_FAULTS = Statement(
    _faults.on_conflict_do_update(
        index_elements=["district", "import_id", "row_number"], set_={"content": _faults.excluded.content}
    ).returning(F.row_number)
)
_OF_IMPORT = and_(F.district == _DISTRICT, F.import_id == _OF)
FAULTS_AFTER = Statement(
    select(F.row_number, F.content)
    .where(_OF_IMPORT, F.row_number > bindparam("after", type_=Integer()))
    .order_by(F.row_number)
    .limit(bindparam("limit", type_=Integer()))
)
DROP_FAULTS = Statement(delete(FAULTS).where(_OF_IMPORT).returning(F.row_number))
REBASE = Rebase(IMPORTS)
# Jobs that were given up: few, and they have an index of their own.
_GIVEN_UP = and_(
    J.district == _DISTRICT,
    J.dead_at.is_not(None),
    J.name.in_([literal_column(f"'{kind.name}'") for kind in (due.CHECK, due.APPLY)]),
    J.args["import_id"].astext == func.any(bindparam("imports", type_=ARRAY(Text()))),
)
STALLED = Statement(select(J.args["import_id"].astext.label("import_id")).where(_GIVEN_UP))
DROP_STALLED = Statement(delete(SCHEMA.jobs).where(_GIVEN_UP).returning(J.last_error))


@cache
def listed(*, following: bool) -> Statement:
    """A page of imports in the scopes, the newest first."""
    more: tuple[ColumnElement[bool], ...] = (I.id < bindparam("before", type_=Uuid()),) if following else ()
    return Statement(
        select(IMPORTS)
        .where(_HERE, in_scopes(I.path, "scopes", "scope_ends"), *more)
        .order_by(I.id.desc())
        .limit(bindparam("limit", type_=Integer()))
    )
