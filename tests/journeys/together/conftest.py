"""The three services as they run, once for all stories of this folder. Every story has a district of its own."""

from collections.abc import AsyncIterator

import pytest

from shared.kernel.rights import Role
from shared.runtime.ids import new_id
from tests.support.together import FIRST, SECOND, Story, Together, both_have_secretaries, running_together
from tests.support.town import SERVICES, peopled
from tests.support.world import somebody


@pytest.fixture(scope="package")
async def together(database: dict[str, str]) -> AsyncIterator[Together]:
    assert set(SERVICES) < set(database)
    async with running_together() as made:
        yield made


@pytest.fixture
async def story(together: Together, district: str) -> Story:
    """The small district, its staff and those of the community beside, its operator."""
    town = Story(together.apis, together.http, district, new_id(), *[somebody(district)] * 2)
    await peopled(town)
    await both_have_secretaries(town)
    town.staff, town.neighbours = (somebody(district, Role.COMMUNITY_STAFF, path) for path in (FIRST, SECOND))
    town.operator = somebody(district, Role.OPERATOR)
    return town
