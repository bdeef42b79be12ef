"""A short run of Schemathesis over every service, each request as another of the three roles.

The long one is `make fuzz`; this one sees that the harness works and that the documents do not lie outright.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.local.servers import Servers
from tests.fuzz.run import document, prepared
from tests.fuzz.short import Tried, try_some
from tests.fuzz.town import SERVICES, Town, town

CASES = 150  # for each service: a few seconds; the same ones however slow the machine is


@pytest.fixture(scope="module")
async def made(
    servers: Servers, database: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Town]:
    async with town(servers.database_url, servers.redis_url, tmp_path_factory.mktemp("town")) as found:
        yield found


async def tried(made: Town, service: str, folder: Path, lie: tuple[str, str] | None = None) -> Tried:
    config = prepared(made, service, "operator", folder)
    text = (await document(made, service, folder)).read_text()
    if lie:
        assert lie[0] in text
        text = text.replace(*lie)
    base = made.address(service)
    return await asyncio.to_thread(try_some, made, config, text, base, number=1, cases=CASES)


@pytest.mark.parametrize("service", SERVICES)
async def test_the_documents_tell_the_truth(made: Town, service: str, tmp_path: Path) -> None:
    found = await tried(made, service, tmp_path)
    assert found.failures == []
    assert found.answered(5) == 0
    assert found.answered(2) > 0, found.statuses  # else it only knocked at closed doors


async def test_a_lie_is_found(made: Town, tmp_path: Path) -> None:
    """The same harness, told that every list says how long it is."""
    lie = ('"required":["items","next"]', '"required":["items","next","total"]')
    found = await tried(made, "events", tmp_path, lie)
    assert any("total" in failure for failure in found.failures)
