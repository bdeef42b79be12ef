"""A workbook of 50,000 households with 500 planted errors: all of them named, nothing half imported, and a worker that
is killed in the middle makes no difference to what is there in the end.
"""

import asyncio
import os
import signal
import sys
import time
from typing import Any

import httpx
import pytest

from services.hierarchy.places.loading import import_places
from services.hierarchy.places.tree import Given
from services.hierarchy.workbooks import applying
from services.hierarchy.workbooks.applying import Written
from services.hierarchy.workbooks.checking import BATCH
from shared.runtime.service import Service
from tests.hierarchy.households_scene import code, open_register
from tests.hierarchy.small import loader
from tests.hierarchy.workbooks_scene import TITLES, Desk, book, cells
from tests.support.steps import run_due
from tests.support.world import fresh_district

ROWS, PLANTED = 50_000, 500
EVERY = ROWS // PLANTED
# Five kinds of error, in turn: which cell of a row is spoilt, how, and what must be said of it.
SPOILT: list[tuple[int, Any, str, str]] = [
    (3, "1006", "D", "phone_wrong"),
    (4, "320102199001010011", "E", "id_wrong"),
    (0, "no-such-place", "A", "place_unknown"),
    (1, None, "B", "required"),
    (8, "2024-02-30", "I", "date_wrong"),
]


def home(district: str, number: int) -> str:
    return f"{district}100001-B01-H{number:06}"


def good(district: str, number: int) -> list[Any]:
    row: list[Any] = [home(district, number), f"虚构住户{number}", "户主", f"100{number:08}"]
    return row + ([None, "独居老人", "本人同意", "同意书", "2024-01-31"] if number % 50 == 1 else [])


def large(district: str, count: int, every: int) -> tuple[bytes, list[tuple[int, str, str]]]:
    """The workbook, and every planted error: row, column, reason."""
    rows: list[list[Any]] = [list(TITLES)]
    planted: list[tuple[int, str, str]] = []
    for number in range(1, count + 1):
        row = good(district, number)
        if number % every == 0:
            at, value, letter, reason = SPOILT[len(planted) % len(SPOILT)]
            row += [None] * (9 - len(row))
            row[at] = value
            planted.append((number + 1, letter, reason))
        rows.append(row)
    return book(rows), planted


async def desk_with(service: Service, api: httpx.AsyncClient, district: str, count: int) -> Desk:
    desk = Desk(**vars(await open_register(service, api, district, 0)))
    building = f"{district}100001-B01"
    given = [Given(n, home(district, n), f"{n}号", "household", building) for n in range(1, count + 1)]
    async with loader(service, district) as work:
        await import_places(work, given)
    return desk


async def test_fifty_thousand_rows_with_five_hundred_errors(
    hierarchy: Service, api: httpx.AsyncClient, district: str
) -> None:
    desk = await desk_with(hierarchy, api, district, ROWS)
    content, planted = large(district, ROWS, EVERY)
    began = time.monotonic()
    whole = await desk.checked(content)
    checked_in = time.monotonic() - began
    assert (whole["rows"], whole["valid"], whole["wrong"], whole["faults"]) == (ROWS, ROWS - PLANTED, PLANTED, PLANTED)
    found = await desk.faults(whole["id"])
    assert [(row["row"], one["column"], one["reason"]) for row in found for one in row["faults"]] == planted
    assert all(one["zh"] and one["en"] for row in found for one in row["faults"])
    returned = cells((await desk.get(f"imports/{whole['id']}/errors.xlsx")).content)
    assert [int(row[0]) for row in returned[1:]] == [row for row, _, _ in planted]
    assert code(await desk.post(f"imports/{whole['id']}/confirm", {})) == (409, "move_not_open")
    assert await desk.rows("SELECT 1 FROM hierarchy.households WHERE district = $1 LIMIT 1") == []

    began = time.monotonic()
    done = await desk.imported(content, mode="valid_rows")
    print(f"\n{ROWS} rows: checked in {checked_in:.1f} s; checked and applied in {time.monotonic() - began:.1f} s")  # noqa: T201 - what the reader asks for
    assert (done["step"], done["added"], done["left_out"], done["progress"]) == ("applied", ROWS - PLANTED, 0, 100)
    [row] = await desk.rows("SELECT count(*) AS n FROM hierarchy.household_members WHERE district = $1")
    assert row["n"] == ROWS - PLANTED


# --- killed in the middle --------------------------------------------------------------------------------------------

SMALL, ERRORS_EVERY = 3 * BATCH + 200, 100
_WORKER = """
import asyncio, sys
from services.hierarchy.main import open_hierarchy
from services.hierarchy.workbooks import applying, jobs
from tests.support.steps import run_due

write, at = applying.apply, 0

async def slow(*args):
    global at
    written = await write(*args)
    at += 1
    print(at, flush=True)
    if at == 2:
        await asyncio.sleep(60)  # in the middle of the second batch's transaction
    return written

async def main():
    applying.apply = slow
    await run_due(open_hierarchy(), sys.argv[1], rounds=50)

asyncio.run(main())
"""


async def killed_in_the_second_batch(district: str) -> None:
    """Runs the district's jobs in a process of its own and kills it (-9) while a batch is written and not committed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _WORKER, district, stdout=asyncio.subprocess.PIPE, env={**os.environ, "PYTHONPATH": "."}
    )
    assert process.stdout is not None
    async with asyncio.timeout(30):
        while (line := (await process.stdout.readline()).strip()) != b"2":
            assert line, "the worker ended by itself"
    process.send_signal(signal.SIGKILL)
    await process.wait()


async def lease_over(desk: Desk) -> None:
    """The killed worker's lease runs out."""
    await desk.rows(
        "UPDATE hierarchy.jobs SET due_at = now() WHERE district = $1 AND name LIKE 'hierarchy.import.apply'"
    )


@pytest.mark.parametrize("mode", ["valid_rows", "all_or_nothing"])
async def test_killed_in_the_middle_and_run_again(
    hierarchy: Service, api: httpx.AsyncClient, district: str, mode: str
) -> None:
    every = ERRORS_EVERY if mode == "valid_rows" else SMALL + 1
    twin = fresh_district()
    calm, killed = await desk_with(hierarchy, api, twin, SMALL), await desk_with(hierarchy, api, district, SMALL)
    expected = await calm.imported(large(twin, SMALL, every)[0], mode=mode)
    checked = await killed.checked(large(district, SMALL, every)[0], mode=mode)
    assert (await killed.post(f"imports/{checked['id']}/confirm", {})).status_code == 200
    await killed_in_the_second_batch(district)
    middle = await killed.shown(checked["id"])
    there = await killed.rows("SELECT count(*) AS n FROM hierarchy.households WHERE district = $1")
    if mode == "valid_rows":
        assert (middle["step"], middle["progress"], there[0]["n"]) == ("applying", 25, BATCH)
    else:
        assert (middle["step"], middle["progress"], there[0]["n"]) == ("applying", 0, 0)
    await lease_over(killed)
    await run_due(hierarchy, district, rounds=50)
    done = await killed.shown(checked["id"])
    same = ("step", "rows", "valid", "wrong", "added", "changed", "unchanged", "left_out", "progress")
    assert {name: done[name] for name in same} == {name: expected[name] for name in same}
    ours, theirs = [
        [
            tuple(cell.replace(desk.district, "") for cell in (row[0], row[1], row[4], row[5]))
            for row in await desk.state()
        ]
        for desk in (killed, calm)
    ]
    assert sorted(ours) == sorted(theirs)
    assert len(ours) == expected["added"]
    for district_ in (district, twin):
        assert (
            await killed.rows("SELECT 1 FROM hierarchy.import_pieces WHERE district = $1 OR district = $2", district_)
            == []
        )


async def test_everything_or_nothing_when_a_row_goes_bad_meanwhile(
    hierarchy: Service, api: httpx.AsyncClient, district: str
) -> None:
    """Between the check and the last batch somebody else gets a number of the workbook: nothing of it is written."""
    count = 2 * BATCH
    desk = await desk_with(hierarchy, api, district, count)
    checked = await desk.checked(large(district, count, count + 1)[0])
    taken = (await desk.post("households", {"place": home(district, 1)})).json()["id"]
    other = {"name": "虚构他人", "phone": f"100{count:08}"}
    assert (await desk.post(f"households/{taken}/members", other)).status_code == 200
    done = await desk.confirm(checked["id"])
    assert (done["step"], done["failure"], done["added"]) == ("failed", "too_late", 0)
    [row] = await desk.rows("SELECT count(*) AS n FROM hierarchy.household_members WHERE district = $1")
    assert row["n"] == 1
    again = await desk.checked(large(district, count, count + 1)[0], mode="valid_rows")
    assert [one["row"] for one in await desk.faults(again["id"])] == [count + 1]


async def test_the_safety_net_is_noticed(
    hierarchy: Service, api: httpx.AsyncClient, district: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Were a row that is left out passed over, everything-or-nothing would be half imported: the test above sees it."""
    real = applying.apply

    async def forgetful(*args: Any) -> Written:
        written = await real(*args)
        written.left_out.clear()
        return written

    monkeypatch.setattr(applying, "apply", forgetful)
    desk = await desk_with(hierarchy, api, district, 3)
    checked = await desk.checked(large(district, 3, 4)[0])
    taken = (await desk.post("households", {"place": home(district, 1)})).json()["id"]
    await desk.post(f"households/{taken}/members", {"name": "虚构他人", "phone": "10000000003"})
    assert (await desk.confirm(checked["id"]))["step"] == "applied"
