"""What clients see of evaluations: of the scores nothing but their own, until all are in."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic import Field

from services.hierarchy.evaluations.rules import Rater, Result, result, visible
from services.hierarchy.evaluations.workflow import COMPLETE, EVALUATION, Party
from services.hierarchy.places.views import place_facts
from shared.kernel.rights import Permission, Principal
from shared.runtime.web.journal_files import cell
from shared.schemas.base import View

_BOM = "\ufeff"  # without it Excel takes Chinese for Latin


class ScoreView(View):
    """One of the three parties."""

    party: Rater
    person_id: UUID = Field(description="Who scores for it.")
    scored: bool = Field(description="Whether the score is in (已评).")
    score: int | None = Field(description="Null until all three are in, except one's own.", examples=[86])
    comment: str | None


class EvaluationView(View):
    """An evaluation of a partner or a post for a year."""

    id: UUID
    version: int
    subject_kind: str = Field(examples=["organisation"])
    subject: str
    subject_name: str = Field(examples=["潍坊银行坊子管辖行"])
    place_code: str | None
    year: int = Field(examples=[2026])
    round: int = Field(description="2 when it was opened again (第几轮).", examples=[1])
    weights: dict[Rater, int] = Field(description="Percent, together 100 (权重).")
    flag_at: int
    due_on: date
    scores: list[ScoreView]
    value: Decimal | None = Field(description="Null until all three are in (综合得分).", examples=["86.40"])
    spread: int | None = Field(description="Between the highest and the lowest (分差).", examples=[12])
    flagged: bool | None = Field(description="The spread is as large as `flag_at`.")
    step: str = Field(examples=["collecting"])
    step_label: str = Field(examples=["评分中"])
    moves: list[str] = Field(description="The moves that are open to you now (您现在可以办理的操作).")


class ReportRow(View):
    """A line of the year's report."""

    subject_kind: str
    subject: str
    subject_name: str
    year: int
    step: str
    round: int
    served: int | None
    branch: int | None
    owners: int | None
    value: Decimal | None
    spread: int | None
    flagged: bool | None


class Report(View):
    """The year's evaluations at a place (年度评价报告)."""

    year: int
    count: int = Field(description="Evaluations begun and not withdrawn.", examples=[12])
    complete: int = Field(description="With all three scores (三方齐全).", examples=[10])
    flagged: int
    mean: Decimal | None = Field(description="Mean of the complete ones, to two places.", examples=["88.15"])
    rows: list[ReportRow] = Field(description="The best first; those without a result at the end.")


def round_of(row: Any, scores: Iterable[Any]) -> int:  # noqa: ANN401 - rows
    """The case's own round; of one that is complete, the last in which all scored: that result stands."""
    mine = [one for one in scores if one["evaluation_id"] == row["id"]] if row["step"] in COMPLETE else []
    short = {one["round"] for one in mine if one["score"] is None}
    return max({one["round"] for one in mine} - short, default=int(row["round"]))


def of_round(row: Any, scores: Sequence[Any]) -> list[Any]:  # noqa: ANN401 - rows
    """The scores of that round."""
    number = round_of(row, scores)
    return [one for one in scores if one["evaluation_id"] == row["id"] and one["round"] == number]


def facts(row: Any, place: Any, today: date) -> frozenset[str]:  # noqa: ANN401 - rows
    """What opens or shuts moves now."""
    held = {"due": row["due_on"] < today, "again": row["round"] > 1}
    return place_facts(place) | {name for name, holds in held.items() if holds}


def outcome(row: Any, scores: Sequence[Any]) -> Result | None:  # noqa: ANN401 - rows
    """What the scores come to; None until all are in, and for a case that never came so far."""
    if row["step"] not in COMPLETE:
        return None
    given = {Rater(one["party"]): one["score"] for one in of_round(row, scores) if one["score"] is not None}
    return result(given, {Rater(party): weight for party, weight in row["weights"].items()}, row["flag_at"])


def parties(row: Any, scores: Sequence[Any], caller: Principal) -> frozenset[Party]:  # noqa: ANN401 - rows
    """The caller's relations to this evaluation."""
    if caller.kind == "job":
        return frozenset({Party.CLOCK})
    related = {
        Party.RATER: own_party(row, scores, caller) is not None,
        Party.STAFF: caller.may(Permission.EVALUATIONS_MANAGE, row["path"]),
    }
    return frozenset(party for party, holds in related.items() if holds)


def own_party(row: Any, scores: Sequence[Any], caller: Principal) -> Rater | None:  # noqa: ANN401 - rows
    """For which party the caller scores."""
    return next((Rater(one["party"]) for one in of_round(row, scores) if str(one["person_id"]) == caller.id), None)


def shown(row: Any, scores: Sequence[Any], place: Any, caller: Principal, today: date) -> EvaluationView:  # noqa: ANN401 - rows
    """As this caller sees it."""
    mine, ours = own_party(row, scores, caller), of_round(row, scores)
    given = {Rater(one["party"]): one["score"] for one in ours if one["score"] is not None}
    seen = visible(given, mine, complete=row["step"] in COMPLETE)
    found = outcome(row, scores)
    views = [
        ScoreView(
            party=Rater(one["party"]),
            person_id=one["person_id"],
            scored=one["score"] is not None,
            score=seen.get(Rater(one["party"])),
            comment=one["comment"] if Rater(one["party"]) in seen else None,
        )
        for one in ours
    ]
    return EvaluationView(
        **{name: value for name, value in row.items() if name in EvaluationView.model_fields and name != "round"},
        round=round_of(row, scores),
        **_result(found),
        scores=views,
        place_code=place["code"] if place else None,
        step_label=EVALUATION.steps[row["step"]].label,
        moves=EVALUATION.open_moves(row["step"], parties(row, scores, caller), facts(row, place, today)),
    )


def _result(found: Result | None) -> dict[str, Any]:
    return {"value": None, "spread": None, "flagged": None} if found is None else found._asdict()


def report(year: int, rows: Sequence[Any], scores: Sequence[Any]) -> Report:
    """The year's report, from its cases and their scores."""
    lines, values = [], []
    for row in rows:
        found = outcome(row, scores)
        given = {one["party"]: one["score"] for one in of_round(row, scores)} if found else {}
        own = {name: row[name] for name in ("subject_kind", "subject", "subject_name", "year", "step")}
        own |= {"round": round_of(row, scores)}
        lines.append(ReportRow(**own, **{party.value: given.get(party.value) for party in Rater}, **_result(found)))
        values += [found.value] if found else []
    lines.sort(key=lambda line: (line.value is None, -(line.value or 0), line.subject))
    mean = (sum(values, Decimal(0)) / len(values)).quantize(Decimal("0.01")) if values else None
    flagged = sum(bool(line.flagged) for line in lines)
    return Report(year=year, count=len(lines), complete=len(values), flagged=flagged, mean=mean, rows=lines)


def as_csv(made: Report) -> str:
    """The rows for a spreadsheet; nothing in it is a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(ReportRow.model_fields)
    for row in made.rows:
        writer.writerow(cell(value) for value in row.model_dump(mode="json").values())
    return _BOM + out.getvalue()
