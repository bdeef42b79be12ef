"""Refresh tokens: how they are made, and where one stands in its session. Pure.

A refresh token is `district.secret`; the secret's first half names the family (one session, one device) and stays, its
second half is the turn's, replaced at each refresh. Whoever comes with the right family and a turn that is over has
held a token of this session: a device that lost an answer seconds ago, or a thief, or the robbed. Only the first is
told apart from the others, by the clock and by having the turn just before the present one.
"""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from datetime import datetime
from enum import Enum, auto
from typing import Any, NamedTuple

_HALF = 16  # bytes: 128 random bits for the family and 128 for the turn
_WRITTEN = re.compile(r"^([1-9][0-9]{5})\.([A-Za-z0-9_-]{43})$")


class RefreshToken(NamedTuple):
    """A refresh token in its parts."""

    district: str
    family: bytes
    turn: bytes

    def written(self) -> str:
        """As clients keep it."""
        return f"{self.district}." + base64.urlsafe_b64encode(self.family + self.turn).decode().rstrip("=")

    def following(self) -> "RefreshToken":
        """The same family's next one."""
        return self._replace(turn=secrets.token_bytes(_HALF))

    def sealing(self, following: "RefreshToken") -> bytes:
        """The following turn, readable only with this token: its 128 random bits key a pad that is used this once."""
        pad = hmac.digest(self.turn, b"linli refresh successor", "sha256")
        return bytes(a ^ b for a, b in zip(following.turn, pad, strict=False))

    def unsealing(self, successor: bytes) -> "RefreshToken":
        """The following token again."""
        return self._replace(turn=self.sealing(self._replace(turn=successor)))


def first_token(district: str) -> RefreshToken:
    """The first one of a new family."""
    return RefreshToken(district, secrets.token_bytes(_HALF), secrets.token_bytes(_HALF))


def read_token(written: str) -> RefreshToken | None:
    """The parts of a token; None for what is none of ours."""
    found = _WRITTEN.match(written)
    if found is None:
        return None
    try:
        secret = base64.urlsafe_b64decode(found[2] + "=")
    except binascii.Error:
        return None
    return RefreshToken(found[1], secret[:_HALF], secret[_HALF:])


def hashed(half: bytes) -> bytes:
    """What is stored. The half is random, so a plain hash is as good as a slow one."""
    return hashlib.sha256(half).digest()


class Standing(Enum):
    """Where a token stands in its session."""

    PRESENT = auto()
    JUST_BEFORE = auto()  # the answer may have been lost: it gets the same successor again
    OVER = auto()  # the session ended or ran out
    REUSED = auto()


def standing(session: Mapping[str, Any], turn: bytes, now: datetime) -> Standing:
    """Where the turn with this hash stands in the session's row."""
    if session["ended_at"] is not None or now >= min(session["ends_at"], session["idle_ends_at"]):
        return Standing.OVER
    if hmac.compare_digest(session["turn"], turn):
        return Standing.PRESENT
    if session["previous"] is not None and hmac.compare_digest(session["previous"], turn):
        return Standing.JUST_BEFORE if now < session["previous_until"] else Standing.REUSED
    return Standing.REUSED
