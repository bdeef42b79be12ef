"""hierarchy in this process: the five communities loaded once (only read), and small districts of a test's own."""

import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from services.hierarchy.load_communities import load_communities
from services.hierarchy.main import create_app, open_hierarchy
from services.hierarchy.settings import HierarchySettings
from services.local.home import Home
from services.local.stack import CREDENTIALS
from shared.kernel.rights import Role
from shared.runtime.service import Service
from tests.conftest import client_of
from tests.support.world import somebody

API = "/api/hierarchy/v1"
HEADER = "district,code,name,kind,parent_code"
Write = Callable[..., Path]


@pytest.fixture(scope="session")
async def hierarchy(database: dict[str, str]) -> AsyncIterator[Service]:
    service = open_hierarchy()
    assert service.settings.env == "dev", database
    yield service
    await service.close()


@pytest.fixture(scope="session")
async def api(hierarchy: Service) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(create_app(hierarchy)) as client:
        client.base_url = httpx.URL(f"http://test{API}/")
        yield client


@pytest.fixture(scope="session")
async def home(database: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home into which the five communities' credentials were written."""
    assert "hierarchy" in database
    place = tmp_path_factory.mktemp("home")
    await load_communities(HierarchySettings(), Home(place), if_empty=False, say=lambda _: None)
    # PostgreSQL counts what came at a time of its own; until then it reads these tables as if they were empty, and a
    # plan that small districts left behind takes seconds with a large one.
    owner = await asyncpg.connect(database["owner"])
    await owner.execute("ANALYZE")
    await owner.close()
    return place


@pytest.fixture(scope="session")
def users(home: Path) -> list[dict[str, Any]]:
    """The users of the credentials file."""
    content: dict[str, Any] = json.loads((home / CREDENTIALS).read_text())
    found: list[dict[str, Any]] = content["users"]
    return found


async def path_of(api: httpx.AsyncClient, code: str) -> str:
    """The path of a loaded place."""
    operator = somebody(code[:6], Role.OPERATOR)
    answer = await api.get(f"places/{code}", headers=operator.headers)
    path: str = answer.json()["path"]
    return path


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes the lines below the header to a file."""

    def made(*lines: str, header: str = HEADER, start: bytes = b"", end: str = "\n") -> Path:
        path = tmp_path / "places.csv"
        path.write_bytes(start + end.join([header, *lines, ""]).encode())
        return path

    return made
