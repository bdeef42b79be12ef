"""The import's file and its tree, without a database."""

from pathlib import Path

import pytest

from services.hierarchy.import_places import KINDS
from services.hierarchy.places.sheet import Sheet, SheetError
from services.hierarchy.places.tree import Given, Standing, grow
from tests.hierarchy.conftest import HEADER, Write

# --- the file as a whole ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "word"),
    [
        ("district,code,name,kind", "missing: parent_code"),
        (HEADER + ",colour", "unknown: colour"),
        (HEADER + ",code", "twice: code"),
        ("区县;编码", "missing: district, code, name, kind, parent_code; unknown: 区县;编码"),
    ],
)
def test_wrong_headers_are_named(write: Write, header: str, word: str) -> None:
    with pytest.raises(SheetError, match=word), Sheet(write("1", header=header)):
        pass


def test_what_is_no_utf_8_is_said(tmp_path: Path) -> None:
    path = tmp_path / "gbk.csv"
    path.write_bytes(f"{HEADER}\n110101,110101,东城区,district,\n".encode("gbk"))
    with pytest.raises(SheetError, match="line 2 is not UTF-8"), Sheet(path):
        pass


def test_an_endless_line_and_an_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    for content, word in ((b"x" * 100_000, "longer than 64 kB"), (b"", "missing: district")):
        path.write_bytes(content)
        with pytest.raises(SheetError, match=word), Sheet(path):
            pass


def test_rows_of_mixed_districts_are_found_again(write: Write) -> None:
    lines = [f"{d},{d}{n},第{n}处,grid,{d}" for n in range(50) for d in ("110101", "110102")]
    lines.insert(7, "")
    with Sheet(write(*lines)) as sheet:
        assert (sheet.districts, sheet.rows) == (["110101", "110102"], 100)
        for code in sheet.districts:
            given, faults = sheet.of(code, KINDS)
            assert faults == []
            assert [row.code for row in given] == [f"{code}{n}" for n in range(50)]
            assert all(lines[row.line - 2].startswith(f"{code},{row.code},") for row in given)


# --- the tree ---------------------------------------------------------------------------------------------------------


def given(*pairs: tuple[str, str | None]) -> list[Given]:
    return [
        Given(line, code, code, "district" if parent is None else "grid", parent)
        for line, (code, parent) in enumerate(pairs, 2)
    ]


def test_a_ring_is_named_and_what_hangs_on_it_is_not() -> None:
    found = grow("1", given(("r", None), ("hanging", "a"), ("a", "b"), ("b", "c"), ("c", "a"), ("fine", "r")), {})
    assert [(fault.line, fault.reason.startswith("cycle: ")) for fault in found.faults] == [
        (4, True),
        (5, True),
        (6, True),
    ]
    assert found.new == []


def test_a_tree_has_an_end() -> None:
    chain = [("p0", None), *((f"p{n}", f"p{n - 1}") for n in range(1, 17))]
    assert grow("1", given(*chain[:16]), {}).faults == []
    [fault] = grow("1", given(*chain), {}).faults
    assert (fault.line, "too deep" in fault.reason) == (18, True)


def test_a_parent_has_an_end_of_children() -> None:
    full = {"r": Standing("0001", "r", "r", 36**4, "district")}
    [fault] = grow("1", given(("r", None), ("x", "r")), full).faults
    assert "children" in fault.reason
