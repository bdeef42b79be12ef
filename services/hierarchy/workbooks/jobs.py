"""The queue door of imports: reading and checking a workbook, applying it, and forgetting it."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import UUID

import orjson

from services.hierarchy.schema import JOBS
from services.hierarchy.workbooks import applying, due, keeping, service
from services.hierarchy.workbooks.checking import BATCH, Check
from services.hierarchy.workbooks.columns import COLUMNS
from services.hierarchy.workbooks.meaning import Finding
from services.hierarchy.workbooks.opening import Grid, open_grid
from services.hierarchy.workbooks.reading import Line, Reading, letters, read, shown
from services.hierarchy.workbooks.refusals import Unreadable
from services.hierarchy.workbooks.rules import Kind, Mode
from shared.runtime.db import Row
from shared.runtime.jobs import Run
from shared.runtime.work import Work

_PREVIEWED = 10
_TREES = (Kind.PLACES, Kind.ORGANISATIONS)  # written at once: parents come in any order
_NOT_THEIRS = ("not_yours", "post_not_yours", "oneself")


class Spoilt(Exception):
    """Everything or nothing, and a row is not good any more: nothing is."""

    def __init__(self, found: Sequence[Finding]) -> None:
        super().__init__()
        self.reason = "not_theirs" if any(reason in _NOT_THEIRS for _, _, reason in found) else "too_late"


@JOBS.handles(due.CHECK)
async def check(run: Run, import_id: str, by: dict[str, Any] | None = None) -> None:
    """Reads the workbook and finds fault with every row that deserves it, or that whoever sent it could not write by
    hand; nothing of the register changes.
    """
    id_, vault = UUID(import_id), run.service.vault
    async with run.reading() as work:
        row = await service.waiting(work, id_, "received")
        content = b"" if row is None else await keeping.content(work, vault, id_)
    if row is None:
        return
    kind = Kind(row["kind"])
    try:
        reading = await asyncio.to_thread(_read, kind, await open_grid(content))
    except Unreadable as error:
        async with run.work() as work:
            await service.end(work, row, "refuse", error.reason)
        return
    async with run.service.work(service.signed_by(run.district, by)) as work:
        await Check(work, vault, kind, row["path"], reading).run()
    found = await asyncio.to_thread(_Outcome, kind, reading, work.today)
    async with run.work() as work:
        if await service.waiting(work, id_, "received") is None:
            return
        await keeping.keep(work, vault, id_, keeping.ROWS, found.pieces)
        await keeping.keep_faults(work, vault, id_, found.wrong)
        await service.checked(work, vault, row, found.figures, found.columns, found.preview)


def _read(kind: Kind, grid: Grid) -> Reading:
    reading = read(kind, grid)
    if reading is None:
        raise Unreadable("no_header")
    if reading.header.twice:
        raise Unreadable("header_twice")
    if not reading.lines:
        raise Unreadable("no_rows")
    return reading


class _Outcome:
    """What is kept of a reading."""

    def __init__(self, kind: Kind, reading: Reading, today: date) -> None:
        good = [line for line in reading.lines if not line.faults]
        size = len(good) or 1 if kind in _TREES else BATCH
        batches = [good[start : start + size] for start in range(0, len(good), size)]
        self.pieces = [orjson.dumps([applying.packed(line) for line in lines]).decode() for lines in batches]
        self.wrong = [(line.row, wrong(kind, line)) for line in reading.lines if line.faults]
        self.figures = {
            "rows": len(reading.lines),
            "valid": len(good),
            "wrong": len(self.wrong),
            "faults": sum(len(line.faults) for line in reading.lines),
            "ignored": reading.ignored,
            "batches": len(batches),
        }
        titles = {column.field: column.title for column in COLUMNS[kind]}
        self.columns = {
            "recognised": [
                {"column": letters(at), "field": name, "title": titles[name]} for name, at in reading.header.at.items()
            ],
            "ignored": reading.header.ignored[:60],
        }
        self.preview = [
            {"row": line.row, "cells": _masked(kind, line) | _from_today(kind, line, today)}
            for line in reading.lines[:_PREVIEWED]
        ]


def wrong(kind: Kind, line: Line) -> dict[str, Any]:
    """A wrong row as it is kept: its cells masked, and what is wrong with them."""
    faults = [asdict(fault) for fault in line.faults]
    kept = [
        {"column": f["letter"], "value": f["shown"], **{n: f[n] for n in ("field", "title", "reason")}} for f in faults
    ]
    return {"cells": _masked(kind, line), "faults": kept}


def _masked(kind: Kind, line: Line) -> dict[str, str]:
    return {column.field: shown(column, line.cells.get(column.field)) for column in COLUMNS[kind]}


def _from_today(kind: Kind, line: Line, today: date) -> dict[str, str]:
    """What is said of an appointment's day that is gone by: it takes effect with the import."""
    since = line.values.get("since")
    if kind is not Kind.APPOINTMENTS or since is None or since >= today:
        return {}
    return {"since": f"{since}（自导入之日起任职 from the day of the import）"}


@JOBS.handles(due.APPLY)
async def apply(run: Run, import_id: str, by: dict[str, Any] | None = None) -> None:
    """One batch, and the next one is due with it; or all of them, where it is everything or nothing."""
    id_ = UUID(import_id)
    try:
        async with run.work() as work:
            row = await service.hold(work, id_)
            if row is not None:
                await _apply(run, work, row, by)
    except Spoilt as spoilt:
        async with run.work() as work:
            row = await service.hold(work, id_)
            if row is not None:
                await service.end(work, row, "fail", spoilt.reason)


async def _apply(run: Run, work: Work, row: Row, by: dict[str, Any] | None) -> None:
    work.actor = service.signed_by(run.district, by)  # what follows is theirs: in the register, and in the journal
    whole = row["mode"] == Mode.ALL_OR_NOTHING
    last = row["batches"] if whole else min(row["position"] + 1, row["batches"])
    total = applying.Written()
    for number in range(row["position"], last):
        kept = await keeping.batch(work, run.service.vault, row["id"], number)
        lines = [applying.unpacked(one) for one in kept]
        written = await applying.apply(work, run.service.vault, row, lines)
        if whole and written.left_out:
            raise Spoilt(written.left_out)
        await _leave_out(run, work, row, written)
        total.add(written)
    await applying.settle(work, total)
    figures = {name: getattr(total, name) for name in ("added", "changed", "unchanged")}
    figures["left_out"] = len(total.left_out)
    more = [] if last == row["batches"] else [due.APPLY.of(import_id=str(row["id"]), by=by)]
    row = await service.advance(work, row, last, figures, more)
    if not more:
        await service.end(work, row, "finish")


async def _leave_out(run: Run, work: Work, row: Row, written: applying.Written) -> None:
    if not written.left_out:
        return
    kind, letter = Kind(row["kind"]), {one["field"]: one["column"] for one in row["columns"]["recognised"]}
    columns = {column.field: column for column in COLUMNS[kind]}
    found = []
    for line, name, reason in written.left_out:
        value = shown(columns[name], line.cells.get(name))
        fault = {"column": letter.get(name, "-"), "field": name, "title": columns[name].title, "value": value}
        found.append((line.row, {"cells": _masked(kind, line), "faults": [fault | {"reason": reason}]}))
    await keeping.keep_faults(work, run.service.vault, row["id"], found)
    await service.count_faults(work, row["id"], len(found), len(found))


@JOBS.handles(due.EXPIRE)
async def expire(run: Run, import_id: str) -> None:
    """What nobody confirmed, or went on with, is gone."""
    async with run.work() as work:
        await service.expire(work, UUID(import_id))


@JOBS.handles(due.FORGET)
async def forget(run: Run, import_id: str) -> None:
    """The list of wrong rows has served."""
    async with run.work() as work:
        await keeping.forget_faults(work, UUID(import_id))
