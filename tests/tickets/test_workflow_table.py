"""The six steps, exhaustively: every step × move × party × facts. What is listed here happens; all else is refused.

The table is written down a second time, so that no row of it changes by accident.
"""

import itertools
from collections.abc import Iterator

import pytest

from services.tickets.appeals.relations import facts
from services.tickets.appeals.rules import WITHIN
from services.tickets.appeals.workflow import APPEAL, PUBLIC_STATUS, Party
from shared.kernel.errors import LinliError, MoveNotOpen, NotYourMove, UnknownMove

FACTS = ("assigned", "suspended", "called_back", "rated", "refused")
# step, move, where to, by whom (i intake, d dispatch, l lead, r resident, s supervisor, h hotline, c clock), condition
LISTED = """
    report   locate      verify     ic
    report   supplement  report     irh
    report   urge        report     rsh
    report   withdraw    withdrawn  rh
    verify   file        assign     ic
    verify   refuse      feedback   i
    verify   merge       merged     i
    verify   supplement  verify     irh
    verify   urge        verify     rsh
    verify   withdraw    withdrawn  rh
    assign   assign      assign     dc
    assign   sign        handle     l    assigned
    assign   escalate    assign     l    assigned
    assign   hand_back   assign     l    assigned
    assign   supplement  assign     irh
    assign   urge        assign     rsh
    assign   withdraw    withdrawn  rh
    handle   assign      assign     d
    handle   contact     handle     l
    handle   progress    handle     l
    handle   escalate    assign     l
    handle   suspend     handle     l    -suspended
    handle   resume      handle     l    suspended
    handle   resolve     feedback   l    -suspended
    handle   supplement  handle     irh
    handle   urge        handle     rsh
    feedback reply       rate       li
    feedback urge        feedback   rsh
    rate     call_back   rate       ih
    rate     rate        rate       rh   -rated
    rate     rework      assign     irh  -refused
    rate     close       closed     ic   called_back
"""
PARTIES = {str(party)[0]: party for party in Party}
EXPECTED = {
    (step, move): (target, {PARTIES[letter] for letter in by}, condition[0] if condition else None)
    for step, move, target, by, *condition in (line.split() for line in LISTED.strip().splitlines())
}
MOVES = sorted({move for _, move in EXPECTED})
ENDS = {"closed", "merged", "withdrawn"}


def sets_of_facts() -> Iterator[frozenset[str]]:
    for count in range(len(FACTS) + 1):
        yield from (frozenset(held) for held in itertools.combinations(FACTS, count))


def holds(condition: str | None, held: frozenset[str]) -> bool:
    if condition is None:
        return True
    return condition[1:] not in held if condition.startswith("-") else condition in held


def expected(step: str, move: str, party: Party | None, held: frozenset[str]) -> str | type[LinliError]:
    """Where it leads, or how it is refused."""
    row = EXPECTED.get((step, move))
    owners = row[1] if row else set.union(*(by for (_, name), (_, by, _) in EXPECTED.items() if name == move))
    if party not in owners:
        return NotYourMove
    return row[0] if row and holds(row[2], held) else MoveNotOpen


def happened(step: str, move: str, party: Party | None, held: frozenset[str]) -> str | type[LinliError]:
    try:
        return APPEAL.apply(step, move, () if party is None else (party,), held).after
    except LinliError as refusal:
        return type(refusal)


@pytest.mark.parametrize("step", APPEAL.steps)
def test_what_is_listed_happens_and_all_else_is_refused(step: str) -> None:
    for move, party, held in itertools.product(MOVES, (*Party, None), sets_of_facts()):
        wanted, got = expected(step, move, party, held), happened(step, move, party, held)
        assert got == wanted, (step, move, party, sorted(held))


def test_the_table_lists_what_is_listed_here_and_nothing_else() -> None:
    assert {(step, move) for step, move, _ in APPEAL.rows()} == set(EXPECTED)
    assert set(APPEAL.moves()) == set(MOVES)


def test_several_relations_add_up() -> None:
    """The grid worker who reported it herself may do what either may, and what is a stranger's stays shut."""
    both = (Party.LEAD, Party.RESIDENT)
    assert APPEAL.apply("handle", "resolve", both).after == "feedback"
    assert APPEAL.apply("handle", "urge", both).after == "handle"
    with pytest.raises(NotYourMove):
        APPEAL.apply("rate", "close", both, {"called_back"})


@pytest.mark.parametrize("step", APPEAL.steps)
@pytest.mark.parametrize("move", ["", "submit", "Close", "close ", "__init__", "核实立案"])
def test_an_unknown_move_is_unknown_to_everybody(step: str, move: str) -> None:
    for party in Party:
        with pytest.raises(UnknownMove):
            APPEAL.apply(step, move, (party,))


@pytest.mark.parametrize("held", list(sets_of_facts()), ids=lambda held: "+".join(sorted(held)) or "none")
def test_the_buttons_are_exactly_the_moves_that_would_succeed(held: frozenset[str]) -> None:
    for step, party in itertools.product(APPEAL.steps, Party):
        pressable = [move for move in MOVES if isinstance(happened(step, move, party, held), str)]
        assert sorted(APPEAL.open_moves(step, (party,), held)) == pressable


def reachable(start: str) -> set[str]:
    found, new = set(), {start}
    while new:
        found |= new
        new = {row.target for step, _, row in APPEAL.rows() if step in new and row.target} - found
    return found


def test_every_step_is_reached_and_reaches_an_end() -> None:
    assert reachable(APPEAL.first) == set(APPEAL.steps)
    assert {name for name, step in APPEAL.steps.items() if step.is_end} == ENDS
    assert all(reachable(step) & ENDS for step in APPEAL.steps)


def test_only_a_clock_with_a_length_runs() -> None:
    """Every step that waits for somebody has a time limit, at every urgency; no end has one."""
    for name, step in APPEAL.steps.items():
        assert (step.within is None) == (name in ENDS)
        assert step.within is None or all(step.within in limits for limits in WITHIN.values())
    assert set(WITHIN) == {"L1", "L2", "L3", "L4"}


def test_nothing_is_closed_without_an_answer_and_a_call_back() -> None:
    """件件有答复、及时回访: the only way to `closed` leads through `reply` and needs the call-back."""
    into = {(step, move): row for step, move, row in APPEAL.rows() if row.target == "closed"}
    assert [row.when for row in into.values()] == ["called_back"]
    assert {step for step, _ in into} == {"rate"}
    assert [(step, move) for step, move, row in APPEAL.rows() if row.target == "rate"] == [("feedback", "reply")]


def test_only_those_who_asked_may_take_it_back() -> None:
    by = {party for _, move, row in APPEAL.rows() if move == "withdraw" for party in row.by}
    assert by == {Party.RESIDENT, Party.HOTLINE}


def test_the_facts_of_the_table_are_those_of_an_appeal() -> None:
    fresh = dict.fromkeys(("lead_person", "called_back", "rating", "refused")) | {"suspended": False}
    full = {"lead_person": "somebody", "called_back": "reached", "rating": 1, "refused": "malicious", "suspended": True}
    assert facts(fresh) == frozenset()
    assert facts(full) == frozenset(FACTS)
    spoken = {fact for _, _, row in APPEAL.rows() for fact in (row.when, row.unless) if fact}
    assert spoken == set(FACTS)


def test_the_table_as_data_says_the_same() -> None:
    described = APPEAL.describe()
    steps = described["steps"]
    assert isinstance(steps, list)
    assert [step["name"] for step in steps] == list(APPEAL.steps)
    told = {
        (step["name"], move["name"]): (
            move["to"],
            set(move["by"]),
            move["when"] or (f"-{move['unless']}" if move["unless"] else None),
        )
        for step in steps
        for move in step["moves"]
    }
    assert told == EXPECTED
    assert {step["name"] for step in steps if step["end"]} == ENDS


def test_the_picture_shows_every_step_and_every_way() -> None:
    lines = APPEAL.mermaid().splitlines()
    assert lines[:2] == ["stateDiagram-v2", f"    [*] --> {APPEAL.first}"]
    for (step, move), (target, _, _) in EXPECTED.items():
        arrow = [line for line in lines if line.startswith(f"    {step} --> {target} ") and line.endswith(f" {move}")]
        assert len(arrow) == (0 if step == target else 1), (step, move)
        box = next(line for line in lines if line.startswith(f"    {step} : "))
        assert (move in box.partition("<br/>")[2].split()) == (step == target), (step, move)
    assert {line.split()[0] for line in lines if line.endswith("--> [*]")} == ENDS


def test_the_public_reads_four_words() -> None:
    assert set(PUBLIC_STATUS) == set(APPEAL.steps)
    assert set(PUBLIC_STATUS.values()) == {"已收到", "办理中", "已答复", "已办结"}
