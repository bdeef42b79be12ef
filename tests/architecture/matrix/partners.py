"""The rows of organisations, bodies, partners and evaluations; how their things are made and asked about.

`expectations.py` says how to read them. What serves a place is seen from below, too: the committee of one's compound.
"""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson

from shared.runtime.ids import new_id

if TYPE_CHECKING:
    from tests.architecture.matrix.asks import Ask
    from tests.architecture.matrix.things import Thing
    from tests.architecture.matrix.world import World

PERSONS = {
    "adviser": ("resident", "sibling"),  # is in the pool
    "reported": ("resident", "sibling"),  # reported in
    "rater": ("resident", "sibling"),  # gives one of the three scores
}
# Who serves a place is known below it as well: a 403 there betrays nothing.
KNOWN = {"organisation", "body", "member", "mandate", "listing", "project"}
TABLE = """
[hierarchy]
organisation_create      | body 422 | place               | staff                 | all !nobody
organisation_list        | list     | organisation        | everyone everyone@descendant
organisation_read        | path     | organisation        | everyone everyone@descendant | offices service hotline
organisation_history      | path    | organisation        | everyone everyone@descendant | offices service hotline
mandate_list             | path     | organisation        | everyone everyone@descendant | offices service hotline
organisation_tree        | path     | building            | everyone              | offices service hotline
place_organisations      | path     | building            | everyone              | offices service hotline
organisation_edit        | path     | organisation        | staff                 | all everyone@descendant !nobody
organisation_close       | path     | organisation        | staff                 | all everyone@descendant !nobody
organisation_join        | path     | organisation        | staff                 | all everyone@descendant !nobody
mandate_give             | path     | organisation        | staff                 | all everyone@descendant !nobody
organisation_members      | path    | organisation        | staff                 | all everyone@descendant !nobody
organisation_leave       | path     | member              | staff                 | all everyone@descendant !nobody
mandate_end              | path     | mandate             | staff                 | all everyone@descendant !nobody
body_list                | list     | body                | everyone everyone@descendant
body_read                | path     | body                | everyone everyone@descendant | offices service hotline
body_ask_quorum          | path     | body                | everyone everyone@descendant | offices service hotline
body_set_charter         | path     | organisation        | staff                 | all everyone@descendant !nobody
body_take_seat           | path     | body                | staff                 | all everyone@descendant !nobody
expert_create            | body 422 | place               | staff                 | all !nobody
expert_list              | list     | expert              | posts staff partner
expert_read              | path     | expert              | posts staff partner adviser | all !nobody
expert_edit              | path     | expert              | staff adviser         | all !nobody
expert_pause             | path     | expert              | staff adviser         | all !nobody
expert_resume            | path     | expert              | staff adviser         | all !nobody
expert_leave             | path     | expert              | staff adviser         | all !nobody
expert_relist            | path     | expert:left         | staff                 | all !nobody adviser
report_in_create         | body 422 | place               | staff                 | all@inside
report_in_list           | list     | report_in           | staff
report_in_mine           | list     | report_in           | reported
report_in_counts         | path     | building            | everyone offices service | hotline
report_in_read           | path     | report_in           | staff reported
report_in_edit           | path     | report_in           | staff reported
report_in_confirm        | path     | report_in           | staff                 | reported
report_in_refuse         | path     | report_in           | staff                 | reported
report_in_deregister     | path     | report_in           | staff reported
agreement_draft          | body 422 | place               | staff                 | all !nobody
agreement_list           | list     | agreement           | posts staff partner
agreement_read           | path     | agreement           | posts staff partner   | all !nobody
agreement_edit           | path     | agreement           | staff                 | all !nobody
agreement_sign           | path     | agreement           | staff                 | all !nobody
agreement_withdraw       | path     | agreement           | staff                 | all !nobody
agreement_terminate      | path     | agreement:running   | staff                 | all !nobody
agreement_deliver        | path     | agreement:running   | staff                 | all !nobody
agreement_renew          | path     | agreement:running   | staff                 | all !nobody
listing_create           | body 422 | place               | staff                 | all !nobody
listing_list             | list     | listing             | posts staff partner posts@descendant staff@descendant partner@descendant
listing_read             | path     | listing             | posts staff partner posts@descendant staff@descendant partner@descendant | all !nobody
listing_edit             | path     | listing             | staff                 | all posts@descendant staff@descendant partner@descendant !nobody
listing_take             | path     | listing             | staff                 | all posts@descendant staff@descendant partner@descendant !nobody
listing_withdraw         | path     | listing             | staff                 | all posts@descendant staff@descendant partner@descendant !nobody
listing_finish           | path     | project             | staff                 | all posts@descendant staff@descendant partner@descendant !nobody
listing_release          | path     | project             | staff                 | all posts@descendant staff@descendant partner@descendant !nobody
capability_match         | body 422 | place               | posts staff partner   | all !nobody
evaluation_begin         | body 422 | organisation        | staff                 | all everyone@descendant !nobody
evaluation_list          | list     | evaluation          | staff
evaluation_mine          | list     | evaluation          | rater
evaluation_report        | plain    |                     | staff@any             | all@any
evaluation_read          | path     | evaluation          | staff rater
evaluation_score         | path     | evaluation          | rater                 | staff
evaluation_withdraw      | path     | evaluation          | staff                 | rater
evaluation_accept        | path     | evaluation:flagged  | staff                 | rater
evaluation_reopen        | path     | evaluation:flagged  | staff                 | rater
"""  # noqa: E501 - a table
PEOPLE_OF = {"expert": ("adviser",), "report_in": ("reported",), "evaluation": ("rater",)}
_CHARTER = {"seats": [{"key": "seat_resident", "label": "居民代表", "seats": 3, "holds": None, "party": False}],
            "quorum": {}}  # fmt: skip
_CLAUSES = [{"text": "每月一次", "kind": "activity", "at_least": 1, "per": "month"}]


# --- things ------------------------------------------------------------------------------------------------------


def _thing(table: str, made: UUID, **more: Any) -> "Thing":
    from tests.architecture.matrix.things import Thing  # noqa: PLC0415 - things know of these makers

    return Thing(more.pop("name", str(made)), _building(), f"hierarchy.{table}", made, **more)


def _building() -> str:
    from tests.architecture.matrix.world import BUILDING  # noqa: PLC0415 - the world knows of these rows

    return BUILDING


async def _insert(world: "World", table: str, **values: Any) -> UUID:
    made: UUID = values.pop("id", None) or new_id()
    values = {"district": world.at, "id": made} | {
        name: orjson.dumps(value).decode() if isinstance(value, dict) else value for name, value in values.items()
    }
    columns, marks = ", ".join(values), ", ".join(f"${n}" for n in range(1, len(values) + 1))
    await world.sql(f"INSERT INTO hierarchy.{table} ({columns}) VALUES ({marks})", *values.values())
    return made


async def _organisation(world: "World", kind: str = "council") -> "Thing":
    made = new_id()
    await _insert(
        world, "organisations", id=made, code=f"o-{made}", kind=kind, name=f"虚构组织{made}", path=_building(),
        invented=True, attributes={},
    )  # fmt: skip
    return _thing("organisations", made, name=f"o-{made}", within=f"虚构组织{made}")


async def _member(world: "World") -> "Thing":
    of = await _organisation(world)
    made = await _insert(
        world, "organisation_members", organisation_id=of.id, path=of.path, person_id=world.person, capacity="成员",
        since=_day("2026-01-01"),
    )  # fmt: skip
    return _thing("organisation_members", made)


async def _mandate(world: "World") -> "Thing":
    of = await _organisation(world)
    made = await _insert(
        world, "responsibilities", organisation_id=of.id, held_by=of.name, path=of.path, categories=["WY12"],
        position=90, since=_day("2026-01-01"),
    )  # fmt: skip
    return _thing("responsibilities", made)


def _day(text: str) -> Any:
    from datetime import date  # noqa: PLC0415 - this function's only

    return date.fromisoformat(text)


async def _body(world: "World") -> "Thing":
    of = await _organisation(world)
    await _insert(world, "bodies", organisation=of.name, path=of.path, charter=_CHARTER, invented=True)
    await _insert(
        world, "posts", code=f"{of.name}-seat_resident-1", kind="seat_resident", label="居民代表", name="虚构席位",
        path=of.path, organisation=of.name, role="resident",
    )  # fmt: skip
    return of


async def _expert(world: "World", stage: str, me: UUID | None) -> "Thing":
    person = me or world.person
    if me is not None:
        await world.copy(
            "hierarchy.people", world.person, id=me, code=f"x-{me}", phone_index=None, id_number_index=None, name=None,
            phone=None,
        )  # fmt: skip
    made = await _insert(
        world, "experts", person_id=person, path=_building(), fields=[str(new_id())], weekdays=[1], note="",
        step=stage or "listed",
    )  # fmt: skip
    [row] = await world.sql("SELECT fields FROM hierarchy.experts WHERE district = $1 AND id = $2", world.at, made)
    return _thing("experts", made, within=row["fields"][0])


async def _report_in(world: "World", me: UUID | None) -> "Thing":
    unit = str(new_id())
    made = await _insert(
        world, "report_ins", step="reported", path=_building(), person_id=me or new_id(), unit=unit,
        unit_name="虚构单位", capabilities=[], since=_day("2026-01-01"),
    )  # fmt: skip
    return _thing("report_ins", made, within=unit)


async def _agreement(world: "World", stage: str) -> "Thing":
    of = await _organisation(world, "partner")
    made = new_id()
    await world.sql(
        """INSERT INTO hierarchy.agreements (district, id, step, organisation, path, title, clauses, starts_on, ends_on,
        remind_days) VALUES ($1, $2, $3, $4, $5, '虚构协议', $6, '2026-01-01', '2035-12-31', 30)""",
        world.at, made, stage or "draft", of.name, of.path, orjson.dumps(_CLAUSES).decode(),
    )  # fmt: skip
    return _thing("agreements", made, within=of.name)


async def _listing(world: "World", kind: str) -> "Thing":
    tag = str(new_id())
    made = await _insert(
        world, "listings", kind=kind, step="running" if kind == "project" else "open", path=_building(),
        title="虚构条目", detail="", tags=[tag],
    )  # fmt: skip
    return _thing("listings", made, within=tag)


async def _evaluation(world: "World", stage: str, me: UUID | None) -> "Thing":
    made = new_id()
    await _insert(
        world, "evaluations", id=made, step=stage or "collecting", subject_kind="organisation", subject=f"s-{made}",
        subject_name="虚构单位", path=_building(), year=2026, weights={"served": 40, "branch": 30, "owners": 30},
        flag_at=30, due_on=_day("2199-12-31"),
    )  # fmt: skip
    for party in ("served", "branch", "owners"):
        person = me if me is not None and party == "served" else new_id()
        await world.sql(
            """INSERT INTO hierarchy.evaluation_scores (district, evaluation_id, round, party, person_id, score)
            VALUES ($1, $2, 1, $3, $4, $5)""",
            world.at, made, party, person, (20 if party == "owners" else 90) if stage else None,
        )  # fmt: skip
    if stage:
        sql = "UPDATE hierarchy.evaluations SET complete_at = now() WHERE district = $1 AND id = $2"
        await world.sql(sql, world.at, made)
    return _thing("evaluations", made, within=f"s-{made}")


MAKERS: dict[str, Callable[["World", Any], Awaitable["Thing"]]] = {
    "organisation": lambda world, _: _organisation(world),
    "member": lambda world, _: _member(world),
    "mandate": lambda world, _: _mandate(world),
    "body": lambda world, _: _body(world),
    "expert": lambda world, w: _expert(world, w.stage, w.me if w.person else None),
    "report_in": lambda world, w: _report_in(world, w.me if w.person else None),
    "agreement": lambda world, w: _agreement(world, w.stage),
    "listing": lambda world, _: _listing(world, "need"),
    "project": lambda world, _: _listing(world, "project"),
    "evaluation": lambda world, w: _evaluation(world, w.stage, w.me if w.person else None),
}

# --- requests ----------------------------------------------------------------------------------------------------

_WHY = {"reason": "虚构事由"}
BODIES: dict[str, dict[str, Any]] = {
    "organisation_edit": {"name": "改名"},
    "organisation_close": _WHY,
    "organisation_leave": _WHY,
    "mandate_end": _WHY,
    "body_ask_quorum": {"present": []},
    "body_set_charter": {"charter": _CHARTER},
    "expert_edit": {"fields": ["法律"]},
    "expert_pause": {"until": "2199-01-01"},
    "report_in_edit": {"hours": 3},
    "report_in_refuse": _WHY,
    "report_in_deregister": _WHY,
    "agreement_edit": {"title": "改名"},
    "agreement_withdraw": _WHY,
    "agreement_terminate": _WHY,
    "agreement_deliver": {"clause": 1, "day": "2026-01-05", "note": "一次"},
    "agreement_renew": {"starts_on": "2036-01-01", "ends_on": "2036-12-31"},
    "listing_edit": {"title": "改名"},
    "listing_withdraw": _WHY,
    "listing_finish": {"result": "已办"},
    "listing_release": _WHY,
    "evaluation_score": {"score": 80},
    "evaluation_withdraw": _WHY,
    "evaluation_accept": _WHY,
    "evaluation_reopen": _WHY,
}


async def _at_place(world: "World", made: "Ask", thing: "Thing") -> None:
    """What is made at a place."""
    name = made.path.rsplit("/", 1)[-1]
    extra: dict[str, Any] = {"organisations": {"kind": "council", "name": "虚构组织"}}
    if name == "experts":
        fresh, _ = await world.person_at(_building())
        extra[name] = {"person": str(fresh), "fields": ["法律"]}
    elif name == "report-ins":
        fresh, _ = await world.person_at(_building())
        extra[name] = {"person": str(fresh), "unit_name": "虚构单位"}
    elif name == "agreements":
        partner = await _organisation(world, "partner")
        extra[name] = {"organisation": partner.name, "title": "协议", "clauses": _CLAUSES,
                       "starts_on": "2026-01-01", "ends_on": "2026-12-31"}  # fmt: skip
    elif name == "listings":
        extra[name] = {"kind": "need", "title": "需求", "tags": ["义诊"]}
    elif name == "match":
        extra[name] = {"tags": ["义诊"]}
    made.body = {"place": thing.name} | extra[name]


async def _with_person(world: "World", made: "Ask", thing: "Thing") -> None:
    made.path = made.path.replace("{code}", thing.name)
    fresh, _ = await world.person_at(_building())
    made.body = {"person": str(fresh)} | ({"seat": "seat_resident"} if made.path.endswith("seats") else {})


async def _mandated(world: "World", made: "Ask", thing: "Thing") -> None:
    made.path = made.path.replace("{code}", thing.name)
    made.body = {"place": world.building, "categories": ["WY12"]}


async def _take(world: "World", made: "Ask", thing: "Thing") -> None:
    made.path = made.path.replace("{id}", thing.name)
    made.body = {"organisation": (await _organisation(world, "partner")).name}


async def _begin(world: "World", made: "Ask", thing: "Thing") -> None:
    people = [str((await world.person_at(_building()))[0]) for _ in range(3)]
    raters = dict(zip(("served", "branch", "owners"), people, strict=True))
    made.body = {"subject": thing.name, "year": 2026, "due_on": "2199-12-31", "raters": raters}


async def _filtered(_: "World", made: "Ask", thing: "Thing") -> None:
    """A page that the thing is on, however many others there are."""
    name = made.path.rsplit("/", 1)[-1]
    by = {"organisations": "named", "experts": "field", "report-ins": "unit", "agreements": "organisation",
          "listings": "tag", "evaluations": "subject"}  # fmt: skip
    made.params = {"limit": "100"} | ({by[name]: thing.within} if name in by else {})


async def _bodies(world: "World", made: "Ask", thing: "Thing") -> None:
    """There are more bodies than a page holds, and no filter by name: the page that begins with this one."""
    from shared.runtime.web.pages import encode  # noqa: PLC0415 - as a client would have been given it

    made.params = {"limit": "100", "cursor": encode(thing.name[:-1])}


SPECIAL: dict[tuple[str, str], Callable[["World", "Ask", "Thing"], Awaitable[None]]] = {
    **{(route, "body"): _at_place
       for route in ("organisation_create", "expert_create", "report_in_create", "agreement_draft", "listing_create",
                     "capability_match")},
    **{(route, ""): _filtered
       for route in ("organisation_list", "expert_list", "report_in_list", "agreement_list", "listing_list",
                     "evaluation_list")},
    ("body_list", ""): _bodies,
    ("organisation_join", ""): _with_person,
    ("body_take_seat", ""): _with_person,
    ("mandate_give", ""): _mandated,
    ("listing_take", ""): _take,
    ("evaluation_begin", "body"): _begin,
}  # fmt: skip
