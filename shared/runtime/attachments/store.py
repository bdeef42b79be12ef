"""Where files lie: a folder (`file:///…`) or an S3-compatible store (`s3://bucket/prefix`), by setting, by obstore.

A name is random and made by us; the name that a client gave is never part of it. It begins with the district and the
day: `141021/20261122/3f…`.
"""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, cast
from urllib.parse import unquote, urlsplit

import obstore
import structlog
from obstore.exceptions import BaseError
from obstore.store import LocalStore, S3Store
from pydantic import SecretStr

from shared.kernel.errors import Unavailable

if TYPE_CHECKING:
    from obstore.store import S3Config

log = structlog.get_logger()
_CHUNK = 256 * 1024


class FileGone(Exception):
    """There is no file of this name."""


@dataclass(frozen=True)
class Address:
    """The store's address, and for S3 how to get in."""

    url: str
    endpoint: str | None = None
    region: str | None = None
    key_id: str | None = None
    secret: SecretStr | None = None
    allow_http: bool = False


def new_name(district: str, now: datetime) -> str:
    """A name that nobody can guess."""
    return f"{district}/{now:%Y%m%d}/{secrets.token_hex(16)}"


class FileStore:
    """Opened at first use. Unavailable (503) where the store does not answer."""

    def __init__(self, address: Address) -> None:
        self._address = address
        parts = urlsplit(address.url)
        if parts.scheme not in ("file", "s3"):
            raise ValueError(f"LINLI_FILES_URL must begin with file:/// or s3://, not {parts.scheme!r}")
        self._folder = Path(unquote(parts.path)) if parts.scheme == "file" else None
        self._bucket, self._prefix = parts.netloc, parts.path.strip("/")

    @cached_property
    def _store(self) -> LocalStore | S3Store:
        if self._folder is not None:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            return LocalStore(self._folder)
        address = self._address
        given: dict[str, str | None] = {
            "endpoint": address.endpoint,
            "region": address.region,
            "access_key_id": address.key_id,
            "secret_access_key": address.secret.get_secret_value() if address.secret else None,
        }
        config = cast("S3Config", {name: value for name, value in given.items() if value})
        return S3Store(
            self._bucket,
            prefix=self._prefix or None,
            config=config,
            client_options={"allow_http": address.allow_http, "timeout": "8s", "connect_timeout": "2s"},
            retry_config={"max_retries": 1},
        )

    async def put(self, name: str, content: bytes) -> None:
        """Stores it whole or not at all; when this returns it outlives a loss of power."""
        try:
            await obstore.put_async(self._store, name, content)
            if self._folder is not None:
                await asyncio.to_thread(_flush, self._folder / name)
        except (BaseError, OSError) as error:
            raise self._away(error) from error

    async def read(self, name: str) -> AsyncIterator[bytes]:
        """The content in pieces. FileGone where there is none; both before the first piece."""
        try:
            found = await obstore.get_async(self._store, name)
        except FileNotFoundError as error:
            raise FileGone from error
        except (BaseError, OSError) as error:
            raise self._away(error) from error
        return _pieces(found.stream(min_chunk_size=_CHUNK))

    async def remove(self, *names: str) -> None:
        """Removes what is there of these."""
        for name in names:
            try:
                await obstore.delete_async(self._store, name)
            except FileNotFoundError:
                continue
            except (BaseError, OSError) as error:
                raise self._away(error) from error

    @staticmethod
    def _away(error: Exception) -> Unavailable:
        log.error("the file store does not answer", reason=type(error).__name__)
        return Unavailable(retry_after=2)


async def _pieces(stream: "obstore.BytesStream") -> AsyncIterator[bytes]:
    async for piece in stream:
        yield bytes(piece)


def _flush(file: Path) -> None:
    """Obstore writes to a draft and renames it; the disk is only told here."""
    for path in (file, file.parent, file.parent.parent):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
