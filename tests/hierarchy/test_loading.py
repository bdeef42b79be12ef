import base64
import hashlib
import hmac
import json
import os
import stat
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from services.__main__ import main
from services.hierarchy.load_communities import Report, load_communities
from services.hierarchy.places import service as places
from services.hierarchy.places.refusals import PlaceCodeTaken
from services.hierarchy.settings import HierarchySettings
from services.hierarchy.tokens import NoSuchUser, token_for
from services.local.home import Home
from services.local.stack import CREDENTIALS
from shared.kernel.errors import RequestInProgress
from shared.kernel.periods import CHINA
from shared.kernel.rights import Role
from shared.runtime.service import Service
from tests.hierarchy.small import load_small, loader, place, small
from tests.support.world import somebody

TABLES = (
    "districts", "places", "structures", "households", "venues", "organisations", "people", "posts",
    "appointments", "responsibilities", "credentials", "grants", "journal", "shifts",
)  # fmt: skip
DISTRICTS = ["341702", "370704", "620421", "430304", "141021"]


async def contents(service: Service, district: str | None = None) -> dict[str, tuple[int, str]]:
    """How many rows every table has, and a digest of them."""
    where = "" if district is None else f"WHERE district = '{district}'"
    found = {}
    async with service.db.connection() as connection:
        for table in TABLES:
            row = await connection.fetchrow(
                f"SELECT count(*), md5(string_agg(t::text, '' ORDER BY t::text)) FROM hierarchy.{table} t {where}"
            )
            assert row is not None
            found[table] = (row[0], row[1])
    return found


async def test_loading_again_changes_nothing(hierarchy: Service, home: Path) -> None:
    before = {code: await contents(hierarchy, code) for code in DISTRICTS}
    file = (home / CREDENTIALS).read_bytes()
    reports: list[Report] = []
    for if_empty in (False, True):
        await load_communities(HierarchySettings(), Home(home), if_empty=if_empty, say=reports.append)
    # Signing in, in another test, may have renewed nothing but journal rows; here nobody signed in between.
    assert {code: await contents(hierarchy, code) for code in DISTRICTS} == before
    assert (home / CREDENTIALS).read_bytes() == file
    assert [report.rows for report in reports] == [0] * 10
    assert "nothing to do" in str(reports[0])


@pytest.mark.usefixtures("home")
async def test_the_load_is_journaled(hierarchy: Service) -> None:
    async with hierarchy.db.connection() as connection:
        rows = await connection.fetch(
            "SELECT district, actor, data FROM hierarchy.journal WHERE event = 'load' AND district = ANY($1)",
            DISTRICTS,
        )
    assert sorted(row["district"] for row in rows) == sorted(DISTRICTS)
    assert {row["actor"] for row in rows} == {"command:load"}
    assert next(row for row in rows if row["district"] == "141021")["data"]["people"] > 187


async def test_a_changed_file_updates_and_adds(hierarchy: Service, district: str) -> None:
    assert (await load_small(hierarchy, district)).changed
    first = await contents(hierarchy, district)
    assert not (await load_small(hierarchy, district)).changed
    assert await contents(hierarchy, district) == first
    more = place(district, f"{district}100001-B02", f"{district}100001", "building", "甲社区2号楼")
    loaded = await load_small(hierarchy, district, more)
    assert {table: n for table, n in loaded.figures.items() if n} == {"places": 1}


async def test_a_later_file_does_not_bring_back_a_place_that_is_gone(
    hierarchy: Service, api: httpx.AsyncClient, district: str
) -> None:
    """The file still names the building that became part of another: nothing is loaded, and it is said which."""
    second, third = (
        place(district, f"{district}100001-B0{n}", f"{district}100001", "building", f"甲社区{n}号楼") for n in (2, 3)
    )
    await load_small(hierarchy, district, second)
    operator = somebody(district, Role.OPERATOR)
    body = {"into": f"{district}100001-B01", "reason": "两楼合并管理"}
    merged = await api.post(f"places/{second.code}/merge", json=body, headers=operator.writes())
    assert merged.status_code == 200, merged.text
    before = await contents(hierarchy, district)
    with pytest.raises(PlaceCodeTaken) as refused:
        await load_small(hierarchy, district, second, third)
    assert second.code in str(refused.value)
    assert await contents(hierarchy, district) == before
    assert (await load_small(hierarchy, district, third)).figures["places"] == 1


async def test_phones_are_sealed(hierarchy: Service, district: str) -> None:
    await load_small(hierarchy, district)
    async with hierarchy.db.connection() as connection:
        row = await connection.fetchrow("SELECT * FROM hierarchy.people WHERE district = $1", district)
    assert row is not None
    phone = small(district).people[0].phone
    assert phone.encode() not in row["phone"]
    bound = f"{district}|people|phone|{row['id']}"
    assert hierarchy.vault.open(row["phone"], bound_to=bound) == phone


async def test_a_load_that_fails_leaves_nothing(hierarchy: Service, district: str) -> None:
    broken = place(district, f"{district}100009", f"{district}666", "community", "无上级")
    with pytest.raises(KeyError):
        await load_small(hierarchy, district, broken)
    assert {count for count, _ in (await contents(hierarchy, district)).values()} == {0}


async def test_two_loads_of_one_district_take_turns(hierarchy: Service, district: str) -> None:
    await load_small(hierarchy, district)
    async with loader(hierarchy, district) as holding:
        await holding.begin()
        await places.enter_district(holding, "示例区")
        with pytest.raises(RequestInProgress):
            await load_small(hierarchy, district)


@pytest.mark.parametrize("district", DISTRICTS)
def test_roles_of_the_demonstration(users: list[dict[str, Any]], district: str) -> None:
    roles = {user["role"] for user in users if user["district"] == district}
    assert roles >= {"resident", "building_head", "grid_worker", "community_staff", "operator", "auditor"}
    assert all(user["phone"].startswith("100") and len(user["phone"]) == 11 for user in users)


def test_residents_of_the_demonstration(users: list[dict[str, Any]]) -> None:
    residents = [user for user in users if (user["role"], user["district"]) == ("resident", "141021")]
    assert residents[0]["place"] == "141021100002001-X01-M01-B01-H0001"
    assert len({user["phone"] for user in residents}) == 8


async def test_every_user_can_sign_in(api: httpx.AsyncClient, users: list[dict[str, Any]]) -> None:
    for user in users:
        body = {name: user[name] for name in ("district", "phone", "password")}
        session = (await api.post("sessions", json=body)).json()
        assert user["role"] in {grant["role"] for grant in session["grants"]}


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(("district", "rosters"), [("141021", 12), ("620421", 1)])
async def test_somebody_is_on_duty_from_the_first_day_on(hierarchy: Service, district: str, rosters: int) -> None:
    """Whatever day that is: by the rosters of the data file, planned and published as anybody would."""
    tomorrow = hierarchy.db.now().astimezone(CHINA).date() + timedelta(days=1)
    for day in (tomorrow, tomorrow + timedelta(days=20)):
        at = datetime(day.year, day.month, day.day, 10, tzinfo=CHINA)
        async with hierarchy.db.connection() as connection:
            found = await connection.fetch(
                "SELECT roster_id, person_id, step FROM hierarchy.shifts "
                "WHERE district = $1 AND begins_at <= $2 AND ends_at > $2", district, at,
            )  # fmt: skip
        assert len({row["roster_id"] for row in found}) == rosters
        assert len({row["person_id"] for row in found}) == len(found) == rosters
        assert {row["step"] for row in found} == {"published"}


def test_credentials_are_private(home: Path) -> None:
    assert stat.S_IMODE((home / CREDENTIALS).stat().st_mode) == 0o600


def test_hotline_secrets_are_derived(home: Path) -> None:
    hotlines = json.loads((home / CREDENTIALS).read_text())["hotlines"]
    key = HierarchySettings().index_key.get_secret_value()
    for hotline in hotlines:
        digest = hmac.new(key, f"hotline|{hotline['district']}|12345".encode(), hashlib.sha256).digest()
        assert hotline["secret"] == "whsec_" + base64.b64encode(digest).decode()
    assert [hotline["district"] for hotline in hotlines] == DISTRICTS


async def test_no_users_outside_dev(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    monkeypatch.setenv("LINLI_ENV", "production")
    await load_communities(HierarchySettings(), Home(tmp_path), if_empty=False, say=lambda _: None)
    assert not (tmp_path / CREDENTIALS).exists()
    answer = CliRunner().invoke(main, ["token", "resident", "--district", "141021", "--home", str(home)])
    assert answer.exit_code == 1
    assert "LINLI_ENV=dev only" in answer.output


async def test_token_of_a_role(api: httpx.AsyncClient, home: Path) -> None:
    token = await token_for(HierarchySettings(), Home(home), Role.BUILDING_HEAD, "141021")
    me = (await api.get("me", headers={"Authorization": f"Bearer {token}"})).json()
    assert ("building_head", "141021100002001-X01-M01-B01") in {(g["role"], g["place"]) for g in me["grants"]}
    with pytest.raises(NoSuchUser, match="No mediator in 141021"):
        await token_for(HierarchySettings(), Home(home), Role.MEDIATOR, "141021")


def test_commands_say_what_they_miss(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("LINLI_")]:
        monkeypatch.delenv(name)
    answer = CliRunner().invoke(main, ["token", "resident", "--district", "141021", "--home", str(tmp_path)])
    assert answer.exit_code == 1
    assert "Run this with the stack's environment" in answer.output
