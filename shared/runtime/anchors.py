"""Anchors: what the journal's heads were, remembered outside the database.

Who owns the database can cut the journal's tail or write all of it anew, hashes and all, and the chain holds. So the
worker appends every head to a file elsewhere, one line per district that moved on: `<service>-<month>.jsonl`, synced
to the disk. A line carries the hash of the line before it, across files, and is signed with a key that the database
never sees; whoever verifies needs the public key alone. Kept on another host, or on storage that only appends, the
lines cannot be unsaid. Each one vouches for every row before it.
"""

import base64
import binascii
import contextlib
import fcntl
import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

FIRST = "0" * 64
_TAIL = 65_536


class Head(NamedTuple):
    """Where the chain of a district stood."""

    district: str
    position: int
    hash: str
    sealed_to: datetime


@dataclass(frozen=True, slots=True)
class Anchor:
    """A head as a line remembers it; `where` names the line."""

    hash: str
    at: str
    where: str


@dataclass
class Anchors:
    """What the files of one service remember: by district, by position. `broken` says where they contradict."""

    by_district: dict[str, dict[int, Anchor]] = field(default_factory=dict)
    lines: int = 0
    latest: str | None = None
    incomplete: int = 0
    broken: str | None = None


class AnchorFile:
    """Appends heads to the files of one service. Any number of workers may, one at a time."""

    def __init__(self, directory: Path, service: str, seed: bytes) -> None:
        self._directory, self._service = directory, service
        self._key = Ed25519PrivateKey.from_private_bytes(seed)

    def append(self, heads: Iterable[Head], at: datetime) -> list[bytes]:
        """Writes a line per head and returns when the disk has them. OSError where it cannot."""
        self._directory.mkdir(parents=True, exist_ok=True)
        with self._alone():
            files = files_of(self._directory, self._service)
            # Files are read in the order of their names: a clock that went back must not begin an earlier one.
            file = max([self._directory / f"{self._service}-{at:%Y-%m}.jsonl", *files[-1:]])
            previous = _last(files)
            lines = []
            for head in heads:
                lines.append(self._line(head, at, previous))
                previous = _digest(lines[-1])
            _write(file, lines)
        return lines

    def _line(self, head: Head, at: datetime, previous: str) -> bytes:
        said = {"service": self._service, "at": at, "previous": previous, **head._asdict()}
        signature = base64.b64encode(self._key.sign(_canonical(said))).decode()
        return _canonical({**said, "signature": signature})

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        lock = os.open(self._directory / f"{self._service}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)


def files_of(directory: Path, service: str) -> list[Path]:
    """The anchor files of a service, oldest first."""
    return sorted(directory.glob(f"{service}-[0-9][0-9][0-9][0-9]-[0-9][0-9].jsonl"))


def read_anchors(directory: Path, service: str, public_keys: Sequence[bytes]) -> Anchors:
    """All that the files remember, with their own chain and every signature checked.

    A line that a crash left half written is passed over: nobody was ever told that it was there.
    """
    keys = [Ed25519PublicKey.from_public_bytes(key) for key in public_keys]
    found, previous = Anchors(), FIRST
    for file in files_of(directory, service):
        for number, line in enumerate(file.read_bytes().split(b"\n"), 1):
            if not line:
                continue
            said, where = _read(line), f"{file.name}:{number}"
            if said is None:
                found.incomplete += 1
                continue
            found.broken = _contradiction(said, previous, service, keys)
            if found.broken:
                found.broken = f"{where}: {found.broken}"
                return found
            previous = _digest(line)
            _take(found, said, where)
    return found


def _take(found: Anchors, said: dict[str, Any], where: str) -> None:
    known = found.by_district.setdefault(said["district"], {})
    anchor = Anchor(said["hash"], said["at"], where)
    before = known.setdefault(said["position"], anchor)
    if before.hash != anchor.hash:
        found.broken = f"{where}: position {said['position']} of {said['district']} is another one in {before.where}"
    found.lines, found.latest = found.lines + 1, said["at"]


def _contradiction(said: dict[str, Any], previous: str, service: str, keys: Sequence[Ed25519PublicKey]) -> str | None:
    if said["previous"] != previous:
        return "does not follow the line before it: a line was changed or is missing"
    if not any(_signed(said, key) for key in keys):
        return "was not signed with the key of the anchors"
    return None if said["service"] == service else f"was written for {said['service']}"


def _signed(said: dict[str, Any], key: Ed25519PublicKey) -> bool:
    try:
        signature = base64.b64decode(said["signature"], validate=True)
        key.verify(signature, _canonical({name: value for name, value in said.items() if name != "signature"}))
    except (InvalidSignature, binascii.Error):
        return False
    return True


_FIELDS = {
    "service": str, "at": str, "previous": str, "district": str, "position": int, "hash": str, "sealed_to": str,
    "signature": str,
}  # fmt: skip


def _read(line: bytes) -> dict[str, Any] | None:
    try:
        said = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    fits = isinstance(said, dict) and all(isinstance(said.get(name), kind) for name, kind in _FIELDS.items())
    return said if fits else None


def _canonical(said: dict[str, Any]) -> bytes:
    return orjson.dumps(said, option=orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z)


def _digest(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()


def _last(files: list[Path]) -> str:
    """The hash of the last whole line."""
    for file in reversed(files):
        with file.open("rb") as stream:
            stream.seek(max(0, file.stat().st_size - _TAIL))
            for line in reversed(stream.read().split(b"\n")):
                if _read(line) is not None:
                    return _digest(line)
    return FIRST


def _write(file: Path, lines: list[bytes]) -> None:
    new = not file.exists()
    with file.open("ab") as stream:
        if stream.tell() and not _ends_whole(file):
            stream.write(b"\n")
        stream.write(b"".join(line + b"\n" for line in lines))
        stream.flush()
        os.fsync(stream.fileno())
    if new:
        directory = os.open(file.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)


def _ends_whole(file: Path) -> bool:
    with file.open("rb") as stream:
        stream.seek(-1, os.SEEK_END)
        return stream.read() == b"\n"
