"""hierarchy: venues that are open, visited, booked and lend things; rosters with shifts and swaps; contact sheets.

New columns of venues have constant defaults, so that what runs before this goes on inserting rows without them.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "857c3bece3b7"
down_revision = "00c3e7f5d19f"
branch_labels = None
depends_on = None

SCHEMA = "hierarchy"
CODE = sa.Text(collation="C")
MOMENT = sa.DateTime(timezone=True)
TABLES = ["venue_days", "venue_visits", "bookings", "loan_items", "loans", "rosters", "roster_members", "shifts",
          "swaps", "contact_sheets", "post_numbers"]  # fmt: skip
VENUE = ["version", "step", "part_of", "amenities", "capacity", "approval", "phone", "hours"]


def _table(name: str, key: list[str], *columns: sa.Column[Any] | sa.CheckConstraint) -> None:
    district = sa.Column("district", CODE, nullable=False)
    op.create_table(name, district, *columns, sa.PrimaryKeyConstraint(*key, name=f"pk_{name}"), schema=SCHEMA)


def _index(name: str, table: str, *columns: str, unique: bool = False) -> None:
    op.create_index(name, table, list(columns), unique=unique, schema=SCHEMA)


def _id(name: str = "id", *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Uuid(), nullable=nullable)


def _text(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _code(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, CODE, nullable=nullable)


def _number(name: str, default: str | None = None, *, nullable: bool = False) -> sa.Column[Any]:
    chosen = None if default is None else sa.text(default)
    return sa.Column(name, sa.Integer(), server_default=chosen, nullable=nullable)


def _at(name: str, *, now: bool = False, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, MOMENT, server_default=sa.text("now()") if now else None, nullable=nullable)


def upgrade() -> None:
    _venues()
    _bookings_and_loans()
    _rosters()
    _sheets()


def _venues() -> None:
    texts = postgresql.ARRAY(sa.Text())
    for column in (
        _number("version", "1"),
        sa.Column("step", sa.Text(), server_default=sa.text("'open'"), nullable=False),
        _id("part_of", nullable=True),
        sa.Column("amenities", texts, server_default=sa.text("'{}'"), nullable=False),
        _number("capacity", nullable=True),
        sa.Column("approval", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        _text("phone", nullable=True),
        sa.Column("hours", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
    ):
        op.add_column("venues", column, schema=SCHEMA)
    _table(
        "venue_days",
        ["district", "venue_id", "day"],
        _id("venue_id"),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("parts", postgresql.JSONB(), nullable=False),
        _text("reason"),
    )
    _table(
        "venue_visits",
        ["district", "id"],
        _id(),
        _id("venue_id"),
        sa.Column("day", sa.Date(), nullable=False),
        _code("part"),
        _number("count"),
        sa.Column("invented", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        _at("recorded_at", now=True),
        sa.CheckConstraint("count >= 0", name=op.f("ck_venue_visits_count")),
    )
    _index("uq_venue_visits_part", "venue_visits", "district", "venue_id", "day", "part", unique=True)


def _bookings_and_loans() -> None:
    _table(
        "bookings",
        ["district", "id"],
        _id(), _number("version", "1"), _id("venue_id"), _code("path"), _text("step"), _code("booker"),
        _at("begins_at"), _at("ends_at"), _number("people"), _text("purpose"), _at("created_at", now=True),
        sa.CheckConstraint("begins_at < ends_at", name=op.f("ck_bookings_forwards")),
    )  # fmt: skip
    _index("ix_bookings_venue", "bookings", "district", "venue_id", "begins_at")
    _index("ix_bookings_path", "bookings", "district", "path", "begins_at", "id")
    _index("ix_bookings_booker", "bookings", "district", "booker", "id")
    _table(
        "loan_items",
        ["district", "id"],
        _id(), _number("version", "1"), _id("venue_id"), _code("name"), _number("total"), _number("lent", "0"),
        _number("days"), _at("created_at", now=True),
        sa.CheckConstraint("lent BETWEEN 0 AND total", name=op.f("ck_loan_items_lent")),
    )  # fmt: skip
    _index("uq_loan_items_name", "loan_items", "district", "venue_id", "name", unique=True)
    _table(
        "loans",
        ["district", "id"],
        _id(), _number("version", "1"), _id("item_id"), _id("venue_id"), _code("path"), _text("step"),
        _id("borrower_id", nullable=True), sa.Column("name", sa.LargeBinary(), nullable=True),
        sa.Column("phone", sa.LargeBinary(), nullable=True), _at("lent_at", now=True), _at("due_at"),
        _at("ended_at", nullable=True),
    )  # fmt: skip
    _index("ix_loans_path", "loans", "district", "path", "due_at", "id")
    _index("ix_loans_item", "loans", "district", "item_id")
    _index("ix_loans_borrower", "loans", "district", "borrower_id", "id")


def _rosters() -> None:
    _table(
        "rosters",
        ["district", "id"],
        _id(), _code("code"), _number("version", "1"), _code("path"), _id("venue_id", nullable=True),
        _code("post_kind", nullable=True), _text("name"), sa.Column("cover", postgresql.JSONB(), nullable=True),
        _number("needed"), _text("phone", nullable=True), _text("step"), _at("created_at", now=True),
    )  # fmt: skip
    _index("uq_rosters_code", "rosters", "district", "code", unique=True)
    _index("ix_rosters_path", "rosters", "district", "path", "id")
    _index("ix_rosters_venue", "rosters", "district", "venue_id")
    _table(
        "roster_members",
        ["district", "id"],
        _id(), _id("roster_id"), _id("person_id"), _text("label"), _code("post_code", nullable=True),
        _number("position"), sa.Column("since", sa.Date(), nullable=False),
    )  # fmt: skip
    _index("uq_roster_members_person", "roster_members", "district", "roster_id", "person_id", unique=True)
    _index("ix_roster_members_person", "roster_members", "district", "person_id", "roster_id")
    _table(
        "shifts",
        ["district", "id"],
        _id(), _number("version", "1"), _id("roster_id"), _id("person_id"), _text("label"), _at("begins_at"),
        _at("ends_at"), _text("step"), _at("came_at", nullable=True), _at("left_at", nullable=True),
        sa.CheckConstraint("begins_at < ends_at", name=op.f("ck_shifts_forwards")),
    )  # fmt: skip
    _index("ix_shifts_roster", "shifts", "district", "roster_id", "begins_at")
    _index("ix_shifts_person", "shifts", "district", "person_id", "begins_at")
    _table(
        "swaps",
        ["district", "id"],
        _id(), _number("version", "1"), _id("roster_id"), _id("gives"), _id("takes", nullable=True), _id("asker"),
        _id("asked"), _text("step"), _at("lapses_at"), _at("created_at", now=True),
    )  # fmt: skip
    for of in ("asker", "asked"):
        _index(f"ix_swaps_{of}", "swaps", "district", of, "id")
    _index("ix_swaps_roster", "swaps", "district", "roster_id", "id")


def _sheets() -> None:
    _table(
        "contact_sheets",
        ["district", "id"],
        _id(), _code("path"), _number("version", "1"), sa.Column("rules", postgresql.JSONB(), nullable=False),
        _at("created_at", now=True),
    )  # fmt: skip
    _index("uq_contact_sheets_path", "contact_sheets", "district", "path", unique=True)
    _table(
        "post_numbers",
        ["district", "id"],
        _id(), _code("post_code"), sa.Column("number", sa.LargeBinary(), nullable=True), _at("changed_at", now=True),
    )  # fmt: skip
    _index("uq_post_numbers_post", "post_numbers", "district", "post_code", unique=True)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table, schema=SCHEMA)
    for column in reversed(VENUE):
        op.drop_column("venues", column, schema=SCHEMA)
