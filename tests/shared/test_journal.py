"""The journal's chain: sealed without gaps and without forks, and whatever its owner does to it is found."""

import asyncio
from uuid import UUID

import orjson
import pytest

from shared.kernel.errors import Unavailable
from shared.runtime import sealer
from shared.runtime import work as work_module
from shared.runtime.ids import new_id
from shared.runtime.journal import digest
from shared.runtime.sealer import seal_once
from shared.runtime.verify import Verdict
from shared.runtime.verify import verify as walk
from tests.support.lab import SCHEMA, Lab, actor, add, open_lab

SEALED_IN_ORDER = """
    SELECT s.position, s.entry_id, j.at FROM lab.journal_seals s
    LEFT JOIN lab.journal j ON j.district = s.district AND j.at = s.entry_at AND j.id = s.entry_id
    WHERE s.district = $1 ORDER BY s.position
"""


async def happen(lab: Lab, district: str, times: int, **more: object) -> list[UUID]:
    made = []
    for _ in range(times):
        async with lab.service.work(actor(district)) as work:
            made.append(await add(work, str(new_id()), data={"n": 1, "wide": 2**53}, **more))
    return made


async def verify(lab: Lab, district: str) -> Verdict:
    async with lab.service.db.connection() as connection:
        return await walk(connection, SCHEMA, district)


async def seal(lab: Lab) -> None:
    while await seal_once(lab.service):
        pass


async def test_rows_are_numbered_in_order_without_gaps(lab: Lab, district: str) -> None:
    await happen(lab, district, 5, text={"note": "说明"})
    await seal(lab)
    await happen(lab, district, 3)
    await seal(lab)
    await seal(lab)
    rows = await lab.run(SEALED_IN_ORDER, district)
    assert [row["position"] for row in rows] == list(range(1, 9))
    assert [row["at"] for row in rows] == sorted(row["at"] for row in rows)
    verdict = await verify(lab, district)
    assert (verdict.rows, verdict.broken) == (8, None)


async def test_a_quiet_district_is_left_alone(lab: Lab, district: str) -> None:
    """Its head is neither written nor locked, which is a write as well."""
    await happen(lab, district, 2)
    await seal(lab)
    head = "SELECT ctid::text, xmin::text, xmax::text FROM lab.journal_heads WHERE district = $1"
    before = await lab.run(head, district)
    await seal(lab)
    assert await lab.run(head, district) == before
    await happen(lab, district, 1)
    await seal(lab)
    assert await lab.run(head, district) != before


async def test_a_district_without_rows_holds(lab: Lab, district: str) -> None:
    assert await verify(lab, district) == Verdict(district, 0, "0" * 64)


async def test_more_than_a_batch_is_sealed_in_one_round_each(
    lab: Lab, district: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealer, "BATCH", 4)
    await happen(lab, district, 10)
    await seal(lab)
    verdict = await verify(lab, district)
    assert (verdict.rows, verdict.broken) == (10, None)


async def test_a_row_that_commits_late_is_sealed_too(lab: Lab, district: str) -> None:
    async with lab.service.work(actor(district)) as late:
        await late.begin()
        await add(late, "began first")
        await happen(lab, district, 3)
        await seal(lab)
        assert (await verify(lab, district)).rows == 3
    await seal(lab)
    rows = await lab.run(SEALED_IN_ORDER, district)
    assert len(rows) == 4
    assert rows[3]["at"] == min(row["at"] for row in rows)  # happened first, numbered last: numbers never change
    assert (await verify(lab, district)).broken is None


async def test_what_was_done_because_of_another_thing_comes_after_it(lab: Lab, district: str) -> None:
    """The one that waits has begun first, and is done last: for a lock, say."""
    async with lab.service.work(actor(district)) as waits:
        await waits.begin()
        async with lab.service.work(actor(district)) as first:
            cause = await add(first, "the cause")
        effect = await add(waits, "the effect")
    await seal(lab)
    rows = await lab.run(
        f"SELECT j.subject_id FROM ({SEALED_IN_ORDER}) s JOIN lab.journal j ON j.district = $1 AND j.id = s.entry_id"
        " ORDER BY s.position",
        district,
    )
    assert [row["subject_id"] for row in rows] == [cause, effect]


async def test_what_would_be_seen_too_late_is_not_done(
    lab: Lab, district: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sealer looks back for a minute: what commits later than that would be in no feed."""
    assert work_module._LONGEST_S < sealer.LOOKBACK_S
    now = 1000.0
    monkeypatch.setattr(work_module, "monotonic", lambda: now)

    def wait() -> None:
        nonlocal now
        now += work_module._LONGEST_S + 1

    async def written_early() -> None:
        async with lab.service.work(actor(district)) as long:
            await long.begin()
            await add(long, "written early")
            wait()

    with pytest.raises(Unavailable):
        await written_early()
    assert await lab.count("things", district) == 0
    async with lab.service.work(actor(district)) as long:
        await long.begin()
        wait()  # as long, but nothing of it can be overtaken
        await add(long, "written late")
    assert await lab.count("things", district) == 1


async def test_two_sealers_do_not_fork_the_chain(lab: Lab, district: str) -> None:
    other = open_lab(lab.url)
    await happen(lab, district, 1)
    await seal(lab)
    for _ in range(6):
        await asyncio.gather(
            *(seal_once(each) for each in (lab.service, other) * 3), happen(lab, district, 4), happen(lab, district, 4)
        )
    await other.close()
    await seal(lab)
    rows = await lab.run(SEALED_IN_ORDER, district)
    assert [row["position"] for row in rows] == list(range(1, 50))
    assert len({row["entry_id"] for row in rows}) == 49
    assert (await verify(lab, district)).broken is None


async def test_two_sealers_may_meet_in_a_new_district(lab: Lab, district: str) -> None:
    other = open_lab(lab.url)
    await happen(lab, district, 3)
    await asyncio.gather(*(seal_once(each) for each in (lab.service, other) * 3))
    await other.close()
    verdict = await verify(lab, district)
    assert (verdict.rows, verdict.broken) == (3, None)


async def test_an_erased_text_breaks_nothing(lab: Lab, district: str) -> None:
    await happen(lab, district, 2, text={"note": "说明", "more": ["数", 1, None, 0.5]})
    await seal(lab)
    await lab.run("DELETE FROM lab.journal_texts WHERE district = $1", district)
    verdict = await verify(lab, district)
    assert (verdict.rows, verdict.broken) == (2, None)


async def test_nobody_can_try_out_what_an_erased_text_was(lab: Lab, district: str) -> None:
    """A name or a few words are soon guessed by their digest, were it of them alone."""
    text = {"note": "虚构居民"}
    await happen(lab, district, 2, text=text)
    digests = {
        orjson.loads(row["data"])["text_sha256"]
        for row in await lab.run("SELECT data FROM lab.journal WHERE district = $1", district)
    }
    assert len(digests) == 2
    assert digest(text) not in digests


SEAL = "SELECT entry_at, entry_id FROM lab.journal_seals WHERE district = $1 AND position = 3"
ROW = f"district = $1 AND (at, id) = ({SEAL})"


PLANTS: dict[str, tuple[str, str]] = {
    "an event is edited": (f"UPDATE lab.journal SET event = 'removed' WHERE {ROW}", "position 3"),
    "an actor is edited": (f"UPDATE lab.journal SET actor = 'nobody' WHERE {ROW}", "position 3"),
    "data is edited": (f"UPDATE lab.journal SET data = data || '{{\"n\": 2}}' WHERE {ROW}", "position 3"),
    "a request key is edited": (f"UPDATE lab.journal SET request_key = 'x' WHERE {ROW}", "position 3"),
    "a time is moved": (f"UPDATE lab.journal SET at = at + interval '1 microsecond' WHERE {ROW}", "position 3"),
    "a row is moved elsewhere": (f"UPDATE lab.journal SET district = '999999' WHERE {ROW}", "position 3"),
    "a row is deleted": (f"DELETE FROM lab.journal WHERE {ROW}", "position 3"),
    "a row is deleted with its seal": (
        f"DELETE FROM lab.journal WHERE {ROW};DELETE FROM lab.journal_seals WHERE district = $1 AND position = 3",
        "position 4",
    ),
    "a row is deleted and the rest moves up": (
        f"""DELETE FROM lab.journal WHERE {ROW};
        DELETE FROM lab.journal_seals WHERE district = $1 AND position = 3;
        UPDATE lab.journal_seals SET position = 3 WHERE district = $1 AND position = 4;
        UPDATE lab.journal_seals SET position = 4 WHERE district = $1 AND position = 5""",
        "position 3",
    ),
    "an old row is inserted": (
        f"""INSERT INTO lab.journal SELECT district, at - interval '1 hour', gen_random_uuid(), actor_kind, actor, NULL,
        NULL, subject_kind, subject_id, event, before, after, data FROM lab.journal WHERE {ROW}""",
        "has no seal",
    ),
    "two rows change places": (
        """UPDATE lab.journal_seals SET position = 99 WHERE district = $1 AND position = 2;
        UPDATE lab.journal_seals SET position = 2 WHERE district = $1 AND position = 3;
        UPDATE lab.journal_seals SET position = 3 WHERE district = $1 AND position = 99""",
        "position 2",
    ),
    "the tail is cut": ("DELETE FROM lab.journal_seals WHERE district = $1 AND position > 3", "ends at 3"),
    "the head is set back": (
        "UPDATE lab.journal_heads SET sealed_to = sealed_to - interval '1 day' WHERE district = $1",
        "the head says",
    ),
    "the head is lost": ("DELETE FROM lab.journal_heads WHERE district = $1", "head is missing"),
    "a hash is replaced": (
        "UPDATE lab.journal_seals SET hash = sha256('x') WHERE district = $1 AND position = 5",
        "position 5",
    ),
    "a text is changed": ("""UPDATE lab.journal_texts SET body = '{"note": "别的"}' WHERE district = $1""", "text"),
    "a text is put to another case": (
        "UPDATE lab.journal_texts SET subject_id = gen_random_uuid() WHERE district = $1",
        "another case",
    ),
    "a text is put under a row that had none": (
        f"""DELETE FROM lab.journal_texts WHERE district = $1;
        INSERT INTO lab.journal_texts
        SELECT district, id, subject_id, '{{"note": "x"}}' FROM lab.journal WHERE {ROW}""",
        "text",
    ),
}


@pytest.mark.parametrize("plant", PLANTS)
async def test_what_the_owner_does_to_it_is_found(lab: Lab, district: str, plant: str) -> None:
    await happen(lab, district, 2)
    await happen(lab, district, 3, text={"note": "说明"})
    await seal(lab)
    assert (await verify(lab, district)).broken is None
    sql, named = PLANTS[plant]
    for statement in sql.split(";"):
        await lab.run(statement, district)
    verdict = await verify(lab, district)
    assert verdict.broken is not None
    assert named in verdict.broken


async def test_a_journal_that_grows_meanwhile_raises_no_alarm(
    lab: Lab, district: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.runtime.verify._BATCH", 3)
    await happen(lab, district, 5)
    await seal(lab)
    for _ in range(10):
        _, verdict, _ = await asyncio.gather(happen(lab, district, 4), verify(lab, district), seal(lab))
        assert verdict.broken is None
    assert verdict.rows >= 5


async def test_the_sealer_cannot_be_made_to_take_an_old_row(lab: Lab, district: str) -> None:
    """The owner sets the head back, so that the sealer itself seals a forged old row, and puts the head right again."""
    await happen(lab, district, 5)
    await seal(lab)
    await lab.run("UPDATE lab.journal_heads SET sealed_to = sealed_to - interval '1 day' WHERE district = $1", district)
    for statement in PLANTS["an old row is inserted"][0].split(";"):
        await lab.run(statement, district)
    await seal(lab)
    await lab.run(
        "UPDATE lab.journal_heads SET sealed_to = (SELECT max(at) FROM lab.journal WHERE district = $1) "
        "WHERE district = $1",
        district,
    )
    verdict = await verify(lab, district)
    assert (verdict.rows, "was dated back" in str(verdict.broken)) == (5, True)


async def test_who_remembers_a_position_sees_a_tail_cut_with_its_head(lab: Lab, district: str) -> None:
    """A cut that also rewinds the head leaves a chain that holds: who stored (position, hash) sees it."""
    await happen(lab, district, 5)
    await seal(lab)
    remembered = await verify(lab, district)
    await lab.run(f"DELETE FROM lab.journal WHERE {ROW.replace('= 3', '= 5')}", district)
    await lab.run("DELETE FROM lab.journal_seals WHERE district = $1 AND position = 5", district)
    await lab.run(
        "UPDATE lab.journal_heads h SET position = 4, hash = s.hash, sealed_to = s.entry_at FROM lab.journal_seals s "
        "WHERE h.district = $1 AND s.district = $1 AND s.position = 4",
        district,
    )
    cut = await verify(lab, district)
    assert cut.broken is None
    assert (cut.rows, cut.head) != (remembered.rows, remembered.head)
