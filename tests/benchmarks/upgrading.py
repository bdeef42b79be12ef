"""How long an upgrade takes: `python -m tests.benchmarks.upgrading [rows]` (1,000,000), in a throw-away database.

So many rows in each large table of hierarchy, as an older version wrote them; then every migration since, one by one,
while somebody reads. Nothing is synced to the disk.
"""

import asyncio
import sys
import time

import asyncpg
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from migrations import run as migrations
from services.local.servers import embedded_servers

SINCE = "a4f07d2c91be"
READ = ("responsibilities", "posts", "people", "households", "venues", "imports")


def fill(rows: int) -> str:
    """One seat in a hundred was made at a door; one home in a hundred is gone."""
    own = "lpad((100000 + n % 10)::text, 6, '0'), gen_random_uuid()"
    path = "'0001' || lpad(to_hex(n % 5000), 4, '0') || lpad(to_hex(n / 5000), 4, '0')"
    numbers = f"generate_series(1, {rows}) n"
    return f"""
    INSERT INTO hierarchy.posts (district, id, code, kind, label, name, path, role)
        SELECT {own}, 'post-' || n, 'building_head', '楼栋长', '楼栋长', {path}, 'building_head' FROM {numbers};
    INSERT INTO hierarchy.appointments (district, id, post_id, person_id, since, source)
        SELECT district, gen_random_uuid(), id, gen_random_uuid(), '2025-01-01', '自荐' FROM hierarchy.posts;
    INSERT INTO hierarchy.responsibilities (district, id, path, held_by, post_id, categories, position, since)
        SELECT district, gen_random_uuid(), path, code, id, '{{*}}', 10, '2025-01-01' FROM hierarchy.posts;
    INSERT INTO hierarchy.people (district, id, code, name, phone, phone_index, listed_as, path, party_member, invented,
        attributes) SELECT {own}, 'p-' || n, sha256(n::text::bytea), sha256(n::text::bytea), n::text, 'resident',
        {path}, false, true, '{{}}' FROM {numbers};
    INSERT INTO hierarchy.households (district, id, code, path, invented)
        SELECT {own}, 'h-' || n, {path}, true FROM {numbers};
    INSERT INTO hierarchy.gone_places (district, id, code, path, kind, name, full_name, how, successors, created_at,
        gone_at) SELECT district, id, code, path, 'household', 'x', 'x', 'close', '{{}}', now(), now()
        FROM hierarchy.households LIMIT {rows} / 100;
    INSERT INTO hierarchy.household_members (district, id, household_id, person_id, relation)
        SELECT district, gen_random_uuid(), id, id, 'head' FROM hierarchy.households OFFSET {rows} / 100;
    INSERT INTO hierarchy.journal (district, id, actor_kind, actor, subject_kind, subject_id, event, data)
        SELECT {own}, 'user', 'x', 'visit', gen_random_uuid(), 'visit.add', '{{}}' FROM {numbers};
    INSERT INTO hierarchy.journal (district, id, actor_kind, actor, subject_kind, subject_id, event, data)
        SELECT district, gen_random_uuid(), 'user', 'x', 'post', id, 'post.add', '{{}}'
        FROM hierarchy.posts LIMIT {rows} / 100;
    """


async def to(owner: str, revision: str) -> None:
    def go(connection: Connection) -> None:
        command.upgrade(migrations.config("hierarchy", connection), revision)
        connection.commit()

    await migrations.with_owner(owner, go)


async def onwards(owner: str) -> list[tuple[str, str]]:
    """The revisions since, with the first lines of what they say."""

    def read(connection: Connection) -> list[tuple[str, str]]:
        scripts = ScriptDirectory.from_config(migrations.config("hierarchy", connection))
        return [(one.revision, one.doc) for one in scripts.walk_revisions(SINCE, "head") if one.revision != SINCE]

    found: list[tuple[str, str]] = await migrations.with_owner(owner, read)
    return found[::-1]


async def longest_waits(owner: str, over: asyncio.Event) -> dict[str, float]:
    """How long a read of each table took at most."""
    waits = dict.fromkeys(READ, 0.0)

    async def read(table: str) -> None:
        connection = await asyncpg.connect(owner)
        while not over.is_set():
            began = time.perf_counter()
            await connection.fetch(f"SELECT 1 FROM hierarchy.{table} LIMIT 1")
            waits[table] = max(waits[table], time.perf_counter() - began)
            await asyncio.sleep(0.01)
        await connection.close()

    await asyncio.gather(*(read(table) for table in READ))
    return waits


async def main(rows: int) -> None:
    async with embedded_servers() as servers:
        owner = servers.database_url
        await to(owner, SINCE)
        connection = await asyncpg.connect(owner)
        await connection.execute(fill(rows))
        await connection.execute("VACUUM ANALYZE")
        await connection.close()
        for revision, doc in await onwards(owner):
            over = asyncio.Event()
            reading = asyncio.create_task(longest_waits(owner, over))
            began = time.perf_counter()
            await to(owner, revision)
            took = time.perf_counter() - began
            over.set()
            waits = {table: round(wait, 2) for table, wait in (await reading).items() if wait > 0.1}
            print(f"{revision} {took:6.2f} s  {waits or ''}  {doc[:70]}")  # noqa: T201


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000))
