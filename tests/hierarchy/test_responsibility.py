from typing import Any

import httpx
import pytest

from services.hierarchy.people.service import phone_index
from services.hierarchy.responsibility.rules import asked_for, role_of
from shared.kernel.categories import CATEGORIES, answers_for
from shared.kernel.rights import Role
from shared.runtime.service import Service
from tests.hierarchy.conftest import path_of
from tests.hierarchy.small import PHONE, load_small
from tests.support.world import service_headers, somebody

pytestmark = pytest.mark.usefixtures("users")  # the five communities are there

HOUSEHOLD = "141021100002001-X01-M01-B01-H0001"


def question(place: str = HOUSEHOLD, category: str = "JC05", **more: str) -> dict[str, str]:
    return {"place": place, "category": category, **more}


async def test_anonymous(api: httpx.AsyncClient) -> None:
    assert (await api.get("responsibility", params=question())).status_code == 401


async def test_outside_scope(api: httpx.AsyncClient) -> None:
    neighbour = somebody("141021", Role.GRID_WORKER, await path_of(api, "141021100002002"))
    answer = await api.get("responsibility", params=question(), headers=neighbour.headers)
    assert answer.status_code == 404


async def test_inside_without_the_right(api: httpx.AsyncClient) -> None:
    """A household is not even there for a resident of the district; its building is."""
    for place, status in ((HOUSEHOLD.removesuffix("-H0001"), 403), (HOUSEHOLD, 404)):
        answer = await api.get("responsibility", params=question(place), headers=somebody("141021").headers)
        assert answer.status_code == status


async def test_the_heating_of_the_demonstration(api: httpx.AsyncClient) -> None:
    asking = service_headers("141021", "tickets", "hierarchy")
    answer = await api.get("responsibility", params=question(), headers=asking)
    shown = answer.json()
    assert answer.status_code == 200
    assert [link["post_name"] for link in shown["chain"]] == [
        "楼栋长", "党员中心户", "网格长", "社区党总支书记", "示例物业公司",
    ]  # fmt: skip
    assert [link["order"] for link in shown["chain"]] == [1, 2, 3, 4, 5]
    assert [link["role"] for link in shown["chain"]] == [
        "building_head", "post_holder", "grid_worker", "community_staff", "partner",
    ]  # fmt: skip
    assert all(link["person_id"] for link in shown["chain"])
    assert shown["chain"][4]["organisation_code"] == "141021100002-property"
    assert shown["place"]["full_name"].startswith("乐昌镇西南街社区")


async def test_only_heating_and_management_are_the_companys(api: httpx.AsyncClient) -> None:
    headers = somebody("141021", Role.OPERATOR).headers
    for category, there in (("WY09", True), ("WY", True), ("JC01", False), ("MD01", False)):
        answer = await api.get("responsibility", params=question(category=category), headers=headers)
        assert any(link["organisation_code"] for link in answer.json()["chain"]) is there


async def test_everybody_on_the_chain_can_sign_in(api: httpx.AsyncClient, users: list[dict[str, Any]]) -> None:
    headers = somebody("141021", Role.OPERATOR).headers
    chain = (await api.get("responsibility", params=question(), headers=headers)).json()["chain"]
    for link in chain:
        user = next(u for u in users if u["district"] == "141021" and u["name"] == link["person_name"])
        body = {name: user[name] for name in ("district", "phone", "password")}
        answer = await api.post("sessions", json=body)
        assert (answer.status_code, answer.json()["person"]["id"]) == (201, link["person_id"])


async def test_unknown_place_and_category(api: httpx.AsyncClient) -> None:
    headers = somebody("141021", Role.OPERATOR).headers
    nowhere = await api.get("responsibility", params=question("141021999999"), headers=headers)
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "not_found")
    for category in ("XX01", "*", "JC77"):
        nothing = await api.get("responsibility", params=question(category=category), headers=headers)
        assert (nothing.status_code, nothing.json()["code"]) == (422, "unknown_category")
    assert (await api.get("responsibility", params={"place": HOUSEHOLD}, headers=headers)).status_code == 422


async def test_by_day(hierarchy: Service, api: httpx.AsyncClient, district: str) -> None:
    """Vacant posts stay in the chain; what is over or not yet begun does not."""
    await load_small(hierarchy, district)
    headers = somebody(district, Role.OPERATOR).headers

    async def names(on: str, category: str = "JC05") -> list[tuple[str, bool]]:
        asked = question(f"{district}100001-B01", category, on=on)
        chain = (await api.get("responsibility", params=asked, headers=headers)).json()["chain"]
        return [(link["post_name"], link["person_id"] is not None) for link in chain]

    head, secretary = ("楼栋长", True), ("书记", False)
    assert await names("2025-06-30") == [head, secretary, ("示例站", False)]
    assert await names("2025-07-01") == [head, secretary]
    assert await names("2025-07-01", "WY01") == [head]
    assert await names("2023-12-31") == []


@pytest.mark.parametrize("category", CATEGORIES)
def test_what_is_asked_for_is_what_answers(category: str) -> None:
    held = ["*", *CATEGORIES]
    assert sorted(asked_for(category)) == sorted(h for h in held if answers_for(h, category))


def test_roles_of_organisations() -> None:
    assert role_of("department") is Role.DEPARTMENT
    assert role_of("council") is Role.POST_HOLDER


async def test_match_a_contact(hierarchy: Service, api: httpx.AsyncClient, district: str) -> None:
    await load_small(hierarchy, district)
    index = phone_index(hierarchy.vault, district, PHONE)
    asking = service_headers(district, "tickets", "hierarchy")
    found = await api.post("contacts/match", json={"phone_index": index}, headers=asking)
    assert found.status_code == 200
    assert found.json()["person_id"]
    nobody = await api.post("contacts/match", json={"phone_index": "0" * 64}, headers=asking)
    assert nobody.json() == {"person_id": None}


async def test_contacts_are_for_services(api: httpx.AsyncClient) -> None:
    body = {"phone_index": "0" * 64}
    assert (await api.post("contacts/match", json=body)).status_code == 401
    operator = somebody("141021", Role.OPERATOR)
    assert (await api.post("contacts/match", json=body, headers=operator.headers)).status_code == 403
    asking = service_headers("141021", "tickets", "hierarchy")
    assert (await api.post("contacts/match", json={"phone_index": "138"}, headers=asking)).status_code == 422
    elsewhere = service_headers("141021", "tickets", "events")
    assert (await api.post("contacts/match", json=body, headers=elsewhere)).status_code == 401
