"""A short run of Schemathesis over every service, each request as another of the three roles.

The long one is `make fuzz`; this one sees that the harness works and that the documents do not lie outright.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.local.servers import Servers
from tests.fuzz.run import EVERYBODY, Plan, fuzz
from tests.fuzz.town import SERVICES, Town, town

SECONDS = 4


@pytest.fixture(scope="module")
async def made(
    servers: Servers, database: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Town]:
    async with town(servers.database_url, servers.redis_url, tmp_path_factory.mktemp("town")) as found:
        yield found


@pytest.mark.parametrize("service", SERVICES)
async def test_the_documents_tell_the_truth(made: Town, service: str, tmp_path: Path) -> None:
    outcome = await fuzz(made, service, EVERYBODY, tmp_path, Plan(SECONDS))
    assert not outcome.failed, outcome.report
    assert outcome.answered("5") == 0
    assert outcome.answered("2") > 5, outcome.statuses  # else it only knocked at closed doors


async def test_a_lie_is_found(made: Town, tmp_path: Path) -> None:
    """The same harness, told that pages may be longer than they may."""
    lie = ('"maximum":100,"minimum":1', '"maximum":1000,"minimum":1')
    outcome = await fuzz(made, "events", EVERYBODY, tmp_path, Plan(SECONDS, lie=lie))
    assert outcome.failed
    assert "form_is_accepted" in outcome.report
