"""The rows of structures, candidacies, appointments and records; how their things are made and asked about.

`expectations.py` says how to read them.
"""

import itertools
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson

from shared.kernel.periods import CHINA
from shared.runtime.ids import new_id
from shared.runtime.web.pages import encode
from tests.architecture.matrix import venues

if TYPE_CHECKING:
    from tests.architecture.matrix.asks import Ask
    from tests.architecture.matrix.things import Thing
    from tests.architecture.matrix.world import World

PERSONS = {
    "candidate": ("resident", "sibling"),
    "recommender": ("resident", "sibling"),
    "incumbent": ("resident", "sibling"),  # holds the post; the token of before says so no more
    "recipient": ("resident", "sibling"),  # was told
    "concerned": ("resident", "sibling"),  # whom the record is about
}
TABLE = """
[hierarchy]
structure_upload         | body 422 | place               | operator              | all@any !operator@any
structure_try            | body     | building            | staff                 | all !nobody
structure_versions       | path     | building            | everyone offices service | hotline
structure_lint           | path     | building            | staff                 | all !nobody
structure_read_version   | path     | structure           | everyone offices service | hotline
structure_lint_version   | path     | structure           | operator              | all !nobody
structure_activate       | path     | structure           | operator              | all !nobody
structure_withdraw       | path     | structure           | operator              | all !nobody
post_add                 | body 422 | place               | staff                 | all@any !staff@any
post_list                | list     | post                | everyone offices service
post_read | path | post | everyone offices service everyone@descendant offices@descendant | hotline
candidacy_begin          | body 422 | post                | everyone@inside       | blind@any
candidacy_begin:neighbour | body 422 | post               | everyone@inside       | blind@any
candidacy_list           | list     | candidacy           | staff
candidacy_mine           | list     | candidacy           | candidate recommender
candidacy_read           | path     | candidacy           | staff candidate recommender
candidacy_agree          | path     | candidacy:proposed  | candidate             | staff recommender
candidacy_withdraw       | path     | candidacy           | candidate             | staff recommender
candidacy_score          | path     | candidacy           | staff                 | candidate recommender
candidacy_review         | path     | candidacy           | staff                 | candidate recommender
candidacy_reject         | path     | candidacy           | staff                 | candidate recommender
candidacy_appoint        | path     | candidacy:reviewed  | staff                 | candidate recommender
appointment_list         | list     | appointment         | staff
appointment_mine         | list     | appointment         | incumbent
appointment_read         | path     | appointment         | staff incumbent       | all !nobody
appointment_badge        | path     | appointment         | staff incumbent       | all !nobody
appointment_renew        | path     | appointment         | staff                 | all !nobody incumbent
appointment_end          | path     | appointment         | staff                 | all !nobody incumbent
appointment_hand_over    | path     | appointment         | staff                 | all !nobody incumbent
notice_send              | body 422 | place               | staff                 | all@any !staff@any
notice_list              | list     | notice              | staff
notice_mine              | list     | notice              | recipient
notice_read              | path     | notice              | staff recipient
notice_receipts          | path     | notice              | staff                 | recipient
notice_acknowledge       | path     | notice              | recipient             | staff
notice_withdraw          | path     | notice              | staff                 | recipient
record_add               | body 422 | post                | staff                 | all@any !staff@any
record_add:fund          | body 422 | place               | staff                 | all@any !staff@any
record_list              | list     | record              | staff
record_mine              | list     | record              | concerned
record_read              | path     | record              | staff concerned
record_sums              | filter 422 | place             | staff                 | all@any !staff@any
record_log               | path     | record:mentoring    | staff concerned
record_close             | path     | record              | staff                 | concerned
record_strike            | path     | record              | staff                 | concerned

[tickets]
caseload_read            | plain    |                     | service@any           | all@any
caseload_hand_over       | plain    |                     | service@any           | all@any

[events]
organiser_hand_over      | plain    |                     | service@any           | all@any
activity_standings       | plain    |                     | service@any           | all@any
"""
PEOPLE_OF = {
    "candidacy": ("candidate", "recommender"),
    "appointment": ("incumbent",),
    "record": ("concerned",),
    "notice": ("recipient",),
}
_numbers = itertools.count(2)


# --- things ------------------------------------------------------------------------------------------------------


def _document(place: str, number: int) -> dict[str, Any]:
    posts = [("building_head", "楼栋长", "building_head"), ("secretary", "书记", "community_staff")]
    return {
        "name": "虚构架构", "version": number, "in_force": "2024-01-01", "place": place,
        "levels": [{"key": "building", "name": "楼栋", "kind": "place", "of": "building"}],
        "posts": [
            {"key": key, "name": name, "level": "building", "role": role, "appointed_by": "社区"}
            for key, name, role in posts
        ],
    }  # fmt: skip


async def _structure(world: "World") -> "Thing":
    from tests.architecture.matrix.world import BUILDING  # noqa: PLC0415 - the world knows of these rows

    number, made = next(_numbers), new_id()
    await world.sql(
        "INSERT INTO hierarchy.structures (district, id, path, version, step, in_force, document) "
        "VALUES ($1, $2, $3, $4, 'draft', '2024-01-01', $5::text::jsonb)",
        world.at, made, BUILDING, number, orjson.dumps(_document(world.building, number)).decode(),
    )  # fmt: skip
    return venues._thing("hierarchy.structures", made)


async def _candidacy(world: "World", stage: str, person: str, me: UUID | None) -> "Thing":
    post = await venues.MAKERS["post"](world, None)
    who = me if person == "candidate" and me else (await world.person_at(post.path))[0]
    step = stage or "nominated"
    made = await venues._insert(
        world, "candidacies", post_id=post.id, path=post.path, person_id=who, origin="recommended",
        recommender_id=me if person == "recommender" else new_id(), criteria=[], step=step,
    )  # fmt: skip
    return venues._thing("hierarchy.candidacies", made, within=post.name)


async def _appointment(world: "World", me: UUID | None) -> "Thing":
    post = await venues.MAKERS["post"](world, None)
    made = await venues._insert(
        world, "appointments", post_id=post.id, person_id=me or new_id(), source="推荐",
        since=datetime.now(UTC).date() - timedelta(days=9),
    )  # fmt: skip
    return venues._thing("hierarchy.appointments", made, within=post.name)


_CONTENTS: dict[str, dict[str, Any]] = {
    "badge": {"kind": "badge", "what": "红胸牌"},
    "mentoring": {"kind": "mentoring", "mentor": str(new_id()), "subject": "跟岗"},
}


async def _record(world: "World", kind: str, me: UUID | None) -> "Thing":
    post = await venues.MAKERS["post"](world, None)
    made = new_id()
    await world.sql(
        "INSERT INTO hierarchy.records (district, id, kind, path, person_id, post_id, content, since) "
        "VALUES ($1, $2, $6, $3, $4, $5, $7::text::jsonb, '2024-01-01')",
        world.at, made, post.path, me or new_id(), post.id, kind, orjson.dumps(_CONTENTS[kind]).decode(),
    )  # fmt: skip
    return venues._thing("hierarchy.records", made, within=post.name)


async def _notice(world: "World", me: UUID | None) -> "Thing":
    from tests.architecture.matrix.world import BUILDING  # noqa: PLC0415 - the world knows of these rows

    made = await venues._insert(world, "notices", path=BUILDING, posts=[], title="停水", content="请转告住户")
    await world.sql(
        "INSERT INTO hierarchy.notice_receipts (district, notice_id, person_id, post_code, post_label) "
        "VALUES ($1, $2, $3, 'p', '楼栋长')", world.at, made, me or new_id(),
    )  # fmt: skip
    return venues._thing("hierarchy.notices", made)


MAKERS: dict[str, Callable[["World", Any], Awaitable["Thing"]]] = {
    "structure": lambda world, _: _structure(world),
    "candidacy": lambda world, w: _candidacy(world, w.stage, w.person, w.me),
    "appointment": lambda world, w: _appointment(world, w.me if w.person else None),
    "notice": lambda world, w: _notice(world, w.me if w.person else None),
    "record": lambda world, w: _record(world, w.stage or "badge", w.me if w.person else None),
}

# --- requests ----------------------------------------------------------------------------------------------------

_WHY = {"reason": "虚构事由"}
_NEXT_YEAR = (datetime.now(UTC).astimezone(CHINA) + timedelta(days=365)).date()
BODIES: dict[str, dict[str, Any]] = {
    "structure_activate": {"accept_violations": True, **_WHY},
    "structure_withdraw": _WHY,
    "candidacy_score": {"scores": {}},
    "candidacy_withdraw": _WHY,
    "candidacy_reject": _WHY,
    "candidacy_appoint": {"accept_violations": True, **_WHY},
    "appointment_renew": {"term_ends": str(_NEXT_YEAR), **_WHY},
    "appointment_end": _WHY,
    "notice_withdraw": _WHY,
    "record_close": _WHY,
    "record_log": {"what": "随师傅入户"},
    "record_strike": _WHY,
    "caseload_hand_over": {"person_id": str(new_id()), "successor_id": str(new_id()), "posts": ["post"]},
    "organiser_hand_over": {"person_id": str(new_id()), "successor_id": str(new_id()), "within": None},
}


async def _upload(_: "World", made: "Ask", thing: "Thing") -> None:
    text = orjson.dumps(_document(thing.name, next(_numbers))).decode()
    made.body = {"text": text, "format": "json"}


async def _trial(_: "World", made: "Ask", thing: "Thing") -> None:
    made.body = {"place": thing.name, "changes": [{"op": "set_figures", "place": thing.name, "households": 9}]}


async def _new_post(_: "World", made: "Ask", thing: "Thing") -> None:
    made.body = {"kind": "building_head", "place": thing.name}


async def _stand(world: "World", made: "Ask", thing: "Thing") -> None:
    made.body = {"post": thing.name, "origin": "recommended", "person": str(world.person)}


async def _recommend(world: "World", made: "Ask", thing: "Thing") -> None:
    _, number = await world.person_at(thing.path)
    made.body = {"post": thing.name, "origin": "recommended", "name": "虚构居民", "phone": number}


async def _write_down(_: "World", made: "Ask", thing: "Thing") -> None:
    made.body = {"post": thing.name, "content": {"kind": "duties", "duties": ["信息传达"]}}


async def _tell(world: "World", made: "Ask", thing: "Thing") -> None:
    await venues.MAKERS["post"](world, None)
    await _appointment(world, None)
    made.body = {"place": thing.name, "title": "停水", "content": "请转告住户"}


async def _fund(_: "World", made: "Ask", thing: "Thing") -> None:
    made.body = {"place": thing.name, "content": {"kind": "fund", "amount": "1", "source": "捐赠", "purpose": "路灯"}}


async def _at_place(_: "World", made: "Ask", thing: "Thing") -> None:
    made.params = {"place": thing.name}


async def _hand_over(world: "World", made: "Ask", thing: "Thing") -> None:
    made.path = made.path.replace("{id}", thing.name)
    made.body = {"successor": str((await world.person_at(thing.path))[0]), **_WHY}


async def _from_here(_: "World", made: "Ask", thing: "Thing") -> None:
    """The page that begins with it: seats are listed by code."""
    made.params = {"cursor": encode(thing.name[:-1])}


async def _of_post(_: "World", made: "Ask", thing: "Thing") -> None:
    """A page that the thing is on, however many others there are."""
    made.params = {"limit": "100", "post": thing.within}


SPECIAL: dict[tuple[str, str], Callable[["World", "Ask", "Thing"], Awaitable[None]]] = {
    ("structure_upload", "body"): _upload,
    ("structure_try", "body"): _trial,
    ("post_add", "body"): _new_post,
    ("candidacy_begin", "body"): _stand,
    ("candidacy_begin", "neighbour"): _recommend,
    ("record_add", "body"): _write_down,
    ("record_add", "fund"): _fund,
    ("notice_send", "body"): _tell,
    ("post_list", ""): _from_here,
    ("record_sums", ""): _at_place,
    ("appointment_hand_over", ""): _hand_over,
    **{(route, ""): _of_post for route in ("candidacy_list", "appointment_list", "record_list")},
}
