"""The three services as they run, and a district in which everything happens by itself."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from importlib import import_module
from typing import Any

import httpx
import pytest

from services.hierarchy.structures.loading import load
from services.hierarchy.structures.rows import AppointmentRow, PersonRow, PostRow, ResponsibilityRow
from shared.runtime.service import Service
from shared.runtime.worker import working
from tests.hierarchy.small import SINCE, loader, small
from tests.support.running import bound, served
from tests.support.town import SERVICES, Town
from tests.support.world import Somebody

FIRST, SECOND = "000100010001", "000100010002"  # the two communities
_PATIENCE_S = 40.0  # longer than the longest lease: what mends itself is no failure


def _opened(name: str) -> Service:
    service: Service = getattr(import_module(f"services.{name}.main"), f"open_{name}")()
    return service


@asynccontextmanager
async def _api(name: str, listener: socket.socket) -> AsyncIterator[tuple[Service, httpx.AsyncClient]]:
    service = _opened(name)  # its application closes it
    async with served(import_module(f"services.{name}.main").create_app(service), listener) as client:
        yield service, client


@asynccontextmanager
async def _worker(name: str) -> AsyncIterator[None]:
    """Started again when it ends, as its supervisor does: a machine that pauses for seconds makes it give Valkey up."""
    stop = asyncio.Event()
    supervisor = asyncio.create_task(_supervised(name, stop))
    yield
    stop.set()
    await supervisor


async def _supervised(name: str, stop: asyncio.Event) -> None:
    stopping = asyncio.create_task(stop.wait())
    while not stopping.done():
        service = _opened(name)
        async with working(service) as parts:
            await asyncio.wait([stopping, *parts], return_when=asyncio.FIRST_COMPLETED)
        await service.close()


class Together:
    """Processes but for the process: each API and each worker has its own pool and memory, and can be stopped."""

    def __init__(self) -> None:
        self.http: dict[str, httpx.AsyncClient] = {}
        self.apis: dict[str, Service] = {}
        self._running: dict[str, AsyncExitStack] = {}
        self._ports: dict[str, int] = {}

    async def start_api(self, name: str, listener: socket.socket) -> None:
        self._ports[name] = listener.getsockname()[1]
        stack = self._running[f"{name}.api"] = AsyncExitStack()
        self.apis[name], self.http[name] = await stack.enter_async_context(_api(name, listener))

    async def start_worker(self, name: str) -> None:
        stack = self._running[f"{name}.worker"] = AsyncExitStack()
        await stack.enter_async_context(_worker(name))

    async def stop(self, what: str) -> None:
        await self._running.pop(what).aclose()

    async def stop_all(self) -> None:
        for what in reversed(list(self._running)):
            await self.stop(what)

    @asynccontextmanager
    async def without_worker(self, name: str) -> AsyncIterator[None]:
        await self.stop(f"{name}.worker")
        try:
            yield
        finally:
            await self.start_worker(name)

    @asynccontextmanager
    async def without_api(self, name: str) -> AsyncIterator[None]:
        await self.stop(f"{name}.api")
        try:
            yield
        finally:
            await self.start_api(name, bound(self._ports[name])[0])


@asynccontextmanager
async def running_together() -> AsyncIterator[Together]:
    """APIs with their start and end behind real addresses, workers on the real queue, sealers."""
    made = Together()
    with pytest.MonkeyPatch.context() as patch:
        listeners = {name: bound() for name in SERVICES}
        for name, (_, address) in listeners.items():
            patch.setenv(f"LINLI_{name.upper()}_URL", address)
            import_module(f"services.{name}.worker")  # registers the handlers of jobs
        try:
            for name, (listener, _) in listeners.items():
                await made.start_api(name, listener)
            for name in SERVICES:
                await made.start_worker(name)
            yield made
        finally:
            await made.stop_all()


class Story(Town):
    """A district while everything runs by itself."""

    staff: Somebody
    neighbours: Somebody
    operator: Somebody

    async def ask(self, name: str, path: str, who: Somebody, body: Any = None, status: int = 0) -> Any:
        """A write that must succeed, or be refused as said."""
        answer = await self.post(name, path, who, {} if body is None else body)
        assert answer.status_code == status if status else answer.is_success, answer.text
        return answer.json()

    async def read(self, name: str, path: str, who: Somebody) -> Any:
        answer = await self.get(name, path, who)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def listed(self, name: str, path: str, who: Somebody) -> set[str]:
        """The ids on the first page of a list."""
        return {item["id"] for item in (await self.read(name, path, who))["items"]}

    async def at_rest(self) -> None:
        """Waits until no job is due or being done anywhere; those of a minute from now on do not count."""
        sql = """SELECT name, last_error FROM {}.jobs
            WHERE district = $1 AND dead_at IS NULL AND due_at < now() + interval '30 seconds'"""

        async def waiting() -> list[Any]:
            return [tuple(row) for name in SERVICES for row in await self.rows(name, sql.format(name))]

        await until(waiting, lambda jobs: not jobs)

    async def due_now(self, name: str, kind: str) -> None:
        """Lets time pass for one kind of job."""
        await self.rows(
            name, f"UPDATE {name}.jobs SET due_at = now() WHERE district = $1 AND name = '{kind}' AND dead_at IS NULL"
        )

    async def tried(self, name: str, kind: str, times: int) -> None:
        """Waits until a job of that kind has failed so often."""
        sql = f"""SELECT attempts, last_error, due_at - now() AS wait, dead_at FROM {name}.jobs
            WHERE district = $1 AND name = '{kind}'"""

        async def attempts() -> list[dict[str, Any]]:
            return [dict(row) for row in await self.rows(name, sql)]

        await until(attempts, lambda jobs: any(job["last_error"] and job["attempts"] >= times for job in jobs))


async def until(
    ask: Callable[[], Awaitable[Any]], holds: Callable[[Any], bool], patience_s: float = _PATIENCE_S
) -> Any:
    """Asks until it holds; fails with the last answer."""
    answer: Any = None
    try:
        async with asyncio.timeout(patience_s):
            while not holds(answer := await ask()):  # noqa: ASYNC110 - another process tells it no other way
                await asyncio.sleep(0.05)
    except TimeoutError:
        pytest.fail(f"not within {patience_s} s: {answer!r}")
    return answer


async def both_have_secretaries(story: Story) -> None:
    """Somebody answers for each community: for what no post in it is nearer to."""
    d, plain = story.district, small(story.district)
    posts = [f"{d}100001-secretary", f"{d}100002-secretary"]
    names = [f"{d}-secretary-1", f"{d}-secretary-2"]
    second = PostRow(d, posts[1], "secretary", "书记", f"{d}100002", None, "community_staff")
    people = [PersonRow(d, n, "虚构书记", f"1007666000{at}", False, True, {}) for at, n in enumerate(names)]
    whole = plain._replace(
        people=[*plain.people, *people],
        posts=[*plain.posts, second],
        appointments=[
            *plain.appointments,
            *(AppointmentRow(d, post, name, SINCE, None, "选举") for post, name in zip(posts, names, strict=True)),
        ],
        responsibilities=[
            *plain.responsibilities,
            ResponsibilityRow(d, posts[1], None, f"{d}100002", ["JC", "KN"], 50, SINCE, None),
        ],
    )
    hierarchy = story.services["hierarchy"]
    async with loader(hierarchy, d) as work:
        await load(work, hierarchy.vault, whole)


async def new_grid(story: Story, name: str = "第一网格") -> Any:
    """A grid in the first community."""
    body = {"parent": f"{story.district}100001", "kind": "grid", "name": name}
    return await story.ask("hierarchy", "/places", story.operator, body)


async def holder_of(story: Story, post: str) -> Any:
    """The appointment to a post."""
    [held] = (await story.read("hierarchy", f"/appointments?post={post}", story.staff))["items"]
    return held
