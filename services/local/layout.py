"""The stack as data: which processes there are, in which order, and what each may know."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from services.local import probes
from services.local.keys import ALL_KEYS, ANCHOR_KEY, SERVICE_KEYS, SIGNING_KEY
from services.local.processes import Process
from services.local.settings import SERVICES

# What the operating system and the interpreter need. Everything else is named below, so that no child sees
# a secret that is not its own.
ORDINARY = (
    "PATH",
    "HOME",
    "USER",
    "LANG",
    "LC_ALL",
    "TZ",
    "TMPDIR",
    "PYTHONPATH",
    "SSL_CERT_FILE",
    "VIRTUAL_ENV",
)
KEPT_BACK = {"LINLI_DATABASE_URL", *(f"LINLI_{name.upper()}_DATABASE_URL" for name in SERVICES), *ALL_KEYS}
GRACE = 15
ANCHORS = "anchors"


@dataclass(frozen=True)
class Layout:
    """All that the list of children depends on."""

    home: Path
    owner_url: str
    database_urls: Mapping[str, str]  # by service
    redis_url: str
    ports: Mapping[str, int]  # by service
    keys: Mapping[str, str]
    listeners: Mapping[str, int]  # by service: an open socket, where several processes share the port
    api_processes: int = 1
    servers: tuple[str, ...] = ()  # embedded ones, which come first

    def url(self, service: str) -> str:
        return f"http://127.0.0.1:{self.ports[service]}"

    def environment(self) -> dict[str, str]:
        """What every process of ours may know."""
        plain = {name: value for name in ORDINARY if (value := os.environ.get(name))}
        operator = {
            name: value
            for name, value in os.environ.items()
            if name.startswith(("LINLI_", "OTEL_")) and name not in KEPT_BACK
        }
        addresses = {f"LINLI_{service.upper()}_URL": self.url(service) for service in SERVICES}
        own = {SIGNING_KEY, ANCHOR_KEY, *SERVICE_KEYS.values()}
        shared_keys = {name: value for name, value in self.keys.items() if name not in own}
        return {
            **plain,
            # One machine plays a whole district, from one address: the demonstration, the benchmarks, chaos.
            "LINLI_RATE_FACTOR": "1000",
            **operator,
            **addresses,
            **shared_keys,
            "LINLI_ENV": "dev",
            "LINLI_HOME": str(self.home),
            "LINLI_FILES_URL": os.environ.get("LINLI_FILES_URL") or (self.home.absolute() / "files").as_uri(),
            "LINLI_REDIS_URL": self.redis_url,
            "PYTHONUNBUFFERED": "1",
        }

    def service_environment(self, service: str) -> dict[str, str]:
        known = self.environment() | {_database(service): self.database_urls[service]}
        own = [SERVICE_KEYS[service], *([SIGNING_KEY] if service == "hierarchy" else [])]
        return known | {name: self.keys[name] for name in own}

    def worker_environment(self, service: str) -> dict[str, str]:
        """Workers alone sign the journal's anchors, outside the database."""
        anchors = os.environ.get("LINLI_ANCHOR_DIR") or str(self.home.absolute() / ANCHORS)
        known = {"LINLI_ANCHOR_DIR": anchors, ANCHOR_KEY: self.keys[ANCHOR_KEY]}
        return self.service_environment(service) | known

    def owner_environment(self) -> dict[str, str]:
        """For the one-shot commands, which make roles and tables and load every service's data."""
        urls = {_database(service): url for service, url in self.database_urls.items()}
        keys = {name: value for name, value in self.keys.items() if name != ANCHOR_KEY}  # not together with the owner
        return self.environment() | urls | {"LINLI_DATABASE_URL": self.owner_url, **keys}


Children = Callable[[Layout], Sequence[Process]]


def children(layout: Layout) -> list[Process]:
    owner = layout.owner_environment()
    return [
        _command("migrate", ("migrate",), owner, needs=layout.servers),
        _command("load", ("load", "communities", "--if-empty"), owner, needs=("migrate",)),
        _command("load.hotlines", ("load", "hotlines"), owner, needs=("load",)),
        *(api for service in SERVICES for api in _apis(layout, service)),
        *(_worker(layout, service) for service in SERVICES),
    ]


def _database(service: str) -> str:
    return f"LINLI_{service.upper()}_DATABASE_URL"


def _command(name: str, words: tuple[str, ...], env: Mapping[str, str], needs: tuple[str, ...]) -> Process:
    return Process(name=name, argv=(sys.executable, "-m", "services", *words), env=env, needs=needs, once=True)


def _apis(layout: Layout, service: str) -> list[Process]:
    port, listener = layout.ports[service], layout.listeners.get(service)
    address = ("--host", "127.0.0.1", "--port", str(port)) if listener is None else ("--fd", str(listener))
    numbers = range(1, layout.api_processes + 1)

    async def ready() -> bool:
        return await probes.http_status(port, "/readyz") == 200  # noqa: PLR2004

    async def alive() -> bool:
        return await probes.http_status(port, "/healthz") is not None

    return [
        Process(
            name=f"{service}.api" if layout.api_processes == 1 else f"{service}.api.{number}",
            argv=(
                *(sys.executable, "-m", "uvicorn", f"services.{service}.main:create_app", "--factory"),
                *(*address, "--no-access-log", "--no-server-header", "--no-proxy-headers"),
                *("--timeout-graceful-shutdown", str(GRACE)),
            ),
            env=layout.service_environment(service),
            needs=("load.hotlines",),
            ready=ready,
            ready_within=60,
            # Behind a shared socket any of them may answer, so silence there says nothing about one.
            alive=alive if listener is None else None,
            stop_within=GRACE + 5,
            inherit=() if listener is None else (listener,),
        )
        for number in numbers
    ]


def _worker(layout: Layout, service: str) -> Process:
    return Process(
        name=f"{service}.worker",
        argv=(sys.executable, "-m", f"services.{service}.worker"),
        env=layout.worker_environment(service),
        needs=("load.hotlines",),
        settle=1.0,
        stop_within=GRACE + 5,
    )
