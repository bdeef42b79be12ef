"""Both tables, whole: every step × move × party × facts is either listed here with its outcome or refused."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, combinations, product
from typing import Any

import pytest

from services.events.activities.workflow import ACTIVITY
from services.events.activities.workflow import Party as A
from services.events.registrations.workflow import OWN_MOVES, REGISTRATION, SCANS, SEATED, WAITING
from services.events.registrations.workflow import Party as R
from shared.kernel.errors import MoveNotOpen, NotYourMove, UnknownMove
from shared.kernel.workflow import Workflow

HUMANS, EVERY = {A.ORGANISER, A.STAFF}, {A.ORGANISER, A.STAFF, A.CLOCK}
ACTIVITY_ROWS = {
    ("draft", "edit"): ("draft", HUMANS),
    ("draft", "open"): ("open", HUMANS),
    ("draft", "cancel"): ("cancelled", HUMANS),
    ("open", "edit"): ("open", HUMANS),
    ("open", "close"): ("closed", EVERY),
    ("open", "start"): ("underway", EVERY),
    ("open", "cancel"): ("cancelled", HUMANS),
    ("closed", "edit"): ("closed", HUMANS),
    ("closed", "reopen"): ("open", HUMANS),
    ("closed", "start"): ("underway", EVERY),
    ("closed", "cancel"): ("cancelled", HUMANS),
    ("underway", "finish"): ("finished", EVERY),
}

THERE, LIST, CLOCK = {R.VOLUNTEER, R.RECORDER, R.STAFF}, {R.RECORDER, R.STAFF}, {R.CLOCK}
BEFORE, DOOR, BEGUN = "not begun", "door_open", "begun"
REGISTRATION_ROWS = {
    ("registered", "confirm"): ("confirmed", {R.VOLUNTEER}, BEFORE),
    ("registered", "check_in"): ("checked_in", THERE, DOOR),
    ("registered", "mark_absent"): ("no_show", LIST, BEGUN),
    ("registered", "cancel"): ("cancelled", {R.VOLUNTEER, R.STAFF}, BEFORE),
    ("registered", "call_off"): ("cancelled", CLOCK, None),
    ("waitlisted", "promote"): ("registered", CLOCK, None),
    ("waitlisted", "cancel"): ("cancelled", {R.VOLUNTEER, R.STAFF}, BEFORE),
    ("waitlisted", "call_off"): ("cancelled", CLOCK, None),
    ("confirmed", "check_in"): ("checked_in", THERE, DOOR),
    ("confirmed", "mark_absent"): ("no_show", LIST, BEGUN),
    ("confirmed", "cancel"): ("cancelled", {R.VOLUNTEER, R.STAFF}, BEFORE),
    ("confirmed", "call_off"): ("cancelled", CLOCK, None),
    ("walk_in", "check_out"): ("checked_out", THERE, None),
    ("checked_in", "check_out"): ("checked_out", THERE, None),
    ("no_show", "check_in"): ("checked_in", LIST, DOOR),
}


def subsets(things: Sequence[str]) -> Iterator[tuple[str, ...]]:
    return chain.from_iterable(combinations(things, n) for n in range(len(things) + 1))


def outcome(workflow: Workflow, step: str, move: str, parties: tuple[str, ...], facts: tuple[str, ...]) -> object:
    try:
        return workflow.apply(step, move, parties, facts).after  # type: ignore[arg-type]  # StrEnums
    except (MoveNotOpen, NotYourMove) as refused:
        return type(refused)


def owners(rows: Mapping[tuple[str, str], Any], move: str) -> set[str]:
    return {party for (_, name), row in rows.items() if name == move for party in row[1]}


def test_the_whole_activity_table() -> None:
    tried = 0
    for step, move, parties in product(ACTIVITY.steps, ACTIVITY.moves(), subsets(list(A))):
        row = ACTIVITY_ROWS.get((step, move))
        mine = set(parties) & (row[1] if row else owners(ACTIVITY_ROWS, move))
        expected: object = NotYourMove if not mine else row[0] if row else MoveNotOpen
        assert outcome(ACTIVITY, step, move, parties, ()) == expected, (step, move, parties)
        tried += 1
    assert tried == 6 * 7 * 8


def test_the_whole_registration_table() -> None:
    tried = 0
    facts_tried = list(subsets(["begun", "door_open"]))
    for step, move, parties, facts in product(REGISTRATION.steps, REGISTRATION.moves(), subsets(list(R)), facts_tried):
        row = REGISTRATION_ROWS.get((step, move))
        mine = set(parties) & (row[1] if row else owners(REGISTRATION_ROWS, move))
        shut = row is None or {BEFORE: "begun" in facts, None: False}.get(row[2], row[2] not in facts)
        expected: object = NotYourMove if not mine else MoveNotOpen if shut or row is None else row[0]
        assert outcome(REGISTRATION, step, move, parties, facts) == expected, (step, move, parties, facts)
        tried += 1
    assert tried == 8 * 7 * 16 * 4


@pytest.mark.parametrize("workflow", [ACTIVITY, REGISTRATION])
def test_a_move_nobody_knows(workflow: Workflow) -> None:
    with pytest.raises(UnknownMove):
        workflow.apply(workflow.first, "vanish", [])


def test_tables_name_their_ends() -> None:
    assert [name for name, step in ACTIVITY.steps.items() if step.is_end] == ["finished", "cancelled"]
    assert [name for name, step in REGISTRATION.steps.items() if step.is_end] == ["checked_out", "cancelled"]


def test_every_registration_step_has_its_seat() -> None:
    assert SEATED | {WAITING, "cancelled"} == set(REGISTRATION.steps)


def test_every_registration_move_has_a_door_or_is_a_jobs() -> None:
    jobs = {move for _, move, row in REGISTRATION.rows() if set(row.by) == {R.CLOCK}}
    assert set(OWN_MOVES) | set(SCANS) | jobs == set(REGISTRATION.moves())
    assert not jobs & (set(OWN_MOVES) | set(SCANS))
