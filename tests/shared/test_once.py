"""A request key has one effect, however often, from however many sides and at whatever moment it comes."""

import asyncio
import dataclasses
import hashlib
from functools import partial
from uuid import UUID

import pytest

from shared.kernel.errors import Conflict, IdempotencyKeyReused, MoveNotOpen, RequestInProgress
from shared.runtime import work as work_module
from shared.runtime.ids import new_id
from shared.runtime.privacy import Vault
from tests.support.lab import Lab, actor, add, again, open_lab, request


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
        raise MoveNotOpen(move="sign", step="handle", open="none")

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


async def test_a_repetition_is_known_while_the_index_key_is_replaced(lab: Lab, district: str) -> None:
    """What is kept of a request for good tells nobody what was in it, and is another under another key."""
    content, index = hashlib.sha256(b"POST /things {phone}").digest(), lab.service.vault._indexes[0][0]

    def vault(key: bytes, before: bytes | None = None) -> Vault:
        return Vault({"k": bytes(range(32))}, "k", key, index_key_before=before)

    before = dataclasses.replace(lab.service, vault=vault(index))
    async with lab.service.work(actor(district), before.request("the-same-key", content)) as work:
        found = await work.once(lambda: add(work), again)
    [row] = await lab.run("SELECT fingerprint FROM lab.journal WHERE district = $1", district)
    assert row["fingerprint"] != content
    replaced = dataclasses.replace(lab.service, vault=vault(b"n" * 32, index))
    async with lab.service.work(actor(district), replaced.request("the-same-key", content)) as work:
        assert await work.once(lambda: add(work), again) == found
    forgotten = dataclasses.replace(lab.service, vault=vault(b"n" * 32))
    with pytest.raises(IdempotencyKeyReused):
        async with lab.service.work(actor(district), forgotten.request("the-same-key", content)) as work:
            await work.once(lambda: add(work), again)


async def test_a_key_belongs_to_its_actor_and_its_district(lab: Lab, district: str) -> None:
    for who in (actor(district), actor(district, "another"), actor(f"{district[:-1]}x")):
        async with lab.service.work(who, request()) as work:
            await work.once(partial(add, work, str(new_id())), again)
    assert await lab.count("things", district) == 2
    assert await lab.count("things", f"{district[:-1]}x") == 1


async def test_fifty_twins_have_one_effect_and_leave_the_pool_free(lab: Lab, district: str) -> None:
    connections, in_use = await lab.service.db._open(), list[int]()

    async def twin() -> UUID:
        async with lab.service.work(actor(district), request()) as work:

            async def run() -> UUID:
                await work.begin()
                made = await add(work)
                await asyncio.sleep(0.15)
                in_use.append(connections._lent - len(connections._idle))
                return made

            return await work.once(run, again)

    answers = await asyncio.gather(*(twin() for _ in range(50)), return_exceptions=True)
    assert in_use == [1]
    made = {answer for answer in answers if isinstance(answer, UUID)}
    refused = [answer for answer in answers if not isinstance(answer, UUID)]
    assert len(made) == 1
    assert all(isinstance(error, RequestInProgress) for error in refused), refused
    assert await lab.count("things", district) == await lab.count("journal", district) == 1


async def test_twins_in_two_processes_have_one_effect(lab: Lab, district: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other processes do not share our memory: there the database keeps twins apart, and nobody waits long for it."""

    class Strangers(work_module._twins):
        def __init__(self, _: work_module.Work) -> None:
            self._lock = None

    monkeypatch.setattr(work_module, "_twins", Strangers)
    other, given_up = open_lab(lab.url), asyncio.Semaphore(0)

    async def twin(number: int) -> UUID:
        async with (lab.service, other)[number % 2].work(actor(district), request()) as work:

            async def run() -> UUID:
                await work.begin()
                made = await add(work, f"by twin {number}")
                for _ in range(3):  # it takes as long as the others have patience
                    await given_up.acquire()
                return made

            try:
                return await work.once(run, again)
            finally:
                given_up.release()

    answers = await asyncio.gather(*(twin(n) for n in range(4)), return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == [*["RequestInProgress"] * 3, "UUID"], answers
    assert await lab.count("journal", district) == 1
    await other.close()


@pytest.mark.parametrize(("conflicts", "done"), [(1, True), (2, True), (3, False)])
async def test_a_conflict_is_tried_again_twice(
    lab: Lab,
    district: str,
    conflicts: int,
    done: bool,  # noqa: FBT001 - a case
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
