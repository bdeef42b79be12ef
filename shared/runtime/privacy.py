"""Personal data at rest: sealed fields, blind indexes, and the masks that everybody sees.

A sealed field is `suite (1 byte) | length of key id (1) | key id | nonce (12) | ciphertext and tag`.
Suite and key id are in every row, so old rows open after either has changed. The header and `bound_to`
("district|table|column|row id") are authenticated: a ciphertext copied to another row does not open
there. Every configured key has 32 bytes; each suite works with a key derived from it, so one set of keys
serves both suites.
"""

import os
import re
import unicodedata
from collections.abc import Mapping
from typing import Literal, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

Suite = Literal["aes-256-gcm", "sm4-gcm"]
_NUMBERS: dict[Suite, int] = {"aes-256-gcm": 1, "sm4-gcm": 2}
_SUITES: dict[int, Suite] = {number: suite for suite, number in _NUMBERS.items()}
_KEY, _NONCE, _TAG = 32, 12, 16


class CannotOpen(Exception):
    """Not one of ours, moved from another row, tampered with, or its key is gone; never a caller's doing."""


class _Header(NamedTuple):
    suite: Suite
    key_id: str
    raw: bytes


class Vault:
    """Seals and opens fields with `keys`; new rows use `current` and `suite`."""

    def __init__(
        self,
        keys: Mapping[str, bytes],
        current: str,
        index_key: bytes,
        suite: Suite = "aes-256-gcm",
        index_key_before: bytes | None = None,
    ) -> None:
        before = () if index_key_before is None else (index_key_before,)
        if current not in keys:
            raise ValueError(f"the current key {current!r} is not among the keys {sorted(keys)}")
        if any(len(key) != _KEY for key in (*keys.values(), index_key, *before)):
            raise ValueError(f"every key needs {_KEY} bytes")
        if not {index_key, *before}.isdisjoint(keys.values()):
            raise ValueError("the index key must not be a data key as well")
        if not all(1 <= len(key_id.encode()) <= 255 for key_id in keys):  # noqa: PLR2004 - one length byte
            raise ValueError("a key id has 1 to 255 bytes")
        self._current, self._suite = current, suite
        # While an index is made anew, what is not yet is found by the key before, under either hash.
        now = (index_key, suite)
        self._indexes = [now, *((key, old) for key in before for old in _NUMBERS if (key, old) != now)]
        self._keys = {(name, i): _derived(key, name) for name in _NUMBERS for i, key in keys.items()}

    def seal(self, text: str, *, bound_to: str) -> bytes:
        """The text as ciphertext that opens only with the same `bound_to`."""
        header = self.heading
        nonce, data = os.urandom(_NONCE), header + bound_to.encode()
        key = self._keys[self._suite, self._current]
        if self._suite == "aes-256-gcm":
            return header + nonce + AESGCM(key).encrypt(nonce, text.encode(), data)
        sealing = Cipher(algorithms.SM4(key), modes.GCM(nonce)).encryptor()
        sealing.authenticate_additional_data(data)
        return header + nonce + sealing.update(text.encode()) + sealing.finalize() + sealing.tag

    def open(self, blob: bytes, *, bound_to: str) -> str:
        """The text again. CannotOpen if the blob, its place or its key is not the right one."""
        suite, key_id, header = _header(blob)
        key = self._keys.get((suite, key_id))
        if key is None:
            raise CannotOpen(f"key {key_id!r} is not configured")
        nonce, sealed = blob[len(header) :][:_NONCE], blob[len(header) + _NONCE :]
        data = header + bound_to.encode()
        try:
            if suite == "aes-256-gcm":
                return AESGCM(key).decrypt(nonce, sealed, data).decode()
            opening = Cipher(algorithms.SM4(key), modes.GCM(nonce, sealed[-_TAG:])).decryptor()
            opening.authenticate_additional_data(data)
            return (opening.update(sealed[:-_TAG]) + opening.finalize()).decode()
        except (InvalidTag, ValueError) as error:
            raise CannotOpen("changed, or moved from another row") from error

    def is_current(self, blob: bytes) -> bool:
        """Whether it is sealed with today's key and suite; a re-sealing job looks for the others."""
        suite, key_id, _ = _header(blob)
        return (suite, key_id) == (self._suite, self._current)

    @property
    def heading(self) -> bytes:
        """How every field begins that is sealed today."""
        key_id = self._current.encode()
        return bytes([_NUMBERS[self._suite], len(key_id)]) + key_id

    @property
    def reindexing(self) -> bool:
        """Whether a key before is given: an index may still be of that one."""
        return len(self._indexes) > 1

    def blind_index(self, value: str, *, purpose: str, district: str) -> bytes:
        """32 bytes to look `value` up by. The purpose `phone` compares numbers however they are written."""
        return self.blind_indexes(value, purpose=purpose, district=district)[0]

    def blind_indexes(self, value: str, *, purpose: str, district: str) -> list[bytes]:
        """What rows may hold as the index of `value`: today's first, and those from before while they are replaced."""
        if "\0" in purpose or "\0" in district:
            raise ValueError("purpose and district are names of ours, without NUL")
        compared = normal_phone(value) if purpose == "phone" else unicodedata.normalize("NFKC", value).strip()
        message = f"{district}\0{purpose}\0{compared}".encode()
        return [_mac(key, suite, message) for key, suite in self._indexes]

    def fingerprints(self, digest: bytes) -> list[bytes]:
        """What rows may hold as the fingerprint of a request with this digest, today's first.

        The journal keeps them for good: without the key nobody can try out which phone number a request named.
        """
        return [_mac(key, suite, b"\0request\0" + digest) for key, suite in self._indexes]


def bound_to(district: str, table: str, column: str, *key: object) -> str:
    """What a sealed field is bound to: its row and column, as every slice spells it."""
    return "|".join((district, table, column, *map(str, key)))


def normal_phone(text: str) -> str:
    """The number's digits: full-width digits, blanks, hyphens and the prefix +86 make no difference.

    A foreign number keeps its `+`. What holds no digit at all comes back as it is, for the schema to refuse.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    digits = re.sub(r"[^0-9]", "", plain)
    if plain.startswith("+") and not digits.startswith("86"):
        return f"+{digits}"
    return re.sub(r"^(?:0086|86)(?=1[3-9]\d{9}$)", "", _without_plus(plain, digits)) or plain


def mask_phone(phone: str) -> str:
    """`138****0000`; other numbers keep what remains beside four stars."""
    digits = normal_phone(phone)
    return f"{digits[:-8]}****{digits[-4:]}" if len(digits) >= 8 else "****"  # noqa: PLR2004 - four stars, four digits


def mask_name(name: str) -> str:
    """`张*`, however long the name is."""
    stripped = name.strip()
    return f"{stripped[0]}*" if len(stripped) > 1 else "*" * len(stripped)


def mask_id_number(number: str) -> str:
    """`3201**********1234`."""
    return f"{number[:4]}{'*' * 10}{number[-4:]}" if len(number) == 18 else "****"  # noqa: PLR2004 - GB 11643


def _mac(key: bytes, suite: Suite, message: bytes) -> bytes:
    mac = HMAC(key, hashes.SM3() if suite == "sm4-gcm" else hashes.SHA256())
    mac.update(message)
    return mac.finalize()


def _without_plus(plain: str, digits: str) -> str:
    return digits.removeprefix("86") if plain.startswith("+") else digits


def _derived(key: bytes, suite: Suite) -> bytes:
    algorithm, length = (hashes.SHA256(), 32) if suite == "aes-256-gcm" else (hashes.SM3(), 16)
    return HKDFExpand(algorithm, length, f"linli field {suite}".encode()).derive(key)


def _header(blob: bytes) -> _Header:
    suite = _SUITES.get(blob[0]) if len(blob) > 1 else None
    if suite is None or len(blob) < 2 + blob[1] + _NONCE + _TAG:
        raise CannotOpen("not a sealed field")
    raw = blob[: 2 + blob[1]]
    return _Header(suite, raw[2:].decode("utf-8", "replace"), raw)
