"""`linli places import`: any order, many districts, all or nothing per district, again changes nothing."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from services.__main__ import main
from services.hierarchy.import_places import Refused, Report, Watch, import_file
from services.hierarchy.places import service as places
from services.hierarchy.places.sheet import SheetError
from services.hierarchy.places.tree import Fault
from services.hierarchy.settings import HierarchySettings
from shared.kernel.errors import Unavailable
from shared.runtime.service import Service
from tests.hierarchy.conftest import Write
from tests.hierarchy.small import load_small, loader
from tests.hierarchy.test_loading import contents
from tests.support.world import fresh_district


def rows(d: str) -> list[str]:
    """A small district, children before their parents."""
    return [
        f"{d},{d}S01-B01,甲社区1号楼,building,{d}S01",
        f"{d},{d}S01,甲社区,community,{d}S",
        f"{d},{d}S02,乙社区,community,{d}S",
        f"{d},{d}S,示例街道,street,{d}",
        f"{d},{d},示例区,district,",
    ]


class Heard(Watch):
    def __init__(self) -> None:
        self.refusals: dict[str, list[Fault]] = {}
        self.rows = self.expected = 0

    def begin(self, rows: int) -> None:
        self.expected = rows

    def advance(self, rows: int) -> None:
        self.rows += rows

    def refused(self, what: Refused) -> None:
        self.refusals[what.district] = list(what.faults)


async def run(path: Path, *only: str, dry_run: bool = False) -> tuple[Report, Heard]:
    heard = Heard()
    report = await import_file(HierarchySettings(), path, heard, only=only, dry_run=dry_run)
    assert heard.rows == heard.expected == report.rows
    return report, heard


async def tree(service: Service, district: str) -> dict[str, tuple[str, str | None, str, str, int]]:
    sql = "SELECT code, path, parent, name, full_name, next_child FROM hierarchy.places WHERE district = $1"
    async with service.db.connection() as connection:
        found = await connection.fetch(sql, district)
    return {row["code"].removeprefix(district): tuple(row)[1:] for row in found}


async def journal(service: Service, district: str) -> list[tuple[str, dict[str, int]]]:
    sql = "SELECT event, data FROM hierarchy.journal WHERE district = $1 ORDER BY at, id"
    async with service.db.connection() as connection:
        return [(row["event"], row["data"]) for row in await connection.fetch(sql, district)]


async def test_rows_in_any_order_become_a_tree(hierarchy: Service, district: str, write: Write) -> None:
    report, heard = await run(write(*rows(district)))
    assert (report.added, report.changed, report.unchanged, heard.refusals) == (5, 0, 0, {})
    assert await tree(hierarchy, district) == {
        "": ("0001", None, "示例区", "示例区", 2),
        "S": ("00010001", "0001", "示例街道", "示例街道", 3),
        "S01": ("000100010001", "00010001", "甲社区", "示例街道甲社区", 2),
        "S02": ("000100010002", "00010001", "乙社区", "示例街道乙社区", 1),
        "S01-B01": ("0001000100010001", "000100010001", "甲社区1号楼", "示例街道甲社区1号楼", 1),
    }
    assert await journal(hierarchy, district) == [("import", {"added": 5, "changed": 0})]
    async with loader(hierarchy, district) as work:
        assert await places.district_name(work) == "示例区"


async def test_again_changes_nothing(hierarchy: Service, district: str, write: Write) -> None:
    path = write(*rows(district))
    await run(path)
    before = await contents(hierarchy, district)
    report, _ = await run(path)
    assert (report.added, report.changed, report.unchanged) == (0, 0, 5)
    assert await contents(hierarchy, district) == before


@pytest.mark.parametrize(("start", "end"), [(b"", "\n"), (b"\xef\xbb\xbf", "\r\n"), (b"", "\n\n")])
async def test_as_programs_save_it(hierarchy: Service, district: str, write: Write, start: bytes, end: str) -> None:
    quoted = [f'"{district}", {district}-Q ,"甲，""乙""",community,{district}', ",,,,"]
    await run(write(*rows(district), *quoted, start=start, end=end))
    assert (await tree(hierarchy, district))["-Q"][2] == '甲，"乙"'


async def test_columns_in_any_order(hierarchy: Service, district: str, write: Write) -> None:
    await run(write(f"示例区,district,{district},,{district}", header="name,kind,district,parent_code,code"))
    assert set(await tree(hierarchy, district)) == {""}


async def test_what_stands_keeps_its_path_and_takes_its_name(hierarchy: Service, district: str, write: Write) -> None:
    await load_small(hierarchy, district)
    before = await tree(hierarchy, district)
    d = district
    report, _ = await run(write(f"{d},{d}100001,丙社区,community,{d}100", f"{d},{d}100003,丁社区,community,{d}100"))
    after = await tree(hierarchy, district)
    assert (report.added, report.changed, report.unchanged) == (1, 2, 0)  # the building's full name follows
    assert after["100001"] == ("000100010001", "00010001", "丙社区", "示例街道丙社区", 2)
    assert after["100001-B01"][3] == "示例街道丙社区甲社区1号楼"
    assert after["100003"][0] == "000100010003"
    assert after["100"][4] == before["100"][4] + 1
    sql = "SELECT version, invented FROM hierarchy.places WHERE district = $1 AND code = $2"
    async with hierarchy.db.connection() as connection:
        assert tuple(await connection.fetchrow(sql, d, f"{d}100001") or ()) == (2, True)


async def test_numbers_are_never_given_twice(hierarchy: Service, district: str, write: Write) -> None:
    await run(write(*rows(district)))
    async with hierarchy.db.connection() as connection:  # as a later removal would leave it
        await connection.execute(
            "DELETE FROM hierarchy.places WHERE district = $1 AND code = $2", district, f"{district}S02"
        )
    await run(write(*rows(district)))
    assert (await tree(hierarchy, district))["S02"][0] == "000100010003"


WRONG = {
    "unknown parent": ("{d},{d}X,丙,community,{d}NONE", "unknown parent '{d}NONE'"),
    "parent in another district": ("{d},{d}X,丙,community,999998001", "parent '999998001' in another district"),
    "duplicate": ("{d},{d}S01,丙,community,{d}S", "duplicate code '{d}S01': it stands on line 3"),
    "itself": ("{d},{d}X,丙,community,{d}X", "cycle: {d}X → {d}X"),
    "no code": ("{d},,丙,community,{d}S", "code is empty"),
    "no name": ("{d},{d}X, ,community,{d}S", "name is empty"),
    "long name": (f"{{d}},{{d}}X,{'丙' * 201},community,{{d}}S", "longer than 200"),
    "long code": (f"{{d}},{'9' * 65},丙,community,{{d}}S", "is not 1 to 64 letters"),
    "control character": ("{d},{d}X,丙\x07,community,{d}S", "control characters"),
    "kind": ("{d},{d}X,丙,castle,{d}S", "unknown kind 'castle'"),
    "two roots": ("{d},{d}X,丙,district,", "more than one root"),
    "a root of another kind": ("{d},{d}X,丙,street,", "more than one root"),
    "a district below": ("{d},{d}X,丙,district,{d}", "more than one root"),
    "values": ("{d},{d}X,丙,community", "4 values instead of 5"),
    "quotes": ('{d},{d}X,"丙,community,{d}S', "quotation marks"),
}


@pytest.mark.parametrize("what", WRONG)
async def test_one_wrong_row_refuses_its_district_alone(
    hierarchy: Service, district: str, write: Write, what: str
) -> None:
    row, reason = (part.replace("{d}", district) for part in WRONG[what])
    other = fresh_district()
    report, heard = await run(write(*rows(district), row, *rows(other)))
    assert report.refused == [district]
    [fault] = heard.refusals[district]
    assert fault.line == 7
    assert reason in fault.reason
    assert {count for count, _ in (await contents(hierarchy, district)).values()} == {0}
    assert len(await tree(hierarchy, other)) == 5


async def test_a_moved_place_is_not_moved_by_an_import(hierarchy: Service, district: str, write: Write) -> None:
    await run(write(*rows(district)))
    _, heard = await run(write(f"{district},{district}S01-B01,甲社区1号楼,building,{district}S02"))
    [fault] = heard.refusals[district]
    assert "moved" in fault.reason
    assert "linli places move" in fault.reason


@pytest.mark.usefixtures("hierarchy")
async def test_bad_district_codes(write: Write) -> None:
    _, heard = await run(write("12,1,丙,district,", ",2,丙,district,"))
    assert {code: str(faults[0])[:27] for code, faults in heard.refusals.items()} == {
        "12": "line 2: bad district code '",
        "": "line 3: bad district code '",
    }


@pytest.mark.usefixtures("hierarchy")
async def test_a_new_district_needs_its_root(district: str, write: Write) -> None:
    _, heard = await run(write(*rows(district)[:-1]))
    assert any("no root" in fault.reason for fault in heard.refusals[district])


async def test_a_dry_run_writes_nothing(hierarchy: Service, district: str, write: Write) -> None:
    report, _ = await run(write(*rows(district)), dry_run=True)
    assert report.added == 5
    assert {count for count, _ in (await contents(hierarchy, district)).values()} == {0}


async def test_chosen_districts_only(hierarchy: Service, district: str, write: Write) -> None:
    other = fresh_district()
    path = write(*rows(district), *rows(other))
    await run(path, other)
    assert (await tree(hierarchy, district), len(await tree(hierarchy, other))) == ({}, 5)
    with pytest.raises(SheetError, match="no rows of 999997"):
        await run(path, "999997")


async def test_a_district_that_is_being_changed_is_refused(hierarchy: Service, district: str, write: Write) -> None:
    await run(write(*rows(district)))
    async with loader(hierarchy, district) as holding:
        await holding.begin()
        await places.lock(holding)
        report, heard = await run(write(f"{district},{district}003,丙,community,{district}S"))
    assert report.refused == [district]
    assert "run it again" in heard.refusals[district][0].reason


@pytest.mark.usefixtures("hierarchy")
async def test_trouble_with_the_database_ends_it(district: str, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINLI_HIERARCHY_DATABASE_URL", "postgresql://nobody:x@127.0.0.1:9/linli")
    with pytest.raises(Unavailable):
        await run(write(*rows(district)))


# --- the command ------------------------------------------------------------------------------------------------------


@pytest.fixture
def command(database: dict[str, str], tmp_path: Path) -> Callable[..., Result]:
    """`linli places …` in the environment of these tests."""
    assert "hierarchy" in database

    def run_it(*words: str) -> Result:
        environment = {name: value for name, value in os.environ.items() if name.startswith("LINLI_")}
        return CliRunner().invoke(main, ["places", *words, "--home", str(tmp_path)], env=environment)

    return run_it


def test_the_command(command: Callable[..., Result], write: Write, district: str) -> None:
    done = command("import", str(write(*rows(district))))
    assert done.exit_code == 0, done.output
    assert "5 rows of 1 districts" in done.output
    assert "5 places added, 0 changed, 0 there already; 0 districts refused" in done.output
    wrong = command("import", str(write(*(f"{district},x{n},丙,castle,{district}" for n in range(30)))))
    assert wrong.exit_code == 1
    assert f"{district}: refused, 30 rows" in wrong.output
    assert "line 2: unknown kind 'castle'" in wrong.output
    assert "… and 10 more" in wrong.output
    unreadable = command("import", str(write("1", header="a,b")))
    assert (unreadable.exit_code, "missing: district" in unreadable.output) == (1, True)
