"""The database's owner as a forger: edits, deletes, inserts, reorders and cuts, plainly or with the chain made anew."""

import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg

from shared.runtime.ids import new_id
from shared.runtime.journal import GENESIS, SEALED, chain, digest

# What each column becomes: always something else than it was, and something that the column can hold.
_OTHER: dict[str, str] = {
    "district": "'999999'",
    "at": "at + interval '1 millisecond'",
    "id": "gen_random_uuid()",
    "actor_kind": "actor_kind || 'x'",
    "actor": "actor || 'x'",
    "request_key": "coalesce(request_key, '') || 'x'",
    "fingerprint": "coalesce(fingerprint, '') || 'x'::bytea",
    "subject_kind": "subject_kind || 'x'",
    "subject_id": "gen_random_uuid()",
    "event": "event || 'x'",
    "before": "coalesce(before, '') || 'x'",
    "after": "coalesce(after, '') || 'x'",
    "data": "data || '{\"forged\": true}'",
}
_SEAL = "SELECT entry_at, entry_id FROM lab.journal_seals WHERE district = $1 AND position = $2"
_ROW = f"district = $1 AND (at, id) = ({_SEAL})"
_MOVE = "UPDATE lab.journal_seals SET position = $3 WHERE district = $1 AND position = $2"
_REDATE = "UPDATE lab.journal_seals SET entry_at = $3 WHERE district = $1 AND entry_id = $2"
_TEXT = "SELECT id FROM lab.journal_texts WHERE district = $1 ORDER BY id OFFSET $2 LIMIT 1"
_DIGEST = "data = data || jsonb_build_object('text_sha256', $3::text)"
_TABLES = ("journal", "journal_texts", "journal_seals", "journal_heads")


class Forger:
    def __init__(self, owner: asyncpg.Connection, district: str, dice: random.Random, rows: int) -> None:
        self.owner, self.district, self.dice, self.rows = owner, district, dice, rows

    def position(self, first: int = 1, last: int | None = None) -> int:
        return self.dice.randint(first, last or self.rows)

    async def run(self, sql: str, *values: Any) -> str:
        return await self.owner.execute(sql, self.district, *values)

    async def edit(self, position: int) -> str:
        """One column of one row; a new time or id is told to its seal, so that the row is not simply gone."""
        name = self.dice.choice(list(_OTHER))
        changed = await self.owner.fetchrow(
            f"UPDATE lab.journal SET {name} = {_OTHER[name]} WHERE {_ROW} RETURNING at, id", self.district, position
        )
        assert changed is not None
        await self.run(
            "UPDATE lab.journal_seals SET entry_at = $3, entry_id = $4 WHERE district = $1 AND position = $2",
            position, changed["at"], changed["id"],
        )  # fmt: skip
        return f"{name} at {position}"

    async def delete(self, position: int) -> str:
        await self.run(f"DELETE FROM lab.journal WHERE {_ROW}", position)
        await self.run("DELETE FROM lab.journal_seals WHERE district = $1 AND position = $2", position)
        return f"row {position}"

    async def insert(self, at: datetime | None = None) -> tuple[datetime, Any]:
        """A copy of some row, as if somebody had done it once more at another time."""
        row = await self.owner.fetchrow(
            f"""INSERT INTO lab.journal SELECT district, coalesce($3, at + interval '1 second'), $4, actor_kind, actor,
            NULL, NULL, subject_kind, subject_id, event, before, after, data - 'text_sha256' FROM lab.journal
            WHERE {_ROW} RETURNING at, id""",
            self.district, self.position(1, self.rows - 5), at, new_id(),
        )  # fmt: skip
        assert row is not None
        return row["at"], row["id"]

    async def swap(self, one: int, other: int) -> str:
        for before, after in ((one, -1), (other, one), (-1, other)):
            await self.run(_MOVE, before, after)
        return f"{one} and {other}"

    async def chain_anew(self) -> None:
        """Numbers the seals without gaps and computes every hash and the head: it all holds again."""
        columns = ", ".join(f"j.{name}" for name in SEALED)
        rows = await self.owner.fetch(
            f"""SELECT s.position, {columns} FROM lab.journal_seals s JOIN lab.journal j
            ON (j.district, j.at, j.id) = (s.district, s.entry_at, s.entry_id)
            WHERE s.district = $1 ORDER BY s.position""",
            self.district,
        )
        link, seals = GENESIS, []
        for number, row in enumerate(rows, 1):
            link = chain(link, row)
            seals.append((self.district, number, row["at"], row["id"], link))
        await self.run("DELETE FROM lab.journal_seals WHERE district = $1")
        await self.owner.executemany("INSERT INTO lab.journal_seals VALUES ($1, $2, $3, $4, $5)", seals)
        sealed_to = max((row["at"] for row in rows), default=datetime(2000, 1, 1, tzinfo=UTC))
        await self.run(
            "UPDATE lab.journal_heads SET position = $2, hash = $3, sealed_to = $4 WHERE district = $1",
            len(seals), link, sealed_to,
        )  # fmt: skip


Tampering = Callable[[Forger], Awaitable[str]]

# --- plainly -----------------------------------------------------------------------------------------------------


async def edits_a_row(f: Forger) -> str:
    return await f.edit(f.position())


async def deletes_a_row(f: Forger) -> str:
    position = f.position()
    await f.run(f"DELETE FROM lab.journal WHERE {_ROW}", position)
    return f"row {position}"


async def deletes_a_row_and_its_seal(f: Forger) -> str:
    return await f.delete(f.position())


async def inserts_a_row(f: Forger) -> str:
    at, _ = await f.insert()
    return f"at {at}"


async def swaps_two_rows(f: Forger) -> str:
    return await f.swap(f.position(1, f.rows // 2), f.position(f.rows // 2 + 1))


async def cuts_the_tail(f: Forger) -> str:
    last = f.position(1, f.rows - 1)
    await f.run("DELETE FROM lab.journal_seals WHERE district = $1 AND position > $2", last)
    return f"after {last}"


async def edits_a_seal(f: Forger) -> str:
    position = f.position()
    what = f.dice.choice(["hash = sha256(hash)", "entry_id = gen_random_uuid()", "entry_at = now()", "position = 0"])
    await f.run(f"UPDATE lab.journal_seals SET {what} WHERE district = $1 AND position = $2", position)
    return f"{what} at {position}"


async def edits_the_head(f: Forger) -> str:
    what = f.dice.choice(["hash = sha256(hash)", "position = position - 1", "sealed_to = now()", "sealed_to = 'epoch'"])
    await f.run(f"UPDATE lab.journal_heads SET {what} WHERE district = $1")
    return what


async def edits_a_text(f: Forger) -> str:
    what = f.dice.choice(['body = body || \'{"note": "另一种说法"}\'', "subject_id = gen_random_uuid()"])
    number = f.position(0, 20)
    await f.run(f"UPDATE lab.journal_texts SET {what} WHERE district = $1 AND id = ({_TEXT})", number)
    return f"{what} of {number}"


# --- and with the chain made anew --------------------------------------------------------------------------------


async def edits_a_row_and_chains_anew(f: Forger) -> str:
    done = await f.edit(f.position())
    await f.chain_anew()
    return done


async def deletes_a_row_and_chains_anew(f: Forger) -> str:
    done = await f.delete(f.position())
    await f.chain_anew()
    return done


async def inserts_a_row_and_chains_anew(f: Forger) -> str:
    at, row = await f.insert()
    position = await f.owner.fetchval(
        "SELECT max(position) FROM lab.journal_seals WHERE district = $1 AND entry_at < $2", f.district, at
    )
    await f.run("UPDATE lab.journal_seals SET position = -position WHERE district = $1 AND position > $2", position)
    await f.run("UPDATE lab.journal_seals SET position = 1 - position WHERE district = $1 AND position < 0")
    await f.run("INSERT INTO lab.journal_seals VALUES ($1, $2, $3, $4, '')", position + 1, at, row)
    await f.chain_anew()
    return f"after {position}"


async def swaps_two_rows_and_chains_anew(f: Forger) -> str:
    """Neighbours that lie a minute apart: swapped times as well, or the order would give them away."""
    one = f.position(1, f.rows - 1)
    rows = await f.owner.fetch(
        "SELECT entry_at, entry_id FROM lab.journal_seals WHERE district = $1 AND position = ANY($2) ORDER BY position",
        f.district, [one, one + 1],
    )  # fmt: skip
    done = await f.swap(one, one + 1)
    for row, at in ((rows[0], rows[1]["entry_at"]), (rows[1], rows[0]["entry_at"])):
        await f.run("UPDATE lab.journal SET at = $3 WHERE district = $1 AND id = $2", row["entry_id"], at)
        await f.run(_REDATE, row["entry_id"], at)
    await f.chain_anew()
    return done


async def cuts_the_tail_with_everything(f: Forger) -> str:
    last = f.position(1, f.rows - 1)
    await f.run(
        """DELETE FROM lab.journal WHERE district = $1 AND id IN
        (SELECT entry_id FROM lab.journal_seals WHERE district = $1 AND position > $2)""",
        last,
    )
    await f.run("DELETE FROM lab.journal_seals WHERE district = $1 AND position > $2", last)
    await f.chain_anew()
    return f"after {last}"


async def cuts_the_tail_and_grows_another(f: Forger) -> str:
    done = await cuts_the_tail_with_everything(f)
    last = await f.owner.fetchval("SELECT max(position) FROM lab.journal_seals WHERE district = $1", f.district)
    latest = await f.owner.fetchval("SELECT max(at) FROM lab.journal WHERE district = $1", f.district)
    f.rows, rows = last + 5, f.rows
    for number in range(last + 1, rows + 1):
        at, row = await f.insert(latest + timedelta(minutes=number - last))
        await f.run("INSERT INTO lab.journal_seals VALUES ($1, $2, $3, $4, '')", number, at, row)
    await f.chain_anew()
    return f"{done}, {rows - last} others"


async def edits_a_text_and_chains_anew(f: Forger) -> str:
    row = await f.owner.fetchrow(_TEXT, f.district, f.position(0, 20))
    assert row is not None
    body = {"note": "另一种说法"}
    await f.run("UPDATE lab.journal_texts SET body = $3 WHERE district = $1 AND id = $2", row["id"], body)
    await f.run(f"UPDATE lab.journal SET {_DIGEST} WHERE district = $1 AND id = $2", row["id"], digest(body))
    await f.chain_anew()
    return f"text of {row['id']}"


async def empties_the_district(f: Forger) -> str:
    for table in _TABLES:
        await f.run(f"DELETE FROM lab.{table} WHERE district = $1")
    return "everything"


PLAIN: list[Tampering] = [
    edits_a_row, deletes_a_row, deletes_a_row_and_its_seal, inserts_a_row, swaps_two_rows, cuts_the_tail, edits_a_seal,
    edits_the_head, edits_a_text,
]  # fmt: skip
CLEVER: list[Tampering] = [
    edits_a_row_and_chains_anew, deletes_a_row_and_chains_anew, inserts_a_row_and_chains_anew,
    swaps_two_rows_and_chains_anew, cuts_the_tail_with_everything, cuts_the_tail_and_grows_another,
    edits_a_text_and_chains_anew, empties_the_district,
]  # fmt: skip
