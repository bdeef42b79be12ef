"""Properties of the rules: what adds breaches and what cannot, whatever the community looks like."""

from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.hierarchy.structures.document import COMMUNITIES, read, shipped
from services.hierarchy.structures.expansion import expand
from services.hierarchy.structures.facts import Facts, OrganisationFact, PlaceFact, PostFact, facts_of
from services.hierarchy.structures.refusals import UnknownInChange
from services.hierarchy.structures.rules import RULES, SOFT, Violation, violations
from services.hierarchy.structures.structure import Structure
from services.hierarchy.structures.summing import spans, tally
from services.hierarchy.structures.what_if import (
    AddPlace,
    AddPost,
    DropPost,
    FillPost,
    MergePlaces,
    MovePlace,
    SetFigures,
    VacatePost,
    changed,
)

STRUCTURE = Structure.model_validate(
    {
        "name": "示例架构", "version": 1, "in_force": "2024-01-01", "place": "100001100001",
        "levels": [
            {"key": "community", "name": "社区", "kind": "place", "of": "community"},
            {"key": "grid", "name": "网格", "kind": "place", "of": "grid"},
            {"key": "building", "name": "楼栋", "kind": "place", "of": "building"},
        ],
        "posts": [
            {"key": "head", "name": "楼栋长", "level": "building", "role": "building_head", "appointed_by": "党委",
             "span": {"min": 30, "max": 50, "source": "每30—50户一名"}, "term_years": 3},
            {"key": "worker", "name": "专职网格员", "level": "grid", "role": "grid_worker", "appointed_by": "党委",
             "full_time": True},
            {"key": "member", "name": "支部委员", "level": "grid", "role": "post_holder", "appointed_by": "党委"},
            {"key": "owner", "name": "业委会成员", "level": "grid", "role": "post_holder", "appointed_by": "业主大会"},
            {"key": "council", "name": "议事会成员", "level": "grid", "role": "post_holder", "appointed_by": "换届"},
        ],
        "quotas": [
            {"kind": "seats", "post": "head", "place": "building", "min": 1, "max": 1},
            {"kind": "seats", "post": "worker", "place": "grid", "min": 1, "max": 1},
            {"kind": "seats", "post": "member", "organisation": "party_branch", "min": 2, "max": 2},
            {"kind": "party_share", "post": "owner", "organisation": "owners_committee", "min_percent": 60},
            {"kind": "holds", "post": "council", "other": "head"},
            {"kind": "limit", "posts": ["head", "member"], "max": 2},
        ],
    }
)  # fmt: skip
KINDS = [post.key for post in STRUCTURE.posts]
TODAY = date(2026, 11, 22)
COMMUNITY = PlaceFact("c", None, "community")


@st.composite
def towns(draw: st.DrawFn) -> Facts:
    """A community with a few grids and buildings, bodies, and seats that some of a few people hold."""
    grids = [PlaceFact(f"g{n}", "c", "grid") for n in range(draw(st.integers(1, 3)))]
    buildings = [
        PlaceFact(f"b{n}", draw(st.sampled_from([*(grid.code for grid in grids), "c"])), "building",
                  draw(st.none() | st.integers(0, 90)))
        for n in range(draw(st.integers(0, 5)))
    ]  # fmt: skip
    bodies = [
        OrganisationFact(f"o{n}", draw(st.sampled_from(["party_branch", "owners_committee"])))
        for n in range(draw(st.integers(0, 3)))
    ]
    places = [COMMUNITY, *grids, *buildings]
    seats = [
        PostFact(
            f"s{n}",
            draw(st.sampled_from([*KINDS, "stranger"])),
            draw(st.sampled_from(places)).code,
            draw(st.none() | st.sampled_from([body.code for body in bodies])) if bodies else None,
            holder := draw(st.none() | st.sampled_from(["p1", "p2", "p3", "p4"])),
            party_member=holder in ("p1", "p2"),
            since=draw(st.dates(date(2020, 1, 1), TODAY)) if holder else None,
        )
        for n in range(draw(st.integers(0, 8)))
    ]
    return Facts(tuple(places), tuple(bodies), tuple(seats), TODAY)


def plus(town: Facts, kind: str, holder: str | None = "p1") -> Facts:
    """With one more seat at the community, so that there is one in every town."""
    return replace(town, posts=(*town.posts, PostFact("more", kind, "c", None, holder)))


def of(facts: Facts, *rules: str) -> set[Violation]:
    return {one for one in violations(STRUCTURE, facts) if one.rule in rules}


@cache
def shipped_facts(path: Path) -> tuple[Structure, Facts]:
    community = read(path)
    return community.structure, facts_of(expand(community), TODAY)


# --- in general ----------------------------------------------------------------------------------------------------


@given(towns(), st.randoms(use_true_random=False))
def test_the_order_of_the_facts_says_nothing(town: Facts, chance: Random) -> None:
    mixed = Facts(
        tuple(chance.sample(town.places, len(town.places))),
        tuple(chance.sample(town.organisations, len(town.organisations))),
        tuple(chance.sample(town.posts, len(town.posts))),
        town.on,
    )
    assert violations(STRUCTURE, mixed) == violations(STRUCTURE, town)


@given(towns())
def test_every_breach_says_what_was_expected_and_what_is_there_in_two_languages(town: Facts) -> None:
    found = violations(STRUCTURE, town)
    assert [one.key for one in found] == sorted({one.key for one in found})
    for one in found:
        assert one.rule in RULES
        assert one.hard is (one.rule not in SOFT)
        assert one.zh
        assert one.en
        assert not any("一" <= letter <= "鿿" for letter in one.en)
        assert one.expected
    assert sum(tally(found).values()) == len(found)


@given(towns(), st.sampled_from(KINDS))
def test_a_structure_that_asks_for_nothing_is_breached_by_nothing_but_what_it_does_not_know(
    town: Facts, kind: str
) -> None:
    bare = STRUCTURE.model_copy(
        update={
            "quotas": (),
            "levels": STRUCTURE.levels[:1],
            "posts": tuple(
                post.model_copy(update={"span": None, "term_years": None, "full_time": False})
                for post in STRUCTURE.posts
                if post.key == kind
            ),
        }
    )
    allowed = {"unknown_post", "vacancy", "sum"}
    assert {one.rule for one in violations(bare, town)} <= allowed


# --- monotone where it should be -----------------------------------------------------------------------------------


@given(towns(), st.data())
def test_getting_up_never_crowds_anything(town: Facts, data: st.DataObject) -> None:
    """A seat that becomes vacant breaches no span, no upper bound, no limit; it may leave a vacancy."""
    town = plus(town, "head")
    held = [post for post in town.posts if post.holder is not None]
    gone = data.draw(st.sampled_from(held)).code
    after = changed(town, [VacatePost(op="vacate_post", post=gone)])
    for rule in ("unknown_post", "span", "seats", "limit", "full_time", "term"):
        fewer, before = of(after, rule), of(town, rule)
        assert {one.subject for one in fewer} <= {one.subject for one in before}
    assert not of(town, "level") ^ of(after, "level")


@given(towns(), st.data())
def test_sitting_down_never_leaves_a_vacancy(town: Facts, data: st.DataObject) -> None:
    town = plus(town, "member", None)
    vacant = [post for post in town.posts if post.holder is None]
    seat = data.draw(st.sampled_from(vacant))
    after = changed(town, [FillPost(op="fill_post", post=seat.code, holder="p9")])
    assert {one.subject for one in of(after, "vacancy")} <= {one.subject for one in of(town, "vacancy")}


@given(towns(), st.data())
def test_a_party_member_more_never_lowers_a_share(town: Facts, data: st.DataObject) -> None:
    seats = tuple(replace(post, kind="owner") if n == 0 else post for n, post in enumerate(town.posts))
    town = plus(replace(town, posts=seats), "owner", "p3")
    owners = [post for post in town.posts if post.kind == "owner" and post.holder is not None]
    chosen = data.draw(st.sampled_from(owners)).code
    posts = tuple(replace(post, party_member=True) if post.code == chosen else post for post in town.posts)
    before = {one.subject for one in of(town, "party_share")}
    assert {one.subject for one in of(replace(town, posts=posts), "party_share")} <= before


@given(towns(), st.integers(51, 500), st.integers(1, 500))
def test_more_households_never_mend_a_span_that_is_over_its_maximum(town: Facts, households: int, more: int) -> None:
    town = plus(town, "head")
    heads = [post for post in town.posts if post.kind == "head" and post.holder is not None]
    place = heads[0].place
    full = changed(town, [SetFigures(op="set_figures", place=place, households=households)])
    fuller = changed(town, [SetFigures(op="set_figures", place=place, households=households + more)])
    assert {one.subject for one in of(full, "span")} == {one.subject for one in of(fuller, "span")}
    assert heads[0].code in {one.subject for one in of(full, "span")}


@given(towns(), st.integers(0, 4000))
def test_time_only_ever_ends_terms(town: Facts, days: int) -> None:
    later = replace(town, on=TODAY + timedelta(days=days))
    assert {one.subject for one in of(town, "term")} <= {one.subject for one in of(later, "term")}
    assert {one for one in violations(STRUCTURE, town) if one.rule != "term"} == {
        one for one in violations(STRUCTURE, later) if one.rule != "term"
    }


@given(towns())
def test_a_seat_more_and_the_same_seat_away_again_change_nothing(town: Facts) -> None:
    seat = AddPost(op="add_post", post="new", kind="head", place="c", holder="p9")
    back = changed(town, [seat, DropPost(op="drop_post", post="new")])
    assert violations(STRUCTURE, back) == violations(STRUCTURE, town)


# --- the articles --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", shipped(), ids=lambda path: path.stem)
def test_the_figures_of_the_articles_breach_nothing(path: Path) -> None:
    assert violations(*shipped_facts(path)) == []


@pytest.mark.parametrize("path", shipped(), ids=lambda path: path.stem)
def test_every_rule_of_the_articles_says_where_it_is_written(path: Path) -> None:
    structure, _ = shipped_facts(path)
    assert all(quota.source for quota in structure.quotas)
    assert all(post.span.source for post in structure.posts if post.span is not None)


@settings(max_examples=25)
@given(st.data())
def test_whoever_leaves_a_shipped_community_is_missed_where_a_quota_counts_them(data: st.DataObject) -> None:
    structure, facts = shipped_facts(COMMUNITIES / "fangzi.toml")
    counted = {"building_head", "grid_worker", "branch_secretary", "branch_member"}
    seat = data.draw(st.sampled_from([post for post in facts.posts if post.kind in counted]))
    found = violations(structure, changed(facts, [VacatePost(op="vacate_post", post=seat.code)]))
    [missed] = [one for one in found if one.rule == "vacancy"]
    assert missed.subject in (seat.place, seat.organisation)
    assert {one.rule for one in found} <= {"vacancy", "holds"}


def test_the_spans_of_the_articles_come_out_in_figures() -> None:
    [heads] = spans(*shipped_facts(COMMUNITIES / "fangzi.toml"))
    assert (heads.holders, heads.smallest, heads.largest) == (1373, 30, 50)
    assert heads.average == pytest.approx(40, abs=0.5)
    [neighbours] = spans(*shipped_facts(COMMUNITIES / "shuyuan_road.toml"))
    assert (neighbours.holders, neighbours.smallest, neighbours.largest) == (1112, 5, 15)
    assert (neighbours.reach_min, neighbours.reach_max) == (5560, 16680)
    assert 5560 <= neighbours.total <= 16680


# --- what-if: merges and splits ------------------------------------------------------------------------------------


def test_a_merger_of_two_grids_leaves_a_worker_a_branch_and_a_parlour_too_many_and_the_figures_whole() -> None:
    structure, facts = shipped_facts(COMMUNITIES / "fangzi.toml")
    merged = changed(facts, [MergePlaces(op="merge_places", place="370704003900002", into="370704003900001")])
    found = violations(structure, merged)
    assert {(one.rule, one.subject, one.found) for one in found} == {("seats", "370704003900001", 2)}
    assert len(found) == len(("worker", "branch", "parlour"))
    assert len(merged.places) == len(facts.places) - 1


def test_a_body_has_no_more_seats_than_it_should_whoever_sits_there() -> None:
    """Those that nobody holds are to be mended; once they are held, the body has too many members."""
    branch = OrganisationFact("o0", "party_branch", "c")
    seats = tuple(PostFact(f"s{n}", "member", "c", "o0", f"p{n}" if n < 2 else None) for n in range(3))
    town = Facts((COMMUNITY,), (branch,), seats, TODAY)
    [spare] = violations(STRUCTURE, town)
    assert (spare.rule, spare.subject, spare.expected, spare.found, spare.hard) == ("spare", "o0", "2", 3, False)
    fill = FillPost(op="fill_post", post="s2", holder="p9")
    assert [(one.rule, one.found) for one in violations(STRUCTURE, changed(town, [fill]))] == [("seats", 3)]
    alone = changed(town, [VacatePost(op="vacate_post", post="s1")])
    assert {(one.rule, one.found) for one in violations(STRUCTURE, alone)} == {("vacancy", 1), ("spare", 3)}
    assert violations(STRUCTURE, changed(town, [DropPost(op="drop_post", post="s2")])) == []


def test_a_split_grid_wants_a_worker_of_its_own() -> None:
    structure, facts = shipped_facts(COMMUNITIES / "fangzi.toml")
    inside = [place.code for place in facts.places if place.parent == "370704003900001"]
    split = AddPlace(op="add_place", place="370704003900099", kind="grid", parent="370704003900", moving=(inside[0],))
    found = violations(structure, changed(facts, [split]))
    assert {(one.rule, one.subject) for one in found if one.rule == "vacancy"} == {("vacancy", "370704003900099")}


@given(towns(), st.data())
def test_moving_there_and_back_changes_nothing(town: Facts, data: st.DataObject) -> None:
    town = replace(town, places=(*town.places, PlaceFact("more", "g0", "building", 40)))
    buildings = [place for place in town.places if place.kind == "building"]
    moved = data.draw(st.sampled_from(buildings))
    assert moved.parent is not None
    there = MovePlace(op="move_place", place=moved.code, to="c")
    back = MovePlace(op="move_place", place=moved.code, to=moved.parent)
    assert changed(town, [there, back]) == town


@pytest.mark.parametrize(
    ("alteration", "what"),
    [
        (MovePlace(op="move_place", place="nowhere", to="c"), "nowhere"),
        (MovePlace(op="move_place", place="c", to="g0"), "g0"),
        (MergePlaces(op="merge_places", place="g0", into="g0"), "g0"),
        (AddPlace(op="add_place", place="g0", kind="grid", parent="c"), "g0"),
        (SetFigures(op="set_figures", place="x", households=1), "x"),
        (AddPost(op="add_post", post="n", kind="head", place="c", organisation="o9"), "o9"),
        (FillPost(op="fill_post", post="x", holder="p1"), "x"),
        (VacatePost(op="vacate_post", post="x"), "x"),
        (DropPost(op="drop_post", post="x"), "x"),
    ],
)  # fmt: skip
def test_a_change_to_what_is_not_there_is_refused_with_its_number(alteration: object, what: str) -> None:
    town = Facts((COMMUNITY, PlaceFact("g0", "c", "grid")), (), ())
    first = SetFigures(op="set_figures", place="g0", households=1)
    with pytest.raises(UnknownInChange) as refused:
        changed(town, [first, alteration])  # type: ignore[list-item]  # any of the changes
    assert (refused.value.fields["number"], refused.value.fields["what"]) == (2, what)
