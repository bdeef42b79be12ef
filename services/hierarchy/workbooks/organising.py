"""Rows of organisations: what the doors `POST /organisations` and `edit` refuse, no workbook does either."""

from collections.abc import Mapping, Sequence

from services.hierarchy.organisations import service as organisations
from services.hierarchy.organisations.rules import DEEPEST, why_not_below
from services.hierarchy.workbooks.meaning import Finding
from services.hierarchy.workbooks.reading import Line
from shared.kernel.paths import ROOT, covers
from shared.runtime.db import Row
from shared.runtime.work import Work


async def unfit(work: Work, top: str, lines: Sequence[Line]) -> tuple[dict[str, Row], list[Finding]]:
    """What is there already, and the rows that cannot be, alone or together: a row below an unfit one is unfit too."""
    known = await _known(work, lines)
    good, found = list(lines), list[Finding]()
    while True:
        rows = {line.values["code"]: line for line in good if "code" in line.values}
        more = [
            (line, *why)
            for code, line in rows.items()
            if (why := _standing(work, top, line, known.get(code)) or _below(work, line, rows, known)) is not None
        ]
        if not more:
            return known, found
        found += more
        blamed = {id(line) for line, _, _ in more}
        good = [line for line in good if id(line) not in blamed]


async def _known(work: Work, lines: Sequence[Line]) -> dict[str, Row]:
    """The organisations that rows name, with all above them."""
    wanted = {line.values[name] for line in lines for name in ("code", "parent") if name in line.values}
    known: dict[str, Row] = {}
    for _ in range(DEEPEST + 1):
        fresh = await organisations.by_codes(work, wanted - known.keys())
        if not fresh:
            break
        known |= fresh
        wanted = {row["parent"] for row in fresh.values() if row["parent"] is not None}
    return known


def _standing(work: Work, top: str, line: Line, there: Row | None) -> tuple[str, str] | None:
    """Why what is there already is not to be changed by this row."""
    if there is None:
        return None
    path = there["path"] or ROOT
    if not covers(top, path):
        return "code", "outside"
    if not work.actor.may(organisations.MANAGE, path):
        return "code", "not_yours"
    if there["until"] is not None:
        return "code", "organisation_closed"
    return ("kind", "kind_fixed") if line.values.get("kind", there["kind"]) != there["kind"] else None


def _below(work: Work, line: Line, rows: Mapping[str, Line], known: Mapping[str, Row]) -> tuple[str, str] | None:
    """Why it cannot stand below its parent, once all good rows are written."""
    code, parent = line.values["code"], line.values.get("parent")
    if parent is None or "kind" not in line.values or (code in known and known[code]["parent"] == parent):
        return None
    above = known.get(parent)
    if parent in rows:
        kind = rows[parent].values.get("kind", "")
    elif above is not None and above["until"] is None and organisations.touches(work.actor, above["path"]):
        kind = above["kind"]
    else:
        return "parent", "organisation_unknown"
    why = why_not_below(line.values["kind"], code, kind, _line(parent, rows, known))
    return None if why is None else ("parent", "organisation_parent")


def _line(code: str | None, rows: Mapping[str, Line], known: Mapping[str, Row]) -> list[str]:
    """The codes from here upwards, as they will be."""
    found: list[str] = []
    while code is not None and code not in found:
        found.append(code)
        there = rows[code].values if code in rows else known.get(code, {})
        code = there.get("parent")
    return found
