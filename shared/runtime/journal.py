"""The journal's rows: what happened, once, in order.

A row is an append-only fact: who (`actor`), did what (`event`), to which case (`subject`), from which step to which,
with data that is never personal. It is the timeline, the audit, the idempotency record and the change feed in one.
Free text stands beside it in `journal_texts`; the row holds its SHA-256, so that erasing the text breaks no chain. A
salt is part of the text and goes with it: nobody can try out afterwards which few words or which name it was.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from secrets import token_hex
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, FromClause, bindparam, literal_column, select
from sqlalchemy.dialects.postgresql import JSONB

from shared.runtime.db import Row, Statement
from shared.runtime.ids import new_id
from shared.runtime.tables import Schema

_SALT = "salt"


@dataclass(frozen=True, slots=True)
class Entry:
    """One journal row to be. `data` holds codes, ids and numbers; `text` what people wrote."""

    subject_kind: str
    event: str
    before: str | None = None
    after: str | None = None
    data: dict[str, Any] = field(default_factory=dict)
    text: dict[str, Any] | None = None
    id: UUID = field(default_factory=new_id)
    salt: str = field(default_factory=lambda: token_hex(8))

    @property
    def salted_text(self) -> dict[str, Any] | None:
        """What is kept of `text`."""
        return None if self.text is None else {**self.text, _SALT: self.salt}

    def sealed_data(self) -> dict[str, Any]:
        """`data` with the digest of the text, if there is one."""
        text = self.salted_text
        return self.data if text is None else {**self.data, "text_sha256": digest(text)}


def digest(body: dict[str, Any]) -> str:
    """SHA-256 of the canonical JSON, hexadecimal."""
    return hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).hexdigest()


SEALED = ("district", "at", "id", "actor_kind", "actor", "request_key", "fingerprint",
          "subject_kind", "subject_id", "event", "before", "after", "data")  # fmt: skip
GENESIS = bytes(32)


def canonical(row: Row | Mapping[str, Any]) -> dict[str, Any]:
    """The sealed columns of a row as JSON knows them: what is hashed, and what an export holds."""
    values = {name: row[name].hex() if isinstance(row[name], bytes) else row[name] for name in SEALED}
    return {**values, "id": str(values["id"]), "subject_id": str(values["subject_id"])}


def chain(previous: bytes, row: Row | Mapping[str, Any]) -> bytes:
    """The hash of a journal row given the hash before it."""
    written = orjson.dumps(canonical(row), option=orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z)
    return hashlib.sha256(previous + written).digest()


@cache
def by_request_key(schema: Schema) -> Statement:
    """The row that an earlier request with this key of this actor wrote."""
    j = schema.journal
    return Statement(
        select(j.c.subject_id, j.c.fingerprint).where(
            j.c.district == bindparam("district"),
            j.c.actor == bindparam("actor"),
            j.c.request_key == bindparam("request_key"),
        )
    )


def words(texts: FromClause) -> ColumnElement[Any]:
    """A text as it was written, as the column `body`."""
    return texts.c.body.op("-", return_type=JSONB())(literal_column(f"'{_SALT}'")).label("body")


@cache
def timeline(schema: Schema) -> Statement:
    """Every row about one case, oldest first, with its text where that still exists."""
    j, t = schema.journal, schema.texts
    joined = j.outerjoin(t, (t.c.district == j.c.district) & (t.c.id == j.c.id))
    return Statement(
        select(j.c.id, j.c.at, j.c.actor_kind, j.c.actor, j.c.event, j.c.before, j.c.after, j.c.data, words(t))
        .select_from(joined)
        .where(j.c.district == bindparam("district"), j.c.subject_id == bindparam("subject_id"))
        .order_by(j.c.at, j.c.id)
    )
