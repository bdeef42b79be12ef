"""Whether a roster holds: where nobody is there, who would be in two places at once, and whose turn it is. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple
from uuid import UUID

from shared.kernel.stretches import Stretch

EARLY = timedelta(minutes=30)  # so long before a shift one may report for it


class Turn(NamedTuple):
    """A person's time, in whichever roster."""

    person: UUID
    begin: datetime
    end: datetime


class Gap(NamedTuple):
    """Time that should be covered and where `missing` people are missing."""

    begin: datetime
    end: datetime
    missing: int


class Clash(NamedTuple):
    """Two shifts of one person at the same time."""

    person: UUID
    begin: datetime
    end: datetime


class Demand(NamedTuple):
    """What is to be covered, on days on which the same was said of it."""

    cover: list[Stretch]
    needed: int  # people at a time


class Met(NamedTuple):
    """Person-hours that are needed, how many of them are covered, and where they are not."""

    needed: timedelta
    covered: timedelta
    gaps: list[Gap]


def met(demands: Iterable[Demand], turns: Sequence[Turn]) -> Met:
    """How much of all that was to be covered is."""
    needed = there = timedelta()
    lacking: list[Gap] = []
    for cover, people in demands:
        missing = gaps(cover, turns, people)
        hours = covered(cover, missing, people)
        needed, there, lacking = needed + hours[0], there + hours[1], lacking + missing
    return Met(needed, there, lacking)


def gaps(cover: Iterable[Stretch], turns: Iterable[Turn], needed: int = 1) -> list[Gap]:
    """Where there are fewer than `needed`, in order. What touches and lacks as many is one gap."""
    turns, found = list(turns), list[Gap]()
    for part in sorted(cover):
        here = [turn for turn in turns if turn.begin < part.end and part.begin < turn.end]
        edges = {part.begin, part.end}
        edges |= {edge for turn in here for edge in (turn.begin, turn.end) if part.begin < edge < part.end}
        for begin, end in pairwise(sorted(edges)):
            missing = needed - len({turn.person for turn in here if turn.begin <= begin and end <= turn.end})
            if missing <= 0:
                continue
            if found and found[-1].end == begin and found[-1].missing == missing:
                found[-1] = found[-1]._replace(end=end)
            else:
                found.append(Gap(begin, end, missing))
    return found


def clashes(turns: Iterable[Turn]) -> list[Clash]:
    """Every stretch of time at which somebody would have to be in two places."""
    by_person: defaultdict[UUID, list[Turn]] = defaultdict(list)
    for turn in sorted(turns, key=lambda turn: (turn.begin, turn.end)):
        by_person[turn.person].append(turn)
    found = []
    for person, own in by_person.items():
        latest = own[0]
        for turn in own[1:]:
            if turn.begin < latest.end:
                found.append(Clash(person, turn.begin, min(turn.end, latest.end)))
            latest = max(latest, turn, key=lambda one: one.end)
    return sorted(found, key=lambda clash: (clash.begin, str(clash.person)))


def covered(cover: Sequence[Stretch], missing: Iterable[Gap], needed: int) -> tuple[timedelta, timedelta]:
    """Person-hours that are needed, and how many of them are covered."""
    wanted = sum((part.end - part.begin for part in cover), timedelta()) * needed
    lacking = sum(((gap.end - gap.begin) * gap.missing for gap in missing), timedelta())
    return wanted, wanted - lacking


def rotation(
    parts: Iterable[Stretch],
    members: Sequence[UUID],
    busy: Iterable[Turn],
    needed: int = 1,
    last: UUID | None = None,
    there: Iterable[Turn] = (),
) -> Iterator[Turn]:
    """Turns by turns: each part goes to whoever is next after the one before and is free then, and to as many as are
    missing at its emptiest moment; a part that nobody is free for stays a gap. `busy` takes the members' time, in
    whichever roster; `there` stands in this one already, whoever that is; `last` had the turn before the first one.
    """
    taken, standing = list(busy), list(there)
    at = members.index(last) + 1 if last in members else 0
    for part in parts:
        away: set[UUID] = {turn.person for turn in taken if turn.begin < part.end and part.begin < turn.end}
        for _ in range(max((gap.missing for gap in gaps([part], standing, needed)), default=0)):
            order = [members[(at + step) % len(members)] for step in range(len(members))]
            chosen = next((person for person in order if person not in away), None)
            if chosen is None:
                break
            at = members.index(chosen) + 1
            away.add(chosen)
            turn = Turn(chosen, part.begin, part.end)
            taken.append(turn)
            standing.append(turn)
            yield turn
