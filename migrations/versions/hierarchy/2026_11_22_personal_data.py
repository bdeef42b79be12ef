"""hierarchy: names are sealed like numbers, id numbers can be kept, people can be erased; looks in full are counted.

A migration has no keys: names that are there become bytes as they are, which readers still understand, and
`linli keys reseal` seals them.
"""

import sqlalchemy as sa
from alembic import op

revision = "caade3d3169d"
down_revision = "d063f1003d55"
branch_labels = None
depends_on = None

SCHEMA = "hierarchy"
CODE = sa.Text(collation="C")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.execute("ALTER TABLE hierarchy.people ALTER COLUMN name TYPE bytea USING convert_to(name, 'UTF8')")
    for column in ("name", "phone", "phone_index"):
        op.alter_column("people", column, nullable=True, schema=SCHEMA)
    op.add_column("people", sa.Column("id_number", sa.LargeBinary(), nullable=True), schema=SCHEMA)
    op.add_column("people", sa.Column("id_number_index", CODE, nullable=True), schema=SCHEMA)
    op.add_column("people", sa.Column("stopped_at", MOMENT, nullable=True), schema=SCHEMA)
    op.add_column("people", sa.Column("erased_at", MOMENT, nullable=True), schema=SCHEMA)
    op.create_index("uq_people_id_number", "people", ["district", "id_number_index"], unique=True, schema=SCHEMA)
    op.create_table(
        "reveals",
        sa.Column("district", CODE, nullable=False),
        sa.Column("actor", CODE, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("district", "actor", name="pk_reveals"),
        schema=SCHEMA,
    )


def downgrade() -> None:
    """Sealed names stay unreadable, as text; those who were erased get empty ones."""
    op.drop_table("reveals", schema=SCHEMA)
    op.drop_index("uq_people_id_number", "people", schema=SCHEMA)
    for column in ("erased_at", "stopped_at", "id_number_index", "id_number"):
        op.drop_column("people", column, schema=SCHEMA)
    op.execute("UPDATE hierarchy.people SET phone = '', phone_index = id::text WHERE phone_index IS NULL")
    op.execute("ALTER TABLE hierarchy.people ALTER COLUMN name TYPE text USING coalesce(encode(name, 'base64'), '')")
    for column in ("name", "phone", "phone_index"):
        op.alter_column("people", column, nullable=False, schema=SCHEMA)
