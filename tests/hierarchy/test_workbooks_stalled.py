"""A job that was given up leaves no import standing for ever: its importer reads that, and goes on or gives up."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import httpx
import pytest

from services.hierarchy.workbooks import applying, due, jobs
from services.hierarchy.workbooks.applying import Written
from services.hierarchy.workbooks.rules import Mode
from services.hierarchy.workbooks.workflow import IMPORT, OWN_MOVES, Party
from shared.kernel.errors import MoveNotOpen, NotYourMove
from shared.kernel.rights import Role
from shared.runtime.jobs import JobKind
from shared.runtime.service import Service
from tests.hierarchy.households_scene import BUILDING, COMMUNITY, code, open_register
from tests.hierarchy.workbooks_scene import Desk, book
from tests.support.steps import run_due
from tests.support.world import somebody

TITLES = ("户编码", "姓名", "手机号")


@pytest.fixture
async def desk(hierarchy: Service, api: httpx.AsyncClient, district: str) -> Desk:
    return Desk(**vars(await open_register(hierarchy, api, district, 6)))


def rows(desk: Desk) -> list[Sequence[Any]]:
    return [TITLES, *((desk.home(n), f"虚构住户{n}", f"1006666000{n}") for n in range(1, 7))]


async def to_its_death(desk: Desk, kind: JobKind) -> None:
    """Every attempt that the job has, each as soon as the one before has failed."""
    for _ in range(kind.attempts):
        await desk.rows("UPDATE hierarchy.jobs SET due_at = now() WHERE district = $1 AND name = $2", kind.name)
        await run_due(desk.service, desk.district, rounds=1)
    [job] = await desk.rows("SELECT * FROM hierarchy.jobs WHERE district = $1 AND name = $2", kind.name)
    assert (job["dead_at"] is not None, job["attempts"]) == (True, kind.attempts)


async def unreadable(_: bytes) -> Any:
    raise RuntimeError("the disk is full")


async def sent_and_stalled(desk: Desk, patch: pytest.MonkeyPatch) -> str:
    """A workbook whose check was given up."""
    id_: str = (await desk.send(book(rows(desk)))).json()["id"]
    with patch.context() as broken:
        broken.setattr(jobs, "open_grid", unreadable)
        await to_its_death(desk, due.CHECK)
    return id_


async def confirmed_and_stalled(desk: Desk, patch: pytest.MonkeyPatch, mode: Mode) -> str:
    """A workbook that is applied two rows at a time; what writes breaks after the first batch, or at once."""
    patch.setattr(jobs, "BATCH", 2)
    checked = await desk.checked(book(rows(desk)), mode=mode.value)
    assert (await desk.post(f"imports/{checked['id']}/confirm", {})).status_code == 200
    if mode is Mode.VALID_ROWS:
        await run_due(desk.service, desk.district, rounds=1)
    with patch.context() as broken:
        real, calls = applying.apply, list[int]()

        async def half(*args: Any) -> Written:
            calls.append(1)
            written = await real(*args)
            raise RuntimeError(written)  # in the middle of the batch's transaction

        broken.setattr(applying, "apply", half)
        await to_its_death(desk, due.APPLY)
        assert len(calls) == due.APPLY.attempts
    return str(checked["id"])


async def test_a_check_that_was_given_up_is_said_and_done_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    id_ = await sent_and_stalled(desk, monkeypatch)
    shown = await desk.shown(id_)
    assert (shown["step"], shown["stalled"], shown["moves"]) == ("received", True, ["cancel", "resume"])
    assert "继续" in shown["stalled_zh"]
    assert "`resume`" in shown["stalled_en"]
    assert [one["stalled"] for one in (await desk.get("imports")).json()["items"]] == [True]
    for who, expected in (
        (desk.grid_worker, (404, "not_found")),
        (desk.stranger, (404, "not_found")),
        (somebody(desk.district, Role.COMMUNITY_STAFF, BUILDING), (404, "not_found")),
    ):
        assert code(await desk.post(f"imports/{id_}/resume", {}, who)) == expected
    resumed = await desk.post(f"imports/{id_}/resume", {})
    assert (resumed.status_code, resumed.json()["stalled"], resumed.json()["stalled_zh"]) == (200, False, None)
    assert code(await desk.post(f"imports/{id_}/resume", {})) == (409, "move_not_open")
    await run_due(desk.service, desk.district)
    assert (await desk.confirm(id_))["added"] == 6
    assert await desk.rows("SELECT 1 FROM hierarchy.jobs WHERE district = $1 AND dead_at IS NOT NULL") == []
    [entry] = await desk.rows("SELECT * FROM hierarchy.journal WHERE district = $1 AND event = 'import.resume'")
    assert (entry["actor"], entry["data"]) == (str(desk.staff.id), {"given_up": "RuntimeError"})


async def test_a_check_that_was_given_up_is_cancelled(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the file is kept, and no dead job is left for the operator to wonder at."""
    id_ = await sent_and_stalled(desk, monkeypatch)
    cancelled = (await desk.post(f"imports/{id_}/cancel", {})).json()
    assert (cancelled["step"], cancelled["stalled"], cancelled["moves"]) == ("cancelled", False, [])
    assert await desk.rows("SELECT 1 FROM hierarchy.import_pieces WHERE district = $1") == []
    [left] = await desk.rows("SELECT name FROM hierarchy.jobs WHERE district = $1")
    assert left["name"] == due.EXPIRE.name  # and finds nothing
    await desk.rows(_KEPT)
    await run_due(desk.service, desk.district)
    assert (await desk.shown(id_))["step"] == "cancelled"


@pytest.mark.parametrize("mode", Mode)
async def test_an_import_that_was_given_up_goes_on_where_it_was(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, mode: Mode
) -> None:
    id_ = await confirmed_and_stalled(desk, monkeypatch, mode)
    shown = await desk.shown(id_)
    progress, added = (33, 2) if mode is Mode.VALID_ROWS else (0, 0)
    assert (shown["step"], shown["stalled"], shown["moves"]) == ("applying", True, ["resume", "cancel"])
    assert (shown["progress"], shown["added"]) == (progress, added)
    assert shown["stalled_zh"]
    assert shown["stalled_en"]
    colleague = somebody(desk.district, Role.COMMUNITY_STAFF, COMMUNITY)
    assert (await desk.post(f"imports/{id_}/resume", {}, colleague)).json()["stalled"] is False
    await run_due(desk.service, desk.district, rounds=20)
    done = await desk.shown(id_)
    assert (done["step"], done["added"], done["changed"], done["unchanged"]) == ("applied", 6, 0, 0)
    counted = "SELECT count(*) AS n FROM hierarchy.{} WHERE district = $1"
    for table in ("households", "household_members"):
        [row] = await desk.rows(counted.format(table))
        assert row["n"] == 6
    # What is written from then on is theirs who went on.
    entries = await desk.rows("SELECT actor FROM hierarchy.journal WHERE district = $1 AND event = 'household.import'")
    assert Counter(row["actor"] for row in entries) == +Counter(
        {str(desk.staff.id): added, str(colleague.id): 6 - added}
    )


async def test_an_import_that_was_given_up_writes_with_the_rights_of_who_goes_on(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The operator confirmed places; staff who go on with them bring what they may bring: none."""
    above = f"{desk.district}100001"
    building = [["编码", "名称", "类别", "上级编码"], [f"{above}-B07", "7号楼", "楼栋", above]]
    checked = await desk.checked(book(building), "places", who=desk.operator)
    await desk.post(f"imports/{checked['id']}/confirm", {}, desk.operator)

    async def broken(*_: Any) -> Written:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(applying, "apply", broken)
        await to_its_death(desk, due.APPLY)
    assert (await desk.post(f"imports/{checked['id']}/resume", {})).status_code == 200
    await run_due(desk.service, desk.district)
    done = await desk.shown(checked["id"])
    assert (done["step"], done["failure"], done["added"]) == ("failed", "not_theirs", 0)


async def test_the_rest_of_an_import_that_was_given_up_is_cancelled(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    id_ = await confirmed_and_stalled(desk, monkeypatch, Mode.VALID_ROWS)
    cancelled = (await desk.post(f"imports/{id_}/cancel", {})).json()
    assert (cancelled["step"], cancelled["added"], cancelled["progress"]) == ("cancelled", 2, 33)
    assert await desk.rows("SELECT 1 FROM hierarchy.import_pieces WHERE district = $1") == []
    assert len((await desk.get("households")).json()["items"]) == 2


async def test_the_operator_may_revive_it_as_ever(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then nobody else need do anything; and a job whose importer went on meanwhile is not there any more."""
    id_ = await sent_and_stalled(desk, monkeypatch)
    [job] = (await desk.get("jobs/dead", desk.operator)).json()["items"]
    assert (await desk.post(f"jobs/{job['id']}/revive", {}, desk.operator)).status_code == 200
    assert (await desk.shown(id_))["stalled"] is False
    assert code(await desk.post(f"imports/{id_}/resume", {})) == (409, "move_not_open")
    await run_due(desk.service, desk.district)
    assert (await desk.shown(id_))["step"] == "checked"
    other = await sent_and_stalled(desk, monkeypatch)
    [job] = (await desk.get("jobs/dead", desk.operator)).json()["items"]
    assert (await desk.post(f"imports/{other}/resume", {})).status_code == 200
    assert code(await desk.post(f"jobs/{job['id']}/revive", {}, desk.operator)) == (404, "not_found")


async def test_nothing_stands_still_while_its_job_is_tried(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    id_ = (await desk.send(book(rows(desk)))).json()["id"]
    monkeypatch.setattr(jobs, "open_grid", unreadable)
    await run_due(desk.service, desk.district, rounds=1)
    shown = await desk.shown(id_)
    assert (shown["step"], shown["stalled"], shown["moves"]) == ("received", False, ["cancel"])
    assert code(await desk.post(f"imports/{id_}/resume", {})) == (409, "move_not_open")


# --- what nobody cares for -----------------------------------------------------------------------------------------

_DUE = "UPDATE hierarchy.jobs SET due_at = now() WHERE district = $1 AND name = 'hierarchy.import.expire'"
_KEPT = """WITH kept AS (UPDATE hierarchy.imports SET kept_until = now() - interval '1 hour' WHERE district = $1)
    UPDATE hierarchy.jobs SET due_at = now() WHERE district = $1 AND name = 'hierarchy.import.expire'"""


async def kept(desk: Desk) -> int:
    return len(await desk.rows("SELECT 1 FROM hierarchy.import_pieces WHERE district = $1"))


async def test_what_stands_still_and_nobody_goes_on_with_is_removed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A week after it came, or was gone on with; it is said until when."""
    id_ = await sent_and_stalled(desk, monkeypatch)
    shown = await desk.shown(id_)
    assert datetime.fromisoformat(shown["kept_until"]) - datetime.fromisoformat(shown["created_at"]) > due.KEPT / 2
    await desk.rows(_DUE)
    await run_due(desk.service, desk.district)
    assert ((await desk.shown(id_))["stalled"], await kept(desk)) == (True, 1)  # put off since: another job is for it
    await desk.rows(f"INSERT INTO hierarchy.jobs (district, id, name, queue, args) VALUES ($1, gen_random_uuid(), "
                    f"'{due.EXPIRE.name}', 'local', jsonb_build_object('import_id', $2::text))", id_)  # fmt: skip
    await desk.rows(_KEPT)
    await run_due(desk.service, desk.district)
    gone = await desk.shown(id_)
    assert (gone["step"], gone["stalled"], gone["kept_until"], gone["moves"]) == ("cancelled", False, None, [])
    for table in ("import_pieces", "jobs"):
        assert await desk.rows(f"SELECT 1 FROM hierarchy.{table} WHERE district = $1") == []
    [entry] = await desk.rows("SELECT * FROM hierarchy.journal WHERE district = $1 AND event = 'import.expire'")
    assert (entry["before"], entry["after"]) == ("received", "cancelled")


async def test_the_rest_of_what_stands_still_is_removed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    id_ = await confirmed_and_stalled(desk, monkeypatch, Mode.VALID_ROWS)
    assert (await desk.shown(id_))["kept_until"] is not None
    await desk.rows(_KEPT)
    await run_due(desk.service, desk.district)
    gone = await desk.shown(id_)
    assert (gone["step"], gone["added"], gone["kept_until"], await kept(desk)) == ("cancelled", 2, None, 0)
    assert len((await desk.get("households")).json()["items"]) == 2


async def test_what_is_still_tried_is_looked_at_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker was away for a week: what waits for it does not vanish the moment it is back."""
    id_ = (await desk.send(book(rows(desk)))).json()["id"]
    await desk.rows(_KEPT)
    with monkeypatch.context() as broken:
        broken.setattr(jobs, "open_grid", unreadable)
        await run_due(desk.service, desk.district, rounds=1)
    shown = await desk.shown(id_)
    assert (shown["step"], shown["stalled"], await kept(desk)) == ("received", False, 1)
    assert datetime.fromisoformat(shown["kept_until"]) > datetime.fromisoformat(shown["created_at"])
    [again] = await desk.rows("SELECT due_at FROM hierarchy.jobs WHERE district = $1 AND name = $2", due.EXPIRE.name)
    assert again["due_at"] == datetime.fromisoformat(shown["kept_until"])
    await desk.rows("UPDATE hierarchy.jobs SET due_at = now() WHERE district = $1 AND name = $2", due.CHECK.name)
    await run_due(desk.service, desk.district)
    assert (await desk.confirm(id_))["added"] == 6
    assert (await desk.shown(id_))["kept_until"] is None


async def test_whoever_goes_on_has_a_week_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    id_ = await sent_and_stalled(desk, monkeypatch)
    await desk.rows("UPDATE hierarchy.imports SET kept_until = now() + interval '1 hour' WHERE district = $1")
    resumed = (await desk.post(f"imports/{id_}/resume", {})).json()
    assert datetime.fromisoformat(resumed["kept_until"]) - datetime.fromisoformat(resumed["created_at"]) > due.KEPT / 2
    await desk.rows(_DUE)
    await run_due(desk.service, desk.district)
    assert (await desk.shown(id_))["step"] == "checked"


# Every move of the importer, by step, and what must be so.
OPEN = {
    ("received", "cancel"): (None, "cancelled"),
    ("received", "resume"): ("stalled", "received"),
    ("checked", "confirm"): ("importable", "applying"),
    ("checked", "cancel"): (None, "cancelled"),
    ("applying", "resume"): ("stalled", "applying"),
    ("applying", "cancel"): ("stalled", "cancelled"),
}


@pytest.mark.parametrize("step", IMPORT.steps)
@pytest.mark.parametrize("move", OWN_MOVES)
@pytest.mark.parametrize("fact", [None, "importable", "stalled"])
def test_the_table_of_an_importers_moves(step: str, move: str, fact: str | None) -> None:
    known = frozenset({fact} if fact else ())
    needed, after = OPEN.get((step, move), ("nothing does", ""))
    if needed in (None, fact):
        assert IMPORT.apply(step, move, [Party.IMPORTER], known).after == after
    else:
        with pytest.raises(MoveNotOpen):
            IMPORT.apply(step, move, [Party.IMPORTER], known)
    with pytest.raises((NotYourMove, MoveNotOpen)):
        IMPORT.apply(step, move, [Party.CLOCK], known)
