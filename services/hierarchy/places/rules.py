"""How places are named and placed in the tree. Pure."""

import re
from collections.abc import Iterable, Mapping, MutableMapping
from typing import NamedTuple

from shared.kernel.paths import ROOT, WIDTH, child, covers


class Known(NamedTuple):
    """A place as far as its children need it."""

    path: str
    name: str
    full_name: str
    next_child: int


class Planted(NamedTuple):
    code: str
    path: str
    parent: str | None
    full_name: str


DEEPEST = 16  # levels from the district down
HOUSEHOLD = "household"  # the one kind of place that is somebody's home
UNNAMED = ("district",)  # full names begin with the street
_PATH = re.compile(rf"(?:[0-9a-z]{{{WIDTH}}})+")


def is_path(text: str) -> bool:
    """Whether it could be a place's path."""
    return _PATH.fullmatch(text) is not None


def full_name(above: Known | None, above_kind: str | None, name: str) -> str:
    """Names from the street down; a name that begins with its parent's (`…小区1号楼`) is not said twice."""
    if above is None or above_kind in UNNAMED:
        return name
    if name.startswith(above.name):
        return above.full_name + name.removeprefix(above.name)
    return above.full_name + name


def plant(
    rows: Iterable[tuple[str, str | None, str, str]], known: MutableMapping[str, Known], kinds: Mapping[str, str]
) -> list[Planted]:
    """Gives every row (code, parent, kind, name), parents first, its path.

    A place that is known keeps its path, also where it was moved to another parent since; a new one takes its parent's
    next number, which `known` then remembers.
    """
    kinds, at = dict(kinds), {place.path: code for code, place in known.items()}
    planted = []
    for code, parent, kind, name in rows:
        lies_in = at.get(known[code].path[:-WIDTH]) if code in known else parent
        above = known[lies_in] if lies_in is not None else None
        path = known[code].path if code in known else _new_path(parent, known)
        whole = full_name(above, kinds.get(lies_in or ""), name)
        next_child = known[code].next_child if code in known else 1
        known[code] = Known(path, name, whole, next_child)
        kinds[code] = kind
        planted.append(Planted(code, path, above.path if above else None, whole))
    return planted


def why_not_move(path: str, to: str, depth: int) -> tuple[str, str] | None:
    """Why a place may not move below another, in Chinese and English. `depth`: of the longest path in it."""
    if path == ROOT:
        return "区县本身不能移动", "the district itself does not move"
    if covers(path, to):
        return "不能移到自己或自己的下级", "a place cannot lie in itself or in what lies in it"
    if to == path[:-WIDTH]:
        return "已经在该上级之下", "it lies there already"
    if len(to) + depth - len(path) + WIDTH > DEEPEST * WIDTH:
        return f"层级过深，最多 {DEEPEST} 级", f"it would lie too deep: at most {DEEPEST} levels"
    return None


def _new_path(parent: str | None, known: MutableMapping[str, Known]) -> str:
    if parent is None:
        return ROOT
    above = known[parent]
    known[parent] = above._replace(next_child=above.next_child + 1)
    return child(above.path, above.next_child)
