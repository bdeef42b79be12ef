"""`linli places import`: one CSV with the places of many districts, each district in a transaction of its own."""

import asyncio
import re
from collections.abc import Coroutine, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import get_args

from services.hierarchy.main import open_hierarchy
from services.hierarchy.places.loading import DistrictRefusedError, Imported, import_places
from services.hierarchy.places.sheet import Sheet, SheetError
from services.hierarchy.places.tree import Fault
from services.hierarchy.settings import HierarchySettings
from services.hierarchy.structures.structure import PlaceKind
from shared.kernel.errors import RequestInProgress
from shared.kernel.rights import Principal
from shared.runtime.service import Service

KINDS = frozenset(get_args(PlaceKind))
_AT_ONCE = 3  # while one district's rows are read, others are being written
_SHOWN = 20
_DISTRICT = re.compile(r"[1-9][0-9]{5}")


@dataclass(frozen=True)
class Refused:
    """A district of which nothing was written."""

    district: str
    rows: int
    faults: Sequence[Fault]

    def __str__(self) -> str:
        lines = [f"{self.district or '(no district)'}: refused, {self.rows:,} rows 未导入"]
        lines += [f"  {fault}" for fault in self.faults[:_SHOWN]]
        lines += [f"  … and {len(self.faults) - _SHOWN:,} more"] if len(self.faults) > _SHOWN else []
        return "\n".join(lines)


@dataclass
class Report:
    """What happened to all districts."""

    rows: int = 0
    districts: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: list[str] = field(default_factory=list)

    def count(self, done: Imported) -> None:
        self.added += done.added
        self.changed += done.changed
        self.unchanged += done.unchanged


class Watch:
    """Who is told how it goes; the command draws a bar."""

    def begin(self, rows: int) -> None: ...

    def advance(self, rows: int) -> None: ...

    def refused(self, what: Refused) -> None: ...


async def import_file(
    settings: HierarchySettings, path: Path, watch: Watch, *, only: Sequence[str] = (), dry_run: bool = False
) -> Report:
    """Imports the file, or only some of its districts. Raises SheetError where the file as a whole cannot be read.

    What is committed stays when a later district is refused or the database goes away: run it again.
    """
    service = open_hierarchy(settings)
    try:
        with Sheet(path) as sheet:
            if absent := [code for code in only if code not in sheet.districts]:
                raise SheetError(f"the file has no rows of {', '.join(absent)}. 文件中没有这些区县。")
            chosen = [code for code in sheet.districts if not only or code in only]
            report = Report(sum(map(sheet.count, chosen)), len(chosen))
            watch.begin(report.rows)
            waiting = iter(chosen)
            run = _Run(service, sheet, report, watch, dry_run=dry_run)
            await _together(run.all(waiting) for _ in range(_AT_ONCE))
            return report
    finally:
        await service.close()


async def _together(tasks: Iterable[Coroutine[None, None, None]]) -> None:
    """All of them; the first trouble ends the others and is raised as it is."""
    try:
        async with asyncio.TaskGroup() as group:
            for task in tasks:
                group.create_task(task)
    except BaseExceptionGroup as troubles:
        raise troubles.exceptions[0] from None


@dataclass
class _Run:
    service: Service
    sheet: Sheet
    report: Report
    watch: Watch
    dry_run: bool = field(kw_only=True)

    async def all(self, waiting: Iterator[str]) -> None:
        for district in waiting:
            rows = self.sheet.count(district)
            try:
                self.report.count(await self._one(district))
            except DistrictRefusedError as error:
                self.report.refused.append(district)
                self.watch.refused(Refused(district, rows, error.faults))
            self.watch.advance(rows)

    async def _one(self, district: str) -> Imported:
        first = self.sheet.first_line(district)
        if not _DISTRICT.fullmatch(district):
            raise DistrictRefusedError(
                [Fault(first, f"bad district code {district[:40]!r}: six digits 区县代码应为六位")]
            )
        given, faults = self.sheet.of(district, KINDS)
        if faults:
            raise DistrictRefusedError(faults)
        try:
            async with self.service.work(Principal(district, "linli places import", "system")) as work:
                return await import_places(work, given, dry_run=self.dry_run)
        except RequestInProgress:
            busy = "somebody else is changing this district's places: run it again 正在被他人修改，请重试"
            raise DistrictRefusedError([Fault(first, busy)]) from None
