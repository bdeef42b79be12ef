"""The outside ledger: what was asked for, what was acknowledged, and when. It knows no database."""

from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import uuid4

Outcome = Literal["under way", "accepted", "refused", "unknown"]


@dataclass
class Act:
    """One request of one client, with all its repetitions: they carry the same key."""

    service: str
    district: str
    event: str  # as the journal calls it
    subject: str | None  # whose journal row it will be; of a birth it is known once it is acknowledged
    began: float
    key: str = field(default_factory=lambda: str(uuid4()))
    ended: float | None = None
    outcome: Outcome = "under way"
    tries: int = 0
    status: int | None = None
    said: str = ""
    answer: dict[str, Any] = field(default_factory=dict)

    @property
    def took(self) -> float | None:
        return None if self.ended is None else self.ended - self.began


@dataclass
class Ledger:
    """Everything that happened on the clients' side. `troubles` counts what stood between them and an answer."""

    acts: list[Act] = field(default_factory=list)
    troubles: dict[str, int] = field(default_factory=dict)
    in_inbox: dict[str, float] = field(default_factory=dict)  # appeal → when its lead first saw it
    answered: set[str] = field(default_factory=set)  # appeals whose lead went the whole way

    def trouble(self, what: str) -> None:
        self.troubles[what] = self.troubles.get(what, 0) + 1

    def accepted(self, *events: str) -> list[Act]:
        return [act for act in self.acts if act.outcome == "accepted" and (not events or act.event in events)]

    @property
    def p99_ms(self) -> float:
        """Of the acknowledged, over all their repetitions."""
        took = sorted(act.took for act in self.acts if act.outcome == "accepted" and act.took is not None)
        return 1000 * took[int(len(took) * 0.99)] if took else 0.0

    @property
    def p50_ms(self) -> float:
        took = sorted(act.took for act in self.acts if act.outcome == "accepted" and act.took is not None)
        return 1000 * took[len(took) // 2] if took else 0.0
