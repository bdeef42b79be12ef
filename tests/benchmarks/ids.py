"""Ids of generated rows: UUIDv7 in form and order, and computable from a number, in Python and in SQL alike."""

import time
from uuid import UUID

_OLD = 0x019B_0000_0000  # a moment in December 2025: sorts before everything that is made while measuring


def old_id(number: int, kind: int = 0) -> UUID:
    """The id of generated row `number`; `kind` keeps the tables' ids apart."""
    return UUID(int=_OLD << 80 | 0x7000 << 64 | (0x8000 | kind) << 48 | number)


def old_id_sql(number: str, kind: int = 0) -> str:
    """The same as an SQL expression over a bigint expression."""
    return _sql(_OLD, kind, number)


def fresh_prefix() -> int:
    """Milliseconds now: ids made with it sort after all others."""
    return time.time_ns() // 1_000_000


def fresh_id_sql(prefix: int, number: str, kind: int = 0) -> str:
    """An id after all others as an SQL expression; `number` must not come twice with one prefix and kind."""
    return _sql(prefix, kind, number)


def _sql(milliseconds: int, kind: int, number: str) -> str:
    digits = f"{milliseconds:012x}"
    head = f"{digits[:8]}-{digits[8:]}-7000-{0x8000 | kind:04x}-"
    return f"('{head}' || lpad(to_hex(({number})::bigint), 12, '0'))::uuid"
