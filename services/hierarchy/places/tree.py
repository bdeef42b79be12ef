"""How given rows grow a district's tree: what is new, what is renamed, and what cannot be. Pure.

Rows come in any order. A place that stands keeps its path; a new one takes its parent's next number, which is never
given twice. One fault refuses the whole district, so all faults are looked for.
"""

import re
from collections import defaultdict, deque
from collections.abc import Container, Iterator, Mapping, Sequence
from typing import NamedTuple

from services.hierarchy.places.rules import DEEPEST, Known, full_name, why_not_code
from shared.kernel.paths import ROOT, WIDTH, child

DISTRICT_KIND = "district"
_OTHER = re.compile(r"[1-9][0-9]{5}")


class Given(NamedTuple):
    """A row of the file; `parent` is a code, None for the district itself."""

    line: int
    code: str
    name: str
    kind: str
    parent: str | None


class Fault(NamedTuple):
    """Why a line is refused."""

    line: int
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"


class Standing(NamedTuple):
    """A place that is there already."""

    path: str
    name: str
    full_name: str
    next_child: int
    kind: str


class Place(NamedTuple):
    """A place as it will be."""

    code: str
    path: str
    kind: str
    name: str
    full_name: str


class Growth(NamedTuple):
    """What is to be written; nothing of it where there are faults."""

    new: list[Place]
    changed: list[Place]
    next_child: dict[str, int]  # of new places and of standing ones that get children
    faults: list[Fault]


def grow(district: str, given: Sequence[Given], standing: Mapping[str, Standing], gone: Container[str] = ()) -> Growth:
    """The tree with the given rows in it. `gone`: the codes of places that were, which are never given again."""
    faults = sorted(_faults(district, given, standing, gone))
    if faults:
        return Growth([], [], {}, faults)
    rows = {row.code: row for row in given}
    known, kinds = _renamed(rows, standing)
    changed = [
        Place(code, now.path, kinds[code], now.name, now.full_name)
        for code, now in known.items()
        if (kinds[code], now.name, now.full_name)
        != (standing[code].kind, standing[code].name, standing[code].full_name)
    ]
    new, faults = _planted(rows, known, kinds)
    counts = {code: now.next_child for code, now in known.items()}
    before = {code: place.next_child for code, place in standing.items()}
    grown = {code: count for code, count in counts.items() if count != before.get(code, 1)}
    return Growth(new, changed, grown, faults)


def _renamed(rows: Mapping[str, Given], standing: Mapping[str, Standing]) -> tuple[dict[str, Known], dict[str, str]]:
    """Standing places with their names and kinds as given; full names follow where any name above changed."""
    kinds = {code: rows[code].kind if code in rows else place.kind for code, place in standing.items()}
    if all(rows[code].name == place.name for code, place in standing.items() if code in rows):
        return {code: Known(*place[:4]) for code, place in standing.items()}, kinds
    known: dict[str, Known] = {}
    at: dict[str, str] = {}
    for code, place in sorted(standing.items(), key=lambda item: item[1].path):
        above = at.get(place.path[:-WIDTH])
        name = rows[code].name if code in rows else place.name
        whole = full_name(known[above] if above else None, kinds[above] if above else None, name)
        known[code] = Known(place.path, name, whole, place.next_child)
        at[place.path] = code
    return known, kinds


def _planted(
    rows: Mapping[str, Given], known: dict[str, Known], kinds: dict[str, str]
) -> tuple[list[Place], list[Fault]]:
    """Gives every new row its path, parents first, siblings in the order of the file."""
    below: defaultdict[str | None, list[Given]] = defaultdict(list)
    for row in rows.values():
        if row.code not in known:
            below[row.parent].append(row)
    waiting = deque(row for parent in list(below) if parent is None or parent in known for row in below[parent])
    new: list[Place] = []
    faults: list[Fault] = []
    while waiting:
        row = waiting.popleft()
        above = None if row.parent is None else known[row.parent]
        try:
            path = ROOT if above is None else child(above.path, above.next_child)
        except ValueError as error:
            return [], [Fault(row.line, str(error))]
        if len(path) > DEEPEST * WIDTH:
            faults.append(Fault(row.line, f"too deep: at most {DEEPEST} levels 层级过深"))
            continue
        if row.parent is not None and above is not None:
            known[row.parent] = above._replace(next_child=above.next_child + 1)
        whole = full_name(above, kinds.get(row.parent or ""), row.name)
        known[row.code], kinds[row.code] = Known(path, row.name, whole, 1), row.kind
        new.append(Place(row.code, path, row.kind, row.name, whole))
        waiting.extend(below.pop(row.code, ()))
    return new, faults


# --- what cannot be ------------------------------------------------------------------------------------------------


def _faults(
    district: str, given: Sequence[Given], standing: Mapping[str, Standing], gone: Container[str]
) -> Iterator[Fault]:
    at = {place.path: code for code, place in standing.items()}
    root = at.get(ROOT)
    first: dict[str, Given] = {}
    for row in given:
        if row.code in first:
            yield Fault(row.line, f"duplicate code {row.code!r}: it stands on line {first[row.code].line} 编码重复")
            continue
        first[row.code] = row
        if row.parent is None and root is None:
            root = row.code
    for row in first.values():
        if row.parent is None:
            yield from _of_a_root(row, root)
        else:
            yield from _of_a_parent(row, row.parent, district, known=row.parent in first or row.parent in standing)
        if row.code in standing and row.parent is not None:
            actual = at.get(standing[row.code].path[:-WIDTH])
            if row.parent != actual:
                yield Fault(
                    row.line, f"moved: it lies in {actual!r} now, use `linli places move` 上级不同，请用移动命令"
                )
    if root is None:
        yield Fault(
            given[0].line if given else 0, f"no root: {district} is new, give it a row without parent_code 缺少区县"
        )
    yield from _codes(district, first, standing, gone)
    yield from _cycles(first, standing)


def _of_a_root(row: Given, root: str | None) -> Iterator[Fault]:
    if row.code != root:
        yield Fault(row.line, f"more than one root: the district is {root!r}, give a parent_code 只能有一个区县")
    elif row.kind != DISTRICT_KIND:
        yield Fault(row.line, f"without parent_code it is the district itself, of kind {DISTRICT_KIND!r} 缺少上级编码")


def _of_a_parent(row: Given, parent: str, district: str, *, known: bool) -> Iterator[Fault]:
    if row.kind == DISTRICT_KIND:
        yield Fault(row.line, "more than one root: a district has no parent_code 区县没有上级")
    if not known:
        other = _OTHER.match(parent)
        if other and other[0] != district:
            yield Fault(row.line, f"parent {parent!r} in another district 上级属于其他区县")
        else:
            yield Fault(row.line, f"unknown parent {parent!r} 上级不存在")


def _codes(
    district: str, rows: Mapping[str, Given], standing: Mapping[str, Standing], gone: Container[str]
) -> Iterator[Fault]:
    """New places whose codes are no codes of their kind, or were another place's."""
    at: dict[str, str] = {}
    for row in rows.values():
        if row.code in standing:
            continue
        if row.code in gone:
            yield Fault(row.line, f"code {row.code!r} was a place's that is gone: take another 编码曾用于已撤销的地点")
        elif row.code.isdigit() and row.parent is not None:
            at = at or {place.path: code for code, place in standing.items()}
            why = why_not_code(row.kind, row.code, district, _above(row.parent, rows, standing, at))
            if why is not None:
                yield Fault(row.line, f"code {row.code!r}: {why[1]} {why[0]}")


def _above(
    code: str, rows: Mapping[str, Given], standing: Mapping[str, Standing], at: Mapping[str, str]
) -> dict[str, str]:
    """The codes of a new place's parents by kind, the nearest of a kind."""
    found: dict[str, str] = {}
    step: str | None = code
    for _ in range(DEEPEST):
        if step is None:
            break
        if step in standing:
            place = standing[step]
            found.setdefault(rows[step].kind if step in rows else place.kind, step)
            step = at.get(place.path[:-WIDTH])
        elif step in rows:
            found.setdefault(rows[step].kind, step)
            step = rows[step].parent
        else:
            break
    return found


def _cycles(rows: Mapping[str, Given], standing: Mapping[str, Standing]) -> Iterator[Fault]:
    """The rows that lie in themselves. Those below a cycle are not to blame."""
    done: set[str] = set()
    for start in rows:
        way: list[str] = []
        on_way: set[str] = set()
        step: str | None = start
        while step is not None and step in rows and step not in standing and step not in done and step not in on_way:
            way.append(step)
            on_way.add(step)
            step = rows[step].parent
        if step in on_way:
            ring = way[way.index(step) :]
            shown = " → ".join([*ring[:5], "…"] if len(ring) > 5 else [*ring, ring[0]])  # noqa: PLR2004 - a line's worth
            yield from (Fault(rows[code].line, f"cycle: {shown} 上下级循环") for code in ring)
        done |= on_way
