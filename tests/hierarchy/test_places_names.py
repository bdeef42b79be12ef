"""What a community would trip over: two places of one name, and what a merger leaves behind and brings along."""

from services.hierarchy.structures import service as structures
from shared.kernel.rights import Role
from tests.hierarchy.appointing import COMMUNITY, Scene, town
from tests.hierarchy.small import load_small, loader, place
from tests.support.world import somebody

__all__ = ["town"]


async def test_a_name_is_given_once_in_a_place(town: Scene) -> None:
    community = f"{town.district}100001"
    new = {"parent": community, "kind": "building", "name": "3号楼"}
    made = await town.done("places", new, town.operator, 201)
    for name in ("3号楼", "甲社区3号楼"):  # both are called 甲社区3号楼 in full
        taken = await town.ask("places", new | {"name": name}, town.operator)
        assert (taken.status_code, taken.json()["code"]) == (409, "place_name_taken")
        assert made["code"] in taken.json()["detail_zh"]
    assert (await town.ask("places", new | {"kind": "compound"}, town.operator)).status_code == 201  # another kind
    other = await town.done("places", new | {"name": "4号楼"}, town.operator, 201)
    headers = town.operator.writes()
    renamed = await town.api.patch(f"places/{other['code']}", json={"name": "3号楼"}, headers=headers)
    assert (renamed.status_code, renamed.json()["code"]) == (409, "place_name_taken")
    same = {"name": "甲社区4号楼", "residents": 12}  # said in another way, called the same
    longer = await town.api.patch(f"places/{other['code']}", json=same, headers=town.operator.writes())
    assert (longer.status_code, longer.json()["full_name"]) == (200, other["full_name"])


async def test_a_merger_says_which_posts_are_there_twice_now(town: Scene) -> None:
    community = f"{town.district}100001"
    second = place(town.district, f"{community}-B02", community, "building", "甲社区2号楼")
    await load_small(town.service, town.district, second)
    document = {
        "name": "示例", "version": 2, "in_force": "2024-01-01", "place": community,
        "posts": [{"key": "building_head", "name": "楼栋长", "role": "building_head", "level": "building",
                   "appointed_by": "社区党委"}],
        "levels": [{"key": "building", "name": "楼栋", "kind": "place", "of": "building"}],
        "quotas": [{"kind": "seats", "post": "building_head", "place": "building", "min": 1, "max": 1}],
    }  # fmt: skip
    async with loader(town.service, town.district) as work:
        await work.begin()
        await structures.put(work, COMMUNITY, 2, document)
    post = await town.done("posts", {"kind": "building_head", "place": f"{community}-B02"}, status=201)
    await town.appoint("anna", post["code"])
    merge = f"places/{community}-B02/merge"
    headers = somebody(town.district, Role.OPERATOR).writes()
    answers = [await town.api.post(merge, json={"into": f"{community}-B01"}, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200], answers[0].text
    assert answers[1].json() == answers[0].json()
    [breach] = [one for one in answers[0].json()["breaches"] if one["rule"] == "seats"]
    assert (breach["subject"], breach["zh"]) == (f"{community}-B01", "楼栋长应为1名，现为2名")


async def test_a_merger_is_as_it_was_said_to_be(town: Scene) -> None:
    """Who lived in both buildings lives in the one that is left: too many for one head, as the what-if said."""
    await town.structure(span={"unit": "household", "min": 10, "max": 50})
    community = f"{town.district}100001"
    one, new = f"{community}-B01", {"parent": community, "kind": "building", "name": "2号楼", "households": 30}
    two = (await town.done("places", new | {"area_km2": 0.5}, town.operator, 201))["code"]
    path = f"places/{one}"
    groups = {two: {"elderly": 5, "disabled": 1}, one: {"elderly": 7, "left_behind": 2}}
    for building, counted in groups.items():
        said = {"demographics": counted} | ({"households": 40, "residents": 90} if building == one else {})
        await town.api.patch(f"places/{building}", json=said, headers=town.operator.writes())
    change = {"op": "merge_places", "place": one, "into": two}
    tried = await town.done("structures/what-if", {"place": community, "changes": [change]}, town.operator)
    merged = await town.done(f"{path}/merge", {"into": two}, town.operator)
    assert (merged["households"], merged["residents"], merged["area_km2"]) == (70, None, 0.5)
    assert merged["attributes"] == {"elderly": 12, "disabled": 1}
    found = await town.read(f"structures/{community}/linter", town.operator)
    assert found["counts"] == tried["after"]["counts"]
    assert "span" in found["counts"]
