"""Fixtures for everybody: servers once per test process, schemas from the migrations, a fresh district per test."""

import os
import time
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, settings

from migrations import run as migrations
from services.commands import service_urls
from services.local.servers import Servers, embedded_servers
from shared.kernel.periods import CHINA, midnight
from tests.support.world import environment, fresh_district

# How long an example takes says something about the machine, and nothing about what is tested. The examples are the
# same in every run, so that a change is blamed for what it breaks and for nothing else;
# `--hypothesis-profile=exploring` is for finding new ones.
settings.register_profile("steady", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
settings.register_profile("exploring", settings.get_profile("steady"), derandomize=False, max_examples=2_000)
settings.load_profile("steady")


def pytest_runtest_setup() -> None:
    """A story is told on one day: one that would begin just before China's midnight waits for it. Those about midnight
    set the clock.
    """
    now = datetime.now(CHINA)
    left = midnight(now.date() + timedelta(days=1)) - now
    if left < timedelta(seconds=20):
        time.sleep(left.total_seconds())


@pytest.fixture(scope="session")
async def servers() -> AsyncIterator[Servers]:
    """A real PostgreSQL and a real Valkey, thrown away at the end."""
    async with embedded_servers() as running:
        yield running


@pytest.fixture(scope="session")
async def database(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[dict[str, str]]:
    """Addresses by service (and `owner`), with every migration run and the environment set for settings."""
    urls = service_urls(servers.database_url, lambda _: None)
    await migrations.upgrade(servers.database_url, urls)
    made = environment(urls, servers.redis_url) | {"LINLI_FILES_URL": tmp_path_factory.mktemp("files").as_uri()}
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("LINLI_")]:
            patch.delenv(name)
        for name, value in made.items():
            patch.setenv(name, value)
        yield urls | {"owner": servers.database_url}


@pytest.fixture(scope="module")
def no_settings() -> Iterator[None]:
    """The environment without any LINLI_…: for stacks of their own, which would take them for an operator's wishes."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("LINLI_")]:
            patch.delenv(name)
        yield


@pytest.fixture
def district() -> str:
    """A district of this test's own."""
    return fresh_district()


def client_of(app: FastAPI) -> httpx.AsyncClient:
    """Talks to an application in this process, through its whole stack."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://test")
