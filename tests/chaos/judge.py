"""Compares the clients' ledger with what the system holds. What was acknowledged must be there exactly once; what was
never answered may be there or not; what was refused must not.
"""

from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise

from services.events.registrations.workflow import SEATED, WAITING
from shared.schemas.hotline import StatusCallback
from tests.chaos.facts import Facts
from tests.chaos.ledger import Act, Ledger

BIRTHS = ("order", "report", "registration.sign_up", "activity.create")
TOLD = ("sign", "contact", "progress", "resolve")  # of these moves the hotline hears
BY_JOBS = ("locate", "file", "assign")  # what becomes of an order without anybody's doing


@dataclass
class Verdict:
    lost: int = 0
    duplicated: int = 0
    undone: int = 0
    out_of_order: int = 0
    oversold: int = 0
    broken_journals: int = 0
    findings: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return not any(
            (self.lost, self.duplicated, self.undone, self.out_of_order, self.oversold, self.broken_journals)
        )

    def add(self, what: str, count: int, finding: str) -> None:
        if count > 0:
            setattr(self, what, getattr(self, what) + count)
            self.findings.append(f"{what}: {finding}")


def judge(ledger: Ledger, callbacks: dict[str, list[StatusCallback]], facts: Facts) -> Verdict:
    verdict = Verdict()
    _births(verdict, ledger, facts)
    _moves(verdict, ledger, facts)
    _orders(verdict, ledger, facts, callbacks)
    _inboxes(verdict, ledger)
    _seats(verdict, facts)
    _promotions(verdict, facts)
    for act in ledger.acts:
        if act.outcome == "refused":
            verdict.add("undone", 1, f"{act.event} of {act.subject} was refused after {act.tries} tries: {act.said}")
    for job in facts.jobs_left[max(0, verdict.undone) :]:  # most belong to an effect that is counted already
        verdict.add("undone", 1, f"the job {job}")
    for name, chain in facts.journals:
        verdict.add("broken_journals", int(chain.broken is not None), f"the journal of {name}: {chain.broken}")
    return verdict


def _births(verdict: Verdict, ledger: Ledger, facts: Facts) -> None:
    """Each is found by a mark of its own, not by the answer's id alone: a second birth would have another id."""
    found: Counter[str] = Counter(str(row["order_no"]) for row in facts.appeals if row["order_no"])
    found.update(row["title"].rpartition(" ")[2] for row in facts.appeals if not row["order_no"])
    found.update(row["note"] for row in facts.registrations if row["note"])
    ids = {str(row["id"]) for rows in (facts.appeals, facts.registrations, facts.activities) for row in rows}
    for act in ledger.acts:
        if act.event not in BIRTHS:
            continue
        there = found[act.subject] if act.subject else int(str(act.answer.get("id")) in ids)
        known = str(act.answer.get("appeal_id" if act.event == "order" else "id"))
        if act.outcome == "accepted" and known not in ids:
            verdict.add("lost", 1, f"{act.event} {act.subject} was answered with {known}, which is not there")
        verdict.add("duplicated", there - 1, f"{act.event} {act.subject} is there {there} times")
        if act.outcome == "accepted" and facts.keys[act.key] == 0:
            verdict.add("lost", 1, f"{act.event} {act.subject}: its request key is not in the journal")


def _moves(verdict: Verdict, ledger: Ledger, facts: Facts) -> None:
    of_each: dict[tuple[str, str], list[Act]] = {}
    for act in ledger.acts:
        if act.event not in BIRTHS and act.subject:
            of_each.setdefault((act.subject, act.event), []).append(act)
    for (subject, event), acts in of_each.items():
        there = facts.events[subject, event]
        accepted = sum(act.outcome == "accepted" for act in acts)
        unknown = sum(act.outcome in ("unknown", "under way") for act in acts)
        verdict.add("lost", accepted - there, f"{event} of {subject}: {accepted} acknowledged, {there} there")
        verdict.add(
            "duplicated",
            there - accepted - unknown,
            f"{event} of {subject}: {accepted} acknowledged, {unknown} unknown, {there} there",
        )


def _orders(verdict: Verdict, ledger: Ledger, facts: Facts, callbacks: dict[str, list[StatusCallback]]) -> None:
    """What jobs have made of each order, and what its hotline was told."""
    counted = {act.subject for act in ledger.acts if act.event == "order"}
    moves = Counter(act.subject for act in ledger.accepted(*TOLD))
    for row in facts.appeals:
        order, appeal = row["order_no"], str(row["id"])
        if order not in counted:
            continue
        for event in BY_JOBS:
            times = facts.events[appeal, event]
            verdict.add("duplicated", times - 1, f"{event} of order {order} {times} times")
        heard = [callback.seq for callback in callbacks.get(order, [])]
        missing = set(range(1, row["callback_seq"] + 1)) - set(heard)
        verdict.add("undone", len(missing), f"callbacks {sorted(missing)} of order {order}")
        verdict.add("lost", moves[appeal] - row["callback_seq"], f"callbacks of order {order} were never made due")
        verdict.add("duplicated", len(heard) - len(set(heard)), f"callbacks of order {order}: {heard}")
        verdict.add("out_of_order", sum(b < a for a, b in pairwise(heard)), f"{order}: {heard}")


def _inboxes(verdict: Verdict, ledger: Ledger) -> None:
    for act in ledger.accepted("order", "file"):
        appeal = str(act.answer.get("appeal_id") or act.answer.get("id"))
        if appeal not in ledger.in_inbox:
            verdict.add("undone", 1, f"{act.event} {act.subject}: appeal {appeal} never came into an inbox")


def _seats(verdict: Verdict, facts: Facts) -> None:
    steps: dict[object, Counter[str]] = {}
    for row in facts.registrations:
        steps.setdefault(row["activity_id"], Counter())[row["step"]] += 1
    for activity in facts.activities:
        of = steps.get(activity["id"], Counter())
        seated, waiting = sum(of[step] for step in SEATED), of[WAITING]
        name, counted = f"activity {activity['id']}", (activity["taken"], activity["waiting"])
        verdict.add("oversold", seated - activity["capacity"], f"{name}: {seated} for {activity['capacity']} seats")
        verdict.add("oversold", int(counted != (seated, waiting)), f"{name} counts {counted}: {(seated, waiting)}")
        free = activity["capacity"] - seated
        verdict.add("undone", min(free, waiting), f"{name}: {free} seats are free while {waiting} wait")


def _promotions(verdict: Verdict, facts: Facts) -> None:
    last: dict[object, int] = {}
    for row in facts.promotions:
        late = row["place_no"] < last.get(row["activity_id"], 0)
        verdict.add("out_of_order", int(late), f"place {row['place_no']} of {row['activity_id']} moved up too late")
        last[row["activity_id"]] = row["place_no"]
        told = facts.notices[str(row["id"])]
        verdict.add("undone", 1 - told, f"nobody told {row['id']} of having moved up")
        verdict.add("duplicated", told - 1, f"{row['id']} was told {told} times of having moved up")
