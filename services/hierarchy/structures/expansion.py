"""Expands a community's compact declarations into rows.

Pure and deterministic: the same file gives the same rows with the same codes, and what a row refers to comes
before it. Whatever the file declares as a total of the article must come out exactly (`totals.py`), or `expand`
refuses.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from services.hierarchy.structures import equipment
from services.hierarchy.structures.document import Community, OrganisationSpec, StaffSpec
from services.hierarchy.structures.places import ExpansionError, Tree
from services.hierarchy.structures.rows import (
    AppointmentRow,
    Expansion,
    ExpertRow,
    HouseholdRow,
    MemberRow,
    OrganisationRow,
    PersonRow,
    PlaceRow,
    PostRow,
    ResponsibilityRow,
    RosterRow,
    SheetRow,
    StructureRow,
    VenueRow,
    VisitRow,
)
from services.hierarchy.structures.totals import wrong_totals

_PHONE_DIGITS = 11
_Key = tuple[str, str]  # a declaration's key and the code of where it stands


def expand(community: Community) -> Expansion:
    """All rows of one data file. ExpansionError names the declaration that does not work out."""
    made = _Maker(community)
    made.add_organisations()
    made.add_venues()
    made.add_people()
    made.add_staff()
    made.equip()
    structure = community.structure
    document: dict[str, object] = structure.model_dump(mode="json")
    expansion = Expansion(
        structure=StructureRow(community.district, structure.place, document, structure.version),
        places=list(made.tree.rows.values()),
        households=[
            HouseholdRow(community.district, code, code.rpartition("-")[0], tags)
            for code, tags in made.tree.tags.items()
        ],
        organisations=made.organisations,
        venues=made.venues,
        people=made.people,
        posts=made.posts,
        appointments=made.appointments,
        responsibilities=made.responsibilities,
        visits=made.visits,
        rosters=made.rosters,
        members=made.members,
        sheets=made.sheets,
        experts=made.experts,
    )
    if wrong := list(wrong_totals(community, expansion)):
        raise ExpansionError("\n".join(wrong))
    return expansion


class _Maker:
    def __init__(self, community: Community) -> None:
        self.tree = Tree(community)
        self.organisations: list[OrganisationRow] = []
        self.venues: list[VenueRow] = []
        self.people: list[PersonRow] = []
        self.posts: list[PostRow] = []
        self.appointments: list[AppointmentRow] = []
        self.responsibilities: list[ResponsibilityRow] = []
        self.visits: list[VisitRow] = []
        self.rosters: list[RosterRow] = []
        self.members: list[MemberRow] = []
        self.sheets: list[SheetRow] = []
        self.experts: list[ExpertRow] = []
        self._kept: list[tuple[str, VenueRow]] = []  # venues with the key that declared them
        self._community = community
        self._district = community.district
        self._since = community.structure.in_force
        self._kinds = {post.key: post for post in community.structure.posts}
        self._codes: Counter[_Key] = Counter()
        self._people: Counter[str] = Counter()
        self._bodies: defaultdict[_Key, list[str]] = defaultdict(list)
        self._within: defaultdict[_Key, list[str]] = defaultdict(list)  # who of a key is in a place, in order
        self._drawn: Counter[tuple[str, str, str]] = Counter()

    def _code(self, where: str, key: str) -> str:
        """The first of a key at a place is `place-key`, the next `place-key-2`."""
        self._codes[where, key] += 1
        number = self._codes[where, key]
        return f"{where}-{key}" if number == 1 else f"{where}-{key}-{number}"

    def add_organisations(self) -> None:
        for index, spec in enumerate(self._community.organisations):
            sites = self.tree.sites(f"organisations[{index}] ({spec.key})", spec)
            for i, (place, n) in enumerate(_one_by_one(sites), start=1):
                code = self._code(place.code, spec.key)
                name = spec.name.format(place=place.name, n=n, i=i)
                parent = self._body(spec.parent, place.code) if spec.parent else None
                self.organisations.append(
                    OrganisationRow(
                        self._district,
                        code,
                        spec.kind,
                        name,
                        parent,
                        place.code,
                        spec.invented,
                        {**spec.attributes},
                    )
                )
                self._bodies[spec.key, place.code].append(code)
                self._let_answer(spec, code, place.code)

    def _let_answer(self, spec: OrganisationSpec, code: str, place: str) -> None:
        if (answers := spec.answers) is None:
            return
        for answered in self.tree.inside(place, answers.at) if answers.at else [place]:
            self.responsibilities.append(
                ResponsibilityRow(
                    self._district,
                    None,
                    code,
                    answered,
                    [*answers.categories],
                    answers.order,
                    self._since,
                    None,
                )
            )

    def _body(self, key: str, place: str) -> str | None:
        """The organisation of that key at the place, or else at the nearest place above it."""
        bodies = (self._bodies[key, code] for code in self.tree.line(place))
        return next((found[0] for found in bodies if found), None)

    def add_venues(self) -> None:
        for index, spec in enumerate(self._community.venues):
            sites = self.tree.sites(f"venues[{index}] ({spec.key})", spec)
            for i, (place, n) in enumerate(_one_by_one(sites), start=1):
                named = i <= len(spec.names)
                name = spec.names[i - 1] if named else spec.name.format(place=place.name, n=n, i=i)
                self.venues.append(
                    VenueRow(
                        self._district,
                        self._code(place.code, spec.key),
                        place.code,
                        spec.kind,
                        name,
                        [*spec.functions],
                        spec.residents[(i - 1) % len(spec.residents)] if i <= spec.staffed else None,
                        spec.invented and not named,
                        [*spec.amenities],
                        spec.capacity,
                        spec.phone,
                        spec.hours(),
                        spec.address.format(place=place.name, n=n, i=i) if spec.address else None,
                    )
                )
                self._kept.append((spec.key, self.venues[-1]))

    def equip(self) -> None:
        """What needs both venues and those who hold posts."""
        community = self._community
        try:
            self.visits += equipment.visits(community.visits, self.venues)
        except ValueError as error:
            raise ExpansionError(str(error)) from error
        labels = {post.key: post.name for post in community.structure.posts}
        for roster, members in equipment.rosters(community.rosters, self._kept, self.posts, self.appointments, labels):
            self.rosters.append(roster)
            self.members += members
        if community.contact_sheet is not None:
            rules: dict[str, object] = community.contact_sheet.model_dump(mode="json")
            self.sheets.append(SheetRow(self._district, community.structure.place, rules))

    def add_people(self) -> None:
        for index, spec in enumerate(self._community.people):
            sites = self.tree.sites(f"people[{index}] ({spec.key})", spec)
            for place, _ in _one_by_one(sites):
                self._person(spec.key, spec.name, place.code, spec.party_per_ten)

    def _person(self, key: str, label: str, place: str, party_per_ten: int) -> str:
        position = self._people[key]
        self._people[key] += 1
        code = f"{self._community.structure.place}-{key}-{position + 1:04}"
        prefix = self._community.phone_prefix
        self.people.append(
            PersonRow(
                self._district,
                code,
                f"虚构{label}{position + 1:04}",
                f"{prefix}{len(self.people) + 1:0{_PHONE_DIGITS - len(prefix)}}",
                position * party_per_ten % 10 < party_per_ten,
                invented=True,
                attributes={"place": place},
            )
        )
        self._stand(key, place, code)
        return code

    def _stand(self, key: str, place: str, person: str) -> None:
        for code in self.tree.line(place):
            self._within[key, code].append(person)

    def add_staff(self) -> None:
        for index, spec in enumerate(self._community.staff):
            label = f"staff[{index}] ({spec.post})"
            for position, (place, body, where) in enumerate(self._seats(label, spec)):
                post = self._post(spec, place, body, where)
                holder = self._holder(label, spec, place.code)
                source = spec.sources[position % len(spec.sources)]
                self.appointments.append(AppointmentRow(self._district, post, holder, self._since, None, source))
                if spec.expertise:
                    field = spec.expertise[position % len(spec.expertise)]
                    self.experts.append(ExpertRow(holder, place.code, [field]))

    def _seats(self, label: str, spec: StaffSpec) -> Iterator[tuple[PlaceRow, str | None, str]]:
        """Each seat's place, its organisation, and the code that its own begins with."""
        if spec.at or spec.places or spec.organisation is None:
            for place, _ in _one_by_one(self.tree.sites(label, spec)):
                body = self._body(spec.organisation, place.code) if spec.organisation else None
                yield place, body, place.code
            return
        here = [
            (code, body) for (key, code), found in self._bodies.items() if key == spec.organisation for body in found
        ]
        for code, body in here:
            for _ in range(spec.each):
                yield self.tree.rows[code], body, body

    def _post(self, spec: StaffSpec, place: PlaceRow, body: str | None, where: str) -> str:
        kind = self._kinds[spec.post]
        code = self._code(where, kind.key)
        name = f"{place.name}·{kind.name}"
        self.posts.append(PostRow(self._district, code, kind.key, name, place.code, body, kind.role))
        if kind.categories:
            self.responsibilities.append(
                ResponsibilityRow(
                    self._district,
                    code,
                    None,
                    place.code,
                    [*kind.categories],
                    kind.order,
                    self._since,
                    None,
                )
            )
        return code

    def _holder(self, label: str, spec: StaffSpec, place: str) -> str:
        if spec.drawn_from is None:
            return self._person(spec.post, self._kinds[spec.post].name, place, spec.party_per_ten)
        holder = self._draw(label, spec.post, spec.drawn_from, place)
        self._stand(spec.post, place, holder)
        return holder

    def _draw(self, label: str, post: str, source: str, place: str) -> str:
        """In turn one of those in the place, or else in the nearest place above it that has any."""
        for code in self.tree.line(place):
            if candidates := self._within[source, code]:
                turn = self._drawn[post, source, code]
                self._drawn[post, source, code] += 1
                return candidates[turn % len(candidates)]
        raise ExpansionError(f"{label}.drawn_from: no {source} at {place} nor above it")


def _one_by_one(sites: Iterable[tuple[PlaceRow, int]]) -> Iterator[tuple[PlaceRow, int]]:
    """Each place as often as something stands in it, with the number there."""
    for place, count in sites:
        for number in range(1, count + 1):
            yield place, number
