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

from services.hierarchy.appointments import queries as posts
from services.hierarchy.households import queries as households
from services.hierarchy.people import queries as entering
from services.hierarchy.people import service as people
from services.hierarchy.places import tree_queries as places
from services.hierarchy.places.loading import import_places
from services.hierarchy.places.tree import Given
from services.hierarchy.workbooks import applying
from services.hierarchy.workbooks.applying import Written
from services.hierarchy.workbooks.checking import BATCH
from shared.kernel.rights import Role
from shared.runtime.db import Statement
from shared.runtime.jobs import LEASE_MARGIN_S, TIMEOUTS_S
from shared.runtime.sealer import LOOKBACK_S
from shared.runtime.service import Service
from tests.hierarchy.households_scene import code, open_register
from tests.hierarchy.large_book import EVERY, PLANTED, ROWS, good, home, large
from tests.hierarchy.small import loader
from tests.hierarchy.workbooks_scene import Desk, cells
from tests.support.steps import run_due
from tests.support.world import fresh_district, somebody


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
    checked = await desk.checked(content, mode="valid_rows")
    assert (await desk.post(f"imports/{checked['id']}/confirm", {})).status_code == 200
    await killed_in_batch(20, district)
    middle = await desk.shown(checked["id"])
    assert (middle["step"], middle["progress"], middle["added"]) == ("applying", 38, 19 * BATCH)
    await lease_over(desk)
    await run_due(hierarchy, district, rounds=100)
    took = time.monotonic() - began
    print(f"\n{ROWS} rows: checked in {checked_in:.1f} s; again, killed and applied in {took:.1f} s")  # noqa: T201 - what the reader asks for
    done = await desk.shown(checked["id"])
    assert (done["step"], done["added"], done["left_out"], done["progress"]) == ("applied", ROWS - PLANTED, 0, 100)
    there = await desk.rows(
        "SELECT h.code, p.phone_index FROM hierarchy.households h JOIN hierarchy.household_members m "
        "ON m.district = h.district AND m.household_id = h.id JOIN hierarchy.people p "
        "ON p.district = m.district AND p.id = m.person_id WHERE h.district = $1"
    )
    wanted = [good(district, number) for number in range(1, ROWS + 1) if number % EVERY]
    vault = hierarchy.vault
    assert sorted(tuple(row.values()) for row in there) == [
        (code_, people.phone_index(vault, district, phone)) for code_, _, _, phone, *_ in wanted
    ]


# --- killed in the middle --------------------------------------------------------------------------------------------

SMALL, ERRORS_EVERY = 3 * BATCH + 200, 100
_WORKER = """
import asyncio, sys
from services.hierarchy.main import open_hierarchy
from services.hierarchy.workbooks import applying, jobs
from tests.support.steps import run_due

write, at, last = applying.apply, 0, int(sys.argv[2])

async def slow(*args):
    global at
    written = await write(*args)
    at += 1
    print(at, flush=True)
    if at == last:
        await asyncio.sleep(60)  # in the middle of this batch's transaction
    return written

async def main():
    applying.apply = slow
    await run_due(open_hierarchy(), sys.argv[1], rounds=50)

asyncio.run(main())
"""


async def killed_in_batch(number: int, district: str) -> None:
    """Runs the district's jobs in a process of its own and kills it (-9) while a batch is written and not committed."""
    command = (sys.executable, "-c", _WORKER, district, str(number))
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, env={**os.environ, "PYTHONPATH": "."}
    )
    assert process.stdout is not None
    async with asyncio.timeout(60):
        while (line := (await process.stdout.readline()).strip()) != str(number).encode():
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
    await killed_in_batch(2, district)
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
        [(row[0].removeprefix(desk.district), row[1], row[4], row[5]) for row in await desk.state()]
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


async def test_everything_or_nothing_keeps_nobody_waiting_and_a_move_is_noticed(
    hierarchy: Service, api: httpx.AsyncClient, district: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the rows are on their way somebody else writes, and moves the building: the rows arrive at its new path."""
    count = 2 * BATCH
    desk = await desk_with(hierarchy, api, district, count + 1)
    checked = await desk.checked(large(district, count, count + 1)[0])
    real, answers = applying.apply, list[httpx.Response]()
    compound = f"{district}100001-P01"
    async with loader(hierarchy, district) as work:
        await import_places(work, [Given(1, compound, "示例小区", "compound", f"{district}100001")])

    async def meanwhile(*args: Any) -> Written:
        written = await real(*args)
        if not answers:
            answers.append(await desk.post("households", {"place": home(district, count + 1)}))
            move = f"places/{district}100001-B01/move"
            answers.append(await desk.post(move, {"parent": compound}, somebody(district, Role.OPERATOR)))
        return written

    monkeypatch.setattr(applying, "apply", meanwhile)
    assert (await desk.confirm(checked["id"]))["step"] == "applying"
    assert [answer.status_code for answer in answers] == [201, 200]
    [row] = await desk.rows("SELECT count(*) AS n FROM hierarchy.households WHERE district = $1")
    assert row["n"] == 1
    await lease_over(desk)
    await run_due(hierarchy, district, rounds=20)
    done = await desk.shown(checked["id"])
    assert (done["step"], done["added"]) == ("applied", count)
    astray = (
        "SELECT 1 FROM hierarchy.households h LEFT JOIN hierarchy.places p "
        "ON p.district = h.district AND p.code = h.code AND p.path = h.path WHERE h.district = $1 AND p.id IS NULL"
    )
    assert await desk.rows(astray) == []


def test_no_job_outlives_the_sealers_look_back() -> None:
    assert max(TIMEOUTS_S.values()) + LEASE_MARGIN_S < LOOKBACK_S


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        (households.BY_CODES, "uq_households_code"),
        (households.HOLD, "pk_households"),
        (households.MEMBERS_OF, "uq_household_members_person"),
        (households.STANDING_TAGS, "uq_household_tags_tag"),
        (entering.BY_CODES, "uq_people_code"),
        (entering.BY_PHONE, "uq_people_phone"),
        (entering.BY_ID_NUMBER, "uq_people_id_number"),
        (entering.BY_IDS, "pk_people"),
        (entering.HOLD, "pk_people"),
        (posts.AT_POSTS, "uq_appointments_post"),
        (places.NAMES_BELOW, "ix_places_parent"),
    ],
)
async def test_a_batch_looks_its_rows_up_by_their_own_index(
    hierarchy: Service, statement: Statement, index: str
) -> None:
    """Whatever the planner knows of the table. By another index 50,000 rows were read a thousand times."""
    values = {"district": "000000", "codes": [], "households": [], "indexes": [], "ids": [], "posts": [], "parents": []}
    async with hierarchy.db.connection() as connection, connection.transaction():
        await connection.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        await connection.execute(f"PREPARE looked_up AS {statement.bind(values)[0]}")
        plan = await connection.fetch("EXPLAIN EXECUTE looked_up('{}', '000000', 0)")
        await connection.execute("DEALLOCATE looked_up")
    assert index in str(plan), plan  # by bitmap, where it expects many
