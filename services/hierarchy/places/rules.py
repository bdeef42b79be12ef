"""How places are named and placed in the tree. Pure."""

import re
from collections.abc import Iterable, Mapping, MutableMapping
from typing import NamedTuple

from shared.kernel.paths import ROOT, WIDTH, child


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

    A place that is known keeps its path; a new one takes its parent's next number, which `known` then remembers.
    """
    kinds = dict(kinds)
    planted = []
    for code, parent, kind, name in rows:
        above = known[parent] if parent is not None else None
        path = known[code].path if code in known else _new_path(parent, known)
        whole = full_name(above, kinds.get(parent or ""), name)
        next_child = known[code].next_child if code in known else 1
        known[code] = Known(path, name, whole, next_child)
        kinds[code] = kind
        planted.append(Planted(code, path, above.path if above else None, whole))
    return planted


def _new_path(parent: str | None, known: MutableMapping[str, Known]) -> str:
    if parent is None:
        return ROOT
    above = known[parent]
    known[parent] = above._replace(next_child=above.next_child + 1)
    return child(above.path, above.next_child)
