"""How places are named and placed in the tree. Pure."""

import re
from collections.abc import Iterable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeVar

from shared.kernel.paths import ROOT, WIDTH, after, child, covers

Figure = TypeVar("Figure", int, float)


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


@dataclass(frozen=True, slots=True)
class Share:
    """How many residents of a place belong to a group, and which part of all they are."""

    group: str
    label: str
    count: int
    percent: float | None


Group = Literal["elderly", "living_alone", "working_away", "left_behind", "low_income", "disabled"]
GROUPS: dict[Group, str] = {
    "elderly": "老年人", "living_alone": "独居", "working_away": "外出务工", "left_behind": "留守",
    "low_income": "困难", "disabled": "残疾",
}  # fmt: skip


def demographics(attributes: Mapping[str, object], residents: int | None) -> list[Share]:
    """The groups of which a number is known; percentages to two decimals, none where nobody knows of how many."""
    known = [(group, count) for group in GROUPS if isinstance(count := attributes.get(group), int)]
    return [
        Share(group, GROUPS[group], count, round(count * 100 / residents, 2) if residents else None)
        for group, count in known
    ]


def is_path(text: str) -> bool:
    """Whether it could be a place's path."""
    return _PATH.fullmatch(text) is not None


def like(words: Iterable[str]) -> str:
    """The pattern of texts in which the words stand in this order."""
    return "".join(["%", *(re.sub(r"([\\%_])", r"\\\1", word) + "%" for word in words)])


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


def joined(own: Figure | None, more: Figure | None) -> Figure | None:
    """A figure of a place that took another one in. What is not known of the whole stays so: it is what those below
    come to.
    """
    return own if own is None or more is None else own + more


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


# --- codes -----------------------------------------------------------------------------------------------------
#
# 统计用区划代码: district 6 (GB/T 2260), street 9 (GB/T 10114), community 12; a grid (GB/T 34300) adds three digits to
# its community's. What has no official code is named after the place it lies in: its code, `-`, a letter, a number.

OFFICIAL = {"district": 6, "street": 9, "community": 12, "grid": 15}
_ABOVE = {"street": "district", "community": "street", "grid": "community"}
_STREETS = "012345"  # 0 街道, 1 镇, 2 and 3 乡, 4 and 5 政企合一
_TOKENS = {
    "area": "P", "compound": "X", "micro_grid": "M", "group": "Z", "neighbour_group": "L", "building": "B",
    "office_building": "O", "staircase": "U", "household": "H", "shop": "S",
}  # fmt: skip
KINDS = (*OFFICIAL, *_TOKENS)
# The numbers that are given out. Communities: 001-199 居委会, 200-399 村委会; whoever makes a village names its code.
_NUMBERS = {"community": (1, 199, 3), "grid": (1, 999, 3), "household": (1, 9999, 4), "shop": (1, 999, 3)}
_OTHERS = (1, 999, 2)


class Series(NamedTuple):
    """Codes to be given out: `prefix` and a number from `first` to `last`, written with at least `digits` digits."""

    prefix: str
    first: int
    last: int
    digits: int


def why_not_code(kind: str, code: str, district: str, above: Mapping[str, str]) -> tuple[str, str] | None:
    """Why a new place of the kind may not have the code, in Chinese and English.

    `above`: the codes of the places it lies in, by kind. Codes that are not all digits are a community's own business.
    """
    if not code.isdigit():
        return None
    if kind not in OFFICIAL:
        return (
            "全数字编码只用于区县、街道、社区和网格",
            "only districts, streets, communities and grids have digits alone",
        )
    lies_in = above.get(_ABOVE.get(kind, ""), "")
    checks = (
        (len(code) == OFFICIAL[kind], f"应为 {OFFICIAL[kind]} 位数字", f"a {kind} has {OFFICIAL[kind]} digits"),
        (code.startswith(district), f"应以区县代码 {district} 开头", f"it must begin with the district's, {district}"),
        (code[6:7] in _STREETS, "第 7 位应为 0 至 5", "the seventh digit, the kind of street or town, is 0 to 5"),
        (
            not lies_in.isdigit() or code.startswith(lies_in),
            f"应以上级编码 {lies_in} 开头",
            f"it must begin with {lies_in}, in which it lies",
        ),
    )
    return next(((zh, en) for fits, zh, en in checks if not fits), None)


def series(kind: str, parent: str, above: Mapping[str, str]) -> Series | None:
    """The codes for a new place of the kind in `parent`; None where only an authority gives codes (streets).

    A grid takes the next of its community, whatever lies between; one outside every community, or in one with a code
    of its own making, is named after its parent like everything else.
    """
    first, last, digits = _NUMBERS.get(kind, _OTHERS)
    over = above.get(_ABOVE.get(kind, ""), "")
    official = over.isdigit() and len(over) == OFFICIAL.get(_ABOVE.get(kind, ""), 0)
    if kind in ("community", "grid") and official:
        return Series(over, first, last, digits)
    token = _TOKENS.get(kind, "G" if kind == "grid" else "")
    return Series(f"{parent}-{token}", first, last, digits) if token else None


def why_not_merge(place: tuple[str, str], into: tuple[str, str]) -> tuple[str, str] | None:
    """Why a place (path, kind) may not become part of another one."""
    if place[0] == ROOT or into[0] == ROOT:
        return "区县本身不能合并", "the district itself does not merge"
    if covers(place[0], into[0]) or covers(into[0], place[0]):
        return "两处互为上下级，不能合并", "one of them lies in the other"
    if place[1] != into[1]:
        return "类别不同，不能合并", "they are of different kinds"
    return None


def too_deep(path: str, to: str, depth: int) -> bool:
    """Whether what is at `path`, whose longest path has `depth` characters, would lie too deep at `to`."""
    return len(to) + depth - len(path) > DEEPEST * WIDTH


def _new_path(parent: str | None, known: MutableMapping[str, Known]) -> str:
    if parent is None:
        return ROOT
    above = known[parent]
    known[parent] = above._replace(next_child=above.next_child + 1)
    return child(above.path, above.next_child)


def lay_in(top: str, went: Mapping[str, str]) -> list[tuple[str, str]]:
    """Ranges of today's paths: of all that lay in a place on a day gone by, given its path of today.

    `went`: of what has gone elsewhere since, where it lies today, and where that lies today in which it lay then.
    """
    turns: list[tuple[str, bool]] = []
    for path in {top, *went}:
        inside, around = _lay_in(top, went, path), _lay_in(top, went, path[:-WIDTH])
        if inside != around:
            turns += [(path, inside), (after(path), around)]
    ranges: list[tuple[str, str]] = []
    start: str | None = None
    for path, inside in sorted(turns):
        if start is not None and not inside:
            ranges.append((start, path))
        start = (start or path) if inside else None
    return ranges


def _lay_in(top: str, went: Mapping[str, str], path: str) -> bool:
    while path and path != top:
        path = went.get(path) or path[:-WIDTH]
    return path == top
