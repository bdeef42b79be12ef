"""A structure as text: every mistake is named with the line on which it stands, in TOML and in JSON."""

import json
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.hierarchy.structures.document import shipped
from services.hierarchy.structures.lines import lines_of
from services.hierarchy.structures.refusals import StructureInvalid
from services.hierarchy.structures.written import Format, read_structure

TEXT = """# 示例
name = "示例架构"
version = 2
in_force = 2027-01-01
place = "100001100001"

levels = [
  { key = "community", name = "社区", kind = "place", of = "community" },
  { key = "building", name = "楼栋", kind = "place", of = "building" },
]

[[posts]]
key = "building_head"
name = "楼栋长"
level = "building"
role = "building_head"
appointed_by = "社区党委"
span = { min = 30, max = 50 }

[[quotas]]
kind = "seats"
post = "building_head"
place = "building"
min = 1
max = 1
"""


def mistakes(text: str, form: Format = "toml") -> list[tuple[int, str]]:
    with pytest.raises(StructureInvalid) as refused:
        read_structure(text, form)
    return [(one["line"], one["at"]) for one in refused.value.fields["errors"]]


def test_a_text_without_mistakes_is_read() -> None:
    structure = read_structure(TEXT, "toml")
    assert (structure.version, structure.in_force) == (2, date(2027, 1, 1))
    assert structure.posts[0].span is not None


@pytest.mark.parametrize(
    ("old", "new", "line", "at"),
    [
        ("version = 2", "version = 0", 3, "/version"),
        ('place = "100001100001"', 'place = "nowhere"', 5, "/place"),
        ('of = "building"', 'of = "cellar"', 9, "/levels/1/of"),
        ('role = "building_head"', 'role = "operator_in_chief"', 16, "/posts/0/role"),
        ("max = 50", "max = 20", 18, "/posts/0/span"),
        ("min = 30", 'min = "many"', 18, "/posts/0/span/min"),
        ('level = "building"', 'level = "attic"', 15, "/posts/0/level"),
        ('post = "building_head"', 'post = "king"', 22, "/quotas/0/post"),
        ('place = "building"\n', 'plaice = "building"\n', 23, "/quotas/0/plaice"),
        ('name = "示例架构"', 'nmae = "示例架构"', 2, "/nmae"),
        ('kind = "seats"', 'kind = "sofas"', 20, "/quotas/0"),
        ('name = "楼栋长"', 'name = "楼\\u0000长"', 14, "/posts/0/name"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_line(old: str, new: str, line: int, at: str) -> None:
    assert old in TEXT
    assert (line, at) in mistakes(TEXT.replace(old, new, 1))


@pytest.mark.parametrize(
    ("old", "new", "zh"),
    [
        ("max = 50", "max = 20", "最少 30 多于最多 20"),
        ('level = "building"', 'level = "attic"', "没有层级“attic”，已有：community、building"),
        ("appointed_by", 'categories = ["XX9"]\nappointed_by', "“XX9”不是诉求类别，可填：*、JC、RJ、MD、KN、WY"),
        ('place = "building"\n', 'place = "community"\n', "岗位“楼栋长”设在楼栋，配额的 place 应为 building"),
        ("min = 30", 'min = "many"', "min 应为整数"),
        ("in_force = 2027-01-01", 'in_force = "soon"', "in_force 应为日期，如 2027-01-01"),
    ],
)  # fmt: skip
def test_a_mistake_says_in_chinese_what_to_write(old: str, new: str, zh: str) -> None:
    with pytest.raises(StructureInvalid) as refused:
        read_structure(TEXT.replace(old, new, 1), "toml")
    assert [one["zh"] for one in refused.value.fields["errors"]] == [zh]


def test_what_is_named_and_not_there_is_told_with_all_other_mistakes() -> None:
    text = TEXT.replace("version = 2", "version = 0").replace('level = "building"', 'level = "attic"')
    assert mistakes(text.replace('post = "building_head"', 'post = "king"')) == [
        (3, "/version"), (15, "/posts/0/level"), (22, "/quotas/0/post"),
    ]  # fmt: skip


@pytest.mark.parametrize("junk", ["3", '"text"', "[1]", "[[]]", '[{ key = [1], name = {}, kind = "place", of = 3 }]'])
@pytest.mark.parametrize("part", ["levels", "posts", "quotas", "zones"])
def test_a_part_that_is_something_else_altogether_is_refused(part: str, junk: str) -> None:
    assert mistakes(f"{part} = {junk}\n")


def test_several_mistakes_come_in_the_order_of_their_lines() -> None:
    text = TEXT.replace("version = 2", "version = 0").replace("min = 30", "min = -1").replace('"楼栋"', '""')
    assert [line for line, _ in mistakes(text)] == [3, 9, 18]


@pytest.mark.parametrize(
    ("text", "form", "line"),
    [
        ("name = 'x'\nlevels = [\n", "toml", 3),
        ("a = 1\na = 2\n", "toml", 2),
        ('{"name": "x",\n "version": }', "json", 2),
        ('{"a": "\\\\ud800",\n "b": "\\ud83d\\ude00",\n "c": "\\ude00"}', "json", 3),
        ("[" * 100_000, "json", 1),
        ("a = " + "[" * 100_000, "toml", 1),
        ("version = " + "9" * 5000, "toml", 1),
        ("[1, 2]", "json", 1),
        ('"text"', "json", 1),
        ("structure = 3", "toml", 1),
    ],
)
def test_what_is_no_toml_or_no_json_is_refused_with_a_line(text: str, form: Format, line: int) -> None:
    assert mistakes(text, form)[0][0] == line


def test_a_key_twice_in_json_is_named_where_it_stands_again() -> None:
    """TOML refuses it; `json` would keep the last and lose the first in silence."""
    text = (
        '{"name": "x",\n "posts": [{"key": "a"}],\n "levels": [\n{"key": "b", "key": "c"}],\n "posts": [{"key": "d"}]}'
    )
    assert mistakes(text, "json") == [(4, "/levels/0/key"), (5, "/posts")]


def test_json_is_read_and_named_by_line_as_well() -> None:
    content = tomllib.loads(TEXT)
    written = json.dumps(content, default=str, ensure_ascii=False, indent=1)
    assert read_structure(written, "json") == read_structure(TEXT, "toml")
    broken = written.replace('"attic"', "").replace('"level": "building"', '"level": "attic"')
    [(line, at)] = mistakes(broken, "json")
    assert at == "/posts/0/level"
    assert "attic" in broken.splitlines()[line - 1]


def test_a_broken_file_of_a_community_is_named_below_its_structure() -> None:
    text = next(path for path in shipped() if path.stem == "southwest_street").read_text(encoding="utf-8")
    [(line, at)] = mistakes(text.replace('of = "micro_grid"', 'of = "cellar"', 1))
    assert at == "/structure/levels/3/of"
    assert 'of = "micro_grid"' in text.splitlines()[line - 1]


@pytest.mark.parametrize("depth", [150, 400, 900])
@pytest.mark.parametrize(("form", "start"), [("json", '{"name": '), ("toml", "name = ")])
def test_whatever_is_nested_deeply_is_refused(form: Format, start: str, depth: int) -> None:
    text = start + "[" * depth + "]" * depth + ("}" if form == "json" else "")
    assert mistakes(text, form)


@given(st.integers(0, len(TEXT)), st.integers(0, 40), st.text(max_size=8), st.sampled_from(["toml", "json"]))
def test_a_text_that_was_tampered_with_is_read_or_refused(at: int, gone: int, more: str, form: Format) -> None:
    text = TEXT if form == "toml" else json.dumps(tomllib.loads(TEXT), default=str, ensure_ascii=False, indent=1)
    tampered = text[:at] + more + text[at + gone :]
    try:
        read_structure(tampered, form)
    except StructureInvalid as refused:
        lines = [one["line"] for one in refused.fields["errors"]]
        assert lines
        assert all(1 <= line <= tampered.count("\n") + 1 for line in lines)


def test_the_example_in_the_documentation_is_read() -> None:
    written = (Path(__file__).parents[2] / "docs" / "structures.md").read_text(encoding="utf-8")
    example = read_structure(written.split("```toml\n")[1].split("```")[0], "toml")
    assert [post.name for post in example.posts] == ["书记", "楼栋长"]


@pytest.mark.parametrize("path", shipped(), ids=lambda path: path.stem)
def test_every_shipped_file_is_read_as_a_text(path: Path) -> None:
    assert read_structure(path.read_text(encoding="utf-8"), "toml").levels


def leaves(content: Any, steps: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if steps:
        yield steps
    if isinstance(content, dict):
        for key, value in content.items():
            yield from leaves(value, (*steps, key))
    if isinstance(content, list):
        for number, value in enumerate(content):
            yield from leaves(value, (*steps, number))


@pytest.mark.parametrize("path", shipped(), ids=lambda path: path.stem)
def test_every_key_of_a_shipped_file_stands_on_the_line_that_is_said(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    lines, written = lines_of(text, toml=True), text.splitlines()
    for steps in leaves(tomllib.loads(text)):
        assert steps in lines
        if isinstance(steps[-1], str):
            assert steps[-1] in written[lines[steps] - 1]


_KEYS = st.text(min_size=1, max_size=6)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEYS, inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(_KEYS, _VALUES, max_size=5), st.booleans())
def test_any_json_is_walked_to_its_end(content: dict[str, Any], escaped: object) -> None:
    text = json.dumps(content, ensure_ascii=bool(escaped), indent=0)
    lines, written = lines_of(text, toml=False), text.split("\n")
    assert set(lines) == set(leaves(content))
    for steps, line in lines.items():
        if isinstance(steps[-1], str):
            assert written[line - 1].startswith(json.dumps(steps[-1], ensure_ascii=bool(escaped)))


def test_every_way_of_writing_toml_is_walked() -> None:
    text = (
        "a.b.c = 1 # [not] = a table\n'quoted key' = 'it''s'\n".replace("it''s", "its")
        + '"esc\\u0041ped" = "a \\" b # c"\n'
        + 'long = """\nfirst "" line\nsecond \\"""" # four quotes\n'
        + "raw = '''\nC:\\\\\n'''\n"
        + "[table . sub]\nx = [ 1, # one\n  2,\n  [3, {y = 'z', k.l = [\n4]}],\n]\n"
        + "[[array]]\nn = 1979-05-27T07:32:00Z\n[array.inner]\nm = +1_000\n"
        + "[[array]]\nn = inf\n[[array.deep]]\nq = 0x1F\n"
    )
    content, lines = tomllib.loads(text), lines_of(text, toml=True)
    assert set(leaves(content)) - {("a",), ("table",)} <= set(lines) | {("array",), ("array", 0, "inner")}
    written = text.splitlines()
    for steps, mark in {
        ("a", "b", "c"): "a.b.c", ("escAped",): "esc", ("long",): "long", ("raw",): "raw",
        ("table", "sub", "x", 1): "2,", ("table", "sub", "x", 2, 1, "k", "l", 0): "4",
        ("array", 0, "n"): "1979", ("array", 0, "inner", "m"): "1_000", ("array", 1, "n"): "inf",
        ("array", 1, "deep", 0, "q"): "0x1F",
    }.items():  # fmt: skip
        assert mark in written[lines[steps] - 1], steps
