"""Seats and quorum. Pure.

A charter says which kinds of seats a body has, and what must be there for it to decide: so many people, such a share of
those who sit, and of some kinds at least so many. `is_quorate` is the one answer; more people never make it less.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Annotated, NamedTuple, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from shared.kernel.errors import Wrong
from shared.kernel.spans import Words
from shared.kernel.texts import Line
from shared.schemas.base import Body

BODY_KINDS = ("council", "joint_meeting", "owners_committee", "building_autonomy", "residents_committee")
MOST_SEATS = 200
Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


class SeatKind(Body):
    """席位类别: so many seats for residents' delegates, one for the police, one for the property manager."""

    key: Key = Field(description="Also the kind of the posts that are these seats.", examples=["seat_police"])
    label: Line = Field(examples=["公安"])
    seats: int = Field(1, ge=1, le=MOST_SEATS)
    holds: Key | None = Field(None, description="Whose holders sit here (须兼任).", examples=["building_head"])
    party: bool = Field(False, description="Only for party members (须为党员).")


class Quorum(Body):
    """法定人数. What is left out is not asked for."""

    count: int | None = Field(None, ge=1, le=1000, description="At least so many people (最少人数).")
    percent: int | None = Field(None, ge=1, le=100, description="Such a share of those who sit (占在任成员百分比).")
    more_than: bool = Field(False, description="More than that share, not just as much (过半数：percent 50).")
    each: dict[Key, Annotated[int, Field(ge=1, le=MOST_SEATS)]] = Field(
        default_factory=dict, max_length=40, description="Of these kinds at least so many (各类席位最少人数)."
    )


class Charter(Body):
    """章程: the seats, the quorum, and the least share of party members among those who sit."""

    seats: Annotated[tuple[SeatKind, ...], Field(min_length=1, max_length=40)]
    quorum: Quorum = Field(default_factory=Quorum)
    party_percent: int | None = Field(None, ge=0, le=100, description="Least share of party members (党员比例).")

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        known = Counter(seat.key for seat in self.seats)
        if max(known.values()) > 1:
            raise Wrong(
                "每种席位只写一次，人数写在 seats", "each kind of seat is there once; `seats` says how many there are"
            )
        for key, least in self.quorum.each.items():
            seats = next((seat.seats for seat in self.seats if seat.key == key), 0)
            if least > seats:
                raise Wrong(
                    f"quorum.each.{key}：要求 {least} 人，该类席位只有 {seats} 个",
                    f"quorum.each.{key}: {least} are asked for, there are {seats} such seats",
                )
        if self.quorum.count is not None and self.quorum.count > self.size:
            raise Wrong(
                f"quorum.count：要求 {self.quorum.count} 人，席位只有 {self.size} 个",
                f"quorum.count: {self.quorum.count} are asked for, there are {self.size} seats",
            )
        return self

    @property
    def size(self) -> int:
        """How many seats there are."""
        return sum(seat.seats for seat in self.seats)


class Sitting(NamedTuple):
    """Who holds a seat of a kind."""

    kind: str
    person: UUID
    party: bool = False


class Verdict(NamedTuple):
    """Whether a body can decide, and what is missing if not."""

    quorate: bool
    sitting: int  # people who hold a seat
    present: int  # of these
    needed: int  # people, by count and share together
    by_kind: dict[str, int]
    missing: list[Words]


def is_quorate(charter: Charter, sitting: Collection[Sitting], present: Collection[UUID]) -> Verdict:
    """Whether those present can decide. Somebody in two seats is one person; whoever holds no seat does not count."""
    members = {one.person for one in sitting}
    here = members & set(present)
    by_kind = Counter(one.kind for one in sitting if one.person in here)
    quorum, missing = charter.quorum, []
    needed = max(quorum.count or 0, _share(quorum, len(members)), 1)
    if len(here) < needed:
        missing.append(Words(f"到会 {len(here)} 人，应到会 {needed} 人", f"{len(here)} present, {needed} needed"))
    labels = {seat.key: seat.label for seat in charter.seats}
    for key, least in quorum.each.items():
        if by_kind[key] < least:
            short = least - by_kind[key]
            missing.append(Words(f"“{labels[key]}”席位还差 {short} 人", f"{short} more of the kind {key!r} needed"))
    counted = {seat.key: by_kind[seat.key] for seat in charter.seats}
    return Verdict(not missing, len(members), len(here), needed, counted, missing)


def _share(quorum: Quorum, members: int) -> int:
    """The least number of people that is (more than) the share of the members."""
    if quorum.percent is None:
        return 0
    whole, rest = divmod(quorum.percent * members, 100)
    return whole + 1 if quorum.more_than or rest else whole


def faults(charter: Charter, sitting: Sequence[Sitting], posts: Mapping[UUID, Collection[str]]) -> list[Words]:
    """What is not as the charter says: vacant seats, holders without the post or the membership that is asked for."""
    found: list[Words] = []
    for seat in charter.seats:
        here = [one for one in sitting if one.kind == seat.key]
        if len(here) < seat.seats:
            vacant = seat.seats - len(here)
            found.append(Words(f"“{seat.label}”空缺 {vacant} 席", f"{vacant} of the kind {seat.key!r} vacant"))
        wrong = [one for one in here if why_not(seat, party=one.party, posts=posts.get(one.person, ()))]
        if wrong:
            found.append(Words(f"“{seat.label}”有 {len(wrong)} 人不符合条件",
                               f"{len(wrong)} in seats of the kind {seat.key!r} do not qualify"))  # fmt: skip
    members = {one.person: one.party for one in sitting}
    party = sum(members.values())
    if charter.party_percent is not None and party * 100 < charter.party_percent * len(members):
        least = charter.party_percent
        en = f"{party} of {len(members)} are party members, less than {least}%"
        found.append(Words(f"党员 {party}/{len(members)}，低于 {least}%", en))
    return found


def why_not(seat: SeatKind, *, party: bool, posts: Iterable[str]) -> Words | None:
    """Why somebody cannot sit there."""
    if seat.party and not party:
        return Words("该席位由党员担任", "the seat is for party members")
    if seat.holds is not None and seat.holds not in set(posts):
        return Words(f"须同时担任“{seat.holds}”", f"whoever sits there holds the post {seat.holds!r} too")
    return None


def charter_of(
    labels: Sequence[str],
    posts: Mapping[str, tuple[str, int]],
    holds: Mapping[str, str],
    party_percent: int | None,
) -> Charter | None:
    """The charter of a body of which a data file names seats (`labels`) and posts (key → name and number).

    A post whose name has the label in it is that seat. The sources say nothing about quorums; what stands here is the
    usual: of every kind that is named one must be there, and more than half of all.
    """
    seats: list[SeatKind] = []
    left = dict(posts)
    for number, label in enumerate(labels, 1):
        key = next((key for key, (name, _) in left.items() if label in name), None)
        many = left.pop(key)[1] if key else 1
        seats.append(SeatKind(key=key or f"seat_{number}", label=label, seats=many, holds=holds.get(key or "")))
    named = {seat.key: 1 for seat in seats}
    seats += [SeatKind(key=key, label=name, seats=many, holds=holds.get(key)) for key, (name, many) in left.items()]
    if not seats:
        return None
    quorum = Quorum(percent=50, more_than=True, each=named)
    return Charter(seats=tuple(seats), quorum=quorum, party_percent=party_percent)
