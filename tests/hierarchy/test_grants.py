"""Roles that follow from no post: given by the security administrator, apart from each other, with dates."""

import asyncio
from datetime import date, timedelta
from itertools import combinations
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.hierarchy.add_user import add_user
from services.hierarchy.grants import service as grants
from services.hierarchy.grants.rules import ADMINISTRATORS, RolesApart, must_stay_apart
from services.hierarchy.identity import service as identity
from services.hierarchy.settings import HierarchySettings
from shared.kernel.paths import ROOT
from shared.kernel.periods import CHINA
from shared.kernel.rights import ROLE_PERMISSIONS, Grant, Permission, Role
from shared.runtime.ids import new_id
from shared.runtime.service import Service
from tests.hierarchy.small import load_small, loader, with_password
from tests.support.world import Somebody, somebody

# What makes each of the three what they are; no role has rights of two of them.
THE_THREE = {
    "operator": {Permission.JOBS_MANAGE, Permission.HOTLINES_MANAGE, Permission.PLACES_MANAGE},
    "security_admin": {
        Permission.GRANTS_MANAGE, Permission.SESSIONS_MANAGE, Permission.CLIENTS_MANAGE, Permission.PERSONAL_ERASE
    },
    "auditor": {Permission.JOURNAL_READ},
}  # fmt: skip


class Office:
    """A small district, a person in it, and its security administrator at work."""

    def __init__(self, api: httpx.AsyncClient, service: Service, district: str, person: UUID) -> None:
        self.api, self.service, self.district, self.person = api, service, district, person
        self.admin = somebody(district, Role.SECURITY_ADMIN)

    def today(self) -> date:
        return self.service.db.now().astimezone(CHINA).date()

    async def give(self, role: str, who: Somebody | None = None, **more: Any) -> httpx.Response:
        body = {"person": str(self.person), "role": role, "place": self.district} | more
        return await self.api.post("grants", json=body, headers=(who or self.admin).writes())

    async def given(self, role: str, **more: Any) -> dict[str, Any]:
        answer = await self.give(role, **more)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def end(self, grant: str, who: Somebody | None = None, **body: Any) -> httpx.Response:
        return await self.api.post(f"grants/{grant}/end", json=body, headers=(who or self.admin).writes())

    async def listed(self, who: Somebody | None = None, **params: Any) -> list[dict[str, Any]]:
        answer = await self.api.get("grants", params=params, headers=(who or self.admin).headers)
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    async def may_be(self, on: date | None = None) -> set[str]:
        """What a token made that day would carry."""
        async with loader(self.service, self.district) as work:
            held = await identity.grants_of(work, self.person, on or self.today())
        return {grant.role.value for grant in held} - {"building_head"}


@pytest.fixture
async def office(api: httpx.AsyncClient, hierarchy: Service, district: str) -> Office:
    await load_small(hierarchy, district)
    return Office(api, hierarchy, district, await with_password(hierarchy, district))


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


# --- the three administrators -------------------------------------------------------------------------------------


def test_no_role_has_the_rights_of_two_administrators() -> None:
    for role, permissions in ROLE_PERMISSIONS.items():
        held = [name for name, theirs in THE_THREE.items() if permissions & theirs]
        assert held == ([role.value] if role in ADMINISTRATORS else []), role
    assert {role.value for role in ADMINISTRATORS} == set(THE_THREE)


@pytest.mark.parametrize(("one", "other"), list(combinations(sorted(ADMINISTRATORS), 2)))
def test_nobody_is_two_of_the_three(one: Role, other: Role) -> None:
    for wanted, held in ((one, other), (other, one)):
        with pytest.raises(RolesApart):
            must_stay_apart(wanted, [Role.RESIDENT, held])
        must_stay_apart(wanted, [Role.RESIDENT, wanted])
        must_stay_apart(Role.MEDIATOR, [held])


async def test_a_second_administrators_role_is_refused(office: Office) -> None:
    await office.given("auditor")
    assert code(await office.give("operator")) == (409, "roles_apart")
    assert code(await office.give("security_admin")) == (409, "roles_apart")
    assert code(await office.give("operator", place=f"{office.district}100")) == (409, "roles_apart")
    await office.given("mediator")  # it is about the three alone
    assert await office.may_be() == {"auditor", "mediator"}


async def test_dates_that_do_not_meet_are_no_conflict(office: Office) -> None:
    today, week = office.today(), timedelta(days=7)
    await office.given("auditor", until=str(today + week))
    assert code(await office.give("operator", since=str(today + week))) == (409, "roles_apart")
    await office.given("operator", since=str(today + week + timedelta(days=1)))
    assert await office.may_be(today + week) == {"auditor"}
    assert await office.may_be(today + 2 * week) == {"operator"}


async def test_who_is_operator_by_post_is_no_auditor(office: Office) -> None:
    sql = "UPDATE hierarchy.posts SET role = 'operator' WHERE district = $1 AND role = 'building_head'"
    async with office.service.db.connection() as connection:
        await connection.execute(sql, office.district)
    assert code(await office.give("auditor")) == (409, "roles_apart")


async def test_two_at_the_same_moment_are_not_both_given(office: Office) -> None:
    answers = await asyncio.gather(*(office.give(role) for role in ["operator", "auditor", "security_admin"] * 3))
    assert sum(answer.status_code == 201 for answer in answers) == 1
    assert {code(answer)[1] for answer in answers if answer.status_code != 201} <= {
        "roles_apart", "already_done", "request_in_progress"
    }  # fmt: skip
    assert len(await office.may_be()) == 1


async def test_the_command_line_keeps_them_apart_as_well(office: Office) -> None:
    given = {"district": office.district, "place": office.district, "name": "虚构运维员", "phone": "10099990002"}
    person = await add_user(HierarchySettings(), role=Role.OPERATOR, password="a long enough password", **given)
    with pytest.raises(RolesApart):
        await add_user(HierarchySettings(), role=Role.AUDITOR, password="a long enough password", **given)
    async with loader(office.service, office.district) as work:
        assert await grants.on(work, person, office.today()) == [Grant(Role.OPERATOR, ROOT)]


# --- giving, ending, looking ---------------------------------------------------------------------------------------


async def test_what_is_given_is_in_the_next_token_and_in_the_journal(office: Office) -> None:
    made = await office.given("department", place=f"{office.district}100001")
    assert (made["role"], made["place"], made["since"], made["until"]) == (
        "department", f"{office.district}100001", str(office.today()), None
    )  # fmt: skip
    assert await office.may_be() == {"department"}
    auditor = somebody(office.district, Role.AUDITOR)
    answer = await office.api.get("journal", params={"subject": made["id"]}, headers=auditor.headers)
    [row] = answer.json()["items"]
    assert (row["actor"], row["event"]) == (str(office.admin.id), "granted")
    assert row["data"] == {
        "person": str(office.person),
        "role": "department",
        "place": f"{office.district}100001",
        "path": made["path"],
        "since": str(office.today()),
        "until": None,
    }


async def test_it_ends_at_once_or_on_a_day_to_come(office: Office) -> None:
    today = office.today()
    first, second = await office.given("department"), await office.given("partner")
    assert code(await office.end(first["id"]))[0] == 200
    assert (await office.end(second["id"], last_day=str(today + timedelta(days=3)))).json()["until"] == str(
        today + timedelta(days=3)
    )
    assert await office.may_be() == {"partner"}
    assert await office.may_be(today + timedelta(days=4)) == set()
    assert code(await office.end(first["id"])) == (409, "already_done")
    assert code(await office.end(second["id"], last_day=str(today + timedelta(days=9)))) == (409, "already_done")
    again = await office.given("department")  # on the same day: the same grant, lasting again
    assert (again["id"], again["until"]) == (first["id"], None)
    assert code(await office.give("department")) == (409, "already_done")


async def test_nobody_grants_to_themself(office: Office) -> None:
    herself = somebody(office.district, Role.SECURITY_ADMIN, id=office.person)
    assert code(await office.give("operator", herself)) == (403, "not_to_yourself")
    assert await office.may_be() == set()


async def test_only_the_security_administrator_gives_and_looks(office: Office) -> None:
    made = await office.given("partner")
    for role in set(Role) - {Role.SECURITY_ADMIN, Role.SERVICE}:
        who = somebody(office.district, role)
        assert code(await office.give("mediator", who)) == (403, "forbidden"), role
        assert code(await office.end(made["id"], who)) == (403, "forbidden"), role
        assert (await office.api.get("grants", headers=who.headers)).status_code == 403, role


async def test_outside_their_place_nothing_is_there(office: Office) -> None:
    """The street's administrator: the district's grants and places are none of theirs."""
    above = await office.given("auditor")
    street = somebody(office.district, Role.SECURITY_ADMIN, f"{ROOT}0001")
    assert code(await office.end(above["id"], street)) == (404, "not_found")
    assert code(await office.give("partner", street)) == (422, "unknown_place")
    assert await office.listed(street) == []
    inside = await office.give("partner", street, place=f"{office.district}100001")
    assert inside.status_code == 201
    assert [row["id"] for row in await office.listed(street)] == [inside.json()["id"]]


async def test_the_list_is_narrowed_and_paged(office: Office) -> None:
    today = office.today()
    made = [await office.given(role) for role in ("partner", "department", "mediator", "auditor")]
    await office.end(made[2]["id"])
    assert [row["role"] for row in await office.listed()] == ["partner", "department", "auditor"]
    assert [row["role"] for row in await office.listed(ended="true")] == [
        "partner",
        "department",
        "mediator",
        "auditor",
    ]
    assert [row["role"] for row in await office.listed(role="auditor", person=office.person)] == ["auditor"]
    assert await office.listed(person=new_id()) == []
    page = (await office.api.get("grants", params={"limit": 2}, headers=office.admin.headers)).json()
    rest = await office.listed(cursor=page["next"])
    assert [row["role"] for row in [*page["items"], *rest]] == ["partner", "department", "auditor"]
    assert made[0]["since"] == str(today)


@pytest.mark.parametrize(
    ("change", "status", "problem"),
    [
        ({"person": str(UUID(int=7))}, 422, "unknown_person"),
        ({"place": "nowhere"}, 422, "unknown_place"),
        ({"role": "grid_worker"}, 422, "invalid"),
        ({"role": "service"}, 422, "invalid"),
        ({"since": "2026-12-02", "until": "2026-12-01"}, 422, "invalid"),
        ({"since": "0001-01-01"}, 422, "invalid"),
        ({"until": "9999-12-31"}, 422, "invalid"),
        ({"why": "x"}, 422, "invalid"),
    ],
)
async def test_what_cannot_be_given_changes_nothing(
    office: Office, change: dict[str, str], status: int, problem: str
) -> None:
    body = {"person": str(office.person), "role": "partner", "place": office.district} | change
    assert code(await office.api.post("grants", json=body, headers=office.admin.writes())) == (status, problem)
    assert await office.listed(ended="true") == []
