"""Seats and quorum, the ranking of capabilities, clauses and their periods: pure arithmetic."""

import random
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.hierarchy.agreements.rules import Clause, Delivered, kept, reminders
from services.hierarchy.bodies.rules import Charter, Quorum, SeatKind, Sitting, charter_of, faults, is_quorate
from services.hierarchy.capabilities.rules import Offer, Wanted, rank
from services.hierarchy.organisations.rules import tree, why_not_below

PEOPLE = [UUID(int=number) for number in range(1, 13)]
FIVE = ("management", "property", "community", "neighbour_head", "owner")
FIVE_PARTIES = Charter(
    seats=tuple(SeatKind(key=key, label=key) for key in FIVE),
    quorum=Quorum(percent=50, more_than=True, each=dict.fromkeys(FIVE, 1)),
)
SITTING = [Sitting(kind, person) for kind, person in zip(FIVE, PEOPLE, strict=False)]

# --- quorum ------------------------------------------------------------------------------------------------------


def test_five_parties_need_all_five() -> None:
    whole = is_quorate(FIVE_PARTIES, SITTING, PEOPLE[:5])
    assert whole.quorate
    assert whole.missing == []
    one_short = is_quorate(FIVE_PARTIES, SITTING, PEOPLE[1:5])
    assert not one_short.quorate
    assert [words.zh for words in one_short.missing] == ["“management”席位还差 1 人"]


@pytest.mark.parametrize(
    ("quorum", "members", "needed"),
    [
        (Quorum(percent=50), 6, 3),
        (Quorum(percent=50, more_than=True), 6, 4),
        (Quorum(percent=50), 7, 4),
        (Quorum(percent=50, more_than=True), 7, 4),
        (Quorum(percent=67), 3, 3),
        (Quorum(percent=100, more_than=False), 5, 5),
        (Quorum(count=5, percent=50), 6, 5),
        (Quorum(), 6, 1),
    ],
)
def test_what_a_share_comes_to(quorum: Quorum, members: int, needed: int) -> None:
    charter = Charter(seats=(SeatKind(key="member", label="委员", seats=12),), quorum=quorum)
    sitting = [Sitting("member", person) for person in PEOPLE[:members]]
    assert is_quorate(charter, sitting, []).needed == needed
    assert is_quorate(charter, sitting, PEOPLE[:needed]).quorate
    assert not is_quorate(charter, sitting, PEOPLE[: needed - 1]).quorate


def test_guests_and_double_seats_do_not_count() -> None:
    charter = Charter(
        seats=(SeatKind(key="a", label="甲"), SeatKind(key="b", label="乙")), quorum=Quorum(count=2)
    )  # fmt: skip
    twice = [Sitting("a", PEOPLE[0]), Sitting("b", PEOPLE[0])]
    verdict = is_quorate(charter, twice, [PEOPLE[0], PEOPLE[5], PEOPLE[0]])
    assert (verdict.quorate, verdict.sitting, verdict.present) == (False, 1, 1)
    assert verdict.by_kind == {"a": 1, "b": 1}


_kinds = st.sampled_from(["a", "b", "c"])
_quorums = st.builds(
    Quorum,
    count=st.none() | st.integers(1, 6),
    percent=st.none() | st.integers(1, 100),
    more_than=st.booleans(),
    each=st.dictionaries(_kinds, st.integers(1, 3)),
)


@given(
    quorum=_quorums,
    sitting=st.lists(st.builds(Sitting, kind=_kinds, person=st.sampled_from(PEOPLE)), max_size=9),
    present=st.lists(st.sampled_from(PEOPLE)),
    more=st.sampled_from(PEOPLE),
    order=st.randoms(use_true_random=False),
)
def test_more_people_never_make_it_less_and_order_says_nothing(
    quorum: Quorum, sitting: list[Sitting], present: list[UUID], more: UUID, order: random.Random
) -> None:
    charter = Charter(seats=tuple(SeatKind(key=key, label=key, seats=4) for key in "abc"), quorum=quorum)
    before, after = is_quorate(charter, sitting, present), is_quorate(charter, sitting, [*present, more])
    assert after.quorate or not before.quorate
    assert after.present >= before.present
    shuffled, other = [*sitting], [*present]
    order.shuffle(shuffled)
    order.shuffle(other)
    assert is_quorate(charter, shuffled, other) == before
    assert before.quorate == (not before.missing)


def test_a_charter_that_cannot_be_met_is_refused() -> None:
    seat = SeatKind(key="police", label="公安")
    wrongs: tuple[dict[str, Any], ...] = (
        {"seats": (seat, seat)},
        {"seats": (seat,), "quorum": Quorum(each={"police": 2})},
        {"seats": (seat,), "quorum": Quorum(each={"lawyer": 1})},
        {"seats": (seat,), "quorum": Quorum(count=2)},
        {"seats": ()},
    )
    for wrong in wrongs:
        with pytest.raises(ValidationError):
            Charter(**wrong)


def test_vacant_seats_and_wrong_holders_are_named() -> None:
    charter = Charter(
        seats=(
            SeatKind(key="head", label="楼栋长", seats=2, holds="building_head"),
            SeatKind(key="party", label="党员", party=True),
        ),
        party_percent=60,
    )
    sitting = [Sitting("head", PEOPLE[0], party=True), Sitting("party", PEOPLE[1])]
    found = [words.zh for words in faults(charter, sitting, {PEOPLE[0]: {"building_head"}})]
    assert found == ["“楼栋长”空缺 1 席", "“党员”有 1 人不符合条件", "党员 1/2，低于 60%"]
    well = [*sitting[:1], Sitting("head", PEOPLE[2], party=True), Sitting("party", PEOPLE[3], party=True)]
    assert faults(charter, well, {PEOPLE[0]: {"building_head"}, PEOPLE[2]: {"building_head", "x"}}) == []


def test_a_charter_from_what_a_data_file_names() -> None:
    posts = {"seat_police": ("议事席（公安）", 1), "seat_building": ("议事席（楼栋长）", 3)}
    made = charter_of(["公安", "楼栋长", "物业"], posts, {"seat_building": "building_head"}, 60)
    assert made is not None
    assert [(seat.key, seat.seats, seat.holds) for seat in made.seats] == [
        ("seat_police", 1, None), ("seat_building", 3, "building_head"), ("seat_3", 1, None),
    ]  # fmt: skip
    assert made.quorum.each == {"seat_police": 1, "seat_building": 1, "seat_3": 1}
    assert charter_of([], {}, {}, None) is None


# --- capabilities ------------------------------------------------------------------------------------------------

HERE, DISTRICT, BESIDE = "00010001", "0001", "00010002"


def offer(number: int, *tags: str, path: str = HERE, **more: Any) -> Offer:
    return Offer(UUID(int=number), f"org-{number}", f"资源{number}", tags, path, **more)


def test_the_best_fit_stands_first_and_says_why() -> None:
    wanted = Wanted(("义诊", "理发"), HERE, date(2026, 12, 1))
    found = rank(
        wanted,
        [
            offer(1, "法律咨询"),
            offer(2, "义诊"),
            offer(3, "义诊", "理发", path=DISTRICT),
            offer(4, "义诊", "理发", path=BESIDE),
            offer(5, "义诊", "理发", until=date(2026, 11, 30)),
            offer(6, "义诊义剪"),
        ],
    )
    assert [match.offer.id.int for match in found] == [3, 4, 2, 6]
    assert found[0].reasons[0].zh == "能提供：义诊、理发"
    assert all(0 < match.score <= 100 for match in found)


def test_busy_partners_stand_behind_free_ones() -> None:
    found = rank(Wanted(("义诊",), HERE), [offer(1, "义诊", busy=3), offer(2, "义诊")])
    assert [match.offer.id.int for match in found] == [2, 1]


_words = st.sampled_from(["义诊", "理发", "法律", "ＬＥＧＡＬ", "legal", "义诊义剪"])
_offers = st.lists(
    st.builds(
        lambda number, tags, path, busy: offer(number, *tags, path=path, busy=busy),
        st.integers(1, 99), st.lists(_words, max_size=4), st.sampled_from([HERE, DISTRICT, BESIDE]), st.integers(0, 9),
    ),
    max_size=12, unique_by=lambda one: one.id,
)  # fmt: skip


@given(tags=st.lists(_words, min_size=1, max_size=4), offers=_offers, order=st.randoms(use_true_random=False))
def test_a_ranking_has_one_order_and_honest_scores(tags: list[str], offers: list[Offer], order: random.Random) -> None:
    found = rank(Wanted(tuple(tags), HERE), offers)
    shuffled = [*offers]
    order.shuffle(shuffled)
    assert rank(Wanted(tuple(tags), HERE), shuffled) == found
    assert [match.score for match in found] == sorted((match.score for match in found), reverse=True)
    assert all(0 < match.score <= 100 and match.reasons for match in found)
    assert {match.offer.id for match in found} <= {one.id for one in offers}


# --- clauses -----------------------------------------------------------------------------------------------------

MONTHLY = Clause(text="每月开展一次联办活动", at_least=1, per="month")
FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)


def test_once_a_month_is_counted_month_by_month() -> None:
    done = [Delivered(date(2026, 1, 9), 1), Delivered(date(2026, 3, 31), 2)]
    found = kept(MONTHLY, done, FIRST, LAST, date(2026, 4, 10))
    assert [(one.period, one.done, one.state) for one in found] == [
        ("2026-01", 1, "met"), ("2026-02", 0, "missed"), ("2026-03", 2, "met"), ("2026-04", 0, "open"),
    ]  # fmt: skip


def test_a_clause_without_a_period_has_the_whole_time() -> None:
    clause = Clause(text="提供场地十次", kind="resource", at_least=10)
    [one] = kept(clause, [Delivered(FIRST, 4)], FIRST, LAST, LAST)
    assert (one.done, one.due, one.state) == (4, 10, "open")
    [after] = kept(clause, [Delivered(FIRST, 4)], FIRST, LAST, LAST + timedelta(days=1))
    assert after.state == "missed"
    assert kept(Clause(text="互通信息"), [], FIRST, LAST, LAST) == []


@given(
    days=st.lists(st.dates(FIRST, LAST), max_size=30),
    per=st.sampled_from(["month", "quarter", "year", None]),
    today=st.dates(FIRST, LAST + timedelta(days=60)),
)
def test_what_was_done_counts_once(days: list[date], per: Any, today: date) -> None:
    clause = Clause(text="x", at_least=2, per=per)
    found = kept(clause, [Delivered(day, 1) for day in days], FIRST, LAST, today)
    begun = [one for one in found if one.last <= LAST]
    assert sum(one.done for one in begun) == sum(day <= found[-1].last for day in days)
    assert all((one.state == "met") == (one.done >= 2) for one in found)
    assert [one.first for one in found] == sorted({one.first for one in found})


def test_the_end_is_announced_before() -> None:
    assert reminders(date(2026, 12, 31), 30, FIRST) == [date(2026, 12, 1), date(2026, 12, 24)]
    assert reminders(date(2026, 12, 31), 3, FIRST) == [date(2026, 12, 28)]
    assert reminders(date(2026, 1, 2), 30, FIRST) == [FIRST]
    assert reminders(date(2025, 1, 2), 30, FIRST) == []


# --- trees -------------------------------------------------------------------------------------------------------


def test_party_stands_below_party() -> None:
    assert why_not_below("party_group", "g", "party_branch", ["b", "c"]) is None
    assert why_not_below("party_branch", "b", "party_branch", ["general"]) is None
    assert why_not_below("party_committee", "c", "party_branch", ["b"]) is not None
    assert why_not_below("party_branch", "b", "owners_committee", ["o"]) is not None
    assert why_not_below("council", "x", "party_committee", ["c"]) is None
    assert why_not_below("council", "x", "council", ["y", "x"]) is not None


@given(st.lists(st.tuples(st.integers(0, 9), st.none() | st.integers(0, 9)), max_size=10, unique_by=lambda one: one[0]))
def test_a_tree_holds_every_organisation_once(pairs: list[tuple[int, int | None]]) -> None:
    """Even where the rows are a ring, which no door lets in."""
    rows: list[dict[str, Any]] = [
        {"code": str(code), "parent": None if parent is None else str(parent)} for code, parent in pairs
    ]
    seen: list[str] = []
    waiting = tree(rows)
    while waiting:
        node = waiting.pop()
        seen.append(node.row["code"])
        waiting += node.below
        assert len(seen) <= len(rows)
    assert sorted(seen) == sorted(row["code"] for row in rows)
