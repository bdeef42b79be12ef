"""The unit of work on the real database: all of a change or nothing of it, once, and honest when it fails."""

import asyncio
import time
from uuid import UUID

import asyncpg
import pytest

from shared.kernel.errors import (
    Conflict,
    IdempotencyKeyReused,
    LinliError,
    MoveNotOpen,
    RequestInProgress,
    Unavailable,
)
from shared.runtime import work as work_module
from shared.runtime.flags import in_transaction
from shared.runtime.ids import new_id
from shared.runtime.journal import Entry
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
    with pytest.raises(WorkMisusedError):
        async with lab.service.work(actor(district)) as work:
            await add(work, "first")
            await add(work, "second")
    assert await lab.count("things", district) == 1


async def test_an_exception_takes_back_all_that_was_begun(lab: Lab, district: str) -> None:
    with pytest.raises(ZeroDivisionError):
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
async def test_a_repetition_is_rendered_again(lab: Lab, district: str, begin: bool) -> None:  # noqa: FBT001 - a case
    found, replayed = [], []
    for _ in range(3):
        async with lab.service.work(actor(district), request()) as work:
            work.on_replay = lambda: replayed.append(True)

            async def run(work: work_module.Work = work) -> UUID:
                if begin:
                    await work.begin()
                return await add(work, str(new_id()))

            found.append(await work.once(run, again))
    assert len(set(found)) == 1
    assert len(replayed) == 2
    assert await lab.count("things", district) == await lab.count("journal", district) == 1


async def test_a_repetition_that_the_case_no_longer_allows_is_rendered_too(lab: Lab, district: str) -> None:
    async with lab.service.work(actor(district), request()) as work:
        first = await work.once(lambda: add(work), again)

    async def refused() -> UUID:
        raise MoveNotOpen(move="sign", step="handle", open="-")

    async with lab.service.work(actor(district), request()) as work:
        assert await work.once(refused, again) == first
    async with lab.service.work(actor(district), request("another-key")) as work:
        with pytest.raises(MoveNotOpen):
            await work.once(refused, again)


async def test_the_same_key_with_other_content_is_refused(lab: Lab, district: str) -> None:
    async with lab.service.work(actor(district), request()) as work:
        await work.once(lambda: add(work, "first"), again)
    async with lab.service.work(actor(district), request(content=b"other")) as work:
        with pytest.raises(IdempotencyKeyReused):
            await work.once(lambda: add(work, "second"), again)
    assert await lab.count("things", district) == 1


async def test_a_key_belongs_to_its_actor_and_its_district(lab: Lab, district: str) -> None:
    for who in (actor(district), actor(district, "another"), actor(f"{district[:-1]}x")):
        async with lab.service.work(who, request()) as work:
            await work.once(lambda work=work: add(work, str(new_id())), again)  # type: ignore[misc] - bound at once
    assert await lab.count("things", district) == 2
    assert await lab.count("things", f"{district[:-1]}x") == 1


async def test_fifty_twins_have_one_effect_and_leave_the_pool_free(lab: Lab, district: str) -> None:
    async def twin() -> UUID:
        async with lab.service.work(actor(district), request()) as work:

            async def run() -> UUID:
                await work.begin()
                made = await add(work)
                await asyncio.sleep(0.15)
                return made

            return await work.once(run, again)

    async def another() -> float:
        await asyncio.sleep(0.05)
        began = time.perf_counter()
        async with lab.service.db.connection() as connection:
            await connection.fetchval("SELECT 1")
        return time.perf_counter() - began

    async with lab.service.db.connection():  # the pool has met the server
        pass
    waited, *answers = await asyncio.gather(another(), *(twin() for _ in range(50)), return_exceptions=True)
    assert isinstance(waited, float), waited
    assert waited < 0.1
    made = {answer for answer in answers if isinstance(answer, UUID)}
    refused = [answer for answer in answers if not isinstance(answer, UUID)]
    assert len(made) == 1
    assert all(isinstance(error, RequestInProgress) for error in refused), refused
    assert await lab.count("things", district) == await lab.count("journal", district) == 1


async def test_twins_in_two_processes_have_one_effect(
    lab: Lab, district: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other processes do not share our memory: there the database keeps twins apart, and nobody waits long for it."""

    class Strangers(work_module._twins):
        def __init__(self, _: work_module.Work) -> None:
            self._lock = None

    monkeypatch.setattr(work_module, "_twins", Strangers)
    other = open_lab(lab.url)
    began = time.perf_counter()

    async def twin(number: int) -> UUID:
        async with (lab.service, other)[number % 2].work(actor(district), request()) as work:

            async def run() -> UUID:
                await work.begin()
                made = await add(work, f"by twin {number}")
                await asyncio.sleep(0.6)
                return made

            return await work.once(run, again)

    answers = await asyncio.gather(*(twin(n) for n in range(4)), return_exceptions=True)
    assert all(isinstance(answer, UUID | RequestInProgress) for answer in answers), answers
    assert len({answer for answer in answers if isinstance(answer, UUID)}) == 1
    assert time.perf_counter() - began < 1.5
    assert await lab.count("journal", district) == 1
    await other.close()


@pytest.mark.parametrize(("conflicts", "done"), [(1, True), (2, True), (3, False)])
async def test_a_conflict_is_tried_again_twice(
    lab: Lab, district: str, conflicts: int, done: bool  # noqa: FBT001 - a case
) -> None:
    left = conflicts

    async with lab.service.work(actor(district), request()) as work:

        async def run() -> UUID:
            nonlocal left
            left -= 1
            if left >= 0:
                raise Conflict
            return await add(work)

        if done:
            await work.once(run, again)
        else:
            with pytest.raises(Conflict):
                await work.once(run, again)
    assert await lab.count("things", district) == int(done)


async def test_a_conflict_inside_a_transaction_is_not_tried_again(lab: Lab, district: str) -> None:
    tries = 0
    async with lab.service.work(actor(district), request()) as work:

        async def run() -> UUID:
            nonlocal tries
            tries += 1
            await work.begin()
            raise Conflict

        with pytest.raises(Conflict):
            await work.once(run, again)
    assert tries == 1


@pytest.mark.parametrize("begin", [False, True])
async def test_a_commit_that_fails_is_an_error(lab: Lab, district: str, begin: bool) -> None:  # noqa: FBT001 - a case
    with pytest.raises(Unavailable):
        async with lab.service.work(actor(district), request()) as work:
            if begin:
                await work.begin()
            await add(work, data={"refuse_commit": True})
    assert await lab.count("things", district) == await lab.count("journal", district) == 0
    async with lab.service.work(actor(district), request()) as work:
        await work.once(lambda: add(work), again)
    assert await lab.count("things", district) == 1


@pytest.mark.parametrize("mood", ["cut", "hung"])
async def test_a_dead_server_is_a_quick_503(lab: Lab, district: str, mood: str) -> None:
    async with Wire(lab.url) as wire:
        service = open_lab(wire.url, command_timeout_s=0.3, pool_wait_s=0.3)
        async with service.work(actor(district)) as work:
            await add(work, "before")
        if mood == "cut":
            wire.cut()
        wire.mood = mood
        for _ in range(3):
            began = time.perf_counter()
            with pytest.raises(Unavailable) as error:
                async with service.work(actor(district)) as work:
                    await add(work, "meanwhile")
            assert time.perf_counter() - began < 1
            assert (error.value.status, error.value.fields["retry_after"]) == (503, 1)
        wire.mood = "well"
        async with service.work(actor(district)) as work:
            await add(work, "afterwards")
        await service.close()


async def test_a_server_that_dies_inside_a_transaction_is_a_503(lab: Lab, district: str) -> None:
    async with Wire(lab.url) as wire:
        service = open_lab(wire.url, command_timeout_s=0.5, pool_wait_s=0.5)
        with pytest.raises(Unavailable):
            async with service.work(actor(district)) as work:
                await work.begin()
                await add(work)
                wire.cut()
                await asyncio.sleep(0.05)
        await service.close()
    assert await lab.count("things", district) == 0


async def test_a_drained_pool_is_a_503_with_retry_after(lab: Lab, district: str) -> None:
    service = open_lab(lab.url, pool_size=1, pool_wait_s=0.2)
    async with service.db.connection():
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
