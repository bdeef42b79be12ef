"""Erasing a person leaves rows, steps, figures and a chain that holds; what named them is gone from every column."""

from datetime import timedelta
from typing import Any

from click.testing import CliRunner

from services.tickets.commands import forget_contacts
from services.tickets.privacy import service as privacy
from services.tickets.schema import SCHEMA
from shared.kernel.rights import Principal, Role
from shared.runtime.ids import new_id
from shared.runtime.sealer import seal_once
from shared.runtime.verify import verify
from tests.support.world import service_headers, somebody
from tests.tickets.conftest import BASE, COMMUNITY, RESULT, Caller12345, Cast, problem

CANARY = ("10012345678", "虚构居民", "1号楼101室", "家里有瘫痪老人", "李虚构")
FIGURES = """SELECT id, number, category, urgency, step, result, rating, created_at, closed_at, place_path
             FROM tickets.appeals WHERE district = $1 ORDER BY id"""


async def order(cast: Cast, *indexes: str, **changed: Any) -> Any:
    body = {"person_id": str(cast.resident.id), "phone_indexes": list(indexes)} | changed
    headers = service_headers(cast.district, "hierarchy", "tickets") | {"Idempotency-Key": str(new_id())}
    return await cast.client.post(f"{BASE}/erasures", json=body, headers=headers)


async def everything(cast: Cast) -> str:
    """Every row of the district in every table, opened where it is sealed."""
    found = []
    for table in SCHEMA.metadata.tables.values():
        rows = await cast.sql(f"SELECT t::text FROM {table.fullname} t WHERE district = $1")
        found += [row[0] for row in rows]
    for row in await cast.sql("SELECT id, contact FROM tickets.appeals WHERE district = $1 AND contact IS NOT NULL"):
        bound = f"{cast.district}|appeals|contact|{row['id']}"
        found.append(cast.service.vault.open(row["contact"], bound_to=bound))
    for row in await cast.sql("SELECT hotline, order_no, payload FROM tickets.hotline_orders WHERE district = $1"):
        bound = f"{cast.district}|hotline_orders|payload|{row['hotline']}|{row['order_no']}"
        found.append(cast.service.vault.open(row["payload"], bound_to=bound))
    return "\n".join(found)


async def holds(cast: Cast) -> int:
    """Seals the journal; how many rows its chain has, if it holds."""
    await seal_once(cast.service)
    async with cast.service.db.connection() as connection:
        verdict = await verify(connection, SCHEMA, cast.district)
    assert verdict.broken is None
    return verdict.rows


async def told(cast: Cast, hotline: Caller12345) -> list[str]:
    """Three cases of one person: from their account and closed, by their number, and by their number anonymously."""
    own = await cast.answered()
    await cast.move(own, "rate", cast.resident, {"score": 5, "resolved": True, "comment": "家里有瘫痪老人，谢谢"})
    await cast.move(own, "call_back", cast.staff, {"reached": True, "resolved": True, "note": "李虚构接的电话"})
    by_phone = (await hotline.send(hotline.order(content="家里有瘫痪老人"))).json()["appeal_id"]
    hotline.order_no += "a"
    unknown = {"name": "虚构居民", "phone": "10012345678", "anonymous": True}
    anonymous = (await hotline.send(hotline.order(caller=unknown))).json()["appeal_id"]
    await cast.work()
    return [own, by_phone, anonymous]


async def test_nothing_is_left_but_the_rows(cast: Cast, hotline: Caller12345) -> None:
    index = cast.service.vault.blind_index("10012345678", purpose="phone", district=cast.district).hex()
    cast.hierarchy.contacts[index] = cast.resident.id
    await told(cast, hotline)
    neighbour = (await cast.report(somebody(cast.district, Role.RESIDENT, COMMUNITY), content="别人的诉求")).json()[
        "id"
    ]
    figures, sealed = await cast.sql(FIGURES), await holds(cast)
    there = await everything(cast)
    assert [canary for canary in CANARY if canary not in there] == []
    assert (await order(cast, index)).status_code == 202
    await cast.work()
    left = await everything(cast)
    assert [canary for canary in CANARY if canary in left] == []
    assert await cast.sql(FIGURES) == figures
    assert (await cast.shown(neighbour))["content"] == "别人的诉求"
    assert await cast.count("appeals", "(reporter_index IS NOT NULL OR contact IS NOT NULL)") == 0
    assert await holds(cast) > sealed
    assert await cast.count("jobs", "name = 'tickets.personal.erase'") == 0


async def test_an_order_given_twice_is_carried_out_once(cast: Cast) -> None:
    appeal = (await cast.report()).json()["id"]
    headers = service_headers(cast.district, "hierarchy", "tickets") | {"Idempotency-Key": "the-job-of-hierarchy"}
    body = {"person_id": str(cast.resident.id)}
    for _ in range(2):
        assert (await cast.client.post(f"{BASE}/erasures", json=body, headers=headers)).status_code == 202
        await cast.work()
    assert await cast.count("journal", "event = 'personal.erased' AND subject_kind = 'appeal'") == 1
    assert (await cast.shown(appeal))["title"].startswith("（已应本人要求删除")


async def test_more_cases_than_one_run_takes(cast: Cast) -> None:
    for _ in range(privacy.BATCH + 1):
        await cast.report()
    await order(cast)
    await cast.work()
    assert await cast.count("appeals", "content NOT LIKE '（已应本人要求删除%'") == 0


async def test_who_may_order_it(cast: Cast) -> None:
    path, body = f"{BASE}/erasures", {"person_id": str(cast.resident.id)}
    for who in (cast.operator, cast.resident, somebody(cast.district, Role.SECURITY_ADMIN)):
        assert problem(await cast.client.post(path, json=body, headers=who.writes())) == (403, "forbidden")
        assert problem(await cast.get(f"/erasures/{cast.resident.id}", who)) == (403, "forbidden")
    assert (await order(cast, "not an index")).status_code == 422


async def test_what_stands_in_the_way(cast: Cast) -> None:
    async def standing(person: Any) -> dict[str, int]:
        headers = service_headers(cast.district, "hierarchy", "tickets")
        answer = await cast.client.get(f"{BASE}/erasures/{person}", headers=headers)
        found: dict[str, int] = answer.json()
        return found

    appeal = await cast.assigned()
    assert await standing(cast.resident.id) == {"open_cases": 1, "handling": 0}
    assert await standing(cast.head.id) == {"open_cases": 0, "handling": 1}
    await cast.walk(
        appeal, ("sign", cast.head, {}), ("resolve", cast.head, RESULT), ("reply", cast.head, {"text": "已修好。"}),
        ("call_back", cast.staff, {"reached": True, "resolved": True}), ("close", cast.staff, {}),
    )  # fmt: skip
    assert await standing(cast.resident.id) == {"open_cases": 0, "handling": 0}


async def test_contact_data_ends_some_time_after_the_case(cast: Cast, hotline: Caller12345) -> None:
    closed = []
    for days, letter in ((31, "a"), (29, "b"), (None, "c")):
        hotline.order_no += letter
        closed.append((await hotline.send(hotline.order())).json()["appeal_id"])
        await cast.work()
        if days is not None:
            assert (await hotline.send(hotline.about("withdrawn"))).status_code == 202
            sql = "UPDATE tickets.appeals SET closed_at = closed_at - $3::interval WHERE district = $1 AND id = $2"
            await cast.sql(sql, closed[-1], timedelta(days=days))
    old, fresh, still_open = closed
    async with cast.service.work(Principal(cast.district, "command:test", "command")) as work:
        await work.begin()
        assert await privacy.expire(work, cast.service, 30) == 1
    left = {str(row["id"]): row["contact"] for row in await cast.sql(
        "SELECT id, contact FROM tickets.appeals WHERE district = $1")}  # fmt: skip
    assert [left[appeal] is None for appeal in (old, fresh, still_open)] == [True, False, False]
    assert (await cast.shown(old))["content"] == "从昨晚起家里暖气冰凉。"
    assert "10012345678" in await everything(cast)
    assert await holds(cast) > 0


def test_nothing_ends_by_age_unless_it_is_set(database: dict[str, str]) -> None:
    assert "tickets" in database
    refused = CliRunner().invoke(forget_contacts, ["--district", "141021"])
    assert (refused.exit_code, "LINLI_CONTACT_RETENTION_DAYS is 0" in refused.output) == (1, True)
