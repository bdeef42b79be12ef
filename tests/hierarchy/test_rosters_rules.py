"""Gaps, clashes and turns: the arithmetic of a roster, by example and against counting minute by minute."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from services.hierarchy.rosters.rules import Clash, Gap, Turn, clashes, covered, gaps, rotation
from shared.kernel.stretches import Stretch

MIDNIGHT = datetime(2026, 11, 22, tzinfo=UTC)
A, B, C = (UUID(int=number) for number in (1, 2, 3))


def clock(hour: float) -> datetime:
    return MIDNIGHT + timedelta(hours=hour)


def turn(person: UUID, begin: float, end: float) -> Turn:
    return Turn(person, clock(begin), clock(end))


def part(begin: float, end: float) -> Stretch:
    return Stretch(clock(begin), clock(end))


STATION = [part(8, 21)]


def test_no_gap_from_eight_to_nine() -> None:
    assert gaps(STATION, [turn(A, 8, 14.5), turn(B, 14.5, 21)]) == []


def test_what_lacks_at_the_edges_and_between() -> None:
    found = gaps(STATION, [turn(A, 9, 12), turn(B, 13, 20)])
    assert found == [Gap(clock(8), clock(9), 1), Gap(clock(12), clock(13), 1), Gap(clock(20), clock(21), 1)]
    assert covered(STATION, found, 1) == (timedelta(hours=13), timedelta(hours=10))


def test_two_are_needed() -> None:
    found = gaps(STATION, [turn(A, 8, 21), turn(B, 8, 12), turn(B, 12, 14)], needed=2)
    assert found == [Gap(clock(14), clock(21), 1)]


def test_the_same_person_twice_is_one() -> None:
    assert gaps(STATION, [turn(A, 8, 21), turn(A, 8, 21)], needed=2) == [Gap(clock(8), clock(21), 1)]


def test_nothing_at_all_is_one_gap() -> None:
    assert gaps(STATION, [], needed=3) == [Gap(clock(8), clock(21), 3)]
    assert gaps([], [turn(A, 8, 21)]) == []


def test_two_places_at_once() -> None:
    found = clashes([turn(A, 8, 12), turn(B, 8, 12), turn(A, 11, 14), turn(A, 13, 15), turn(B, 12, 13)])
    assert found == [Clash(A, clock(11), clock(12)), Clash(A, clock(13), clock(14))]


def test_a_long_shift_clashes_with_all_inside() -> None:
    assert len(clashes([turn(A, 8, 20), turn(A, 9, 10), turn(A, 11, 12)])) == 2


def test_turns_go_round_and_pass_over_who_is_elsewhere() -> None:
    halves = [part(8, 14), part(14, 21), part(24 + 8, 24 + 14), part(24 + 14, 24 + 21)]
    found = list(rotation(halves, [A, B, C], [turn(C, 24 + 8, 24 + 20)], last=A))
    assert [one.person for one in found] == [B, C, A, B]
    found = list(rotation(halves[2:], [A, B, C], [turn(C, 24 + 8, 24 + 20)], last=B))
    assert [one.person for one in found] == [A, B]


def test_where_nobody_is_free_it_stays_open() -> None:
    assert list(rotation([part(8, 14)], [A], [turn(A, 13, 15)])) == []
    assert [one.person for one in rotation([part(8, 14)], [A], [], needed=3)] == [A]


def test_turns_are_for_those_who_are_missing() -> None:
    """At the emptiest moment; who stands there already is counted, whether they take turns or not."""
    found = list(rotation([part(8, 14)], [A, B], [], 2, there=[turn(C, 8, 14)]))
    assert [one.person for one in found] == [A]
    assert list(rotation([part(8, 14)], [A, B], [], there=[turn(C, 7, 15)])) == []
    found = list(rotation([part(8, 14)], [A, B], [], 2, there=[turn(C, 9, 10)]))
    assert [one.person for one in found] == [A, B]


_people = st.sampled_from([A, B, C])
_turns = st.lists(
    st.tuples(_people, st.integers(0, 23), st.integers(1, 12)).map(lambda t: turn(t[0], t[1], min(24, t[1] + t[2]))),
    max_size=8,
)
_cover = st.lists(st.integers(0, 24), min_size=2, max_size=6, unique=True).map(
    lambda edges: [part(a, b) for a, b in zip(sorted(edges)[::2], sorted(edges)[1::2], strict=False)]
)


@settings(max_examples=200)
@given(_cover, _turns, st.integers(1, 3))
def test_gaps_are_what_counting_hour_by_hour_finds(cover: list[Stretch], turns: list[Turn], needed: int) -> None:
    found = gaps(cover, turns, needed)
    for hour in range(24):
        wanted = any(one.begin <= clock(hour) < one.end for one in cover)
        there = len({one.person for one in turns if one.begin <= clock(hour) < one.end})
        missing = next((gap.missing for gap in found if gap.begin <= clock(hour) < gap.end), 0)
        assert missing == (max(0, needed - there) if wanted else 0)
    wanted_hours, there_hours = covered(cover, found, needed)
    assert timedelta() <= there_hours <= wanted_hours


@given(_turns)
def test_clashes_are_what_counting_hour_by_hour_finds(turns: list[Turn]) -> None:
    found = clashes(turns)
    for person in (A, B, C):
        for hour in range(24):
            there = sum(one.person == person and one.begin <= clock(hour) < one.end for one in turns)
            told = any(clash.person == person and clash.begin <= clock(hour) < clash.end for clash in found)
            assert told == (there > 1)


@given(_turns, st.integers(1, 3))
def test_turns_put_nobody_in_two_places(busy: list[Turn], needed: int) -> None:
    before = [one for number, one in enumerate(busy) if not clashes([*busy[:number], one])]
    parts = [part(hour, hour + 3) for hour in range(0, 24, 3)]
    made = list(rotation(parts, [A, B, C], [] if clashes(before) else before, needed))
    assert clashes([*([] if clashes(before) else before), *made]) == []
