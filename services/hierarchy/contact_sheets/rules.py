"""What a contact sheet shows to whom, and who answers right now. Pure.

A community says which posts' numbers are public (公示), and whether names are printed in full. Whoever works here
(`responsibility.read`) sees all names, and numbers that are not public masked; everybody else sees what is public and
nothing more.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from shared.kernel.categories import CATEGORIES
from shared.kernel.periods import CHINA
from shared.kernel.spans import Words

_TEXT = r"^[^\x00-\x1f\x7f]+$"
Short = Annotated[str, StringConstraints(min_length=1, max_length=24, pattern=_TEXT)]
Sentence = Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=_TEXT)]
Kind = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$", max_length=64)]
Dial = Annotated[str, StringConstraints(pattern=r"^[0-9+][0-9 -]{1,19}$", max_length=20)]


class ServiceLine(BaseModel):
    """One line of the list of public numbers (便民服务电话一览表)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    label: Short = Field(examples=["供暖报修"])
    number: Dial = Field(examples=["12345"])


class SheetRules(BaseModel):
    """What a community's sheets say and show."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Short = Field("有事找谁", examples=["便民服务电话一览表"])
    intro: Sentence | None = Field(
        None, description="One sentence below the title.", examples=["从上往下，先找最近的人。"]
    )
    public: bool = Field(True, description="The page behind the QR code is there for everybody (扫码可见).")
    names: Literal["full", "family"] = Field("full", description="Names in public: in full, or the family name (姓名).")
    numbers: Annotated[tuple[Kind, ...], Field(max_length=40)] = Field(
        (),
        description="Kinds of posts and organisations whose holders' numbers are public (电话公开的岗位).",
        examples=[["building_head", "grid_head"]],
    )
    lines: Annotated[tuple[ServiceLine, ...], Field(max_length=24)] = Field((), description="便民电话, in this order.")
    footer: Sentence | None = Field(None, examples=["人员如有变动，以扫码所见为准。"])


class Audience(StrEnum):
    """Who reads it: the public, or those who work here."""

    PUBLIC = "public"
    POSTS = "posts"


class Shown(StrEnum):
    """How a name or number is shown."""

    FULL = "full"
    MASKED = "masked"
    NOT = "not"


def name_for(audience: Audience, rules: SheetRules) -> Shown:
    """How a holder's name is shown."""
    return Shown.FULL if audience is Audience.POSTS or rules.names == "full" else Shown.MASKED


def number_for(audience: Audience, rules: SheetRules, kind: str | None, *, of_post: bool) -> Shown:
    """How a number is shown. One that belongs to the post (`of_post`) is public; a person's own only by kind."""
    if of_post or kind in rules.numbers:
        return Shown.FULL
    return Shown.MASKED if audience is Audience.POSTS else Shown.NOT


def matters(categories: Sequence[str]) -> list[str]:
    """What somebody answers for, in words; none for everything."""
    return [] if "*" in categories else [CATEGORIES.get(code, code) for code in categories]


# --- right now ---------------------------------------------------------------------------------------------------


class Standing(NamedTuple):
    """Somebody whose published shift is running; without a name, if they asked not to be shown."""

    roster: str
    label: str
    name: str | None
    number: str | None
    until: datetime
    there: bool


class Hours(NamedTuple):
    """When somebody is to be on duty, in words, and whether that is now."""

    words: str
    now: bool


class Link(NamedTuple):
    """One link of the chain of responsibility. Without a name it is vacant."""

    post: str
    name: str | None
    number: str | None


class Answer(NamedTuple):
    """Whom to turn to, and why them. `skipped`: not them, and why not."""

    kind: Literal["on_duty", "post"]
    label: str
    name: str | None
    number: str | None
    why: Words
    skipped: bool


def _clock(at: datetime) -> str:
    return f"{at.astimezone(CHINA):%H:%M}"


def answering(on_duty: Sequence[Standing], links: Sequence[Link], hours: Hours | None, now: datetime) -> list[Answer]:
    """Who answers right now: those on duty first, then up the chain; vacant posts are passed over, with the reason.

    `hours`: when somebody is to be on duty here; None where there is no roster.
    """
    found = [_standing(one) for one in on_duty]
    instead = _instead(hours, now) if not on_duty else None
    for link in links:
        if link.name is None:
            why = Words(f"{link.post}暂缺，由下一位负责", f"{link.post} is vacant: the next one answers")
        elif instead is not None:
            why, instead = instead, None
        elif not found or all(one.skipped for one in found):
            why = Words("前面的岗位暂缺，由这一位负责", "The posts before are vacant: this one answers")
        else:
            why = Words("前面的人联系不上时找", "If those before cannot be reached")
        found.append(Answer("post", link.post, link.name, link.number, why, skipped=link.name is None))
    return found


def _standing(one: Standing) -> Answer:
    until = _clock(one.until)
    zh = f"{one.roster}：正在值班，到 {until}" + ("" if one.there else "（尚未签到）")
    en = f"{one.roster}: on duty until {until}" + ("" if one.there else " (has not reported yet)")
    return Answer("on_duty", one.label, one.name, one.number, Words(zh, en), skipped=False)


def _instead(hours: Hours | None, now: datetime) -> Words:
    if hours is None:
        return Words("这里不设值班，先找最近的人", "There is no duty here: the nearest one first")
    if hours.now:
        return Words("现在没有安排值班，请先找最近的人", "Nobody was put on duty for now: the nearest one first")
    zh = f"{_clock(now)} 无人值班（值班时间 {hours.words}），先找最近的人"
    return Words(zh, f"Nobody is on duty at {_clock(now)} (hours: {hours.words}): the nearest one first")
