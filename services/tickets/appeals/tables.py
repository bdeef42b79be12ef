"""The appeals table: one row is one appeal as it stands; how it came there is in the journal."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, SmallInteger, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from services.tickets.schema import SCHEMA
from shared.runtime.tables import IndexOf, district, moment, path, sealed

# How deep the prefixes go by which appeals are found: a community's path, and a grid's or an area's.
DEPTHS = (12, 16)


def prefix(depth: int) -> str:
    """The first `depth` characters of an appeal's place path, in SQL, to the letter as in the index on it."""
    return f"substr(place_path, 1, {depth})"


APPEALS = Table(
    "appeals",
    SCHEMA.metadata,
    district(),
    Column("id", Uuid, primary_key=True),
    Column("number", Text(collation="C"), nullable=False),
    Column("version", Integer, nullable=False),
    # what was reported
    Column("title", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("appeal_type", Text, nullable=False),
    Column("category", Text(collation="C")),  # null: not sorted yet, to be decided at 核实立案
    Column("urgency", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("anonymous", Boolean, nullable=False),
    Column("confidential", Boolean, nullable=False),
    moment("collected_at", nullable=True),
    # by whom: the reporter's id where they have an account; name, phone and address encrypted; who wrote it down
    Column("reporter_id", Uuid),
    Column("entered_by", Uuid),
    Column("reporter_index", LargeBinary, info={"index_of": IndexOf("contact", "phone", part="phone")}),
    sealed("contact", nullable=True),
    # where
    Column("place_code", Text(collation="C")),
    Column("place_name", Text),
    path("place_path"),
    # the hotline's side
    Column("hotline", Text(collation="C")),
    Column("order_no", Text(collation="C")),
    Column("callback_seq", BigInteger, nullable=False),
    # where it stands
    Column("step", Text(collation="C"), nullable=False),
    moment("step_since"),
    moment("step_due", nullable=True),
    Column("overdue", Boolean, nullable=False),
    Column("suspended", Boolean, nullable=False),
    Column("seconds_left", Integer),
    # who handles it: the chain as hierarchy gave it, and where in it the lead is
    Column("chain", JSONB, nullable=False),
    Column("chain_position", SmallInteger, nullable=False),
    Column("lead_post", Text(collation="C")),
    Column("lead_name", Text),
    Column("lead_person", Uuid),
    # how it ended
    Column("refused", Text),
    Column("result", Text),
    Column("public_reply", Text),
    Column("called_back", Text),
    Column("rating", SmallInteger),
    Column("merged_into", Uuid),
    moment("created_at"),
    moment("updated_at"),
    moment("closed_at", nullable=True),
    Index("uq_appeals_number", "district", "number", unique=True),
    Index(
        "uq_appeals_order",
        "district",
        "hotline",
        "order_no",
        unique=True,
        postgresql_where=text("order_no IS NOT NULL"),
    ),
    # A range of paths comes in the order of the paths; the newest below a place need equality with a prefix.
    Index("ix_appeals_community", "district", text(prefix(12)), "id"),
    Index("ix_appeals_grid", "district", text(prefix(16)), "id"),
    Index("ix_appeals_open", "district", "step", "place_path", "id", postgresql_where=text("closed_at IS NULL")),
    Index("ix_appeals_lead", "district", "lead_person", "id", postgresql_where=text("closed_at IS NULL")),
    Index("ix_appeals_reporter", "district", "reporter_id", "id", postgresql_where=text("reporter_id IS NOT NULL")),
    # For erasing: what came under a number without an account, and what was closed long enough ago.
    Index(
        "ix_appeals_reporter_index", "district", "reporter_index", postgresql_where=text("reporter_index IS NOT NULL")
    ),
    Index(
        "ix_appeals_contact_closed",
        "district",
        "closed_at",
        postgresql_where=text("contact IS NOT NULL AND closed_at IS NOT NULL"),
    ),
)
