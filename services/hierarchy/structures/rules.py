"""What a structure's spans and quotas say about who is really there.

Pure. `violations` compares a structure with facts; the facts come from the database or from an expansion
(`facts_of`). A vacant seat fills no quota and exceeds no span.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from services.hierarchy.structures.rows import Expansion
from services.hierarchy.structures.structure import (
    HoldsQuota,
    PartyShareQuota,
    PostKind,
    SeatsQuota,
    Structure,
)


@dataclass(frozen=True, slots=True)
class PlaceFact:
    code: str
    parent: str | None
    kind: str
    households: int | None = None
    residents: int | None = None


@dataclass(frozen=True, slots=True)
class OrganisationFact:
    code: str
    kind: str


@dataclass(frozen=True, slots=True)
class PostFact:
    """One seat and who sits there, if anyone."""

    code: str
    kind: str
    place: str
    organisation: str | None = None
    holder: str | None = None
    party_member: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    places: tuple[PlaceFact, ...]
    organisations: tuple[OrganisationFact, ...]
    posts: tuple[PostFact, ...]


@dataclass(frozen=True, slots=True)
class Violation:
    """`rule` is span, seats, party_share, holds or sum; `subject` the code of what it is about."""

    rule: str
    subject: str
    found: int
    message: str


def violations(structure: Structure, facts: Facts) -> list[Violation]:
    """Every breach, in the order of the structure's posts and quotas; then the sums that do not add up."""
    found = [*_spans(structure, facts)]
    names = {post.key: post.name for post in structure.posts}
    for quota in structure.quotas:
        match quota:
            case SeatsQuota():
                found += _seats(quota, names[quota.post], facts)
            case PartyShareQuota():
                found += _party_share(quota, facts)
            case HoldsQuota():
                found += _holds(quota, names, facts)
    return [*found, *_sums(facts.places)]


def _spans(structure: Structure, facts: Facts) -> Iterator[Violation]:
    for kind in structure.posts:
        if kind.span is None:
            continue
        load = _load(facts.places, kind.span.unit)
        for post in facts.posts:
            if post.kind == kind.key and post.holder is not None:
                yield from _over_or_under(kind, post, load[post.place])


def _over_or_under(kind: PostKind, post: PostFact, load: int) -> Iterator[Violation]:
    if kind.span is not None and not kind.span.min <= load <= kind.span.max:
        limits = f"{kind.span.min}–{kind.span.max}"
        units = "户" if kind.span.unit == "household" else f"个{kind.span.unit}"
        yield Violation("span", post.code, load, f"{kind.name}应负责{limits}{units}，现为{load}{units}")


def _load(places: Iterable[PlaceFact], unit: str) -> Counter[str]:
    """Per place, its households, or how many places of kind `unit` lie in it."""
    if unit == "household":
        return Counter({place.code: place.households or 0 for place in places})
    parents = {place.code: place.parent for place in places}
    load: Counter[str] = Counter()
    for place in places:
        step = place.parent if place.kind == unit else None
        while step is not None:
            load[step] += 1
            step = parents.get(step)
    return load


def _seats(quota: SeatsQuota, name: str, facts: Facts) -> Iterator[Violation]:
    filled = [post for post in facts.posts if post.kind == quota.post and post.holder is not None]
    if quota.place is not None:
        subjects = [place.code for place in facts.places if place.kind == quota.place]
        seats = Counter(post.place for post in filled)
    else:
        subjects = [body.code for body in facts.organisations if body.kind == quota.organisation]
        seats = Counter(post.organisation or "" for post in filled)
    limits = str(quota.min) if quota.min == quota.max else f"{quota.min}–{quota.max}"
    for subject in subjects:
        if not quota.min <= (found := seats[subject]) <= quota.max:
            yield Violation("seats", subject, found, f"{name}应为{limits}名，现为{found}名")


def _party_share(quota: PartyShareQuota, facts: Facts) -> Iterator[Violation]:
    bodies = {body.code for body in facts.organisations if body.kind == quota.organisation}
    members: defaultdict[str, list[bool]] = defaultdict(list)
    for post in facts.posts:
        if post.kind == quota.post and post.holder is not None and post.organisation in bodies:
            members[post.organisation].append(post.party_member)
    for body, flags in members.items():
        if sum(flags) * 100 < quota.min_percent * len(flags):
            percent = sum(flags) * 100 // len(flags)
            text = f"党员比例应不低于{quota.min_percent}%，现为{sum(flags)}/{len(flags)}（{percent}%）"
            yield Violation("party_share", body, percent, text)


def _holds(quota: HoldsQuota, names: dict[str, str], facts: Facts) -> Iterator[Violation]:
    holders = {post.holder for post in facts.posts if post.kind == quota.other}
    for post in facts.posts:
        if post.kind == quota.post and post.holder is not None and post.holder not in holders:
            text = f"{names[quota.post]}须同时担任{names[quota.other]}，{post.holder}未担任"
            yield Violation("holds", post.code, 0, text)


def _sums(places: Iterable[PlaceFact]) -> Iterator[Violation]:
    """A place whose own figure differs from what its places come to; those without figures are left out."""
    for figure, word in (("households", "户"), ("residents", "人")):
        sums: defaultdict[str, list[int]] = defaultdict(list)
        own: dict[str, int] = {}
        for place in places:
            number: int | None = getattr(place, figure)
            if number is not None:
                own[place.code] = number
                sums[place.parent or ""].append(number)
        for code, number in own.items():
            if code in sums and (total := sum(sums[code])) != number:
                yield Violation("sum", code, total, f"登记为{number}{word}，下级合计{total}{word}")


def facts_of(expansion: Expansion) -> Facts:
    """The facts as a data file has them."""
    members = {person.code for person in expansion.people if person.party_member}
    holders = {appointment.post_code: appointment.person_code for appointment in expansion.appointments}
    return Facts(
        tuple(PlaceFact(p.code, p.parent_code, p.kind, p.households, p.residents) for p in expansion.places),
        tuple(OrganisationFact(body.code, body.kind) for body in expansion.organisations),
        tuple(
            PostFact(
                post.code,
                post.kind,
                post.place_code or "",
                post.organisation_code,
                holder := holders.get(post.code),
                holder in members,
            )
            for post in expansion.posts
        ),
    )
