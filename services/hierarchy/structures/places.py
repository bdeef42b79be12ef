"""The one physical tree of a data file: the places it names and the series of places it declares.

Pure. Places keep the order of the file, so parents always come before children; numbers among siblings, and
of grids within their community, follow that order.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from services.hierarchy.places.rules import series as naming
from services.hierarchy.structures.document import Community, Placed, PlaceSpec, Series
from services.hierarchy.structures.rows import Attributes, PlaceRow

_NOT_SUMMED = {
    "district",
    "street",
    "household",
    "shop",
}  # a file covers only a part of its district and street
_ROOMS_PER_FLOOR = 2


class ExpansionError(ValueError):
    """A declaration that does not work out: a wrong number of counts, an unknown place, other totals."""


def even(total: int, parts: int) -> list[int]:
    """`total` in `parts` parts that differ by one at most, the larger first."""
    share, rest = divmod(total, parts)
    return [share + (part < rest) for part in range(parts)]


class Tree:
    def __init__(self, community: Community) -> None:
        self.rows: dict[str, PlaceRow] = {}
        self.tags: dict[str, list[str]] = {}  # of the sample households
        self._district = community.district
        self._kinds: defaultdict[str, list[str]] = defaultdict(list)
        self._siblings: Counter[tuple[str, str]] = Counter()
        for spec in community.places:
            self._add(_explicit(self._district, spec))
        for index, series in enumerate(community.series):
            self._grow(f"series[{index}] ({series.kind})", series)
        self._sum_households()
        for index, sample in enumerate(community.samples):
            self._check(f"samples[{index}].place", sample.place)
            for n in range(sample.count):
                tag = sample.tags[n % len(sample.tags)]
                self._add_household(sample.place, [tag] if tag else [])

    def line(self, code: str) -> Iterator[str]:
        """The place and the places it lies in, nearest first."""
        step: str | None = code
        while step is not None:
            yield step
            step = self.rows[step].parent_code

    def inside(self, top: str, kind: str) -> list[str]:
        """The places of a kind in `top`, itself included."""
        return [code for code in self._kinds[kind] if top in self.line(code)]

    def sites(self, label: str, spec: Placed) -> list[tuple[PlaceRow, int]]:
        """The places that a declaration means, and how many it makes in each."""
        for code in spec.places:
            self._check(f"{label}.places", code)
        codes = self._kinds[spec.at] if spec.at else spec.places
        rows = [self.rows[code] for code in codes if _matches(self.rows[code].attributes, spec.where)]
        if spec.counts is not None:
            if len(spec.counts) != len(rows):
                raise ExpansionError(f"{label}.counts: {len(spec.counts)} numbers for {len(rows)} places")
            return list(zip(rows, spec.counts, strict=True))
        if spec.spread is None:
            return [(row, spec.each) for row in rows]
        sites: list[tuple[PlaceRow, int]] = []
        for top, total in spec.spread.items():
            self._check(f"{label}.spread", top)
            within = [row for row in rows if top in self.line(row.code)]
            if not within:
                raise ExpansionError(f"{label}.spread: no place of that kind in {top}")
            sites += zip(within, even(total, len(within)), strict=True)
        return sites

    def _check(self, label: str, code: str) -> None:
        if code not in self.rows:
            raise ExpansionError(f"{label}: no place {code}")

    def _add(self, row: PlaceRow) -> None:
        if row.code in self.rows:
            raise ExpansionError(f"place {row.code} is there twice")
        self.rows[row.code] = row
        self._kinds[row.kind].append(row.code)
        if row.parent_code is not None:
            self._siblings[self._numbered_in(row.parent_code, row.kind), row.kind] += 1

    def _numbered_in(self, parent: str, kind: str) -> str:
        if kind != "grid":
            return parent
        communities = (code for code in self.line(parent) if self.rows[code].kind == "community")
        if (community := next(communities, None)) is None:
            raise ExpansionError(f"a grid belongs to a community; {parent} is in none")
        return community

    def _next(self, parent: str, kind: str) -> tuple[int, str]:
        """Number and code of the next child of a kind; a grid is its community and three digits."""
        top = self._numbered_in(parent, kind)
        number = self._siblings[top, kind] + 1
        named = naming(kind, top, {"community": top} if kind == "grid" else {})
        if named is None:
            raise ExpansionError(f"codes of a {kind} come from an authority: give them one by one")
        return number, f"{named.prefix}{number:0{named.digits}}"

    def _grow(self, label: str, series: Series) -> None:
        made = 0
        for parent, count in self.sites(label, series):
            shares = even(parent.households or 0, count) if series.households == "split" and count else []
            for n in range(count):
                households = shares[n] if shares else _repeat(series.households, made)
                self._add(self._member(series, parent, made, households))
                made += 1

    def _member(self, series: Series, parent: PlaceRow, made: int, households: int | None) -> PlaceRow:
        number, code = self._next(parent.code, series.kind)
        named = made < len(series.names)
        attributes = _plain(series.attributes) | ({"placement": "invented"} if named else {})
        return PlaceRow(
            self._district,
            code,
            parent.code,
            series.kind,
            series.names[made] if named else series.name.format(place=parent.name, n=number, i=made + 1),
            series.invented and not named,
            series.zone_type,
            None,
            households,
            _repeat(series.residents, made),
            attributes if households is None else attributes | {"figures": "invented"},
        )

    def _sum_households(self) -> None:
        """Where the file gives no number, a place has as many households as the places in it."""
        sums: Counter[str] = Counter()
        for code, row in reversed(list(self.rows.items())):
            households = row.households
            if households is None and sums[code] and row.kind not in _NOT_SUMMED:
                households = sums[code]
                attributes = row.attributes | {"figures": "invented"}
                self.rows[code] = row._replace(households=households, attributes=attributes)
            if households is not None and row.parent_code is not None:
                sums[row.parent_code] += households

    def _add_household(self, building: str, tags: list[str]) -> None:
        number, code = self._next(building, "household")
        floor, room = divmod(number - 1, _ROOMS_PER_FLOOR)
        name = f"{self.rows[building].name}{floor + 1}{room + 1:02}室"
        self._add(PlaceRow(self._district, code, building, "household", name, True, None, None, None, None, {}))
        self.tags[code] = tags


def _explicit(district: str, spec: PlaceSpec) -> PlaceRow:
    figures: Attributes = {} if spec.households is None else {"figures": spec.figures}
    return PlaceRow(
        district,
        spec.code,
        spec.parent_code(),
        spec.kind,
        spec.name,
        spec.invented,
        spec.zone_type,
        spec.area_km2,
        spec.households,
        spec.residents,
        _plain(spec.attributes) | figures,
    )


def _plain(attributes: Mapping[str, object]) -> Attributes:
    return {key: list(value) if isinstance(value, tuple) else value for key, value in attributes.items()}


def _matches(attributes: Attributes, where: Mapping[str, object]) -> bool:
    return all(attributes.get(key) == value for key, value in where.items())


def _repeat(pattern: tuple[int, ...] | str | None, position: int) -> int | None:
    return None if pattern is None or isinstance(pattern, str) else pattern[position % len(pattern)]
