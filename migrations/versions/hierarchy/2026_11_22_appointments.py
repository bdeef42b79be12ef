"""hierarchy: the life of appointments; candidacies; records of duties, badges, equipment, mentors and awards.

New columns of appointments have constant defaults, so that what runs before this goes on inserting rows without them.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "35ecda4944a1"
down_revision = "b13fbac50598"
branch_labels = None
depends_on = None

SCHEMA = "hierarchy"
CODE = sa.Text(collation="C")
MOMENT = sa.DateTime(timezone=True)


def _table(name: str, *columns: sa.Column[Any]) -> None:
    district = sa.Column("district", CODE, nullable=False)
    identity = sa.Column("id", sa.Uuid(), nullable=False)
    key = sa.PrimaryKeyConstraint("district", "id", name=f"pk_{name}")
    op.create_table(name, district, identity, *columns, key, schema=SCHEMA)


def _index(name: str, table: str, *columns: str, unique: bool = False, where: str | None = None) -> None:
    condition: dict[str, Any] = {"postgresql_where": sa.text(where)} if where else {}
    op.create_index(name, table, list(columns), unique=unique, schema=SCHEMA, **condition)


def _version() -> sa.Column[Any]:
    return sa.Column("version", sa.Integer(), nullable=False, server_default=sa.text("1"))


def _id(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Uuid(), nullable=nullable)


def _created() -> sa.Column[Any]:
    return sa.Column("created_at", MOMENT, nullable=False, server_default=sa.text("now()"))


def upgrade() -> None:
    _appointments()
    _candidacies()
    _records()


def _appointments() -> None:
    step = sa.Column("step", sa.Text(), nullable=False, server_default=sa.text("'serving'"))
    candidacy, successor = _id("candidacy_id", nullable=True), _id("successor_id", nullable=True)
    for column in (_version(), step, sa.Column("term_ends", sa.Date()), candidacy, successor):
        op.add_column("appointments", column, schema=SCHEMA)


def _candidacies() -> None:
    _table(
        "candidacies",
        _version(),
        _id("post_id"),
        sa.Column("path", CODE, nullable=False),
        _id("person_id"),
        sa.Column("origin", sa.Text(), nullable=False),
        _id("recommender_id", nullable=True),
        sa.Column("employer", CODE),
        sa.Column("in_favour", sa.Text()),
        sa.Column("criteria", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("scores", postgresql.JSONB(), nullable=False, server_default=sa.text("'{}'::jsonb")),
        sa.Column("step", sa.Text(), nullable=False),
        _id("appointment_id", nullable=True),
        _created(),
        sa.Column("closed_at", MOMENT),
    )
    named = "recommender_id IS NOT NULL"
    _index("uq_candidacies_open", "candidacies", "district", "post_id", "person_id", unique=True,
           where="closed_at IS NULL")  # fmt: skip
    _index("ix_candidacies_path", "candidacies", "district", "path", "id")
    _index("ix_candidacies_person", "candidacies", "district", "person_id", "id")
    _index("ix_candidacies_recommender", "candidacies", "district", "recommender_id", where=named)


def _records() -> None:
    _table(
        "records",
        _version(),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("path", CODE, nullable=False),
        *(_id(name, nullable=True) for name in ("person_id", "post_id", "mentor_id")),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date()),
        sa.Column("step", sa.Text(), nullable=False, server_default=sa.text("'open'")),
        _created(),
    )
    _index("ix_records_path", "records", "district", "path", "id")
    for name in ("person", "mentor", "post"):
        _index(f"ix_records_{name}", "records", "district", f"{name}_id", "id", where=f"{name}_id IS NOT NULL")


def downgrade() -> None:
    op.drop_table("records", schema=SCHEMA)
    op.drop_table("candidacies", schema=SCHEMA)
    for name in ("successor_id", "candidacy_id", "term_ends", "step", "version"):
        op.drop_column("appointments", name, schema=SCHEMA)
