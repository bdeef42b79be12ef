"""The whole local stack as children of the current program: `make run`, `linli demo`, and the chaos tests."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
from redis import exceptions as redis_errors

from services.local import probes
from services.local.home import Home
from services.local.keys import development_keys, service_database_url
from services.local.layout import Children, Layout, children
from services.local.output import Output
from services.local.ports import free_port, listening_socket, require_free
from services.local.postgres import EmbeddedPostgres
from services.local.problems import LocalError
from services.local.processes import Process
from services.local.servers import kept_or_thrown_away
from services.local.settings import SERVICES, LocalSettings, local_settings
from services.local.supervisor import Supervisor
from services.local.valkey import EmbeddedValkey

CREDENTIALS = "dev-credentials.json"


@dataclass(frozen=True)
class LocalStack:
    """A stack that answers. `supervisor.pid("tickets.worker")` is for whoever wants to kill something."""

    layout: Layout
    supervisor: Supervisor

    def url(self, service: str) -> str:
        return self.layout.url(service)

    def credentials(self) -> dict[str, Any]:
        """The demonstration's sign-ins, as the load step wrote them."""
        return Home(self.layout.home).read(CREDENTIALS)


@asynccontextmanager
async def local_stack(
    home: Path | None = None,
    *,
    settings: LocalSettings | None = None,
    free_ports: bool = False,
    durable: bool | None = None,
    output: Output | None = None,
    make_children: Children = children,
) -> AsyncIterator[LocalStack]:
    """Everything, ready, for as long as the block lasts. Without `home` it is thrown away afterwards."""
    chosen = settings or local_settings()
    with kept_or_thrown_away(home) as place, ExitStack() as closing:
        voice = output or Output(place.logs)
        if output is None:
            closing.callback(voice.close)
        ports = _ports(chosen, free_ports=free_ports)
        postgres = await _postgres(place, chosen, voice, durable=home is not None if durable is None else durable)
        valkey = await _valkey(place, chosen)
        owner_url = postgres if isinstance(postgres, str) else postgres.url()
        servers: list[Process] = [server.process() for server in (postgres, valkey) if not isinstance(server, str)]
        layout = Layout(
            home=place.path,
            owner_url=owner_url,
            database_urls={
                service: chosen.own_database_url(service) or service_database_url(owner_url, service)
                for service in SERVICES
            },
            redis_url=valkey if isinstance(valkey, str) else valkey.url,
            ports=ports,
            keys=development_keys(place),
            listeners=closing.enter_context(_listeners(ports, chosen.api_processes)),
            api_processes=chosen.api_processes,
            servers=tuple(server.name for server in servers),
        )
        async with Supervisor([*servers, *make_children(layout)], voice) as supervisor:
            yield LocalStack(layout, supervisor)


def _ports(settings: LocalSettings, *, free_ports: bool) -> dict[str, int]:
    if free_ports:
        return {service: free_port() for service in SERVICES}
    ports = {service: settings.port(service) for service in SERVICES}
    for service, port in ports.items():
        setting = f"LINLI_{service.upper()}_PORT"
        if list(ports.values()).count(port) > 1:
            raise LocalError(f"Two services would listen on port {port}: set {setting} to another one.")
        require_free(port, setting)
    return ports


@contextmanager
def _listeners(ports: dict[str, int], api_processes: int) -> Iterator[dict[str, int]]:
    """Several processes can serve one port only if they inherit its socket."""
    with ExitStack() as closing:
        shared = ports if api_processes > 1 else {}
        sockets = {service: closing.enter_context(listening_socket(port)) for service, port in shared.items()}
        yield {service: socket.fileno() for service, socket in sockets.items()}


async def _postgres(home: Home, settings: LocalSettings, output: Output, *, durable: bool) -> EmbeddedPostgres | str:
    """The embedded one, or the URL of the operator's own after it has answered."""
    if settings.database_url is None:
        embedded = EmbeddedPostgres(home, output, durable=durable)
        await embedded.prepare()
        return embedded
    url = plain_url(settings.database_url.get_secret_value())
    await require_database(url)
    return url


async def _valkey(home: Home, settings: LocalSettings) -> EmbeddedValkey | str:
    if settings.redis_url is None:
        embedded = EmbeddedValkey(home)
        await asyncio.to_thread(embedded.prepare)
        return embedded
    url = settings.redis_url.get_secret_value()
    await require_valkey(url)
    return url


def plain_url(url: str) -> str:
    """As the driver wants it, whichever dialect the operator copied."""
    scheme, separator, rest = url.partition("://")
    return f"postgresql{separator}{rest}" if scheme.startswith("postgres") else url


async def require_database(url: str) -> None:
    try:
        await probes.postgres_executes(url)
    except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise LocalError(
            f"The database of LINLI_DATABASE_URL does not let us in ({_reason(error)}): "
            "start it or correct the URL, or unset the variable to use the embedded one. 数据库连接不上。"
        ) from error


async def require_valkey(url: str) -> None:
    try:
        await probes.valkey_pings(url)
    except (OSError, ValueError, redis_errors.RedisError) as error:
        raise LocalError(
            f"The server of LINLI_REDIS_URL does not let us in ({_reason(error)}): "
            "start it or correct the URL, or unset the variable to use the embedded one. 队列连接不上。"
        ) from error


def _reason(error: BaseException) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
