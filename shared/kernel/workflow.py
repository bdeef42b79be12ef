"""The workflow engine: a lifecycle is one table of steps and moves, and `apply` is the only way through it.

    APPEAL = Workflow("appeal", "诉求",
        report=Step("信息上报", INTAKE, within="register", locate=to("verify", needs=Located)), …)

A *party* (受理人, 承办人, 诉求人 …) is the caller's relation to this one case; the service finds it out before it asks.
A *fact* is a yes/no about the case (`suspended`, `called_back`) that opens or shuts a move. Pure: nothing here knows
a database, a clock or HTTP. Whatever the table does not list is refused.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from shared.kernel.errors import MoveNotOpen, NotYourMove, UnknownMove
from shared.kernel.texts import Line, Remark


class Parties(StrEnum):
    """Whoever may stand to a case, by code, and as people call them: `LEAD = "lead", "承办人"`."""

    label: str

    def __new__(cls, code: str, label: str) -> Self:
        party = str.__new__(cls, code)
        party._value_, party.label = code, label
        return party


class _Given(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Note(_Given):
    """A move that must be given nothing but perhaps a note."""

    note: Remark | None = None


class Because(_Given):
    """A move that says why, in words that those concerned may read."""

    reason: Line = Field(examples=["当天另有社区活动"])


@dataclass(frozen=True, slots=True)
class Move:
    """One row of the table: where it leads, who may make it, what must be given, and when it is open."""

    label: str
    target: str | None  # None: stays in its step
    needs: type[BaseModel] = Note
    by: tuple[Parties, ...] = ()  # empty: the step's own parties
    when: str | None = None
    unless: str | None = None

    def is_open(self, facts: frozenset[str]) -> bool:
        """Whether the facts of the case let this move happen now."""
        return (self.when is None or self.when in facts) and (self.unless is None or self.unless not in facts)


def to(
    target: str,
    label: str,
    *,
    needs: type[BaseModel] = Note,
    by: Parties | tuple[Parties, ...] = (),
    when: str | None = None,
    unless: str | None = None,
) -> Move:
    """A move to another step."""
    return Move(label, target, needs, by if isinstance(by, tuple) else (by,), when, unless)


def stay(
    label: str,
    *,
    needs: type[BaseModel] = Note,
    by: Parties | tuple[Parties, ...] = (),
    when: str | None = None,
    unless: str | None = None,
) -> Move:
    """A move that is recorded but leaves the case in its step."""
    return Move(label, None, needs, by if isinstance(by, tuple) else (by,), when, unless)


class Step:
    """A row group of the table: a step, its parties, its clock (`within`) and its moves. No moves: an end."""

    def __init__(self, label: str, *parties: Parties, within: str | None = None, **moves: Move) -> None:
        self.label, self.parties, self.within = label, parties, within
        self.moves = {name: replace(move, by=move.by or parties) for name, move in moves.items()}

    @property
    def is_end(self) -> bool:
        """Whether a case that got here is over."""
        return not self.moves


@dataclass(frozen=True, slots=True)
class Outcome:
    """What `apply` decided: the case goes from `before` to `after` by `move`."""

    workflow: str
    move: str
    before: str
    after: str

    @property
    def entered(self) -> bool:
        """Whether a new step begins, and with it a new clock."""
        return self.before != self.after


class Workflow:
    """A named table. The first step is where cases begin."""

    def __init__(self, name: str, label: str, **steps: Step) -> None:
        self.name, self.label, self.steps = name, label, steps
        for step, move, row in self.rows():
            if row.target is not None and row.target not in steps:
                raise ValueError(f"{name}.{step}.{move} leads to {row.target!r}, which is no step")
            if not row.by:
                raise ValueError(f"{name}.{step}.{move} belongs to nobody")

    @property
    def first(self) -> str:
        """The step a new case starts in."""
        return next(iter(self.steps))

    def rows(self) -> Iterator[tuple[str, str, Move]]:
        """Every (step, move name, move) of the table, in its order."""
        return ((name, move, row) for name, step in self.steps.items() for move, row in step.moves.items())

    def moves(self) -> dict[str, type[BaseModel]]:
        """Every move's name with what it must be given. One name takes one model wherever it occurs."""
        found: dict[str, type[BaseModel]] = {}
        for step, move, row in self.rows():
            if found.setdefault(move, row.needs) is not row.needs:
                raise ValueError(
                    f"{self.name}.{step}.{move} needs {row.needs.__name__}, elsewhere {found[move].__name__}"
                )
        return found

    def open_moves(self, step: str, parties: Iterable[Parties], facts: Iterable[str] = ()) -> list[str]:
        """The moves these parties could make right now: what an app shows as buttons."""
        mine, known = set(parties), frozenset(facts)
        return [m for m, row in self.steps[step].moves.items() if row.is_open(known) and mine & set(row.by)]

    def apply(self, step: str, move: str, parties: Iterable[Parties], facts: Iterable[str] = ()) -> Outcome:
        """May these parties make this move now, and where does it lead?

        Raises UnknownMove (404), NotYourMove (403: whoever you are, it is not yours anywhere, or not at this step),
        MoveNotOpen (409: not at this step, or not while these facts hold).
        """
        anywhere = [row for _, name, row in self.rows() if name == move]
        if not anywhere:
            raise UnknownMove(workflow=self.name, move=move)
        mine, known = set(parties), frozenset(facts)
        row = self.steps[step].moves.get(move)
        label = (row or anywhere[0]).label
        owners = {party: None for one in ([row] if row else anywhere) for party in one.by}
        if not mine & owners.keys():
            named = "、".join(party.label for party in owners)
            raise NotYourMove(move=move, move_zh=label, parties=", ".join(owners), parties_zh=named)
        if row is None or not row.is_open(known):
            raise self.not_open(step, move, label, self.open_moves(step, mine, known))
        return Outcome(self.name, move, step, row.target or step)

    def not_open(self, step: str, move: str, label: str, instead: Sequence[str] = ()) -> MoveNotOpen:
        """The refusal of a move at a step; `instead` are the moves that are open."""
        at = self.steps[step]
        return MoveNotOpen(
            step=step,
            step_zh=at.label,
            move=move,
            move_zh=label,
            open=", ".join(instead) or "none",
            open_zh="、".join(at.moves[name].label for name in instead) or "无",
        )

    def describe(self) -> dict[str, object]:
        """The table as data: what `GET …/workflows/{name}` serves."""
        return {
            "name": self.name,
            "label": self.label,
            "first": self.first,
            "steps": [
                {
                    "name": name,
                    "label": step.label,
                    "parties": list(step.parties),
                    "within": step.within,
                    "end": step.is_end,
                    "moves": [
                        {"name": m, "label": r.label, "to": r.target or name, "by": list(r.by),
                         "needs": r.needs.__name__, "when": r.when, "unless": r.unless}
                        for m, r in step.moves.items()
                    ],
                }
                for name, step in self.steps.items()
            ],
        }  # fmt: skip

    def markdown(self) -> str:
        """The table in Markdown, one row per step; behind a move stands who makes it, unless it is the step's."""
        lines = ["| # | Step | Who acts | Moves (→ next step) |", "|---|---|---|---|"]
        for number, name in self._open_steps():
            step = self.steps[name]
            moves = "; ".join(_shown(step, move, row) for move, row in step.moves.items())
            lines.append(f"| {number} | {step.label} `{name}` | {', '.join(step.parties)} | {moves} |")
        ends = ", ".join(f"{step.label} `{name}`" for name, step in self.steps.items() if step.is_end)
        return "\n".join([*lines, "", f"It ends as {ends}."]) + "\n"

    def markdown_zh(self) -> str:
        """The same in Chinese, by labels alone."""
        lines = ["| # | 环节 | 谁办 | 可以办什么（→ 下一环节） |", "|---|---|---|---|"]
        for number, name in self._open_steps():
            step = self.steps[name]
            moves = "；".join(self._shown_zh(step, row) for row in step.moves.values())
            lines.append(f"| {number} | {step.label} | {_labels(step.parties)} | {moves} |")
        ends = "、".join(step.label for step in self.steps.values() if step.is_end)
        return "\n".join([*lines, "", f"最终为：{ends}。"]) + "\n"

    def _open_steps(self) -> list[tuple[int, str]]:
        return [(number, name) for number, (name, step) in enumerate(self.steps.items(), 1) if not step.is_end]

    def _shown_zh(self, step: Step, row: Move) -> str:
        who = "" if row.by == step.parties else f"（{_labels(row.by)}）"
        return row.label + who + (f" → {self.steps[row.target].label}" if row.target else "")

    def mermaid(self) -> str:
        """The table as a Mermaid state diagram; moves that stay are listed inside their step."""
        lines = ["stateDiagram-v2", f"    [*] --> {self.first}"]
        for name, step in self.steps.items():
            staying = " ".join(m for m, row in step.moves.items() if row.target is None)
            lines.append(f"    {name} : {step.label} {name}" + (f"<br/>{staying}" if staying else ""))
        lines += [f"    {s} --> {r.target} : {r.label} {m}" for s, m, r in self.rows() if r.target]
        lines += [f"    {name} --> [*]" for name, step in self.steps.items() if step.is_end]
        return "\n".join(lines) + "\n"


def _shown(step: Step, name: str, row: Move) -> str:
    who = "" if row.by == step.parties else f" ({', '.join(row.by)})"
    return f"{row.label} `{name}`{who}" + (f" → `{row.target}`" if row.target else "")


def _labels(parties: Iterable[Parties]) -> str:
    return "、".join(party.label for party in parties)
