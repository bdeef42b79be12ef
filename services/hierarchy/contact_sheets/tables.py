"""Contact sheets 联系卡: what a community makes public of those who answer for its doors, and numbers of posts.

Who answers is read from responsibility at the moment of asking; nothing of it is kept here.
"""

from sqlalchemy import Column, Index, Integer, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from services.hierarchy.schema import SCHEMA
from shared.runtime.tables import district, moment, path, sealed

SHEETS = Table(
    "contact_sheets",
    SCHEMA.metadata,
    district(),
    Column("id", Uuid, primary_key=True),
    path(),
    Column("version", Integer, nullable=False, server_default=text("1")),
    Column("rules", JSONB, nullable=False),  # rules.SheetRules
    moment("created_at", default_now=True),
    Index("uq_contact_sheets_path", "district", "path", unique=True),
)

# A number that belongs to a post and outlives its holder (值班手机). Public as it is, it is sealed like every number.
NUMBERS = Table(
    "post_numbers",
    SCHEMA.metadata,
    district(),
    Column("id", Uuid, primary_key=True),
    Column("post_code", Text(collation="C"), nullable=False),
    sealed("number", key=("post_code",), nullable=True),
    moment("changed_at", default_now=True),
    Index("uq_post_numbers_post", "district", "post_code", unique=True),
)
