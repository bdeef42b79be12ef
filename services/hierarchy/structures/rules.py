"""What a structure's spans, quotas and terms say about who is really there.

Pure. One function, `violations(structure, facts)`, serves the loader, the linter and every what-if. A vacant seat
fills no quota and exceeds no span; only a body that has more seats than it should is told so before they are held.
What comes out depends on the facts alone, not on their order.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Literal

from services.hierarchy.structures.facts import (
    Facts,
    OrganisationFact,
    PlaceFact,
    PostFact,
    VenueFact,
    below,
    loads,
)
from services.hierarchy.structures.structure import (
    HoldsQuota,
    LimitQuota,
    PartyShareQuota,
    PostKind,
    PresentQuota,
    SeatsQuota,
    SizeQuota,
    Structure,
)

# The rules in the order in which their breaches are listed. What is `soft` is to be mended, what is not must not begin.
SOFT = frozenset({"vacancy", "spare", "size", "term", "sum"})
RULES = (
    "unknown_post",
    "level",
    "span",
    "seats",
    "vacancy",
    "spare",
    "size",
    "party_share",
    "holds",
    "limit",
    "full_time",
    "term",
    "sum",
)
_FIGURES: tuple[tuple[Literal["households", "residents"], str], ...] = (("households", "户"), ("residents", "人"))
_KINDS_ZH = {
    "household": "户", "building": "栋", "staircase": "个单元", "neighbour_group": "个邻", "group": "个组",
    "grid": "个网格", "micro_grid": "个微网格", "compound": "个小区", "area": "个片区", "shop": "家商铺",
    "office_building": "座商务楼宇", "community": "个社区", "street": "个街道", "district": "个区",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Violation:
    """`subject` is the code of the post, place or organisation (or the person) that `about` says it is about."""

    rule: str
    about: str
    subject: str
    expected: str
    found: int
    zh: str
    en: str
    source: str | None = None

    @property
    def hard(self) -> bool:
        """Whether it stands in the way of a structure that would come into force."""
        return self.rule not in SOFT

    @property
    def key(self) -> tuple[int, str, str]:
        """Where it stands in a list."""
        return RULES.index(self.rule), self.subject, self.zh


def violations(structure: Structure, facts: Facts) -> list[Violation]:
    """Every breach, by rule and subject; none twice."""
    found = {*_unknown(structure, facts), *_levels(structure, facts.places), *_spans(structure, facts)}
    names = {post.key: post.name for post in structure.posts}
    for quota in structure.quotas:
        match quota:
            case SeatsQuota():
                found.update(_seats(quota, names[quota.post], facts))
            case PartyShareQuota():
                found.update(_party_share(quota, facts))
            case HoldsQuota():
                found.update(_holds(quota, names, facts))
            case LimitQuota():
                found.update(_limit(quota, names, facts))
            case PresentQuota():
                found.update(_present(quota, facts))
            case SizeQuota():
                found.update(_size(quota, facts.places))
    found.update([*_vacant(structure, facts), *_full_time(structure, facts)])
    found.update([*_terms(structure, facts), *_sums(facts.places)])
    return sorted(found, key=lambda violation: violation.key)


def _held(facts: Facts, *kinds: str) -> list[PostFact]:
    return [post for post in facts.posts if post.holder is not None and post.kind in kinds]


def _unknown(structure: Structure, facts: Facts) -> Iterator[Violation]:
    """Somebody holds a post that this structure does not have."""
    known = {post.key for post in structure.posts}
    for post in facts.posts:
        if post.holder is not None and post.kind not in known:
            zh = f"“{structure.name}”没有岗位“{post.kind}”，但有人在任"
            en = f"the structure has no post {post.kind!r}, and somebody holds one"
            yield Violation("unknown_post", "post", post.code, "0", 1, zh, en)


def _levels(structure: Structure, places: Iterable[PlaceFact]) -> Iterator[Violation]:
    """Each place of a level lies somewhere in a place of the level above it, from the structure's own place down."""
    kinds = {place.code: (place.kind, place.parent) for place in places}
    ladder = [level for level in structure.levels if level.kind == "place"]
    own, _ = kinds.get(structure.place, (None, None))
    top = next((n for n, level in enumerate(ladder) if level.of == own), 0)
    above = {low.of: (low, high) for high, low in pairwise(ladder[top:])}
    for code, (kind, parent) in kinds.items():
        if kind in above and above[kind][1].of not in set(_ancestry(kinds, parent)):
            low, high = above[kind]
            zh, en = f"{low.name}应在{high.name}之内，现不在", f"a {kind} lies in a {high.of}; this one does not"
            yield Violation("level", "place", code, high.of, 0, zh, en)


def _ancestry(kinds: dict[str, tuple[str, str | None]], code: str | None) -> Iterator[str]:
    while code is not None and code in kinds:
        kind, code = kinds[code]
        yield kind


def _spans(structure: Structure, facts: Facts) -> Iterator[Violation]:
    for kind in structure.posts:
        if kind.span is not None:
            load = loads(facts.places, kind.span.unit)
            for post in _held(facts, kind.key):
                yield from _over_or_under(kind, post, load.get(post.place, 0))


def _over_or_under(kind: PostKind, post: PostFact, load: int) -> Iterator[Violation]:
    if kind.span is not None and not kind.span.min <= load <= kind.span.max:
        limits, unit = _limits(kind.span.min, kind.span.max), kind.span.unit
        units = _KINDS_ZH[unit]
        zh = f"{kind.name}应负责{limits}{units}，现为{load}{units}"
        en = f"the post {kind.key} answers for {limits} ({unit}); this one has {load}"
        yield Violation("span", "post", post.code, limits, load, zh, en, kind.span.source)


def _limits(least: int, most: int) -> str:
    return str(least) if least == most else f"{least}–{most}"


def _seats(quota: SeatsQuota, name: str, facts: Facts) -> Iterator[Violation]:
    filled = _held(facts, quota.post)
    if quota.place is not None:
        about, subjects = "place", [place.code for place in facts.places if place.kind == quota.place]
        seats = Counter(post.place for post in filled)
    else:
        about, subjects = "organisation", [body.code for body in facts.organisations if body.kind == quota.organisation]
        seats = Counter(post.organisation or "" for post in filled)
    limits = _limits(quota.min, quota.max)
    there = Counter(body for _, body in {(one.code, one.organisation) for one in facts.posts if one.kind == quota.post})
    for subject in subjects:
        if not quota.min <= (found := seats[subject]) <= quota.max:
            rule = "vacancy" if found < quota.min else "seats"
            zh, en = f"{name}应为{limits}名，现为{found}名", f"{limits} {quota.post} expected, {found} there"
            yield Violation(rule, about, subject, limits, found, zh, en, quota.source)
        if about == "organisation" and found <= quota.max < (made := there[subject]):
            zh, en = f"{name}应设{limits}席，现设{made}席", f"{limits} {quota.post} expected, {made} seats made"
            yield Violation("spare", about, subject, limits, made, zh, en, quota.source)


def _present(quota: PresentQuota, facts: Facts) -> Iterator[Violation]:
    there: Sequence[OrganisationFact | VenueFact] = facts.venues if quota.venue else facts.organisations
    what = quota.venue or quota.organisation
    counted = Counter(one.place for one in there if one.kind == what)
    limits = _limits(quota.min, quota.max)
    for place in facts.places:
        if place.kind == quota.place and not quota.min <= (found := counted[place.code]) <= quota.max:
            rule = "vacancy" if found < quota.min else "seats"
            zh, en = f"应有{quota.name}{limits}个，现有{found}个", f"{limits} {what} expected, {found} there"
            yield Violation(rule, "place", place.code, limits, found, zh, en, quota.source)


def _size(quota: SizeQuota, places: Iterable[PlaceFact]) -> Iterator[Violation]:
    """A place that has outgrown its kind is to be split, one that is too small to be joined to another."""
    known = tuple(places)
    load, limits, units = loads(known, quota.unit), _limits(quota.min, quota.max), _KINDS_ZH[quota.unit]
    for place in known:
        found = load.get(place.code)
        if place.kind == quota.place and found is not None and not quota.min <= found <= quota.max:
            advice = ("宜合并", "join it to another") if found < quota.min else ("宜拆分", "split it")
            zh = f"规模应为{limits}{units}，现为{found}{units}，{advice[0]}"
            en = f"{limits} ({quota.unit}) expected, {found} there: {advice[1]}"
            yield Violation("size", "place", place.code, limits, found, zh, en, quota.source)


def _vacant(structure: Structure, facts: Facts) -> Iterator[Violation]:
    """A seat in which nobody sits, where no quota counts them."""
    counted = {quota.post for quota in structure.quotas if isinstance(quota, SeatsQuota)}
    held = {post.code for post in facts.posts if post.holder is not None}
    names = {post.key: post.name for post in structure.posts if post.key not in counted}
    for post in facts.posts:
        if post.code not in held and post.kind in names:
            zh, en = f"{names[post.kind]}空缺", f"nobody holds this {post.kind}"
            yield Violation("vacancy", "post", post.code, "1", 0, zh, en)


def _party_share(quota: PartyShareQuota, facts: Facts) -> Iterator[Violation]:
    bodies = {body.code for body in facts.organisations if body.kind == quota.organisation}
    members: defaultdict[str, list[bool]] = defaultdict(list)
    for post in _held(facts, quota.post):
        if post.organisation in bodies:
            members[post.organisation].append(post.party_member)
    for body, flags in members.items():
        if sum(flags) * 100 < quota.min_percent * len(flags):
            percent, share = sum(flags) * 100 // len(flags), f"{sum(flags)}/{len(flags)}"
            zh = f"党员比例应不低于{quota.min_percent}%，现为{share}（{percent}%）"
            en = f"at least {quota.min_percent} % party members expected, {share} ({percent} %) there"
            yield Violation(
                "party_share", "organisation", body, f"≥{quota.min_percent}%", percent, zh, en, quota.source
            )


def _holds(quota: HoldsQuota, names: dict[str, str], facts: Facts) -> Iterator[Violation]:
    holders = {post.holder for post in _held(facts, quota.other)}
    for post in _held(facts, quota.post):
        if post.holder not in holders:
            zh = f"{names[quota.post]}须同时担任{names[quota.other]}，{post.holder}未担任"
            en = f"whoever is {quota.post} must be {quota.other} too; {post.holder} is not"
            yield Violation("holds", "post", post.code, quota.other, 0, zh, en, quota.source)


def _limit(quota: LimitQuota, names: dict[str, str], facts: Facts) -> Iterator[Violation]:
    held = Counter(post.holder for post in _held(facts, *quota.posts))
    called = "、".join(names[key] for key in quota.posts)
    for holder, count in held.items():
        if holder is not None and count > quota.max:
            zh = f"一人至多担任{quota.max}个{called}，现担任{count}个"
            en = f"nobody holds more than {quota.max} of {', '.join(quota.posts)}; this one holds {count}"
            yield Violation("limit", "person", holder, f"≤{quota.max}", count, zh, en, quota.source)


def _full_time(structure: Structure, facts: Facts) -> Iterator[Violation]:
    """Whoever is full-time (专职) in one seat is in no other full-time seat."""
    names = {post.key: post.name for post in structure.posts if post.full_time}
    held = Counter(post.holder for post in _held(facts, *names))
    for holder, count in held.items():
        if holder is not None and count > 1:
            zh, en = f"专职岗位一人一岗，现担任{count}个", f"a full-time post is one's only one; this one holds {count}"
            yield Violation("full_time", "person", holder, "1", count, zh, en)


def term_end(kind: PostKind | None, post: PostFact) -> date | None:
    """The last day of the term, said or reckoned; None where the post has none."""
    if post.term_ends is not None or kind is None or kind.term_years is None or post.since is None:
        return post.term_ends
    return years_on(post.since, kind.term_years) - timedelta(days=1)


def years_on(day: date, years: int) -> date:
    """The same day so many years on; the 28th for a 29th of February that is not there."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def _terms(structure: Structure, facts: Facts) -> Iterator[Violation]:
    kinds = {post.key: post for post in structure.posts}
    for post in _held(facts, *kinds) if facts.on is not None else ():
        end = term_end(kinds[post.kind], post)
        if end is not None and facts.on is not None and end < facts.on:
            late, name = (facts.on - end).days, kinds[post.kind].name
            zh, en = f"{name}任期已于{end}届满", f"the term ended on {end}"
            yield Violation("term", "post", post.code, end.isoformat(), late, zh, en)


def _sums(places: Iterable[PlaceFact]) -> Iterator[Violation]:
    """A place whose own figure differs from what those below come to, however many without one lie in between."""
    known = tuple(places)
    for figure, word in _FIGURES:
        totals = below(known, figure)
        for place in known:
            number: int | None = getattr(place, figure)
            if number is not None and (total := totals.get(place.code, number)) != number:
                zh = f"登记为{number}{word}，下级合计{total}{word}"
                en = f"{number} {figure} by its own figure, {total} by those below"
                yield Violation("sum", "place", place.code, str(number), total, zh, en)
