"""The loader's use case: one community's rows into its district, all or nothing, as often as one likes.

What is there and differs is updated, what is new is added; what the data file no longer names stays, because
rows of other services may point to it. A content that was loaded before is not looked at again.
"""

import hashlib
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from services.hierarchy.appointments import service as appointments
from services.hierarchy.bodies import service as charters
from services.hierarchy.bodies.rules import BODY_KINDS, charter_of
from services.hierarchy.capabilities import service as capabilities
from services.hierarchy.contact_sheets import service as contact_sheets
from services.hierarchy.experts import service as experts
from services.hierarchy.households import service as households
from services.hierarchy.organisations import service as organisations
from services.hierarchy.people import service as people
from services.hierarchy.places import service as places
from services.hierarchy.responsibility import service as responsibility
from services.hierarchy.rosters import service as rosters
from services.hierarchy.structures import service as structures
from services.hierarchy.structures.rows import Expansion
from services.hierarchy.venues import service as venues
from shared.runtime.privacy import Vault
from shared.runtime.work import Work

Paths = dict[str, str]


class Loaded(NamedTuple):
    changed: bool
    figures: dict[str, int]  # rows written, by table


async def load(work: Work, vault: Vault, expansion: Expansion) -> Loaded:
    """Loads one community. Everything commits together, with one journal row."""
    await work.begin()
    district = await places.enter_district(work, expansion.places[0].name)
    content = _digest(expansion)
    if district["content"] == content:
        return Loaded(changed=False, figures={})
    paths, figures = await _physical(work, expansion)
    known, changed = await venues.put(work, [_plain(row) | {"path": paths[row.place_code]} for row in expansion.venues])
    figures["venues"] = changed
    figures["visits"] = await venues.put_visits(
        work, [_plain(row) | {"venue_id": known[row.venue_code], "count": row.number} for row in expansion.visits]
    )
    figures |= await _social(work, vault, expansion, (paths, known), later=district["content"] is not None)
    await places.loaded(work, content, figures)
    return Loaded(changed=True, figures=figures)


async def _physical(work: Work, made: Expansion) -> tuple[Paths, dict[str, int]]:
    paths, changed = await places.put(work, [_plain(row) for row in made.places])
    structure = made.structure
    figures = {
        "places": changed,
        "structures": await structures.put(work, paths[structure.place_code], structure.version, structure.document),
        "households": await households.put(
            work, [{"code": row.code, "path": paths[row.code], "tags": row.tags} for row in made.households]
        ),
    }
    return paths, figures


def _in_force(made: Expansion) -> str:
    return str(made.structure.document["in_force"])


def _organisations(made: Expansion, paths: Paths) -> list[dict[str, Any]]:
    since = _in_force(made)
    return [
        _plain(row) | {"parent": row.parent_code, "path": paths.get(row.place_code or ""), "since": since}
        for row in made.organisations
    ]


def _experts(made: Expansion, paths: Paths, persons: dict[str, UUID]) -> list[dict[str, Any]]:
    return [
        {"person_id": persons[row.person_code], "path": paths[row.place_code], "fields": row.fields}
        for row in made.experts
    ]


def _rosters(made: Expansion, paths: Paths, known: dict[str, UUID]) -> list[dict[str, Any]]:
    return [
        {name: value for name, value in row._asdict().items() if name != "parts"}
        | {"path": paths[row.place_code], "venue_id": known[row.venue_code], "post_kind": None, "phone": None}
        | {"step": "active"}
        for row in made.rosters
    ]


def _answering(made: Expansion, paths: Paths, posts: dict[str, UUID], bodies: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        _plain(row)
        | {
            "path": paths[row.place_code],
            "held_by": row.post_code or row.organisation_code,
            "post_id": posts[row.post_code] if row.post_code else None,
            "organisation_id": bodies[row.organisation_code].id if row.organisation_code else None,
            "position": row.order,
        }
        for row in made.responsibilities
    ]


async def _social(
    work: Work, vault: Vault, made: Expansion, physical: tuple[Paths, dict[str, UUID]], *, later: bool
) -> dict[str, int]:
    paths, known = physical
    bodies, bodies_changed = await organisations.put(work, _organisations(made, paths), later=later)
    persons, people_changed = await people.put(
        work,
        vault,
        [
            _plain(row) | {"listed_as": row.code.split("-")[-2], "path": paths.get(str(row.attributes.get("place")))}
            for row in made.people
        ],
    )
    posts, posts_changed = await appointments.put_posts(work, _posts(made, paths, bodies), later=later)
    appointed = [
        _plain(row) | {"post_id": posts[row.post_code], "person_id": persons[row.person_code]}
        for row in made.appointments
    ]
    return {
        "organisations": bodies_changed,
        "bodies": await charters.put(
            work, _charters(made, paths), work.today if later else date.fromisoformat(_in_force(made))
        ),
        "listings": await capabilities.put(work, _resources(made, paths)),
        "people": people_changed,
        "experts": await experts.put(work, _experts(made, paths, persons)),
        "posts": posts_changed,
        "appointments": await appointments.put_appointments(work, appointed, later=later),
        "responsibilities": await responsibility.put(work, _answering(made, paths, posts, bodies), later=later),
        "rosters": await rosters.put(
            work,
            _rosters(made, paths, known),
            [_plain(row) | {"roster": row.roster_code, "person_id": persons[row.person_code]} for row in made.members],
        ),
        "contact_sheets": await contact_sheets.put(
            work, [{"path": paths[row.place_code], "rules": row.rules} for row in made.sheets]
        ),
    }


def _posts(made: Expansion, paths: Paths, bodies: dict[str, organisations.Located]) -> list[dict[str, Any]]:
    declared: Any = made.structure.document["posts"]
    labels = {post["key"]: post["name"] for post in declared}
    rows, since = [], dict[str, str]()
    for held in made.appointments:  # a seat was there before whoever is known to have sat in it
        day = held.since.isoformat()
        since[held.post_code] = min(day, since.get(held.post_code, _in_force(made)))
    for row in made.posts:
        body = bodies[row.organisation_code] if row.organisation_code else None
        path = paths.get(row.place_code or "") or (body.path if body else None)
        first = since.get(row.code, _in_force(made))
        own = {"label": labels[row.kind], "path": path, "organisation": row.organisation_code, "since": first}
        rows.append(_plain(row) | own)
    return rows


def _charters(made: Expansion, paths: Paths) -> list[dict[str, Any]]:
    """The seats that the data file names or fills, body by body. The quorum it does not say: invented."""
    document: Any = made.structure.document
    labels = {post["key"]: post["name"] for post in document["posts"]}
    quotas = document.get("quotas", ())
    holds = {quota["post"]: quota["other"] for quota in quotas if quota["kind"] == "holds"}
    party = {quota["organisation"]: quota["min_percent"] for quota in quotas if quota["kind"] == "party_share"}
    seats: dict[str, dict[str, tuple[str, int]]] = {}
    for post in made.posts:
        mine = seats.setdefault(post.organisation_code or "", {})
        mine[post.kind] = (labels[post.kind], mine.get(post.kind, ("", 0))[1] + 1)
    rows = []
    for row in made.organisations:
        named: Any = row.attributes.get("seats", ())
        charter = None
        if row.kind in BODY_KINDS:
            charter = charter_of(named, seats.get(row.code, {}), holds, party.get(row.kind))
        if charter is not None:
            rows.append({"organisation": row.code, "path": paths.get(row.place_code or ""), "invented": True,
                         "charter": charter.model_dump(mode="json")})  # fmt: skip
    return rows


def _resources(made: Expansion, paths: Paths) -> list[dict[str, Any]]:
    """What the sources say partners give (资源清单)."""
    rows = []
    for row in made.organisations:
        offers: Any = row.attributes.get("offers", ())
        rows += [
            {"origin": f"{row.code}-offer-{number}", "organisation": row.code, "path": paths[row.place_code],
             "title": offer, "tags": [offer], "invented": row.invented}
            for number, offer in enumerate(offers, 1)
            if row.place_code
        ]  # fmt: skip
    return rows


def _plain(row: Any) -> dict[str, Any]:  # noqa: ANN401 - any of the row types
    return dict(row._asdict())


def _digest(expansion: Expansion) -> str:
    return hashlib.sha256(orjson.dumps(tuple(expansion), default=tuple)).hexdigest()
