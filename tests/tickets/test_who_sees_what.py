"""Lists show what lies in the caller's scope and nothing else; contact data is masked; the confidential stays so."""

from typing import Any

from shared.kernel.paths import ROOT, child
from shared.kernel.rights import Role
from tests.support.world import Somebody, somebody
from tests.tickets.conftest import COMMUNITY, ELSEWHERE, RESULT, STREET, Cast, problem

GRID = child(COMMUNITY, 1)


async def pages(cast: Cast, who: Somebody, path: str = "/appeals", **params: Any) -> list[str]:
    """Every id of a list, page by page."""
    found: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await cast.get(path, who, limit=3, **params, **cursor)).json()
        found += [item["id"] for item in page["items"]]
        if page["next"] is None:
            return found
        cursor = {"cursor": page["next"]}


async def test_a_list_is_complete_and_stays_so_while_others_report(cast: Cast) -> None:
    there = [(await cast.report()).json()["id"] for _ in range(8)]
    first = (await cast.get("/appeals", cast.staff, limit=3)).json()
    assert [item["id"] for item in first["items"]] == there[:-4:-1]
    seen = [item["id"] for item in first["items"]]
    cursor = first["next"]
    while cursor:
        await cast.report()
        page = (await cast.get("/appeals", cast.staff, limit=3, cursor=cursor)).json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next"]
    assert seen == there[::-1]
    assert len(await pages(cast, cast.staff)) == 8 + 2


async def test_a_full_last_page_says_that_it_is_the_last(cast: Cast) -> None:
    for _ in range(3):
        await cast.report()
    page = (await cast.get("/appeals", cast.staff, limit=3)).json()
    assert (len(page["items"]), page["next"]) == (3, None)


async def test_a_list_shows_the_scopes_of_the_caller(cast: Cast) -> None:
    cast.hierarchy.place("G1", GRID, "grid", "第一网格")
    here, grid, away = [
        (await cast.report(place=place)).json()["id"] for place in ("C1", "G1", "C2")
    ]  # fmt: skip
    everybody = {
        (): [],
        ((Role.RESIDENT, ROOT),): [],
        ((Role.OPERATOR, ROOT),): [away, grid, here],
        ((Role.GRID_WORKER, GRID),): [grid],
        ((Role.COMMUNITY_STAFF, COMMUNITY),): [grid, here],
        ((Role.COMMUNITY_STAFF, ELSEWHERE), (Role.GRID_WORKER, GRID)): [away, grid],
        ((Role.COMMUNITY_STAFF, STREET), (Role.GRID_WORKER, GRID)): [away, grid, here],
        ((Role.COMMUNITY_STAFF, COMMUNITY), (Role.BUILDING_HEAD, GRID), (Role.RESIDENT, ROOT)): [grid, here],
    }
    for grants, seen in everybody.items():
        who = Somebody(cast.district, grants)
        assert await cast.listed(who) == seen, grants
        for appeal in (here, grid, away):
            status = (await cast.get(f"/appeals/{appeal}", who)).status_code
            assert status == (200 if appeal in seen else 404), grants
    assert await cast.listed(somebody(cast.district, Role.OPERATOR), place="C1") == [grid, here]
    assert await cast.listed(somebody(cast.district, Role.OPERATOR), place="G1") == [grid]
    for who, place in ((somebody(cast.district, Role.GRID_WORKER, GRID), "C2"), (cast.operator, "NOWHERE")):
        assert problem(await cast.get("/appeals", who, place=place)) == (422, "unknown_place")


async def test_a_list_of_one_step(cast: Cast) -> None:
    waiting, filed = (await cast.report()).json()["id"], await cast.assigned()
    assert await cast.listed(cast.staff, step="verify") == [waiting]
    assert await cast.listed(cast.staff, step="assign", place="C1") == [filed]
    assert await cast.listed(cast.staff, step="closed") == []


async def test_my_own_are_under_mine_and_what_waits_for_me_in_my_inbox(cast: Cast) -> None:
    first, second = await cast.assigned(), await cast.assigned()
    assert await pages(cast, cast.resident, "/appeals/mine") == [second, first]
    assert await pages(cast, cast.head, "/inbox") == [second, first]
    assert await pages(cast, cast.staff, "/appeals/mine") == await pages(cast, cast.grid_worker, "/inbox") == []
    await cast.walk(second, ("sign", cast.head, {}), ("escalate", cast.head, {"reason": "需要网格协调"}))
    assert await pages(cast, cast.head, "/inbox") == [first]
    assert await pages(cast, cast.grid_worker, "/inbox") == [second]
    await cast.walk(
        second, ("sign", cast.grid_worker, {}), ("resolve", cast.grid_worker, RESULT)
    )  # fmt: skip
    assert await pages(cast, cast.grid_worker, "/inbox") == [second]
    await cast.walk(second, ("reply", cast.grid_worker, {"text": "已修好。"}))
    assert await pages(cast, cast.grid_worker, "/inbox") == []


# --- on behalf of others ---

NEIGHBOUR = {"name": "张虚构", "phone": "10012345678", "address": "3号楼2单元301"}


async def test_who_may_write_it_down_for_another(cast: Cast) -> None:
    refused = await cast.report(cast.resident, on_behalf_of=NEIGHBOUR)
    assert problem(refused) == (403, "forbidden")
    assert problem(await cast.report(cast.head, on_behalf_of=NEIGHBOUR, place="C2")) == (403, "forbidden")
    taken = await cast.report(cast.head, on_behalf_of=NEIGHBOUR, channel="visit")
    assert taken.status_code == 201
    assert await cast.listed(cast.head, "/appeals/mine") == []


async def test_contact_data_is_masked_for_everybody_and_stored_encrypted(cast: Cast) -> None:
    appeal = (await cast.report(cast.head, on_behalf_of=NEIGHBOUR)).json()["id"]
    for who in (cast.head, cast.staff, cast.operator):
        text = (await cast.get(f"/appeals/{appeal}", who)).text
        assert '"name":"张*"' in text
        assert '"phone":"100****5678"' in text
        assert not any(value in text for value in NEIGHBOUR.values())
    [row] = await cast.sql("SELECT a::text AS whole FROM tickets.appeals a WHERE district = $1")
    journal = await cast.sql("SELECT j::text AS whole FROM tickets.journal j WHERE district = $1")
    jobs = await cast.sql("SELECT j::text AS whole FROM tickets.jobs j WHERE district = $1")
    for stored in (row, *journal, *jobs):
        assert not any(value in stored["whole"] for value in NEIGHBOUR.values())


async def test_what_i_wrote_down_for_another_stays_mine_to_see_wherever_it_goes(cast: Cast) -> None:
    """Hierarchy is away, the place is new: nobody but the district's operators has it in scope yet."""
    cast.hierarchy.mood = "down"
    taken = await cast.report(cast.head, on_behalf_of=NEIGHBOUR, key="while-hierarchy-is-away")
    assert (taken.status_code, taken.json()["step"]) == (201, "report")
    again = await cast.report(cast.head, on_behalf_of=NEIGHBOUR, key="while-hierarchy-is-away")
    assert (again.status_code, again.json()["id"]) == (201, taken.json()["id"])
    assert (await cast.get(f"/appeals/{taken.json()['id']}", cast.head)).status_code == 200
    assert (await cast.get(f"/appeals/{taken.json()['id']}", cast.staff)).status_code == 404


async def test_who_wants_to_stay_unknown_does(cast: Cast) -> None:
    appeal = (await cast.report(anonymous=True)).json()["id"]
    await cast.move(appeal, "supplement", cast.resident, {"content": "楼道里也冷。"})
    for who, name in ((cast.staff, "anonymous"), (cast.resident, str(cast.resident.id))):
        timeline = (await cast.get(f"/appeals/{appeal}/timeline", who)).json()
        assert [item["actor"] for item in timeline] == [name, name]
    taken = (await cast.report(cast.head, on_behalf_of=NEIGHBOUR, anonymous=True)).json()
    assert taken["contact"] == {"name": None, "phone": None}


# --- confidential ---


async def test_a_confidential_matter_is_not_there_for_those_who_only_read(cast: Cast) -> None:
    secret, open_ = (await cast.report(confidential=True)).json()["id"], (await cast.report()).json()["id"]
    reader = somebody(cast.district, Role.GRID_WORKER, COMMUNITY)
    assert await cast.listed(reader) == [open_]
    for path in ("", "/timeline", "/callbacks"):
        assert problem(await cast.get(f"/appeals/{secret}{path}", reader)) == (404, "not_found")
    for who in (cast.staff, cast.operator):
        assert await cast.listed(who) == [open_, secret]
        assert (await cast.shown(secret, who))["confidential"] is True
    assert await cast.listed(cast.resident, "/appeals/mine") == [open_, secret]


async def test_intake_somewhere_shows_no_secrets_elsewhere(cast: Cast) -> None:
    here, away = [(await cast.report(place=place, confidential=True)).json()["id"] for place in ("C1", "C2")]
    both = Somebody(cast.district, ((Role.COMMUNITY_STAFF, COMMUNITY), (Role.GRID_WORKER, ELSEWHERE)))
    assert await cast.listed(both) == [here]
    assert problem(await cast.get(f"/appeals/{away}", both)) == (404, "not_found")


async def test_a_confidential_matter_is_there_for_those_through_whose_hands_it_went(cast: Cast) -> None:
    appeal = (await cast.report(confidential=True)).json()["id"]
    await cast.move(appeal, "file", cast.staff, {"category": "JC05"})
    assert problem(await cast.get(f"/appeals/{appeal}", cast.head)) == (404, "not_found")
    await cast.work()
    assert await cast.listed(cast.head, "/inbox") == [appeal]
    assert (await cast.get(f"/appeals/{appeal}", cast.grid_worker)).status_code == 404
    await cast.walk(appeal, ("sign", cast.head, {}), ("escalate", cast.head, {"reason": "需要网格协调"}))
    for who in (cast.head, cast.grid_worker):
        assert (await cast.get(f"/appeals/{appeal}", who)).status_code == 200


async def test_a_lead_without_any_grant_sees_the_answer_to_their_own_move(cast: Cast) -> None:
    """A heating company's contact holds no post over the place: going up the chain must not answer 404."""
    company = Somebody(cast.district, ((Role.PARTNER, ELSEWHERE),))
    cast.hierarchy.chain.clear()
    cast.hierarchy.link("供热联络员", company.id, cast.hierarchy.places["C1"], Role.PARTNER)
    cast.hierarchy.link("网格长", cast.grid_worker.id, cast.hierarchy.places["C1"], Role.GRID_WORKER)
    appeal = await cast.assigned()
    assert (await cast.move(appeal, "sign", company)).status_code == 200
    headers = company.writes("up-the-chain")
    for _ in range(2):
        risen = await cast.client.post(
            f"/api/tickets/v1/appeals/{appeal}/escalate", json={"reason": "管网故障"}, headers=headers
        )
        assert (risen.status_code, risen.json()["lead_name"], risen.json()["moves"]) == (200, "网格长", [])
    assert problem(await cast.move(appeal, "sign", company)) == (403, "not_your_move")


async def test_the_resident_reads_the_answer_and_not_the_file(cast: Cast) -> None:
    appeal = await cast.answered()
    told = {
        who: next(i for i in (await cast.get(f"/appeals/{appeal}/timeline", person)).json() if i["event"] == "resolve")
        for who, person in (("resident", cast.resident), ("head", cast.head), ("staff", cast.staff))
    }
    assert "internal_note" not in told["resident"]["text"]
    assert told["resident"]["text"]["public_reply"] == RESULT["public_reply"]
    assert told["head"]["text"]["internal_note"] == told["staff"]["text"]["internal_note"] == RESULT["internal_note"]


async def test_the_chain_names_posts_and_no_persons(cast: Cast) -> None:
    cast.hierarchy.chain[0] = cast.hierarchy.chain[0].model_copy(update={"person_name": "虚构楼长"})
    appeal = await cast.assigned()
    assert [link["post_name"] for link in (await cast.shown(appeal))["chain"]] == ["楼栋长", "网格长"]
    [row] = await cast.sql("SELECT chain::text AS chain FROM tickets.appeals WHERE district = $1")
    assert "虚构楼长" not in row["chain"]
