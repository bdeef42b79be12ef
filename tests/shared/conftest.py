"""The core on its own: a scratch service on the real database."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from shared.runtime.rates import Rates
from shared.runtime.service import Service
from tests.support.lab import Lab, lab_on, open_lab


@pytest.fixture(scope="session")
async def lab(database: dict[str, str]) -> AsyncIterator[Lab]:
    async with lab_on(database["owner"]) as made:
        yield made


@pytest.fixture
async def service(lab: Lab) -> AsyncIterator[Service]:
    """A process with no handlers yet; other tests' jobs are out of its way."""
    await lab.run("DELETE FROM lab.jobs")
    made = open_lab(lab.url)
    yield made
    await made.close()


@pytest.fixture
def ends_of_waits(monkeypatch: pytest.MonkeyPatch) -> list[type[BaseException]]:
    """What ended each wait for Valkey that came to nothing: CancelledError is our deadline, not the socket's second."""
    ask, ends = Rates._everywhere, list[type[BaseException]]()

    async def watched(self: Rates, *asked: Any) -> float:
        try:
            return await ask(self, *asked)
        except BaseException as error:
            ends.append(type(error))
            raise

    monkeypatch.setattr(Rates, "_everywhere", watched)
    return ends
