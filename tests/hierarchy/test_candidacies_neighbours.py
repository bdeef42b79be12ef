"""群众推荐: a neighbour is recommended by name and number, and nobody learns anything by trying."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from services.hierarchy.people import service as people
from shared.kernel.rights import Role
from shared.runtime.journal import Entry
from shared.runtime.web.limits import SENSITIVE
from tests.hierarchy.appointing import COMMUNITY, CRITERIA, DAY, TODAY, Scene, town
from tests.hierarchy.small import loader
from tests.support.world import Somebody, somebody

__all__ = ["town"]

NUMBERS = {"anna": "10077770010", "boris": "10077770011", "clara": "10077770012"}
FREE = "10077770099"  # nobody's
ELSEWHERE = "000100010002"
_PLACED = "UPDATE hierarchy.people SET path = $3 WHERE district = $1 AND id = $2"


def neighbour(town: Scene, name: str, /, **more: Any) -> dict[str, Any]:
    """A recommendation for the head's post, by what one neighbour knows of another."""
    return {"post": town.post, "origin": "recommended", "name": f"虚构{name}", "phone": NUMBERS[name]} | more


async def sql(town: Scene, statement: str, *values: Any) -> list[Any]:
    async with town.service.db.connection() as connection:
        rows: list[Any] = await connection.fetch(statement, town.district, *values)
    return rows


async def refused(town: Scene, body: dict[str, Any], who: Somebody) -> tuple[int, dict[str, Any], set[str]]:
    """All that whoever asked is told, but for the number of the request."""
    answer = await town.ask("candidacies", body, who)
    told = answer.json()
    told.pop("request_id")
    return answer.status_code, told, set(answer.headers)


async def test_a_resident_recommends_a_neighbour_who_agrees(town: Scene) -> None:
    await town.structure(criteria=CRITERIA, origins=["self", "recommended"])
    boris, anna = town.somebody("boris"), town.somebody("anna")
    made = await town.done("candidacies", neighbour(town, "anna", statement="公道"), boris, 201)
    assert (made["step"], made["recommender"], made["statement"]) == ("proposed", str(boris.id), "公道")
    path = f"candidacies/{made['id']}"
    [asked] = (await town.read("candidacies/mine", anna))["items"]
    assert (asked["id"], asked["person"], asked["moves"]) == (made["id"], str(anna.id), ["agree", "withdraw"])
    assert (await town.done(f"{path}/agree", {}, anna))["step"] == "nominated"
    await town.done(f"{path}/score", {"scores": dict.fromkeys(CRITERIA, 80)})
    assert (await town.read(path))["person"] == str(anna.id)


async def test_whoever_named_somebody_sees_a_masked_name_and_what_becomes_of_it(town: Scene) -> None:
    await town.structure(criteria=CRITERIA)
    boris, anna = town.somebody("boris"), town.somebody("anna")
    made = await town.done("candidacies", neighbour(town, "anna"), boris, 201)
    path = f"candidacies/{made['id']}"
    await town.done(f"{path}/agree", {}, anna)
    await town.done(f"{path}/score", {"scores": dict.fromkeys(CRITERIA, 80)})
    copy = (await town.api.get("me/data", headers=boris.headers)).json()["data"]["candidacies"]
    for seen in (made, await town.read(path, boris), *(await town.read("candidacies/mine", boris))["items"]):
        assert (seen["person"], seen["person_name"], seen["means"], seen["overall"]) == (None, "虚*", {}, None)
        assert str(anna.id) not in str(seen)
    assert [one["id"] for one in copy] == [made["id"]]
    assert str(anna.id) not in str(copy)
    assert (await town.read(path, boris))["step"] == "nominated"
    assert (await town.read(path, anna))["overall"] == 80


async def test_the_number_is_kept_nowhere(town: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    await town.done("candidacies", neighbour(town, "anna"), town.somebody("boris"), 201)
    wrong = await town.ask("candidacies", neighbour(town, "anna", phone=FREE), town.somebody("boris"))
    tables = await sql(
        town,
        "SELECT table_name AS name FROM information_schema.columns "
        "WHERE table_schema = 'hierarchy' AND column_name = 'district' AND $1 <> ''",
    )
    assert {"journal", "journal_texts", "jobs", "candidacies"} <= {table["name"] for table in tables}
    for table in tables:
        rows = await sql(town, f"SELECT t::text AS text FROM hierarchy.{table['name']} t WHERE district = $1")
        for row in rows:
            assert not any(secret in row["text"] for secret in (NUMBERS["anna"], FREE, "虚构anna")), table["name"]
    said = wrong.text + "".join(capsys.readouterr())
    assert not any(secret in said for secret in (NUMBERS["anna"], FREE, "虚构anna"))


async def test_whatever_is_amiss_is_the_one_refusal(town: Scene) -> None:
    """An unknown number, another name, a home elsewhere or none, data that is only kept or gone, a rival."""
    boris = town.somebody("boris")
    nobody = await refused(town, neighbour(town, "anna", phone=FREE), boris)
    assert (nobody[0], nobody[1]["code"]) == (422, "nobody_to_name")
    told = {"another name": await refused(town, neighbour(town, "anna", name="虚构clara"), boris)}
    told["part of the name"] = await refused(town, neighbour(town, "anna", name="虚构ann"), boris)
    for where, path in {"elsewhere": ELSEWHERE, "only in the street": COMMUNITY[:8], "nowhere": None}.items():
        await sql(town, _PLACED, town.people["anna"], path)
        told[where] = await refused(town, neighbour(town, "anna"), boris)
    await sql(town, _PLACED, town.people["anna"], COMMUNITY)
    await sql(
        town, "UPDATE hierarchy.people SET stopped_at = now() WHERE district = $1 AND id = $2", town.people["anna"]
    )
    told["stopped"] = await refused(town, neighbour(town, "anna"), boris)
    async with loader(town.service, town.district) as work:
        await people.erase(work, town.people["anna"], Entry("person", "personal.erased"), [])
    told["erased"] = await refused(town, neighbour(town, "anna"), boris)
    await town.stand("clara")
    told["stands already"] = await refused(town, neighbour(town, "clara"), boris)
    assert {why: answer for why, answer in told.items() if answer != nobody} == {}
    assert (await town.read("candidacies/mine", boris))["items"] == []


async def test_a_try_that_fits_leaves_a_trace_or_tells_nothing(town: Scene) -> None:
    """Where the post takes no recommendations, the right number is refused like any other."""
    await town.structure(origins=["recruited"])
    tries = [neighbour(town, "anna"), neighbour(town, "anna", phone=FREE), neighbour(town, "anna", name="虚构别人")]
    told = [await refused(town, body, town.somebody("boris")) for body in tries]
    assert told[0][1]["code"] == "origin_not_taken"
    assert told[1:] == [told[0]] * 2


async def test_whoever_lives_in_the_community_is_in_reach_wherever_they_are_listed(town: Scene) -> None:
    """A party member listed by their unit's community is a neighbour at home, until they move out."""
    boris, home = town.somebody("boris"), uuid4()
    await sql(town, _PLACED, town.people["anna"], ELSEWHERE)
    assert (await refused(town, neighbour(town, "anna"), boris))[1]["code"] == "nobody_to_name"
    await sql(
        town,
        "INSERT INTO hierarchy.households (district, id, code, path, invented) VALUES ($1, $2, 'home', $3, true)",
        home, f"{COMMUNITY}00010001",
    )  # fmt: skip
    await sql(
        town,
        "INSERT INTO hierarchy.household_members (district, id, household_id, person_id, relation, left_on) "
        "VALUES ($1, gen_random_uuid(), $2, $3, 'other', $4)",
        home, town.people["anna"], TODAY - DAY,
    )  # fmt: skip
    assert (await refused(town, neighbour(town, "anna"), boris))[1]["code"] == "nobody_to_name"
    await sql(town, "UPDATE hierarchy.household_members SET left_on = NULL WHERE district = $1")
    await town.done("candidacies", neighbour(town, "anna"), boris, 201)


@pytest.mark.parametrize(
    ("change", "zh"),
    [
        ({"person": str(UUID(int=1))}, "二者只选其一"),
        ({"name": None}, "须一并填写"),
        ({"phone": None}, "须一并填写"),
        ({"name": None, "phone": None}, "二者只选其一"),
        ({"origin": "self"}, "自荐不填人选"),
        ({"phone": "1007777"}, "手机号"),
    ],
)
async def test_either_the_id_or_name_and_number(town: Scene, change: dict[str, Any], zh: str) -> None:
    answer = await town.ask("candidacies", neighbour(town, "anna") | change, town.somebody("boris"))
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert zh in answer.text
    assert NUMBERS["anna"] not in answer.text


async def test_nobody_recommends_themself(town: Scene) -> None:
    boris = town.somebody("boris")
    for body in (neighbour(town, "boris"), {"post": town.post, "origin": "recommended", "person": str(boris.id)}):
        answer = await town.ask("candidacies", body, boris)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
        assert "自荐" in answer.text


async def test_the_staff_names_by_number_too_and_hears_who_stands_already(town: Scene) -> None:
    """What was proposed on paper is typed in as it stands there."""
    body = neighbour(town, "anna", recommender=str(town.people["boris"]))
    made = await town.done("candidacies", body, status=201)
    assert (made["step"], made["person"]) == ("proposed", str(town.people["anna"]))
    assert (await town.ask("candidacies", neighbour(town, "anna"))).json()["code"] == "already_done"
    recruited = await town.done("candidacies", neighbour(town, "clara", origin="recruited"), status=201)
    assert recruited["step"] == "nominated"


async def test_a_repeated_recommendation_is_one(town: Scene) -> None:
    headers = town.somebody("boris").writes()
    answers = [await town.api.post("candidacies", json=neighbour(town, "anna"), headers=headers) for _ in range(3)]
    assert [one.status_code for one in answers] == [201] * 3
    assert len({one.json()["id"] for one in answers}) == 1


async def test_nobody_tries_numbers_all_day(town: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(town.service.rates, "_factor", 1.0)
    boris, body = town.somebody("boris"), neighbour(town, "anna", phone=FREE)
    answers = [await town.ask("candidacies", body, boris) for _ in range(21)]
    assert [one.status_code for one in answers] == [422] * 20 + [429]
    assert int(answers[-1].headers["Retry-After"]) > 60
    assert (await town.ask("candidacies", {"post": town.post, "origin": "self"}, boris)).status_code == 201
    staff = somebody(town.district, Role.COMMUNITY_STAFF, COMMUNITY)
    more = SENSITIVE["candidacy_begin"].a_minute
    answers = [await town.ask("candidacies", body, staff) for _ in range(more + 1)]
    assert [one.status_code for one in answers] == [422] * more + [429]
