"""Who can sign in on a developer's machine: chosen from a community's rows, so that the demonstration's 楼栋长 really
is the one who answers for its household. Residents and the administrators are added; the data files name none. Pure.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from services.hierarchy.structures.rows import Expansion, PersonRow
from shared.kernel.rights import Role

RESIDENTS = 8
_PHONE_DIGITS = 11
# They live where they serve, so they are residents as well.
NEIGHBOURS = (Role.BUILDING_HEAD, Role.POST_HOLDER)
# Where a role that no post gives is granted: at the first kind that lies above the demonstration's household.
_WANTED = {
    Role.BUILDING_HEAD: ("building", "neighbour_group", "micro_grid", "community"),
    Role.GRID_WORKER: ("grid", "community"),
    Role.COMMUNITY_STAFF: ("community",),
}
_DISTRICT_ROLES = {Role.OPERATOR: "运维员", Role.AUDITOR: "审计员", Role.SECURITY_ADMIN: "安全员"}


class DemoUser(NamedTuple):
    """`added`: not in the data file, so to be written; `granted`: the place of an explicit grant, if any."""

    role: Role
    place: str
    person: PersonRow
    post: str | None
    added: bool
    granted: str | None


def users(made: Expansion, phone_prefix: str) -> list[DemoUser]:
    """Residents first (the first one is the caller of the demonstration), then the chain, then the district's."""
    return list(_Cast(made, phone_prefix).everybody())


class _Cast:
    def __init__(self, made: Expansion, phone_prefix: str) -> None:
        self._made, self._prefix = made, phone_prefix
        self._added = 0
        self._district = made.places[0].code
        self._places = {place.code: place for place in made.places}
        self._posts = {post.code: post for post in made.posts}
        self._people = {person.code: person for person in made.people}
        self._holders = {seat.post_code: self._people[seat.person_code] for seat in reversed(made.appointments)}
        self._labels = _labels(made)

    def everybody(self) -> Iterator[DemoUser]:
        line = list(self._line())
        yield from self._residents()
        seen: dict[tuple[Role, str], DemoUser] = {}
        for user in [*self._chain(line), *self._missing(line)]:
            seen.setdefault((user.role, user.person.code), user)
        yield from seen.values()
        for role, name in _DISTRICT_ROLES.items():
            person = self._person(role.value, name, self._district)
            yield DemoUser(role, self._district, person, None, added=True, granted=self._district)

    def _line(self) -> Iterator[str]:
        """The demonstration's household and the places it lies in."""
        step: str | None = self._made.households[0].code if self._made.households else self._made.structure.place_code
        while step is not None:
            yield step
            step = self._places[step].parent_code

    def _residents(self) -> Iterator[DemoUser]:
        for household in self._made.households[:RESIDENTS]:
            person = self._person("resident", "居民", household.code)
            yield DemoUser(Role.RESIDENT, household.code, person, None, added=True, granted=self._district)

    def _chain(self, line: list[str]) -> Iterator[DemoUser]:
        """Everybody who answers for the household, nearest first; of an organisation, its first post's holder."""
        answering = [row for row in self._made.responsibilities if row.place_code in line]
        for row in sorted(answering, key=lambda row: row.order):
            inside = (
                p.code
                for p in self._made.posts
                if row.organisation_code and p.organisation_code == row.organisation_code
            )
            code = row.post_code or next(inside, None)
            if code is not None and code in self._holders:
                yield self._holder(code)

    def _missing(self, line: list[str]) -> Iterator[DemoUser]:
        """The roles that nobody on the chain has: by any post of that role, or by an explicit grant."""
        present = {user.role for user in self._chain(line)}
        for role, kinds in _WANTED.items():
            if role in present:
                continue
            code = next((p.code for p in self._made.posts if p.role == role and p.code in self._holders), None)
            if code is not None:
                yield self._holder(code)
                continue
            here = (place for kind in kinds for place in line if self._places[place].kind == kind)
            place = next(here, self._district)
            person = self._person(role.value, "工作人员", place)
            yield DemoUser(role, place, person, None, added=True, granted=place)

    def _holder(self, code: str) -> DemoUser:
        post, person = self._posts[code], self._holders[code]
        role = Role(post.role)
        granted = self._district if role in NEIGHBOURS else None
        place = post.place_code or self._district
        return DemoUser(role, place, person, self._labels[post.kind], added=False, granted=granted)

    def _person(self, key: str, name: str, place: str) -> PersonRow:
        self._added += 1
        phone = f"{self._prefix}9{self._added:0{_PHONE_DIGITS - len(self._prefix) - 1}}"
        code = f"{self._district}-demo-{key}-{self._added}"
        attributes: dict[str, object] = {"place": place, "demonstration": True}
        return PersonRow(self._district, code, f"虚构{name}{self._added:02}", phone, False, True, attributes)


def _labels(made: Expansion) -> dict[str, str]:
    declared: Any = made.structure.document["posts"]
    return {post["key"]: post["name"] for post in declared}
