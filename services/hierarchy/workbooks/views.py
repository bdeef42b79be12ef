"""What clients see of imports."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from services.hierarchy.workbooks.refusals import REASONS as UNREADABLE
from services.hierarchy.workbooks.refusals import STALLED
from services.hierarchy.workbooks.rules import REASONS
from services.hierarchy.workbooks.workflow import IMPORT, Party, facts
from shared.kernel.rights import Permission, Principal
from shared.schemas.base import View


class CellFault(View):
    """What is wrong with one cell."""

    column: str = Field(
        description="Column letter of the sheet (列); `-` where the sheet has no such column.", examples=["D"]
    )
    field: str = Field(examples=["phone"])
    title: str = Field(examples=["手机号"])
    value: str = Field(description="Masked (已脱敏).", examples=["100****001"])
    reason: str = Field(description="Stable, for programs.", examples=["phone_wrong"])
    zh: str
    en: str


class RowFaults(View):
    """One row of the sheet that is wrong."""

    row: int = Field(description="Number of the row in the sheet (行号).", examples=[17])
    faults: list[CellFault]


class RecognisedColumn(View):
    """A column of the sheet, and what it was taken for."""

    column: str = Field(examples=["B"])
    field: str = Field(examples=["name"])
    title: str = Field(examples=["姓名"])


class PreviewRow(View):
    """One of the first rows as it was understood; personal data masked."""

    row: int
    cells: dict[str, str]


class ImportView(View):
    """An import."""

    id: UUID
    version: int
    kind: str = Field(examples=["households"])
    mode: str = Field(examples=["all_or_nothing"])
    place: str = Field(description="All rows lie at this place and below.")
    file_name: str
    step: str = Field(examples=["checked"])
    step_label: str = Field(examples=["待确认"])
    rows: int = Field(description="Rows below the header (总行数).")
    valid: int = Field(description="Rows without a fault (正确行数).")
    wrong: int = Field(description="Rows with at least one (错误行数).")
    faults: int = Field(description="Faults in all (错误数). Each is named under `/imports/{id}/faults`.")
    ignored: int = Field(description="Lines that are no rows, such as sums (忽略行数).")
    columns: list[RecognisedColumn]
    ignored_columns: list[str] = Field(description="Headings that say nothing to us (未识别的列).")
    preview: list[PreviewRow] = Field(description="The first rows, while it waits to be confirmed (预览).")
    progress: int = Field(description="Per cent applied (进度).", examples=[40])
    added: int = Field(description="New (新增).")
    changed: int = Field(description="Changed (更新).")
    unchanged: int = Field(description="Were so already (未变).")
    left_out: int = Field(description="Good when read, not any more when applied (跳过).")
    stalled: bool = Field(
        description="Its job was given up after all its attempts: it stands still until `resume` or `cancel` (已停下)."
    )
    stalled_zh: str | None = Field(description="What that means, and what to do.")
    stalled_en: str | None
    kept_until: datetime | None = Field(
        description="If nobody confirms it, or goes on with it where it stands still, it is cancelled then and what it "
        "holds is removed (内容保留至); null: nothing is kept any more."
    )
    failure: str | None = Field(description="Why it ended without being applied; stable.")
    failure_zh: str | None
    failure_en: str | None
    created_at: datetime
    ended_at: datetime | None
    moves: list[str] = Field(description="The moves that are open to you now (您现在可以办理的操作).")


def parties(row: Any, caller: Principal) -> frozenset[Party]:  # noqa: ANN401 - a row
    """Who the caller is to this import."""
    if caller.kind == "job":
        return frozenset({Party.CLOCK})
    return frozenset({Party.IMPORTER} if caller.may(Permission.IMPORTS_MANAGE, row["path"]) else ())


def shown(row: Any, caller: Principal, preview: list[dict[str, Any]], *, stalled: bool) -> ImportView:  # noqa: ANN401 - a row
    """An import as clients see it."""
    columns = row["columns"] or {"recognised": [], "ignored": []}
    names = (
        "id", "version", "kind", "mode", "place", "file_name", "step", "rows", "valid", "wrong", "faults", "ignored",
        "added", "changed", "unchanged", "left_out", "failure", "created_at", "ended_at", "kept_until",
    )  # fmt: skip
    zh, en = UNREADABLE.get(row["failure"] or "", (None, None))
    stalled_zh, stalled_en = STALLED[row["step"]] if stalled else (None, None)
    return ImportView(
        **{name: row[name] for name in names},
        step_label=IMPORT.steps[row["step"]].label,
        columns=[RecognisedColumn(**column) for column in columns["recognised"]],
        ignored_columns=columns["ignored"],
        preview=[PreviewRow(**one) for one in preview],
        progress=100 * row["position"] // row["batches"] if row["batches"] else 0,
        stalled=stalled,
        stalled_zh=stalled_zh,
        stalled_en=stalled_en,
        failure_zh=zh,
        failure_en=en,
        moves=IMPORT.open_moves(row["step"], parties(row, caller), facts(row, stalled=stalled)),
    )


def fault(kept: dict[str, Any]) -> CellFault:
    """A fault with its sentences."""
    zh, en = REASONS[kept["reason"]]
    return CellFault(**kept, zh=zh, en=en)
