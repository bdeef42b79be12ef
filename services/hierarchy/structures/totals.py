"""What a data file says that its declarations come to, held against what they make. Pure."""

from collections import Counter
from collections.abc import Iterator

from services.hierarchy.structures.document import Community
from services.hierarchy.structures.rows import Expansion


def wrong_totals(community: Community, made: Expansion) -> Iterator[str]:
    """One sentence for each figure that the declarations do not come to."""
    totals = community.totals
    root = next(place for place in made.places if place.code == community.structure.place)
    pools = Counter(person.code.split("-")[-2] for person in made.people)
    for table, declared, found in (
        ("places", totals.places, Counter(place.kind for place in made.places)),
        ("organisations", totals.organisations, Counter(body.kind for body in made.organisations)),
        ("posts", totals.posts, Counter(post.kind for post in made.posts)),
        ("venues", totals.venues, Counter(venue.kind for venue in made.venues)),
        ("people", totals.people, pools),
    ):
        for key, number in declared.items():
            if found[key] != number:
                yield f"totals.{table}.{key}: declared {number}, the declarations make {found[key]}"
    for figure in ("households", "residents"):
        number, there = getattr(totals, figure), getattr(root, figure)
        if number is not None and there != number:
            yield f"totals.{figure}: declared {number}, {root.name} has {there}"
