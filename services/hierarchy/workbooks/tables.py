"""Imports 导入: workbooks on their way into the register, sealed until they are applied, and then gone.

`import_pieces` holds the file as it came (`file`), and once it is read its good rows (`rows`), a batch each.
"""

from sqlalchemy import Column, Index, Integer, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from services.hierarchy.schema import SCHEMA
from shared.runtime.tables import district, moment, path, sealed


def _count(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False, server_default=text("0"))


IMPORTS = Table(
    "imports",
    SCHEMA.metadata,
    district(),
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False, server_default=text("1")),
    Column("step", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("mode", Text, nullable=False),
    Column("place", Text(collation="C"), nullable=False),  # all rows lie at this place and below
    path(),
    Column("file_name", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("made_by", Text, nullable=False),
    _count("rows"),
    _count("valid"),
    _count("wrong"),  # rows with at least one fault
    _count("faults"),
    _count("ignored"),  # rows that are none, such as a line of sums
    _count("position"),  # batches applied
    _count("batches"),
    _count("added"),
    _count("changed"),
    _count("unchanged"),
    _count("left_out"),  # rows that were good when read and were not any more when applied
    Column("columns", JSONB),
    sealed("preview", nullable=True),
    Column("failure", Text),
    moment("created_at", default_now=True),
    moment("ended_at", nullable=True),
    moment("kept_until", nullable=True),  # if nobody confirms it, or goes on with it
    Index("ix_imports_path", "district", "path"),
)

PIECES = Table(
    "import_pieces",
    SCHEMA.metadata,
    district(),
    Column("import_id", Uuid, primary_key=True),
    Column("part", Text(collation="C"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    sealed("content", key=("import_id", "part", "number")),
)

FAULTS = Table(
    "import_faults",
    SCHEMA.metadata,
    district(),
    Column("import_id", Uuid, primary_key=True),
    Column("row_number", Integer, primary_key=True, autoincrement=False),
    sealed("content", key=("import_id", "row_number")),
)
