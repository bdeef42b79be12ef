import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from shared.kernel.errors import Overloaded
from shared.runtime.passwords import Passwords

CHEAP = {"time_cost": 1, "memory_cost": 8, "parallelism": 1}


@pytest.fixture
def passwords() -> Iterator[Passwords]:
    made = Passwords(**CHEAP)
    yield made
    made.close()


async def test_the_right_password_and_no_other(passwords: Passwords) -> None:
    stored = await passwords.hash("邻里-correct horse")
    assert stored.startswith("$argon2id$v=19$m=8,t=1,p=1$")
    assert await passwords.verify(stored, "邻里-correct horse")
    assert not await passwords.verify(stored, "邻里-correct horse ")
    assert not await passwords.verify(stored, "")
    assert not await passwords.verify(stored, "\ud800")  # no text can make it fail


async def test_full_width_and_plain_letters_are_the_same_password(passwords: Passwords) -> None:
    assert await passwords.verify(await passwords.hash("Ｌｉｎｌｉ２０２６"), "Linli2026")


@pytest.mark.parametrize("stored", [None, "", "!", "$argon2id$broken", "$argon2id$v=19$m=8,t=1,p=1$AAAA$"])
async def test_nobody_and_unusable_hashes_never_match(passwords: Passwords, stored: str | None) -> None:
    assert not await passwords.verify(stored, "anything")


async def test_an_unknown_user_costs_a_verification_with_todays_costs(
    passwords: Passwords, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    verify = type(passwords._hasher).verify

    def spy(hasher: Any, stored: str, password: bytes) -> bool:
        seen.append(stored)
        return verify(hasher, stored, password)

    monkeypatch.setattr(type(passwords._hasher), "verify", spy)
    assert not await passwords.verify(None, "anything")
    assert [stored.split("$")[3] for stored in seen] == ["m=8,t=1,p=1"]


async def test_needs_rehash_after_the_costs_have_changed(passwords: Passwords) -> None:
    stored = await passwords.hash("x")
    dearer = Passwords(time_cost=2, memory_cost=8, parallelism=1)
    assert not passwords.needs_rehash(stored)
    assert dearer.needs_rehash(stored)
    assert await dearer.verify(stored, "x")
    dearer.close()


async def test_the_caller_after_the_last_place_is_sent_away_and_places_come_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gate = threading.Event()
    passwords = Passwords(**CHEAP, slots=1, queue=2)
    monkeypatch.setattr(passwords._hasher.__class__, "hash", lambda *_: gate.wait(5) and "hash")
    callers = [asyncio.create_task(passwords.hash("x")) for _ in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(Overloaded):
        await passwords.hash("x")
    callers[1].cancel()  # waited and left: its place is free again
    await asyncio.sleep(0)
    callers.append(asyncio.create_task(passwords.hash("x")))
    await asyncio.sleep(0)
    callers[0].cancel()  # left while a thread worked for it: the place stays taken
    await asyncio.sleep(0)
    with pytest.raises(Overloaded):
        await passwords.hash("x")
    gate.set()
    results = await asyncio.gather(*callers, return_exceptions=True)
    assert [result for result in results if isinstance(result, str)] == ["hash", "hash"]
    assert await passwords.hash("x") == "hash"
    passwords.close()
