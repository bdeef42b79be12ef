"""What stands in a community's data file about its venues beyond where they are: hours, visits, rosters.

Pure. A source that gives one number for months (2000 余人次) becomes a count per day, spread evenly and marked as
invented: only the sum is the source's.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Annotated, Any

from pydantic import Field

from services.hierarchy.structures.rows import AppointmentRow, MemberRow, PostRow, RosterRow, VenueRow, VisitRow
from services.hierarchy.structures.structure import Count, Key, Model
from services.hierarchy.venues.rules import Parts, Week, every_day


class Equipped(Model):
    """What a declaration of venues may say besides. `daily`: the same hours every day; `week`: one by one."""

    amenities: tuple[str, ...] = ()
    daily: Parts | None = None
    week: Week | None = None
    capacity: Annotated[int, Field(ge=1)] | None = None
    phone: str | None = None  # of the desk: public, nobody's own
    address: str | None = None  # in words; placeholders as in a name

    def hours(self) -> dict[str, Any]:
        """The weekly pattern as it is stored; empty where nobody has said it."""
        week = self.week or (every_day(*self.daily) if self.daily else None)
        return week.model_dump(mode="json") if week else {}


class VisitsSpec(Model):
    """So many visits of one venue between two days."""

    venue: str  # its name
    since: date
    until: date
    total: Count


class RosterSpec(Model):
    """A roster for each venue of a declaration; the holders of these posts in the community take turns."""

    venue: Key
    posts: tuple[Key, ...]
    name: str = "{venue}值班表"
    cover: Parts | None = None
    needed: Annotated[int, Field(ge=1)] = 1
    parts: Parts | None = None  # how a day is cut into shifts; else one for each stretch


def visits(specs: Iterable[VisitsSpec], venues: Sequence[VenueRow]) -> Iterator[VisitRow]:
    """A count per day; ValueError for a venue that is not there."""
    for spec in specs:
        found = next((venue for venue in venues if venue.name == spec.venue), None)
        if found is None:
            raise ValueError(f"visits.venue: there is no venue {spec.venue!r}")
        days = (spec.until - spec.since).days + 1
        share, rest = divmod(spec.total, days)
        for number in range(days):
            day = spec.since + timedelta(days=number)
            yield VisitRow(found.district, found.code, day, "day", share + (number < rest), invented=True)


def rosters(
    specs: Iterable[RosterSpec], venues: Sequence[tuple[str, VenueRow]], posts: Sequence[PostRow],
    appointments: Sequence[AppointmentRow], labels: dict[str, str],
) -> Iterator[tuple[RosterRow, list[MemberRow]]]:  # fmt: skip
    """One per venue of the declaration, with those who take turns; `venues` with the key that declared each."""
    holder = {row.post_code: row for row in appointments}
    for spec in specs:
        turns = [(post, holder[post.code]) for key in spec.posts for post in posts if post.kind == key]
        for venue in (venue for key, venue in venues if key == spec.venue):
            code = f"{venue.code}-roster"
            cover, parts = ([one.model_dump() for one in said] if said else None for said in (spec.cover, spec.parts))
            name = spec.name.format(venue=venue.name)
            row = RosterRow(venue.district, code, venue.place_code, venue.code, name, cover, spec.needed, parts)
            yield (
                row,
                [
                    MemberRow(code, held.person_code, labels[post.kind], post.code, position, held.since)
                    for position, (post, held) in enumerate(turns, 1)
                ],
            )
