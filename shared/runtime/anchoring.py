"""The worker's part of the anchors: every few minutes the sealed heads go to a file, and perhaps to another host."""

import asyncio
from functools import cache
from pathlib import Path
from typing import Self

import structlog
from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import select

from shared.kernel.errors import LinliError
from shared.runtime.anchors import AnchorFile, Head
from shared.runtime.db import Statement, fetch_all
from shared.runtime.ids import new_id
from shared.runtime.service import Service
from shared.runtime.settings import Key
from shared.runtime.tables import Schema
from shared.runtime.webhooks import NotDelivered, check_target, deliver, sign

log = structlog.get_logger()
_SEND_S = 10.0
_OK = range(200, 300)


class AnchorSettings(BaseSettings):
    """What a worker reads besides its service's settings. The database's owner must not hold the key."""

    model_config = SettingsConfigDict(env_prefix="LINLI_", extra="ignore", frozen=True, env_ignore_empty=True)

    anchor_dir: Path | None = Field(
        None, description="Folder outside the database where the journal's heads are remembered; none: they are not."
    )
    anchor_key: Key | None = Field(None, description="Ed25519 seed (base64 of 32 bytes) that signs the anchors.")
    anchor_interval_s: float = Field(300.0, gt=0, description="How often heads are remembered, seconds.")
    anchor_url: str = Field("", description="Where anchors are sent as well, as a signed webhook (https).")
    anchor_secret: SecretStr | None = Field(None, description="Secret of that webhook, `whsec_…`.")

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.anchor_dir is not None and self.anchor_key is None:
            raise ValueError("LINLI_ANCHOR_DIR needs LINLI_ANCHOR_KEY, which signs what is written there")
        if self.anchor_url and (self.anchor_dir is None or self.anchor_secret is None):
            raise ValueError("LINLI_ANCHOR_URL needs LINLI_ANCHOR_DIR and LINLI_ANCHOR_SECRET")
        return self


class Anchoring:
    """One worker's rounds. Only heads that moved on since its last one are written again."""

    def __init__(self, service: Service, settings: AnchorSettings) -> None:
        if settings.anchor_dir is None or settings.anchor_key is None:
            raise ValueError("there is no folder for anchors")
        self._service, self._settings = service, settings
        self._file = AnchorFile(settings.anchor_dir, service.name, settings.anchor_key.get_secret_value())
        self._known: dict[str, int] = {}

    async def for_ever(self) -> None:
        """A round every `anchor_interval_s`; what cannot be written now is tried again."""
        while True:
            try:
                await self.once()
            except (LinliError, OSError) as error:
                log.warning("anchors are not written", reason=type(error).__name__)
            await asyncio.sleep(self._settings.anchor_interval_s)

    async def once(self) -> int:
        """Remembers the heads that moved on; returns how many."""
        async with self._service.db.connection() as connection:
            rows = await fetch_all(connection, _heads(self._service.schema))
        heads = [
            Head(row["district"], row["position"], row["hash"].hex(), row["sealed_to"])
            for row in rows
            if row["position"] > 0 and self._known.get(row["district"]) != row["position"]
        ]
        if not heads:
            return 0
        lines = await asyncio.to_thread(self._file.append, heads, self._service.db.now())
        self._known |= {head.district: head.position for head in heads}
        await self._send(lines)
        return len(heads)

    async def _send(self, lines: list[bytes]) -> None:
        """To the other host, once: a line that gets lost there is vouched for by every later one."""
        url, secret = self._settings.anchor_url, self._settings.anchor_secret
        if not url or secret is None:
            return
        running = self._service.settings
        body = b'{"type":"journal.anchors","anchors":[' + b",".join(lines) + b"]}"
        try:
            target = await check_target(
                url,
                allow_loopback=running.env == "dev",
                allowed=running.allowed_networks,
                ports=running.allowed_ports,
            )
            headers = sign(secret.get_secret_value(), new_id().hex, self._service.db.now(), body)
            answer = await deliver(url, target, headers, body, timeout_s=_SEND_S)
        except (LinliError, NotDelivered) as error:
            log.warning("anchors are not sent", reason=type(error).__name__)
            return
        if answer.status not in _OK:
            log.warning("anchors are not taken", status=answer.status)


@cache
def _heads(schema: Schema) -> Statement:
    """Every district's: a read without a lock, like the dispatcher's list of districts."""
    h = schema.seal_heads
    return Statement(select(h.c.district, h.c.position, h.c.hash, h.c.sealed_to).order_by(h.c.district))
