"""A place closes when nobody holds, waits for or owes anything there any more, and not before."""

import asyncio
from datetime import date, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import pytest

from services.hierarchy.appointments import service as appointments
from services.hierarchy.relocation import rules
from services.hierarchy.relocation import service as relocation
from shared.runtime.ids import new_id
from shared.runtime.journal import Entry
from tests.hierarchy.appointing import COMMUNITY, DAY, TODAY, Scene, at, town
from tests.hierarchy.small import loader
from tests.hierarchy.test_appointments import fill
from tests.hierarchy.test_places_move import moving
from tests.support.insisting import insist

__all__ = ["town"]
LATER, GONE_BY = at(TODAY + DAY), at(TODAY - DAY)


class Hangs(NamedTuple):
    """A row of a table that keeps a place open, and what makes it one that does no more."""

    table: str
    row: dict[str, Any]
    over: str


STEP = "step = 'over'"
KINDS: dict[str, Hangs] = {
    "appointments": Hangs("appointments", {"since": TODAY - DAY, "post_id": "post"}, f"until = '{TODAY}'"),
    "candidacies": Hangs("candidacies", {"step": "nominated"}, "closed_at = now()"),
    "households": Hangs("household_members", {"household_id": "household"}, f"left_on = '{TODAY}'"),
    "links": Hangs("household_links", {"since": TODAY - DAY, "post_id": "post", "path": "0001"}, f"until = '{TODAY}'"),
    "shifts": Hangs("shifts", {"roster_id": "roster", "begins_at": at(TODAY), "ends_at": LATER},
                    f"begins_at = '{GONE_BY - DAY}', ends_at = '{GONE_BY}'"),
    "needs": Hangs("visit_needs", {"visit_id": "visit"}, "appeal_id = id"),
    "venues": Hangs("venues", {"step": "open"}, "step = 'closed'"),
    "bookings": Hangs("bookings", {"step": "approved", "begins_at": at(TODAY), "ends_at": LATER}, "step = 'revoked'"),
    "loans": Hangs("loans", {"step": "lent", "due_at": LATER}, "step = 'returned'"),
    "records": Hangs("records", {"kind": "equipment", "step": "open", "since": TODAY},
                     "content = '{\"consumable\": true}'"),
    "organisations": Hangs("organisations", {}, f"until = '{TODAY}'"),
    "agreements": Hangs("agreements", {"step": "running", "starts_on": TODAY, "ends_on": TODAY}, "step = 'expired'"),
    "report_ins": Hangs("report_ins", {"step": "confirmed", "since": TODAY}, "step = 'ended'"),
    "experts": Hangs("experts", {"step": "listed"}, "step = 'left'"),
    "listings": Hangs("listings", {"step": "open"}, "step = 'done'"),
    "evaluations": Hangs("evaluations", {"step": "flagged", "due_on": TODAY}, "step = 'settled'"),
}  # fmt: skip


def test_every_kind_has_its_words_and_its_test() -> None:
    assert set(KINDS) == set(rules._WORDS)


async def building(town: Scene) -> tuple[str, dict[str, Any]]:
    """A new building, and rows on which others can hang."""
    body = {"parent": f"{town.district}100001", "kind": "building", "name": "9号楼"}
    made = await town.done("places", body, town.operator, 201)
    own = {"district": town.district, "path": made["path"]}
    rows = {"post": "posts", "household": "households", "roster": "rosters", "visit": "visits"}
    ids = {name: new_id() for name in rows}
    async with town.service.db.connection() as connection:
        for name, table in rows.items():
            visitor = {"visitor_id": ids[name], "visited_at": GONE_BY} if table == "visits" else {}
            await fill(connection, table, own | visitor | {"id": ids[name]})
    return made["code"], own | ids


async def hang(town: Scene, kind: str, near: dict[str, Any]) -> UUID:
    """Hangs one of the kind on the place."""
    table, row, _ = KINDS[kind]
    id_ = new_id()
    async with town.service.db.connection() as connection:
        columns = await connection.fetch(
            "SELECT column_name, data_type, is_nullable FROM information_schema.columns "
            "WHERE table_schema = 'hierarchy' AND table_name = $1", table,
        )  # fmt: skip
        named = {one["column_name"] for one in columns}
        needed = {one["column_name"] for one in columns if (one["data_type"], one["is_nullable"]) == ("uuid", "NO")}
        values = {"district": town.district} | dict.fromkeys(needed, id_)
        values |= {"path": near["path"]} if "path" in named else {}
        values |= {name: near.get(value, value) if isinstance(value, str) else value for name, value in row.items()}
        step = {"step": values["step"]} if "step" in values else {}
        await fill(connection, table, values | step)
    return id_


@pytest.mark.parametrize("kind", KINDS)
async def test_while_it_hangs_there_the_place_stays(town: Scene, kind: str) -> None:
    code, near = await building(town)
    id_ = await hang(town, kind, near)
    refused = (await town.ask(f"places/{code}/close", {}, town.operator)).json()
    assert (refused["status"], refused["code"]) == (409, "place_still_needed")
    assert {name: refused[name] for name in KINDS} == {name: int(name == kind) for name in KINDS}
    assert rules.said({kind: 1})
    assert str(rules.said({kind: 1})[0]) in refused["detail_zh"]  # type: ignore[index]
    assert (await town.read(f"places/{code}", town.operator))["version"] == 1
    async with town.service.db.connection() as connection:
        sql = f"UPDATE hierarchy.{KINDS[kind].table} SET {KINDS[kind].over} WHERE district = $1 AND id = $2"
        assert await connection.execute(sql, town.district, id_) == "UPDATE 1"
    await town.done(f"places/{code}/close", {}, town.operator)


async def test_a_home_that_somebody_elsewhere_looks_after_stays_too(town: Scene) -> None:
    """The link is ended first: no post looks after a home that is gone."""
    code, near = await building(town)
    link = await hang(town, "links", near | {"post": new_id(), "0001": near["path"]})
    refused = (await town.ask(f"places/{code}/close", {}, town.operator)).json()
    assert (refused["code"], refused["links"]) == ("place_still_needed", 1)
    async with town.service.db.connection() as connection:
        sql = "UPDATE hierarchy.household_links SET until = $3 WHERE district = $1 AND id = $2"
        await connection.execute(sql, town.district, link, TODAY)
    await town.done(f"places/{code}/close", {}, town.operator)


async def test_a_building_is_pulled_down(town: Scene) -> None:
    """Its head leaves first; then it closes, its seat is no vacancy, nobody comes to hold it, and yesterday stays."""
    code = f"{town.district}100001-B01"
    refused = (await town.ask(f"places/{code}/close", {}, town.operator)).json()
    assert (refused["code"], refused["appointments"]) == ("place_still_needed", 1)
    assert "任职 1 人" in refused["detail_zh"]
    held = await town.held_by_head()
    await town.done(f"appointments/{held['id']}/end", {"reason": "拆迁"})
    candidacy = await town.reviewed("anna")
    refused = (await town.ask(f"places/{code}/close", {}, town.operator)).json()
    assert (refused["appointments"], refused["candidacies"]) == (0, 1)
    await town.done(f"candidacies/{candidacy}/reject", {"reason": "楼栋拆迁"})
    before = {day: await vacancies(town, day) for day in (TODAY - DAY, TODAY)}
    assert before[TODAY - DAY] == (2, 1)
    await town.done(f"places/{code}/close", {"reason": "示例拆迁公告第 1 号"}, town.operator)
    assert await vacancies(town, TODAY) == (1, 0)
    assert await vacancies(town, TODAY - DAY) == before[TODAY - DAY]
    body = {"post": town.post, "origin": "recruited", "person": str(town.people["anna"])}
    assert (await town.ask("candidacies", body)).json()["code"] == "unknown_seat"


async def vacancies(town: Scene, on: date) -> tuple[int, int]:
    """How many seats the community has on a day, and how many are held."""
    async with loader(town.service, town.district) as work:
        seats = await appointments.seats(work, COMMUNITY, on)
    return len(seats), sum(seat["person_id"] is not None for seat in seats)


async def test_nobody_is_appointed_to_a_place_that_is_just_closing(town: Scene) -> None:
    """Whoever comes second sees what the first one did: the seat is gone, or somebody sits in it."""
    held = await town.held_by_head()
    await town.done(f"appointments/{held['id']}/end", {"reason": "拆迁"})
    candidacy, code = await town.reviewed("anna"), f"{town.district}100001-B01"
    async with town.service.db.connection() as connection:  # as if it were looked at by nobody any more
        await connection.execute(
            "UPDATE hierarchy.candidacies SET closed_at = now() WHERE district = $1", town.district
        )
    async with moving(town.service, town.district) as work:
        await relocation.close(work, code)
        second = asyncio.create_task(
            town.ask(f"candidacies/{candidacy}/appoint", {"since": (TODAY + DAY).isoformat()}, town.operator)
        )
        await asyncio.sleep(0.1)
    assert (await second).status_code in {404, 409}
    assert await town.holders(TODAY + timedelta(days=2)) == []


async def test_no_place_closes_under_somebody_who_is_just_being_appointed(town: Scene) -> None:
    """The other way round: whoever closes waits for the seat, and then sees who sits there."""
    held = await town.held_by_head()
    await town.done(f"appointments/{held['id']}/end", {"reason": "换届"})
    async with moving(town.service, town.district) as work:
        post = await appointments.post(work, town.post)
        assert post is not None
        await appointments.hold_post(work, post["id"])
        term = {"since": TODAY + DAY, "until": None, "term_ends": None, "source": "任命", "employer": None}
        values = {"id": new_id(), "post_id": post["id"], "person_id": town.people["anna"], "candidacy_id": None} | term
        await appointments.appoint(work, Entry("appointment", "appointment.appoint", data={}), **values)
        closing = f"places/{town.district}100001-B01/close"
        second = asyncio.create_task(insist(lambda: town.ask(closing, {}, town.operator)))
        await asyncio.sleep(0.1)
        assert not second.done()
    refused = (await second).json()
    assert (refused["code"], refused["appointments"]) == ("place_still_needed", 1)


async def test_a_merge_takes_everything_along(town: Scene) -> None:
    """All that would keep a place open lies at the one that takes it in; nothing but what was is left at its path."""
    code, near = await building(town)
    for kind in KINDS:
        await hang(town, kind, near)
    into = f"{town.district}100001-B01"
    await town.done(f"places/{code}/merge", {"into": into, "reason": "示例街道〔2026〕1 号"}, town.operator)
    left = {}
    async with town.service.db.connection() as connection:
        tables = await connection.fetch(
            "SELECT table_name FROM information_schema.columns WHERE table_schema = 'hierarchy' "
            "AND column_name = 'path' AND table_name <> ALL('{gone_places,post_pasts}')"
        )
        for (table,) in tables:
            sql = f"SELECT count(*) FROM hierarchy.{table} WHERE district = $1 AND path = $2"
            left[table] = await connection.fetchval(sql, town.district, near["path"])
    assert set(left.values()) == {0}, left
    assert len(left) > len(KINDS)
    assert (await town.ask(f"places/{into}/close", {}, town.operator)).json()["venues"] == 1


async def test_why_is_journaled_and_a_day_of_its_own_is_not_taken(town: Scene) -> None:
    """What takes effect does so now (docs/decisions/0018): the document's day is in its words."""
    code, _ = await building(town)
    backdated = await town.ask(f"places/{code}/close", {"effective_on": "2026-11-01"}, town.operator)
    assert backdated.status_code == 422
    renamed, words = "示例街道〔2026〕3 号：更名", "示例街道〔2026〕11 号：自 11 月 1 日起撤销"
    body = {"name": "示例楼", "reason": renamed}
    assert (await town.api.patch(f"places/{code}", json=body, headers=town.operator.writes())).status_code == 200
    await town.done(f"places/{code}/close", {"reason": words}, town.operator)
    async with town.service.db.connection() as connection:
        kept = await connection.fetch(
            "SELECT j.event, t.body FROM hierarchy.journal j JOIN hierarchy.journal_texts t USING (district, id) "
            "WHERE j.district = $1 AND j.subject_kind = 'place'", town.district,
        )  # fmt: skip
    said = {row["event"]: str(row["body"]) for row in kept}
    assert renamed in said["rename"]
    assert words in said["close"]


async def test_nothing_comes_back_to_a_place_that_is_gone(town: Scene) -> None:
    """A station and a roster were given up before the place closed; neither is taken up again there."""
    building = {"parent": f"{town.district}100001", "kind": "building", "name": "9号楼"}
    code = (await town.done("places", building, town.operator, 201))["code"]
    venue = await town.done("venues", {"kind": "station", "name": "示例驿站", "place": code}, status=201)
    roster = await town.done("rosters", {"name": "示例值班表", "place": code, "needed": 1}, status=201)
    given_up = ((f"venues/{venue['id']}", "close", "reopen"), (f"rosters/{roster['id']}", "end", "resume"))
    for path, give_up, take_up in given_up:
        assert (await town.done(f"{path}/{give_up}", {"reason": "拆迁"}))["moves"] == [take_up]
        await town.done(f"{path}/{take_up}", {"reason": "还没有拆"})
        await town.done(f"{path}/{give_up}", {"reason": "拆迁"})
    await town.done(f"places/{code}/close", {}, town.operator)
    for path, _, take_up in given_up:
        assert (await town.read(path))["moves"] == []
        refused = await town.ask(f"{path}/{take_up}", {"reason": "想再用"})
        assert (refused.status_code, refused.json()["code"]) == (409, "move_not_open")
