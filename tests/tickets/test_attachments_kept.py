"""Nothing is half done: quotas that hold in a race, files without a row that go, rows that never lack a file."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from services.tickets.attachments import due
from services.tickets.attachments import service as attachments
from services.tickets.main import create_app
from shared.runtime.attachments.store import Address, FileStore
from shared.runtime.service import Service
from shared.runtime.web import uploads
from tests.conftest import client_of
from tests.support.bucket import KEY_ID, SECRET, Bucket, serving_bucket
from tests.support.stand_in import StandIn
from tests.support.steps import run_due
from tests.tickets.conftest import BASE, Cast, problem, service_with
from tests.tickets.hostile import jpeg, noise, pdf
from tests.tickets.uploading import attach, attached, running_server

USED = "SELECT files, bytes FROM tickets.attachment_usage WHERE district = $1 AND about LIKE 'appeal:%'"
COUNTED = "SELECT count(*), coalesce(sum(size), 0) FROM tickets.attachments WHERE district = $1"


def files_in(district: str) -> list[Path]:
    folder = Path(unquote(urlsplit(os.environ["LINLI_FILES_URL"]).path))
    return [file for file in (folder / district).rglob("*") if file.is_file()]


async def later(cast: Cast) -> None:
    """An hour passes for the jobs that look for files without a row."""
    await cast.sql(f"UPDATE tickets.jobs SET due_at = now() WHERE district = $1 AND name = '{due.SWEEP.name}'")
    await cast.work()


@pytest.fixture
async def strict(
    database: dict[str, str], hierarchy_server: StandIn, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Service]:
    """Another process of the service, which allows little, but any number of uploads at a time."""
    monkeypatch.setattr(uploads, "_PER_PERSON", 50)
    settings = {
        "LINLI_TICKETS_DATABASE_URL": database["tickets"],
        "LINLI_HIERARCHY_URL": hierarchy_server.url,
        "LINLI_APPEAL_FILES": "5",
        "LINLI_APPEAL_FILES_BYTES": "20000",
        "LINLI_UPLOAD_DAY_BYTES": "30000",
        "LINLI_UPLOADS_AT_ONCE": "50",
    }
    async with service_with(**settings) as service:
        yield service


# --- quotas ----------------------------------------------------------------------------------------------------------


async def test_twenty_race_for_five_places(cast: Cast, strict: Service) -> None:
    """By five people at once: five are taken, to the byte, and the count is what lies there."""
    appeal = (await cast.report()).json()["id"]
    async with client_of(create_app(strict)) as client:
        people = [cast.resident, cast.staff, cast.operator]
        small = jpeg((16, 16))
        racing = [attach(cast, appeal, people[n % 3], content=small, client=client) for n in range(20)]
        answers = await asyncio.gather(*racing)
        codes = [answer.json().get("code") for answer in answers]
        assert codes.count(None) == 5
        assert set(codes) <= {None, "attachments_full", "request_in_progress"}
        assert problem(await attach(cast, appeal, cast.staff, client=client)) == (409, "attachments_full")
    [used], [counted] = await cast.sql(USED), await cast.sql(COUNTED)
    assert tuple(used) == tuple(counted)
    assert used["files"] == 5


async def test_an_appeals_bytes_have_an_end(cast: Cast, strict: Service) -> None:
    appeal = (await cast.report()).json()["id"]
    async with client_of(create_app(strict)) as client:
        first = await attach(cast, appeal, cast.resident, content=pdf(b"%" + b"x" * 15_000), client=client)
        assert first.status_code == 201
        second = await attach(cast, appeal, cast.staff, content=pdf(b"%" + b"x" * 15_000), client=client)
        assert problem(second) == (409, "attachments_full")
        removed = await client.delete(f"{BASE}/attachments/{first.json()['id']}", headers=cast.resident.writes())
        assert removed.status_code == 204
        again = await attach(cast, appeal, cast.staff, content=pdf(b"%" + b"x" * 15_000), client=client)
        assert again.status_code == 201  # there is room again


async def test_a_persons_day_has_an_end(cast: Cast, strict: Service) -> None:
    """Over all appeals, and also for what was taken away again; tomorrow is another day."""
    appeals = [(await cast.report()).json()["id"] for _ in range(4)]
    nine = pdf(b"%" + b"x" * 9_000)
    async with client_of(create_app(strict)) as client:
        racing = [attach(cast, appeal, cast.resident, content=nine, client=client) for appeal in appeals]
        answers = await asyncio.gather(*racing)
        refused = [answer for answer in answers if answer.status_code != 201]
        assert len(refused) == 1
        assert problem(refused[0]) == (429, "uploads_used_up")
        assert 0 < int(refused[0].headers["retry-after"]) <= 86_401
        taken = next(answer for answer in answers if answer.status_code == 201).json()["id"]
        await client.delete(f"{BASE}/attachments/{taken}", headers=cast.resident.writes())
        still = await attach(cast, appeals[0], cast.resident, content=nine, client=client)
        assert problem(still) == (429, "uploads_used_up")
        assert (await attach(cast, appeals[0], cast.staff, content=nine, client=client)).status_code == 201
    await cast.sql("UPDATE tickets.attachment_usage SET about = 'day:20200101:x' WHERE district = $1 AND files = 3")
    await later(cast)
    assert await cast.count("attachment_usage", "about LIKE 'day:2020%'") == 0


# --- files without a row ---------------------------------------------------------------------------------------------


async def test_what_is_refused_leaves_no_file(cast: Cast) -> None:
    appeal = (await cast.report()).json()["id"]
    assert problem(await attach(cast, appeal, cast.resident, content=noise(5000))) == (422, "attachment_refused")
    assert files_in(cast.district) == []
    assert await cast.count("jobs", f"name = '{due.SWEEP.name}'") == 0


async def test_a_file_whose_row_never_came_goes(cast: Cast, tickets: Service) -> None:
    """The commit failed, say. What has a row stays."""
    appeal = (await cast.report()).json()["id"]
    kept = await attached(cast, appeal, cast.resident)
    async with tickets.work(tickets.job_principal(cast.district, "test")) as work:
        await attachments.store(work, attachments.files_of(tickets), jpeg())
    assert len(files_in(cast.district)) == 4
    await later(cast)
    [row] = await cast.sql("SELECT stored_as FROM tickets.attachments WHERE district = $1")
    names = {file.name for file in files_in(cast.district)}
    assert names == {row["stored_as"].split("/")[-1], row["stored_as"].split("/")[-1] + ".small"}
    assert (await cast.get(f"/attachments/{kept['id']}", cast.resident)).status_code == 200


async def test_only_their_owner_reads_the_files(tmp_path: Path) -> None:
    folder = tmp_path / "files"
    await FileStore(Address(folder.as_uri())).put("141021/20261122/0", b"x")
    assert folder.stat().st_mode & 0o777 == 0o700


# --- an S3-compatible store, and a kill ---------------------------------------------------------------------------


@pytest.fixture
async def bucket() -> AsyncIterator[Bucket]:
    async with serving_bucket() as running:
        yield running


def in_bucket(bucket: Bucket, database: dict[str, str], hierarchy: StandIn) -> dict[str, str]:
    return {
        "LINLI_TICKETS_DATABASE_URL": database["tickets"],
        "LINLI_HIERARCHY_URL": hierarchy.url,
        "LINLI_FILES_URL": "s3://linli/files",
        "LINLI_FILES_S3_ENDPOINT": bucket.url,
        "LINLI_FILES_S3_REGION": "cn-test-1",
        "LINLI_FILES_S3_KEY_ID": KEY_ID,
        "LINLI_FILES_S3_SECRET": SECRET,
    }


async def test_files_lie_in_a_bucket(
    cast: Cast, bucket: Bucket, database: dict[str, str], hierarchy_server: StandIn
) -> None:
    appeal = (await cast.report()).json()["id"]
    async with service_with(**in_bucket(bucket, database, hierarchy_server)) as service:
        async with client_of(create_app(service)) as client:
            made = await attached(cast, appeal, cast.resident, client=client)
            assert all(path.startswith(f"/linli/files/{cast.district}/") for path in bucket.objects)
            assert len(bucket.objects) == 2
            headers = cast.resident.headers
            link = (await client.get(f"{BASE}/attachments/{made['id']}", headers=headers)).json()["content_url"]
            assert len((await client.get(link, headers=headers)).content) == made["size"]
            bucket.away = True
            assert problem(await client.get(link, headers=headers)) == (503, "unavailable")
            assert problem(await attach(cast, appeal, cast.resident, client=client)) == (503, "unavailable")
            bucket.away = False
            await client.delete(f"{BASE}/attachments/{made['id']}", headers=cast.resident.writes())
        await run_due(service, cast.district)
    assert bucket.objects == {}


async def test_a_kill_between_file_and_row_leaves_a_file_that_goes(
    cast: Cast, bucket: Bucket, database: dict[str, str], hierarchy_server: StandIn
) -> None:
    """The process dies by -9 the moment its file is stored. No row; an hour later no file."""
    appeal, settings = (await cast.report()).json()["id"], in_bucket(bucket, database, hierarchy_server)
    async with running_server(**settings) as server:
        bucket.after_put = lambda: os.kill(server.process.pid, signal.SIGKILL)
        with pytest.raises(Exception, match=r"disconnected|closed|reset|^$"):
            await attach(cast, appeal, cast.resident, client=server.http)
    assert len(bucket.objects) == 1
    assert await cast.count("attachments") == 0
    assert await cast.count("attachment_usage") == 0
    await cast.sql(f"UPDATE tickets.jobs SET due_at = now() WHERE district = $1 AND name = '{due.SWEEP.name}'")
    async with service_with(**settings) as service:
        await run_due(service, cast.district)
    assert bucket.objects == {}
