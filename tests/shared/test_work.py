"""The unit of work on the real database: all of a change or nothing of it, once, and honest when it fails."""

import asyncio
import time
from contextlib import suppress

import asyncpg
import pytest

from shared.kernel.errors import LinliError, Unavailable
from shared.runtime.flags import in_transaction
from shared.runtime.ids import new_id
from shared.runtime.journal import Entry
from shared.runtime.service import Service
from shared.runtime.work import WorkMisusedError
from tests.support.lab import RENAME, SOON, Lab, Wire, actor, add, again, open_lab, request


async def test_a_write_is_one_statement_with_its_journal_row_text_and_jobs(lab: Lab, district: str) -> None:
    async with lab.service.work(actor(district)) as work:
        made = await add(work, data={"n": 1}, text={"note": "说明"}, jobs=[SOON.of(a=1), SOON.of(a=2)])
    stamps = {
        table: {(row["xmin"], row["cmin"]) for row in rows}
        for table in ("things", "journal", "journal_texts", "jobs")
        if (rows := await lab.run(f"SELECT xmin::text, cmin::text FROM lab.{table} WHERE district = $1", district))
    }
    assert list(stamps) == ["things", "journal", "journal_texts", "jobs"]
    assert len(set.union(*stamps.values())) == 1  # one transaction, one command of it
    assert await lab.count("jobs", district, "due_at <= now() AND attempts = 0") == 2
    [entry] = await lab.run("SELECT * FROM lab.journal WHERE district = $1", district)
    assert (entry["subject_id"], entry["actor"], entry["after"]) == (made, "somebody", "there")


async def test_a_write_that_touches_nothing_writes_nothing(lab: Lab, district: str) -> None:
    async with lab.service.work(actor(district)) as work:
        made = await add(work)
    async with lab.service.work(actor(district)) as work:
        entry = Entry("thing", "renamed", text={"note": "说明"})
        missed = await work.write(RENAME, entry, [SOON.of()], id=made, version=7, name="late")
        hit = await work.write(RENAME, Entry("thing", "renamed"), id=made, version=1, name="new")
    assert missed is None
    assert hit is not None
    assert await lab.count("journal", district) == 2
    assert await lab.count("journal_texts", district) == await lab.count("jobs", district) == 0


async def test_a_second_write_without_begin_is_refused(lab: Lab, district: str) -> None:
    with pytest.raises(WorkMisusedError):  # noqa: PT012 - the way out of the work is part of it
        async with lab.service.work(actor(district)) as work:
            await add(work, "first")
            await add(work, "second")
    assert await lab.count("things", district) == 1


async def test_rows_of_what_was_written_in_bulk_come_with_it_or_not_at_all(lab: Lab, district: str) -> None:
    entries = [(Entry("thing", "thing.import", data={"n": n}), new_id()) for n in range(2500)]
    async with lab.service.work(actor(district)) as work:
        with pytest.raises(WorkMisusedError):
            await work.record_all(entries)
        await work.begin()
        await work.record_all(entries)
        await work.record_all([])
    rows = await lab.run("SELECT * FROM lab.journal WHERE district = $1 ORDER BY at, id", district)
    assert [(row["id"], row["subject_id"], row["event"]) for row in rows] == [
        (entry.id, subject, "thing.import") for entry, subject in entries
    ]
    assert {(row["actor"], row["request_key"]) for row in rows} == {("somebody", None)}
    with pytest.raises(ZeroDivisionError):  # noqa: PT012 - the way out of the work is part of it
        async with lab.service.work(actor(district)) as work:
            await work.begin()
            await work.record_all([(Entry("thing", "thing.import"), new_id())])
            raise ZeroDivisionError
    assert await lab.count("journal", district) == len(entries)


async def test_an_exception_takes_back_all_that_was_begun(lab: Lab, district: str) -> None:
    with pytest.raises(ZeroDivisionError):  # noqa: PT012 - the way out of the work is part of it
        async with lab.service.work(actor(district)) as work:
            await work.begin()
            await add(work, "first", text={"note": "说明"}, jobs=[SOON.of()])
            await add(work, "second")
            raise ZeroDivisionError
    for table in ("things", "journal", "journal_texts", "jobs"):
        assert await lab.count(table, district) == 0
    assert not in_transaction.get()


async def test_nobody_else_sees_a_begun_work_before_its_end(lab: Lab, district: str) -> None:
    async with lab.service.work(actor(district)) as work:
        await work.begin()
        await add(work, "first")
        assert await lab.count("things", district) == 0
        assert in_transaction.get()
    assert await lab.count("things", district) == 1


async def test_a_cancelled_work_gives_back_a_clean_connection(lab: Lab, district: str) -> None:
    service = open_lab(lab.url, pool_size=1)
    begun = asyncio.Event()

    async def slow() -> None:
        async with service.work(actor(district)) as work:
            await work.begin()
            await add(work)
            begun.set()
            await asyncio.sleep(60)

    task = asyncio.create_task(slow())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with service.work(actor(district)) as work:
        await add(work)
    await service.close()
    assert await lab.count("things", district) == 1


@pytest.mark.parametrize("begin", [False, True])
async def test_a_commit_that_fails_is_an_error(lab: Lab, district: str, begin: bool) -> None:  # noqa: FBT001 - a case
    with pytest.raises(Unavailable):  # noqa: PT012 - the way out of the work is part of it
        async with lab.service.work(actor(district), request()) as work:
            if begin:
                await work.begin()
            await add(work, data={"refuse_commit": True})
    assert await lab.count("things", district) == await lab.count("journal", district) == 0
    async with lab.service.work(actor(district), request()) as work:
        await work.once(lambda: add(work), again)
    assert await lab.count("things", district) == 1


async def added_when_it_can(service: Service, district: str, name: str) -> None:
    """Its patience is a third of a second, and a machine may pause for longer."""
    async with asyncio.timeout(60):
        while True:
            with suppress(Unavailable):
                async with service.work(actor(district)) as work:
                    await add(work, name)
                return


@pytest.mark.parametrize("mood", ["cut", "hung"])
async def test_a_dead_server_is_a_quick_503(lab: Lab, district: str, mood: str) -> None:
    async with Wire(lab.url) as wire:
        service = open_lab(wire.url, command_timeout_s=0.3, pool_wait_s=0.3)
        await added_when_it_can(service, district, "before")
        if mood == "cut":
            wire.cut()
        wire.mood = mood
        for _ in range(3):
            began = time.perf_counter()
            with pytest.raises(Unavailable) as error:
                async with service.work(actor(district)) as work:
                    await add(work, "meanwhile")
            assert time.perf_counter() - began < 15  # twice 0.3 s where it hangs; it never answers
            assert (error.value.status, error.value.fields["retry_after"]) == (503, 1)
        wire.mood = "well"
        await added_when_it_can(service, district, "afterwards")
        await service.close()


async def test_a_server_that_dies_inside_a_transaction_is_a_503(lab: Lab, district: str) -> None:
    async with Wire(lab.url) as wire:
        service = open_lab(wire.url, command_timeout_s=0.5, pool_wait_s=0.5)
        with pytest.raises(Unavailable):  # noqa: PT012 - the way out of the work is part of it
            async with service.work(actor(district)) as work:
                await work.begin()
                await add(work)
                wire.cut()
                await asyncio.sleep(0.05)
        await service.close()
    assert await lab.count("things", district) == 0


async def test_a_drained_pool_is_a_503_with_retry_after(lab: Lab, district: str) -> None:
    service = open_lab(lab.url, pool_size=1)
    async with service.db.connection():
        (await service.db._open())._wait_s = 0.1
        with pytest.raises(LinliError) as error:
            async with service.work(actor(district)) as work:
                await add(work)
    assert (error.value.status, error.value.fields["retry_after"]) == (503, 1)
    await service.close()


async def test_a_constraint_of_the_slice_reaches_the_slice(lab: Lab, district: str) -> None:
    async with lab.service.work(actor(district)) as work:
        await add(work, "taken")
    with pytest.raises(asyncpg.UniqueViolationError):
        async with lab.service.work(actor(district), request()) as work:
            await work.once(lambda: add(work, "taken"), again)
