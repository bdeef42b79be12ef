"""Files that a hotline's order points to: fetched by a job, through the same inspection; never fatal, never silent."""

import asyncio
import hashlib
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI, Response

from services.tickets.hotline.due import FETCH
from shared.runtime.service import Service
from tests.support.steps import run_due
from tests.tickets.conftest import Caller12345, Cast, service_with
from tests.tickets.hostile import GPS_WORDS, jpeg, noise, with_place


@dataclass
class FileServer:
    """The hotline's own file server. `files` by path; a number is a status to answer."""

    files: dict[str, bytes | int] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    url: str = ""

    def file(self, name: str, content: bytes | int, *, digest: bool | str = False, **more: str) -> dict[str, str]:
        """One that an order can point to."""
        path = name.rsplit("/", maxsplit=1)[-1]
        self.files[f"/{path}"] = content
        right = hashlib.sha256(content).hexdigest() if isinstance(content, bytes) else ""
        sha256 = digest if isinstance(digest, str) else right
        return {"name": name, "url": f"{self.url}/{path}", **({"sha256": sha256} if digest else {}), **more}


@pytest.fixture
async def file_server() -> AsyncIterator[FileServer]:
    kept, app = FileServer(), FastAPI()

    @app.get("/{path:path}")
    async def anything(path: str) -> Response:
        kept.asked.append(f"/{path}")
        found = kept.files.get(f"/{path}", 404)
        if isinstance(found, int):
            return Response(status_code=found, headers=kept.headers)
        return Response(found, media_type="text/html", headers=kept.headers)

    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    kept.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:  # noqa: ASYNC110 - uvicorn tells it no other way
        await asyncio.sleep(0.01)
    yield kept
    server.should_exit = True
    await task


Ordered = Callable[..., Any]


@pytest.fixture
def ordered(cast: Cast, hotline: Caller12345) -> Ordered:
    """Sends an order with these files and does what is due; gives the appeal."""

    async def send(*files: dict[str, str], **changed: Any) -> str:
        answer = await hotline.send(hotline.order(attachments=list(files), **changed))
        assert answer.status_code == 202, answer.text
        await cast.work()
        return str(answer.json()["appeal_id"])

    return send


async def failures(cast: Cast, appeal: str) -> list[tuple[str, str]]:
    """What the timeline says could not be had, and why."""
    timeline = (await cast.get(f"/appeals/{appeal}/timeline", cast.operator)).json()
    return [(item["text"]["name"], item["data"]["reason"]) for item in timeline if item["event"] == "attachment_failed"]


async def names(cast: Cast, appeal: str) -> list[tuple[str, str]]:
    found = (await cast.get(f"/appeals/{appeal}/attachments", cast.operator)).json()
    return sorted((one["name"], one["kind"]) for one in found)


async def test_an_order_brings_its_photographs(cast: Cast, file_server: FileServer, ordered: Ordered) -> None:
    """Whatever the other side calls them, and without the place where they were taken."""
    appeal = await ordered(
        file_server.file("1.jpg", with_place("JPEG"), digest=True),
        file_server.file("../现场.gif", jpeg(), mime="image/gif"),
    )
    assert await names(cast, appeal) == [("1.jpg", "report"), ("现场.jpg", "report")]
    assert await failures(cast, appeal) == []
    headers = cast.staff.headers
    for one in (await cast.client.get(f"/api/tickets/v1/appeals/{appeal}/attachments", headers=headers)).json():
        assert GPS_WORDS not in (await cast.client.get(one["content_url"], headers=headers)).content
    assert await cast.count("jobs", f"name = '{FETCH.name}'") == 0


async def test_what_cannot_be_had_is_on_the_timeline(cast: Cast, file_server: FileServer, ordered: Ordered) -> None:
    """The appeal goes on all the same, with what could be had."""
    file_server.headers = {"location": f"{file_server.url}/good.jpg"}
    appeal = await ordered(
        file_server.file("good.jpg", jpeg()),
        file_server.file("changed.jpg", jpeg((9, 9)), digest="0" * 64),
        file_server.file("page.html", b"<html><script>alert(1)</script>"),
        file_server.file("huge.jpg", b"\xff\xd8\xff" + noise(11 << 20)),
        file_server.file("gone.jpg", 404),
        file_server.file("moved.jpg", 302),
        {"name": "metadata", "url": "http://169.254.169.254/latest/meta-data/"},
        {"name": "inside", "url": "https://10.0.0.1/secret.jpg"},
        {"name": "mapped", "url": "http://[::ffff:10.0.0.1]/x.jpg"},
    )
    assert await names(cast, appeal) == [("good.jpg", "report")]
    assert dict(await failures(cast, appeal)) == {
        "changed.jpg": "changed",
        "page.html": "type_not_allowed",
        "huge.jpg": "too_large",
        "gone.jpg": "status_404",
        "moved.jpg": "status_302",
        "metadata": "target_refused",
        "inside": "target_refused",
        "mapped": "target_refused",
    }
    assert file_server.asked.count("/good.jpg") == 1  # no redirect was followed
    assert (await cast.shown(appeal))["step"] == "assign"  # filed, as any order


async def test_a_file_server_that_is_away_is_asked_again(cast: Cast, file_server: FileServer, ordered: Ordered) -> None:
    late = file_server.file("late.jpg", 503)
    appeal = await ordered(late)
    assert (await names(cast, appeal), await failures(cast, appeal)) == ([], [])
    file_server.files["/late.jpg"] = jpeg()
    await _now(cast)
    assert await names(cast, appeal) == [("late.jpg", "report")]


async def test_one_that_stays_away_is_given_up(cast: Cast, file_server: FileServer, ordered: Ordered) -> None:
    appeal = await ordered(file_server.file("never.jpg", 503))
    await cast.sql(f"UPDATE tickets.jobs SET attempts = 11 WHERE district = $1 AND name = '{FETCH.name}'")
    await _now(cast)
    assert await failures(cast, appeal) == [("never.jpg", "status_503")]
    assert await cast.count("jobs", f"name = '{FETCH.name}'") == 0


async def _now(cast: Cast) -> None:
    await cast.sql(f"UPDATE tickets.jobs SET due_at = now() WHERE district = $1 AND name = '{FETCH.name}'")
    await cast.work()


async def test_an_order_that_comes_again_brings_only_what_is_new(
    cast: Cast, file_server: FileServer, ordered: Ordered, hotline: Caller12345
) -> None:
    first, second = file_server.file("1.jpg", jpeg()), file_server.file("2.jpg", jpeg((20, 20)))
    appeal = await ordered(first)
    answer = await hotline.send(hotline.order(attachments=[first, second], revision=2))
    assert answer.status_code == 202, answer.text
    await cast.work()
    assert await names(cast, appeal) == [("1.jpg", "report"), ("2.jpg", "report")]
    assert sorted(file_server.asked) == ["/1.jpg", "/2.jpg"]


async def test_production_fetches_from_no_loopback(
    cast: Cast, file_server: FileServer, hotline: Caller12345, database: dict[str, str], tickets: Service
) -> None:
    """The same order, its job run by a process that is not in dev."""

    answer = await hotline.send(hotline.order(attachments=[file_server.file("1.jpg", jpeg())]))
    settings = {
        "LINLI_ENV": "production",
        "LINLI_TICKETS_DATABASE_URL": database["tickets"],
        "LINLI_HIERARCHY_URL": tickets.settings.hierarchy_url,
    }
    async with service_with(**settings) as service:
        await run_due(service, cast.district)
    appeal = answer.json()["appeal_id"]
    assert await failures(cast, appeal) == [("1.jpg", "target_refused")]
    assert file_server.asked == []
