"""The core on its own: a scratch service on the real database."""

from collections.abc import AsyncIterator

import pytest

from tests.support.lab import Lab, lab_on


@pytest.fixture(scope="session")
async def lab(database: dict[str, str]) -> AsyncIterator[Lab]:
    async with lab_on(database["owner"]) as made:
        yield made
