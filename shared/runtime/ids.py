"""Ids and human numbers, both made without asking anybody: no counter row, no contention."""

import os
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import uuid_utils

# Crockford's base 32: no I, L, O, U, so that a number read out on the phone is not misheard.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_DIGITS = _ALPHABET * 8  # by any byte
_CHINA = ZoneInfo("Asia/Shanghai")


def new_id() -> UUID:
    """A UUIDv7: time-ordered, so that B-tree inserts go to the right edge."""
    return UUID(int=uuid_utils.uuid7().int)


def new_number(now: datetime) -> str:
    """A number for people, such as `20261122-7K3F9Q`: the day in China and 30 random bits; unique by key."""
    return f"{now.astimezone(_CHINA):%Y%m%d}-" + _digits(os.urandom(6))


def _digits(random: bytes) -> str:
    return "".join(_DIGITS[byte] for byte in random)
