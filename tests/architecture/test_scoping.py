"""Scope in SQL has one home: no statement compares paths by hand, `shared.runtime.scoping` does."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted(
    file
    for part in ("services", "shared")
    for file in (ROOT / part).rglob("*.py")
    if file.name not in {"scoping.py", "paths.py"}
)
_PATHS = {"path", "place_path"}
_ORDER = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
_CALLS = {"startswith", "like", "ilike", "between", "starts_with", "regexp_match"}


def _is_path(node: ast.AST) -> bool:
    """`P.path`, `A.c.place_path`, `table.c["path"]`, `columns.path.concat(…)`."""
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        return node.slice.value in _PATHS and isinstance(node.value, ast.Attribute)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "concat":
        return _is_path(node.func.value)
    return isinstance(node, ast.Attribute) and node.attr in _PATHS


def by_hand(source: str) -> list[str]:
    """Where a column of paths is put in an order against something, or matched with its beginning."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Compare) and any(isinstance(one, _ORDER) for one in node.ops):
            found += [ast.unparse(node) for side in (node.left, *node.comparators) if _is_path(side)]
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _CALLS:
            sides = (node.func.value, *node.args[:1]) if node.func.attr != "between" else (node.func.value,)
            found += [ast.unparse(node) for side in sides if _is_path(side)]
    return found


def test_no_statement_compares_paths_by_hand() -> None:
    found = {file.relative_to(ROOT).as_posix(): by_hand(file.read_text("utf-8")) for file in SOURCES}
    assert {name: lines for name, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    "planted",
    [
        "rows = select(A).where(A.c.place_path >= low, A.c.place_path < high)",
        "x = P.path > bindparam('after')",
        "x = bindparam('low') <= table.c['path']",
        "x = A.c.place_path.startswith(scope)",
        "x = func.starts_with(A.c.place_path, scope)",
        "x = P.path < top.c.path.concat('~')",
    ],
)
def test_a_planted_comparison_is_found(planted: str) -> None:
    assert by_hand(planted)


def test_what_only_looks_like_one_is_left_alone() -> None:
    assert by_hand("x = P.path == y\nz = len(row['path']) < 5\nw = request.url.path.removeprefix('/')") == []


def test_the_helper_is_used_by_every_service() -> None:
    users = {file.relative_to(ROOT).parts[1] for file in SOURCES if "runtime.scoping" in file.read_text("utf-8")}
    assert users >= {"hierarchy", "tickets", "events", "runtime"}
