"""Who can give what is wanted: the ranking of capabilities, with its reasons. Pure.

A score is a sum of four parts that anybody can check: what is offered (60), where (20), when (10), and how busy the
partner is (10). An offer that gives nothing of what is wanted, or not then, is left out. Equal scores stand by name.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from shared.kernel.paths import WIDTH, covers
from shared.kernel.spans import Words

WHAT, WHERE, WHEN, FREE = 60, 20, 10, 10
_PART = 0.5  # a tag that only has the other one in it: 义诊 in 义诊义剪


class Wanted(NamedTuple):
    """A need: what, where, and on which day, if that matters."""

    tags: tuple[str, ...]
    path: str
    on: date | None = None


class Offer(NamedTuple):
    """A capability. `path` is where it is to be had, with all that lies below; `busy`: projects it is in now."""

    id: UUID
    organisation: str
    title: str
    tags: tuple[str, ...]
    path: str
    since: date | None = None
    until: date | None = None
    busy: int = 0


class Match(NamedTuple):
    """An offer with its score out of 100, and why."""

    offer: Offer
    score: int
    reasons: list[Words]


def folded(tag: str) -> str:
    """A tag as it is compared: full-width and half-width, upper and lower case are the same."""
    return unicodedata.normalize("NFKC", tag).casefold().strip()


def rank(wanted: Wanted, offers: Iterable[Offer]) -> list[Match]:
    """The offers that fit, the best first. The order in which they came says nothing."""
    matches = (match for offer in offers if (match := _match(wanted, offer)) is not None)
    return sorted(
        matches, key=lambda match: (-match.score, match.offer.organisation, match.offer.title, match.offer.id)
    )


def _match(wanted: Wanted, offer: Offer) -> Match | None:
    if not _then(wanted, offer):
        return None
    share, named = _what(wanted.tags, offer.tags)
    if share == 0:
        return None
    near, words = _where(wanted.path, offer.path)
    free = FREE // (1 + offer.busy)
    reasons = [
        Words(f"能提供：{'、'.join(named)}", f"offers {', '.join(named)}"),
        words,
        Words(f"手头项目 {offer.busy} 个", f"in {offer.busy} projects now"),
    ]
    return Match(offer, round(WHAT * share) + near + WHEN + free, reasons)


def _then(wanted: Wanted, offer: Offer) -> bool:
    day = wanted.on
    return day is None or ((offer.since or day) <= day <= (offer.until or day))


def _what(wanted: Sequence[str], offered: Sequence[str]) -> tuple[float, list[str]]:
    """The share of what is wanted that is offered, and its words."""
    have = [folded(tag) for tag in offered]
    found, named = 0.0, []
    asked = list(dict.fromkeys(folded(tag) for tag in wanted))
    for tag in asked:
        part = max((1.0 if tag == one else _PART if tag in one or one in tag else 0.0 for one in have), default=0.0)
        if part:
            found += part
            named.append(tag)
    return found / len(asked) if asked else 0.0, named


def _where(wanted: str, offered: str) -> tuple[int, Words]:
    """Points for the place: there, around it, in it, or elsewhere by how much of the way is the same."""
    if offered == wanted:
        return WHERE, Words("就在本地点", "at this very place")
    if covers(offered, wanted):
        steps = (len(wanted) - len(offered)) // WIDTH
        return max(WHERE - 2 * steps, WHERE // 2), Words(f"服务范围包括本地点（上 {steps} 级）", "serves the place")
    if covers(wanted, offered):
        return WHERE // 2, Words("在本地点范围内", "lies within the place")
    same = 0
    while same < min(len(wanted), len(offered)) and wanted[: same + WIDTH] == offered[: same + WIDTH]:
        same += WIDTH
    return min(max(same // WIDTH - 1, 0) * 2, WHERE // 2 - 1), Words("在其他地点", "is elsewhere")
