"""Loans: what is on the shelf, who has it, what should be back; and that nobody learns more than they need."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from shared.kernel.rights import Role
from shared.runtime.service import Service
from tests.hierarchy.keeping import COMMUNITY, OTHER, Station, open_station
from tests.support.insisting import insist
from tests.support.steps import run_due
from tests.support.world import somebody

SOMEBODY = {"name": "虚构借伞人", "phone": "10055550001"}
WHY = {"reason_kind": "contact_resident", "reason": "雨伞逾期未还，电话询问"}


@pytest.fixture
async def station(api: httpx.AsyncClient, hierarchy: Service, district: str) -> Station:
    return await open_station(api, hierarchy, district)


async def umbrella(station: Station, total: int = 2) -> Any:
    return await station.done(f"venues/{station.id}/items", {"name": "爱心雨伞", "total": total, "days": 7})


async def test_lent_extended_and_back(station: Station) -> None:
    item = await umbrella(station)
    loan = await station.done(f"items/{item['id']}/loans", SOMEBODY, station.head)
    assert (loan["borrower_name"], loan["borrower_phone"], loan["step"]) == ("虚*", "100****0001", "lent")
    [shelf] = await station.get(f"venues/{station.id}/items", station.resident)
    assert (shelf["lent"], shelf["left"], shelf["overdue"]) == (1, 1, 0)
    later = (station.service.db.now() + timedelta(days=20)).isoformat()
    extended = await station.done(f"loans/{loan['id']}/extend", {"due_at": later}, station.head)
    assert (extended["step"], extended["version"]) == ("lent", 2)
    back = await station.done(f"loans/{loan['id']}/give_back", {"note": "完好"}, station.head)
    assert (back["step"], back["moves"]) == ("returned", [])
    assert (await station.get(f"venues/{station.id}/items"))[0]["left"] == 2
    twice = await station.post(f"loans/{loan['id']}/give_back", {}, station.head)
    assert twice.json()["code"] == "move_not_open"


async def test_the_last_one_is_lent_once(station: Station) -> None:
    item = await umbrella(station, total=3)

    async def one(number: int) -> httpx.Response:
        body = {"name": "虚构某人", "phone": f"1005555{number:04}"}
        return await insist(lambda: station.post(f"items/{item['id']}/loans", body, station.head))

    answers = await asyncio.gather(*(one(number) for number in range(20)))
    assert [answer.status_code for answer in answers].count(201) == 3
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"nothing_left"}
    [row] = await station.sql("SELECT lent, total FROM hierarchy.loan_items WHERE district = $1", station.district)
    assert (row["lent"], row["total"]) == (3, 3)
    fewer = await station.post(f"items/{item['id']}/edit", {"total": 2})
    assert (fewer.json()["code"], fewer.json()["lent"]) == ("still_lent", 3)
    assert (await station.done(f"items/{item['id']}/edit", {"total": 4}))["left"] == 1


async def test_the_counter_is_what_the_rows_say(station: Station) -> None:
    item = await umbrella(station, total=5)
    loans = [await station.done(f"items/{item['id']}/loans", SOMEBODY) for _ in range(4)]
    await station.done(f"loans/{loans[0]['id']}/give_back")
    await station.done(f"loans/{loans[1]['id']}/lose", {"reason": "借用人称遗失"})
    await station.done(f"loans/{loans[2]['id']}/lose", {"reason": "借用人称遗失"})
    await station.done(f"loans/{loans[2]['id']}/give_back", {"note": "找到了"})
    [row] = await station.sql(
        """SELECT i.lent, count(l.id) FILTER (WHERE l.step IN ('lent', 'lost')) AS out FROM hierarchy.loan_items i
        JOIN hierarchy.loans l ON l.district = i.district AND l.item_id = i.id WHERE i.district = $1 GROUP BY i.lent""",
        station.district,
    )
    assert row["lent"] == row["out"] == 2


async def test_what_should_be_back_comes_first(station: Station) -> None:
    item = await umbrella(station, total=5)
    loans = [await station.done(f"items/{item['id']}/loans", SOMEBODY) for _ in range(3)]
    for number, days in ((0, 2), (1, 9)):
        ago = "now() - $3 * interval '1 day' - interval '1 minute'"
        sql = f"UPDATE hierarchy.loans SET due_at = {ago} WHERE district = $1 AND id = $2"
        await station.sql(sql, station.district, UUID(loans[number]["id"]), days)
    found = (await station.get("loans", station.head, overdue=True))["items"]
    assert [(one["id"], one["overdue_days"]) for one in found] == [(loans[1]["id"], 9), (loans[0]["id"], 2)]
    assert (await station.get(f"venues/{station.id}/items"))[0]["overdue"] == 2
    first = await station.get("loans", limit=1)
    second = await station.get("loans", limit=1, cursor=first["next"])
    assert [page["items"][0]["id"] for page in (first, second)] == [loans[1]["id"], loans[0]["id"]]
    assert (await station.get("loans", station.stranger))["items"] == []
    assert await station.status("loans", station.resident) == 403


async def test_who_has_it_is_shown_with_a_reason_only(station: Station) -> None:
    item = await umbrella(station)
    loan = await station.done(f"items/{item['id']}/loans", SOMEBODY)
    assert "10055550001" not in str(await station.get(f"loans/{loan['id']}", station.head))
    path = f"loans/{loan['id']}/reveal"
    assert (await station.post(path, {"reason_kind": "contact_resident"}, station.head)).status_code == 422
    shown = await station.post(path, WHY, station.head)
    assert shown.json() | {"id": ""} == {"id": "", **SOMEBODY}
    assert shown.headers["cache-control"] == "no-store"
    [row] = await station.journal("personal.revealed")
    assert (str(row["subject_id"]), row["data"]["fields"], "10055550001" in str(row["data"])) == (
        loan["id"], ["name", "phone"], False,
    )  # fmt: skip
    for who, status in ((station.resident, 404), (station.stranger, 404)):
        assert (await station.post(path, WHY, who)).status_code == status
    stored = await station.sql("SELECT name, phone FROM hierarchy.loans WHERE district = $1", station.district)
    assert all(b"10055550001" not in bytes(row["phone"]) for row in stored)


async def test_who_had_it_is_forgotten(station: Station) -> None:
    item = await umbrella(station)
    loan = await station.done(f"items/{item['id']}/loans", SOMEBODY)
    await station.done(f"loans/{loan['id']}/give_back")
    await station.sql("UPDATE hierarchy.jobs SET due_at = now() WHERE district = $1", station.district)
    assert await run_due(station.service, station.district) == 1
    seen = await station.get(f"loans/{loan['id']}")
    assert (seen["borrower_name"], seen["borrower_phone"], seen["step"]) == (None, None, "returned")
    [row] = await station.sql(
        "SELECT name, phone, borrower_id FROM hierarchy.loans WHERE district = $1", station.district
    )
    assert list(row) == [None, None, None]


async def test_who_lost_it_is_forgotten_as_well(station: Station) -> None:
    """From the day on which it was said to be lost; what is found again is out of sight as long after that."""
    item, neighbour = await umbrella(station, total=3), await station.person("虚构邻居")
    loans = [
        await station.done(f"items/{item['id']}/loans", given) for given in (SOMEBODY, {"borrower": str(neighbour.id)})
    ]
    kept = await station.done(f"items/{item['id']}/loans", SOMEBODY)
    for loan in loans:
        await station.done(f"loans/{loan['id']}/lose", {"reason": "借用人称遗失"})
    jobs = "SELECT due_at - created_at AS after FROM hierarchy.jobs WHERE district = $1"
    assert {round(row["after"] / timedelta(days=1)) for row in await station.sql(jobs, station.district)} == {30}
    await station.done(f"loans/{loans[1]['id']}/give_back", {"note": "找到了"})
    early = "UPDATE hierarchy.jobs SET due_at = now() WHERE district = $1 AND args ->> 'step' = $2"
    await station.sql(early, station.district, "lost")
    assert await run_due(station.service, station.district) == 2
    known = "SELECT id, name, phone, borrower_id FROM hierarchy.loans WHERE district = $1"
    who = {str(row["id"]): row for row in await station.sql(known, station.district)}
    assert list(who[loans[0]["id"]])[1:] == [None, None, None]
    assert who[loans[1]["id"]]["borrower_id"] == neighbour.id
    assert who[kept["id"]]["name"] is not None
    assert (await station.get(f"loans/{loans[0]['id']}"))["moves"] == ["give_back"]
    await station.sql(early, station.district, "returned")
    assert await run_due(station.service, station.district) == 1
    assert (await station.get(f"loans/{loans[1]['id']}"))["borrower_id"] is None


async def test_somebody_known_here(station: Station) -> None:
    neighbour = await station.person("虚构邻居")
    item = await umbrella(station)
    loan = await station.done(f"items/{item['id']}/loans", {"borrower": str(neighbour.id)})
    assert (loan["borrower_id"], loan["borrower_name"]) == (str(neighbour.id), None)
    shown = await station.done(f"loans/{loan['id']}/reveal", WHY)
    assert shown["name"].startswith("虚构邻居")
    stranger = {"borrower": "0199c0de-0000-7000-8000-000000000001"}
    assert (await station.post(f"items/{item['id']}/loans", stranger)).json()["code"] == "unknown_person"
    away = (await station.person("虚构隔壁人")).id
    await station.sql(
        "UPDATE hierarchy.people SET path = $3 WHERE district = $1 AND id = $2", station.district, away, OTHER
    )
    refused = await station.post(f"items/{item['id']}/loans", {"borrower": str(away)})
    assert (refused.status_code, refused.json()["code"]) == (422, "unknown_person")


async def test_a_known_borrower_is_revealed_to_those_who_may_reveal_people_there(station: Station) -> None:
    """A building head lends; what is known of the neighbour otherwise stays with the community's staff."""
    neighbour = await station.person("虚构邻居")
    item = await umbrella(station)
    loan = await station.done(f"items/{item['id']}/loans", {"borrower": str(neighbour.id)}, station.head)
    path = f"loans/{loan['id']}/reveal"
    refused = await station.post(path, WHY, station.head)
    assert (refused.status_code, refused.json()["code"], len(await station.journal("personal.revealed"))) == (
        403,
        "forbidden",
        0,
    )
    assert (await station.done(path, WHY))["name"].startswith("虚构邻居")
    move = "UPDATE hierarchy.people SET path = $3 WHERE district = $1 AND id = $2"
    await station.sql(move, station.district, neighbour.id, OTHER)
    assert (await station.post(path, WHY)).status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"name": "虚构某人"},
        {"name": "虚构某人", "phone": "123"},
        SOMEBODY | {"borrower": "0199c0de-0000-7000-8000-000000000001"},
        SOMEBODY | {"due_at": "2020-01-01T00:00:00Z"},
        SOMEBODY | {"due_at": "2099-01-01T00:00:00Z"},
    ],
)
async def test_nonsense_is_refused(station: Station, wrong: dict[str, Any]) -> None:
    item = await umbrella(station)
    answer = await station.post(f"items/{item['id']}/loans", wrong)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert (await station.get(f"venues/{station.id}/items"))[0]["lent"] == 0


async def test_who_may_do_what(station: Station) -> None:
    item = await umbrella(station)
    loan = await station.done(f"items/{item['id']}/loans", SOMEBODY)
    here = somebody(station.district, Role.RESIDENT, COMMUNITY)
    assert (
        await station.post(f"venues/{station.id}/items", {"name": "x", "total": 1}, station.head)
    ).status_code == 403
    assert (await station.post(f"items/{item['id']}/loans", SOMEBODY, here)).status_code == 403
    assert (await station.post(f"items/{item['id']}/edit", {"total": 9}, station.head)).status_code == 403
    assert await station.status(f"loans/{loan['id']}", here) == 404
    assert (await station.post(f"loans/{loan['id']}/give_back", {}, here)).status_code == 404
    double = await station.post(f"venues/{station.id}/items", {"name": "爱心雨伞", "total": 1})
    assert (double.status_code, double.json()["code"]) == (409, "already_done")
