"""Spans and quotas: the shipped communities breach none, and every planted breach is found."""

from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import get_args

import pytest

from services.hierarchy.structures.document import COMMUNITIES, read, shipped
from services.hierarchy.structures.expansion import expand
from services.hierarchy.structures.facts import Facts, OrganisationFact, PlaceFact, PostFact, facts_of
from services.hierarchy.structures.rules import _KINDS_ZH, Violation, violations
from services.hierarchy.structures.structure import PlaceKind, Structure
from services.hierarchy.structures.workflow import label


@cache
def load(path: Path) -> tuple[Structure, Facts]:
    community = read(path)
    return community.structure, facts_of(expand(community))


@pytest.fixture
def fangzi() -> tuple[Structure, Facts]:
    return load(COMMUNITIES / "fangzi.toml")


def first(facts: Facts, kind: str) -> PostFact:
    return next(post for post in facts.posts if post.kind == kind)


def without(facts: Facts, *codes: str) -> Facts:
    return replace(facts, posts=tuple(post for post in facts.posts if post.code not in codes))


def plus(facts: Facts, post: PostFact) -> Facts:
    return replace(facts, posts=(*facts.posts, post))


def test_every_unit_has_its_chinese_words() -> None:
    assert set(_KINDS_ZH) == set(get_args(PlaceKind))


def with_households(facts: Facts, code: str, households: int) -> Facts:
    changed = (replace(place, households=households) if place.code == code else place for place in facts.places)
    return replace(facts, places=tuple(changed))


def found(structure: Structure, facts: Facts, rule: str) -> list[Violation]:
    return [violation for violation in violations(structure, facts) if violation.rule == rule]


@pytest.mark.parametrize("path", shipped(), ids=lambda path: path.stem)
def test_the_shipped_communities_breach_nothing(path: Path) -> None:
    assert violations(*load(path)) == []


@pytest.mark.parametrize("households", [29, 51])
def test_a_head_with_too_few_or_too_many_households_is_found(fangzi: tuple[Structure, Facts], households: int) -> None:
    structure, facts = fangzi
    head = first(facts, "building_head")
    [breach] = found(structure, with_households(facts, head.place, households), "span")
    assert (breach.subject, breach.found) == (head.code, households)
    assert breach.zh == f"楼长应负责30–50户，现为{households}户"


@pytest.mark.parametrize("households", [30, 50])
def test_the_ends_of_a_span_are_allowed(fangzi: tuple[Structure, Facts], households: int) -> None:
    structure, facts = fangzi
    head = first(facts, "building_head")
    assert not found(structure, with_households(facts, head.place, households), "span")


@pytest.mark.parametrize(("households", "breaches"), [(4, 1), (5, 0), (15, 0), (16, 1)])
def test_a_neighbour_head_answers_for_five_to_fifteen(households: int, breaches: int) -> None:
    structure, facts = load(COMMUNITIES / "shuyuan_road.toml")
    head = first(facts, "neighbour_head")
    assert len(found(structure, with_households(facts, head.place, households), "span")) == breaches


def test_a_grid_with_two_full_time_workers_is_found(fangzi: tuple[Structure, Facts]) -> None:
    structure, facts = fangzi
    worker = first(facts, "grid_worker")
    second = replace(worker, code=f"{worker.code}-2", holder="someone-else")
    [breach] = violations(structure, plus(facts, second))
    assert (breach.rule, breach.subject, breach.found) == ("seats", worker.place, 2)
    assert breach.zh == "专职网格员应为1名，现为2名"


def test_a_grid_without_a_worker_is_found_and_a_vacant_seat_does_not_help(
    fangzi: tuple[Structure, Facts],
) -> None:
    structure, facts = fangzi
    worker = first(facts, "grid_worker")
    gone = without(facts, worker.code)
    for changed in (gone, plus(gone, replace(worker, holder=None))):
        [breach] = violations(structure, changed)
        assert (breach.rule, breach.subject, breach.found) == ("vacancy", worker.place, 0)


def test_a_branch_with_one_committee_member_is_found(fangzi: tuple[Structure, Facts]) -> None:
    structure, facts = fangzi
    member = first(facts, "branch_member")
    [breach] = violations(structure, without(facts, member.code))
    assert (breach.rule, breach.subject, breach.found) == ("vacancy", member.organisation, 1)
    assert breach.zh == "网格党支部委员应为2名，现为1名"


@pytest.mark.parametrize(("members", "breaches"), [(59, 1), (60, 0)])
def test_an_owners_committee_at_59_percent_is_found(
    fangzi: tuple[Structure, Facts], members: int, breaches: int
) -> None:
    structure, facts = fangzi
    body = OrganisationFact("planted-committee", "owners_committee")
    seats = tuple(
        PostFact(f"planted-{n}", "owners_member", "370704003900", body.code, f"p{n}", n < members) for n in range(100)
    )
    changed = replace(facts, organisations=(*facts.organisations, body), posts=(*facts.posts, *seats))
    shares = found(structure, changed, "party_share")
    assert len(shares) == breaches
    assert [(breach.subject, breach.found) for breach in shares] == [(body.code, 59)] * breaches


def test_a_council_member_who_heads_no_building_is_found(fangzi: tuple[Structure, Facts]) -> None:
    structure, facts = fangzi
    member = first(facts, "council_member")
    changed = plus(without(facts, member.code), replace(member, holder="a-stranger"))
    [breach] = violations(structure, changed)
    assert (breach.rule, breach.subject) == ("holds", member.code)


def test_a_figure_that_its_parts_do_not_come_to_is_found() -> None:
    structure, facts = load(COMMUNITIES / "donghu_road.toml")
    changed = with_households(facts, "341702010005-P01-X01", 781)
    breaches = found(structure, changed, "sum")
    assert [breach.subject for breach in breaches] == ["341702010005-P01", "341702010005-P01-X01"]
    assert "登记为781户，下级合计780户" in breaches[1].zh


def test_a_span_can_count_places_instead_of_households() -> None:
    structure = Structure.model_validate(
        {
            "name": "三长制",
            "version": 1,
            "in_force": "2024-01-01",
            "place": "430304004001",
            "levels": [{"key": "group", "name": "组", "kind": "place", "of": "group"}],
            "posts": [
                {
                    "key": "group_head",
                    "name": "组长",
                    "level": "group",
                    "role": "post_holder",
                    "appointed_by": "社区",
                    "span": {"min": 2, "max": 3, "unit": "neighbour_group"},
                }
            ],
        }
    )
    group = PlaceFact("g", None, "group")
    neighbours = tuple(PlaceFact(f"g-{n}", "g", "neighbour_group") for n in range(4))
    post = PostFact("head", "group_head", "g", holder="someone")
    facts = Facts((group, *neighbours), (), (post,))
    assert [breach.found for breach in violations(structure, facts)] == [4]
    assert violations(structure, replace(facts, places=(group, *neighbours[:3]))) == []


@pytest.mark.parametrize(
    ("step", "in_force", "until", "said"),
    [
        ("draft", date(2026, 12, 1), None, "草稿"),
        ("active", date(2026, 11, 22), None, "现行"),
        ("active", date(2026, 12, 1), None, "待生效（12月1日起）"),
        ("active", date(2027, 1, 1), None, "待生效（2027年1月1日起）"),
        ("superseded", date(2024, 1, 1), date(2026, 11, 30), "现行（至 11月30日）"),
        ("superseded", date(2024, 1, 1), date(2026, 11, 22), "现行（至 11月22日）"),
        ("superseded", date(2024, 1, 1), date(2026, 11, 21), "已被替代"),
        ("superseded", date(2026, 12, 1), date(2026, 12, 9), "待生效（12月1日起）"),
        ("superseded", date(2026, 12, 1), date(2026, 11, 30), "已被替代"),
        ("withdrawn", date(2026, 12, 1), None, "已撤回"),
    ],
)
def test_a_version_is_called_what_it_is_on_the_day(step: str, in_force: date, until: date | None, said: str) -> None:
    assert label(step, in_force, until, date(2026, 11, 22)) == said
