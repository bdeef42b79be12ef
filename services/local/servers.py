"""The embedded PostgreSQL and Valkey alone, for tests, benchmarks and demonstrations."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from services.local.home import Home
from services.local.output import Output
from services.local.postgres import EmbeddedPostgres
from services.local.supervisor import Supervisor
from services.local.valkey import EmbeddedValkey


@dataclass(frozen=True)
class Servers:
    database_url: str  # of the owner, database `linli`
    redis_url: str
    supervisor: Supervisor


@contextmanager
def kept_or_thrown_away(home: Path | None) -> Iterator[Home]:
    """The locked home; without a path a temporary one that is gone afterwards."""
    if home is not None:
        kept = Home(home.resolve())
        with kept.locked():
            yield kept
        return
    with tempfile.TemporaryDirectory(prefix="linli-", ignore_cleanup_errors=True) as folder:
        thrown_away = Home(Path(folder).resolve())
        thrown_away.path.chmod(0o711)  # PostgreSQL may have to run as another user, who must get through
        with thrown_away.locked():
            yield thrown_away


@asynccontextmanager
async def embedded_servers(
    home: Path | None = None, *, durable: bool | None = None, output: Output | None = None
) -> AsyncIterator[Servers]:
    """Both servers, ready, for as long as the block lasts. `durable=False` leaves out what only a power
    cut needs; it is the default for a throw-away home.
    """
    with kept_or_thrown_away(home) as place:
        voice = output or Output(place.logs)
        postgres = EmbeddedPostgres(place, voice, durable=home is not None if durable is None else durable)
        valkey = EmbeddedValkey(place)
        try:
            await postgres.prepare()
            valkey.prepare()
            async with Supervisor([postgres.process(), valkey.process()], voice) as supervisor:
                yield Servers(postgres.url(), valkey.url, supervisor)
        finally:
            if output is None:
                voice.close()
