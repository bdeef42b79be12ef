"""What a sheet shows to whom, and who answers right now: the decisions by themselves."""

from datetime import datetime

import pytest

from services.hierarchy.contact_sheets.rules import (
    Audience,
    Hours,
    Link,
    SheetRules,
    Shown,
    Standing,
    answering,
    matters,
    name_for,
    number_for,
)
from shared.kernel.periods import CHINA

NOW = datetime(2026, 11, 22, 14, 20, tzinfo=CHINA)
PUBLIC, POSTS = Audience.PUBLIC, Audience.POSTS
RULES, FAMILY = SheetRules(numbers=("building_head",)), SheetRules(names="family")
HEAD, VACANT, GRID = Link("楼栋长", "虚构甲", "10000000001"), Link("网格长", None, None), Link("书记", "虚构乙", None)


@pytest.mark.parametrize(
    ("audience", "kind", "of_post", "shown"),
    [
        (PUBLIC, "building_head", False, Shown.FULL),
        (PUBLIC, "secretary", False, Shown.NOT),
        (PUBLIC, "secretary", True, Shown.FULL),
        (PUBLIC, None, False, Shown.NOT),
        (POSTS, "building_head", False, Shown.FULL),
        (POSTS, "secretary", False, Shown.MASKED),
        (POSTS, "secretary", True, Shown.FULL),
        (POSTS, None, False, Shown.MASKED),
    ],
)
def test_numbers(audience: Audience, kind: str | None, of_post: bool, shown: Shown) -> None:  # noqa: FBT001 - a fact
    assert number_for(audience, RULES, kind, of_post=of_post) is shown


@pytest.mark.parametrize(
    ("audience", "rules", "shown"),
    [(PUBLIC, RULES, Shown.FULL), (PUBLIC, FAMILY, Shown.MASKED), (POSTS, FAMILY, Shown.FULL)],
)
def test_names(audience: Audience, rules: SheetRules, shown: Shown) -> None:
    assert name_for(audience, rules) is shown


def test_nobody_says_anything_and_nothing_is_public() -> None:
    assert number_for(PUBLIC, SheetRules(), "building_head", of_post=False) is Shown.NOT


def test_matters_in_words() -> None:
    assert matters(["*"]) == []
    assert matters(["WY", "JC05"]) == ["物业管理", "供暖"]


def standing(*, there: bool = True) -> Standing:
    until = NOW.replace(hour=21, minute=0)
    return Standing("驿站值班表", "社区工作者", "虚*", "12345", until, there)


def test_whoever_is_on_duty_comes_first() -> None:
    found = answering([standing()], [HEAD, VACANT, GRID], None, NOW)
    assert [(one.kind, one.label, one.skipped) for one in found] == [
        ("on_duty", "社区工作者", False), ("post", "楼栋长", False), ("post", "网格长", True), ("post", "书记", False),
    ]  # fmt: skip
    assert found[0].why.zh == "驿站值班表：正在值班，到 21:00"
    assert found[2].why.zh == "网格长暂缺，由下一位负责"


def test_who_has_not_reported_is_said_so() -> None:
    assert answering([standing(there=False)], [HEAD], None, NOW)[0].why.zh.endswith("（尚未签到）")


def test_out_of_hours_it_goes_up_the_chain_with_the_reason() -> None:
    hours = Hours("每天 8:00–21:00", now=False)
    found = answering([], [HEAD, GRID], hours, NOW.replace(hour=22, minute=5))
    assert found[0].why.zh == "22:05 无人值班（值班时间 每天 8:00–21:00），先找最近的人"
    assert found[1].why.zh == "前面的人联系不上时找"


def test_within_the_hours_nobody_is_said_to_be_missing_who_was_never_put_on_duty() -> None:
    found = answering([], [HEAD], Hours("每天 8:00–21:00", now=True), NOW)
    assert found[0].why.zh == "现在没有安排值班，请先找最近的人"


def test_where_there_is_no_duty_and_the_first_post_is_vacant() -> None:
    found = answering([], [VACANT, HEAD, GRID], None, NOW)
    assert [one.skipped for one in found] == [True, False, False]
    assert found[1].why.zh == "这里不设值班，先找最近的人"
    assert answering([], [], None, NOW) == []
