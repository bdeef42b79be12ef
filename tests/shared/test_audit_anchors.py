"""What the journal's heads were, remembered outside the database: whole, in order, signed, by any number of workers."""

import asyncio
import base64
import multiprocessing
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import ValidationError

from services.journal import journal
from shared.runtime import anchors
from shared.runtime.anchoring import Anchoring, AnchorSettings
from shared.runtime.anchors import FIRST, AnchorFile, Anchors, Head, files_of, read_anchors
from shared.runtime.webhooks import new_secret, verify
from tests.shared.test_journal import happen, seal
from tests.support.lab import Lab

SEED, OTHER = bytes(range(32)), bytes(range(1, 33))
NOVEMBER, DECEMBER = datetime(2026, 11, 30, 23, 59, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)


def public(seed: bytes = SEED) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def head(position: int, district: str = "141021") -> Head:
    return Head(district, position, f"{position:064x}", NOVEMBER)


def read(folder: Path, service: str = "tickets") -> Anchors:
    return read_anchors(folder, service, [public()])


def write(folder: Path, *positions: int, at: datetime = NOVEMBER, seed: bytes = SEED) -> None:
    AnchorFile(folder, "tickets", seed).append([head(position) for position in positions], at)


def lines(folder: Path) -> list[bytes]:
    return (folder / "tickets-2026-11.jsonl").read_bytes().splitlines(keepends=True)


# --- files -------------------------------------------------------------------------------------------------------


def test_every_line_follows_the_one_before_across_months(tmp_path: Path) -> None:
    write(tmp_path, 1, 2)
    write(tmp_path, 3)
    write(tmp_path, 4, at=DECEMBER)
    write(tmp_path, 5)  # the clock went back
    assert [file.name for file in files_of(tmp_path, "tickets")] == ["tickets-2026-11.jsonl", "tickets-2026-12.jsonl"]
    found = read(tmp_path)
    assert (found.broken, found.lines) == (None, 5)
    assert {position: anchor.hash for position, anchor in found.by_district["141021"].items()} == {
        position: f"{position:064x}" for position in range(1, 6)
    }
    assert orjson.loads(lines(tmp_path)[0])["previous"] == FIRST


def test_services_have_files_of_their_own(tmp_path: Path) -> None:
    write(tmp_path, 1)
    assert read(tmp_path, "events").lines == 0


def test_a_line_that_a_crash_left_half_is_passed_over(tmp_path: Path) -> None:
    write(tmp_path, 1, 2)
    file = tmp_path / "tickets-2026-11.jsonl"
    with file.open("ab") as stream:
        stream.write(lines(tmp_path)[1][:100])
    write(tmp_path, 3)
    found = read(tmp_path)
    assert (found.broken, found.lines, found.incomplete) == (None, 3, 1)


DAMAGE: dict[str, Callable[[list[bytes]], list[bytes]]] = {
    "changed": lambda kept: [kept[0], kept[1].replace(b'"position":2', b'"position":9'), *kept[2:]],
    "removed": lambda kept: [kept[0], *kept[2:]],
    "the first removed": lambda kept: kept[1:],
    "exchanged": lambda kept: [kept[1], kept[0], *kept[2:]],
    "repeated": lambda kept: [kept[0], kept[0], *kept[1:]],
    "made unreadable": lambda kept: [kept[0], b"x" + kept[1], *kept[2:]],
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_line_that_was_touched_is_found(tmp_path: Path, damage: str) -> None:
    write(tmp_path, 1, 2, 3, 4)
    (tmp_path / "tickets-2026-11.jsonl").write_bytes(b"".join(DAMAGE[damage](lines(tmp_path))))
    assert read(tmp_path).broken is not None


def test_what_somebody_else_signed_is_no_anchor(tmp_path: Path) -> None:
    write(tmp_path, 1)
    write(tmp_path, 2, seed=OTHER)
    assert "was not signed" in str(read(tmp_path).broken)
    assert read_anchors(tmp_path, "tickets", [public(), public(OTHER)]).broken is None  # a key that was changed


def test_a_file_of_another_service_is_no_anchor(tmp_path: Path) -> None:
    write(tmp_path, 1)
    (tmp_path / "tickets-2026-11.jsonl").rename(tmp_path / "events-2026-11.jsonl")
    assert "was written for tickets" in str(read(tmp_path, "events").broken)


def test_two_anchors_that_contradict_each_other_are_named(tmp_path: Path) -> None:
    write(tmp_path, 7)
    AnchorFile(tmp_path, "tickets", SEED).append([Head("141021", 7, "ab" * 32, NOVEMBER)], NOVEMBER)
    assert "position 7" in str(read(tmp_path).broken)


def _write_many(folder: Path, first: int) -> None:
    for position in range(first, first + 40):
        write(folder, position)


def test_workers_take_turns(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_write_many, args=(tmp_path, 1 + 100 * number)) for number in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    found = read(tmp_path)
    assert (found.broken, found.lines) == (None, 120)


def test_the_last_line_is_found_behind_a_long_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(anchors, "_TAIL", 1000)
    write(tmp_path, *range(1, 50))
    write(tmp_path, 50)
    assert (read(tmp_path).broken, read(tmp_path).lines) == (None, 50)


# --- the worker's rounds -------------------------------------------------------------------------------------------


def settings(folder: Path, **more: str) -> AnchorSettings:
    return AnchorSettings.model_validate({"anchor_dir": folder, "anchor_key": base64.b64encode(SEED).decode(), **more})


async def test_a_round_remembers_the_heads_that_moved_on(lab: Lab, district: str, tmp_path: Path) -> None:
    anchoring = Anchoring(lab.service, settings(tmp_path))
    await happen(lab, district, 3)
    await seal(lab)
    await anchoring.once()
    assert list(read(tmp_path, "lab").by_district[district]) == [3]
    assert await anchoring.once() == 0  # nothing happened since
    await happen(lab, district, 2)
    await seal(lab)
    assert await anchoring.once() == 1
    assert list(read(tmp_path, "lab").by_district[district]) == [3, 5]


async def test_a_folder_that_cannot_be_written_ends_no_worker(
    lab: Lab, district: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await happen(lab, district, 1)
    await seal(lab)
    (tmp_path / "file").write_text("in the way")
    anchoring, rounds = (
        Anchoring(lab.service, settings(tmp_path / "file", anchor_interval_s="0.01")),
        asyncio.Semaphore(0),
    )
    once = anchoring.once

    async def watched() -> int:
        with pytest.raises(OSError, match="file") as failed:
            await once()
        rounds.release()
        raise failed.value

    monkeypatch.setattr(anchoring, "once", watched)
    task = asyncio.create_task(anchoring.for_ever())
    async with asyncio.timeout(20):
        for _ in range(2):
            await rounds.acquire()
    assert not task.done()
    task.cancel()


@asynccontextmanager
async def witness(status: int = 204) -> AsyncIterator[tuple[str, list[tuple[dict[str, str], bytes]]]]:
    """Another host that takes webhooks."""
    taken: list[tuple[dict[str, str], bytes]] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        top = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[1:-2]
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in top)}
        taken.append((headers, await reader.readexactly(int(headers["content-length"]))))
        writer.write(f"HTTP/1.1 {status} x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/anchors", taken


async def test_anchors_go_to_another_host_too_and_it_can_check_them(lab: Lab, district: str, tmp_path: Path) -> None:
    secret = new_secret()
    await happen(lab, district, 2)
    await seal(lab)
    async with witness() as (url, taken):
        await Anchoring(lab.service, settings(tmp_path, anchor_url=url, anchor_secret=secret)).once()
    [(headers, body)] = taken
    verify([secret], headers, body)
    sent = orjson.loads(body)
    assert sent["type"] == "journal.anchors"
    written = (next(iter(files_of(tmp_path, "lab")))).read_bytes().splitlines()
    assert sent["anchors"] == [orjson.loads(line) for line in written]


@pytest.mark.parametrize("status", [None, 500])
async def test_a_host_that_does_not_take_them_is_in_nobodys_way(
    lab: Lab, district: str, tmp_path: Path, status: int | None
) -> None:
    await happen(lab, district, 1)
    await seal(lab)
    async with witness(status or 204) as (url, _):
        there = url if status else "http://127.0.0.1:9/anchors"
        assert await Anchoring(lab.service, settings(tmp_path, anchor_url=there, anchor_secret=new_secret())).once() > 0
    assert read(tmp_path, "lab").broken is None


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"anchor_dir": "x"}, "LINLI_ANCHOR_KEY"),
        ({"anchor_url": "https://x"}, "LINLI_ANCHOR_SECRET"),
        ({"anchor_dir": "x", "anchor_key": "AAAA"}, "32"),
    ],
)
def test_half_a_setting_is_refused(given: dict[str, str], word: str) -> None:
    with pytest.raises(ValidationError, match=word):
        AnchorSettings.model_validate(given)


# --- the command ---------------------------------------------------------------------------------------------------


def run(database: dict[str, str], folder: Path | None, *more: str) -> tuple[int, str]:
    key = base64.b64encode(public()).decode()
    anchored = [] if folder is None else ["--anchors", str(folder), "--anchor-key", key]
    words = ["verify", "--database-url", database["owner"], "--service", "events", *anchored, *more]
    result = CliRunner().invoke(journal, words)
    return result.exit_code, result.output


def test_a_district_that_only_the_anchors_remember_is_found(database: dict[str, str], tmp_path: Path) -> None:
    AnchorFile(tmp_path, "events", SEED).append([head(5, "999997")], NOVEMBER)
    code, said = run(database, tmp_path)
    assert code == 1
    assert "events 999997: 0 rows" in said
    assert "remembers position 5" in said
    assert "999997" not in run(database, None)[1]


def test_broken_anchors_are_said_and_no_key_is_an_error(database: dict[str, str], tmp_path: Path) -> None:
    AnchorFile(tmp_path, "events", OTHER).append([head(5, "999997")], NOVEMBER)
    code, said = run(database, tmp_path)
    assert (code, "events-2026-11.jsonl:1: was not signed" in said) == (1, True), said
    nobody = CliRunner().invoke(journal, ["verify", "--database-url", "x", "--anchors", str(tmp_path)])
    assert (nobody.exit_code, "LINLI_ANCHOR_PUBLIC_KEY" in nobody.output) == (1, True)
