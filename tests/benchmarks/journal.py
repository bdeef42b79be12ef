"""How long an audit takes: `python -m tests.benchmarks.journal [rows]` (100,000) on a throw-away database of its own.

Seals, anchors and verifies a journal as the worker and `linli journal verify` do, then searches and exports it.
"""

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Awaitable
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import asyncpg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.commands import service_urls
from services.journal import prepare_json
from services.local.servers import embedded_servers
from shared.runtime import feed
from shared.runtime.anchoring import Anchoring, AnchorSettings
from shared.runtime.anchors import read_anchors
from shared.runtime.ids import new_id
from shared.runtime.journal import digest
from shared.runtime.sealer import seal_once
from shared.runtime.verify import verify
from shared.runtime.web.journal_files import ndjson
from shared.runtime.web.journal_routes import _search
from tests.support.lab import SCHEMA, Lab, actor, lab_on
from tests.support.world import SEED, environment

T = TypeVar("T")
DISTRICT = "141021"
_FILL = """
    WITH n AS (SELECT n, gen_random_uuid() AS id, gen_random_uuid() AS subject,
               CASE WHEN n % 3 = 0 THEN '{"note": "处理情况说明"}'::jsonb END AS body FROM generate_series(1, $2) n),
    texts AS (INSERT INTO lab.journal_texts SELECT $1, id, subject, body FROM n WHERE body IS NOT NULL)
    INSERT INTO lab.journal SELECT $1, now() - ($2 - n + 120) * interval '1 second', id, 'user', 'person-' || n % 500,
        'key-' || n, sha256(n::text::bytea), 'thing', subject, 'moved', 'verify', 'assign',
        jsonb_build_object('n', n, 'place', '0001000100010001')
    FROM n
"""


async def timed(what: str, rows: int, work: Awaitable[T]) -> T:
    began = time.perf_counter()
    done = await work
    seconds = time.perf_counter() - began
    print(f"{what:<34}{seconds:8.2f} s{rows / seconds:14,.0f} rows/s")  # noqa: T201
    return done


async def measure(lab: Lab, rows: int, folder: Path) -> None:
    await lab.run(_FILL, DISTRICT, rows)
    await lab.run(
        """UPDATE lab.journal j SET data = data || jsonb_build_object('text_sha256', $2::text)
        FROM lab.journal_texts t WHERE t.district = $1 AND j.district = $1 AND j.id = t.id""",
        DISTRICT,
        digest({"note": "处理情况说明"}),
    )
    await lab.run("VACUUM ANALYZE lab.journal, lab.journal_texts")
    await timed("seal", rows, _seal(lab))
    settings = AnchorSettings.model_validate({"anchor_dir": folder, "anchor_key": SEED})
    await Anchoring(lab.service, settings).once()
    key = Ed25519PrivateKey.from_private_bytes(SEED).public_key().public_bytes_raw()
    anchored = read_anchors(folder, "lab", [key]).by_district[DISTRICT]
    owner = await asyncpg.connect(lab.owner_url)
    await prepare_json(owner)
    verdict = await timed("verify, texts and anchors too", rows, verify(owner, SCHEMA, DISTRICT, anchored))
    assert (verdict.rows, verdict.broken, verdict.anchors) == (rows, None, 1), verdict
    await owner.close()
    await _look(lab, rows)


async def _seal(lab: Lab) -> None:
    while await seal_once(lab.service):
        pass


async def _look(lab: Lab, rows: int) -> None:
    async with lab.service.work(actor(DISTRICT)) as work:
        since = work.now - timedelta(days=31)
        period = {"since": since, "at": work.now, "id": new_id(), "limit": 21}
        await timed("search: the newest page", 20, work.all(_search(SCHEMA, frozenset()), **period))
        of_one = work.all(_search(SCHEMA, frozenset({"actor"})), **period, actor="person-7")
        await timed("search: one person's newest page", 20, of_one)
        nobody = work.all(_search(SCHEMA, frozenset({"actor"})), **period, actor="nobody")
        await timed("search: nobody's, in 31 days", rows, nobody)
        span = await timed("export: which positions", rows, feed.span(work, since, work.now))
    await timed("export: NDJSON", len(span), _export(lab, span))


async def _export(lab: Lab, span: feed.Span) -> None:
    async for _ in ndjson(feed.rows_of(lab.service.db, SCHEMA, DISTRICT, span), span.previous):
        pass


async def main(rows: int) -> None:
    async with embedded_servers() as servers:
        os.environ.update(environment(service_urls(servers.database_url, lambda _: None), servers.redis_url))
        with tempfile.TemporaryDirectory() as folder:
            async with lab_on(servers.database_url) as lab:
                print(f"a journal of {rows:,} rows, a third of them with a text")  # noqa: T201
                await measure(lab, rows, Path(folder))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))
