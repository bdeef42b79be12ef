"""Three-party evaluation over HTTP: blind until all three are in, settled or flagged, opened again once, reported."""

import asyncio
import csv
import io
from typing import Any

import httpx
import orjson
import pytest

from services.hierarchy.evaluations import service as evaluations
from shared.kernel.rights import Role
from shared.runtime.service import Service
from tests.hierarchy.partnership import COMMUNITY, Partnership, found
from tests.hierarchy.small import loader
from tests.support.steps import run_due
from tests.support.world import Somebody, somebody

PARTIES = ("served", "branch", "owners")


@pytest.fixture
async def lab(hierarchy: Service, api: httpx.AsyncClient, district: str) -> Partnership:
    return await found(hierarchy, api, district)


def raters(lab: Partnership) -> dict[str, Somebody]:
    return {
        party: somebody(lab.district, Role.RESIDENT, COMMUNITY, id=lab.people[number])
        for number, party in enumerate(PARTIES)
    }


async def begun(lab: Partnership, **more: Any) -> dict[str, Any]:
    subject = more.pop("subject", None) or await lab.organisation("partner", "示例银行")
    body = {
        "subject": subject, "year": 2026, "due_on": "2199-12-31",
        "raters": {party: str(lab.people[number]) for number, party in enumerate(PARTIES)},
    }  # fmt: skip
    made: dict[str, Any] = await lab.post("evaluations", body | more, expect=201)
    return made


async def score(lab: Partnership, evaluation: str, **scores: int) -> dict[str, Any]:
    last: dict[str, Any] = {}
    for party, value in scores.items():
        body = {"score": value, "comment": f"评语{value}"}
        last = await lab.post(f"evaluations/{evaluation}/score", body, raters(lab)[party])
    return last


def seen(view: dict[str, Any]) -> dict[str, int | None]:
    return {one["party"]: one["score"] for one in view["scores"]}


async def test_nobody_learns_a_score_before_all_are_in(lab: Partnership) -> None:
    """Not the others who score, not the staff, not the operator, not by the list, the report, or the journal."""
    made = await begun(lab)
    await score(lab, made["id"], served=91, branch=73)
    people = raters(lab)
    assert seen(await lab.get(f"evaluations/{made['id']}", people["owners"])) == dict.fromkeys(PARTIES)
    assert seen(await lab.get(f"evaluations/{made['id']}", people["served"])) == {
        "served": 91, "branch": None, "owners": None,
    }  # fmt: skip
    operator, auditor = somebody(lab.district, Role.OPERATOR), somebody(lab.district, Role.AUDITOR)
    told = [
        await lab.get(f"evaluations/{made['id']}"),
        await lab.get("evaluations"),
        await lab.get("evaluations/report", year=2026),
        await lab.get(f"evaluations/{made['id']}", operator),
        await lab.get("evaluations/mine", people["owners"]),
        await lab.get("journal", auditor, subject=made["id"]),
        [{**entry, "id": None} for entry in await lab.journal(made["id"])],
    ]
    for one in told:
        text = orjson.dumps(one, default=str).decode()
        for secret in (": 91", ":91", ": 73", ":73", "评语91", "评语73"):
            assert secret not in text
    await lab.get(f"evaluations/{made['id']}", auditor, expect=404)
    [waiting] = (await lab.get("evaluations/mine", people["owners"]))["items"]
    assert [one["scored"] for one in sorted(waiting["scores"], key=lambda one: one["party"])] == [True, False, True]
    assert waiting["moves"] == ["score"]


async def test_the_third_score_settles_it(lab: Partnership) -> None:
    made = await begun(lab)
    await score(lab, made["id"], served=80)
    await score(lab, made["id"], served=90)  # replaced, while it is blind
    whole = await score(lab, made["id"], branch=80, owners=85)
    assert (whole["step"], whole["value"], whole["spread"], whole["flagged"]) == ("settled", "85.50", 10, False)
    assert seen(await lab.get(f"evaluations/{made['id']}")) == {"served": 90, "branch": 80, "owners": 85}
    late = {"score": 0}
    await lab.post(f"evaluations/{made['id']}/score", late, raters(lab)["served"], expect=409)
    await lab.post(f"evaluations/{made['id']}/score", late, expect=403)
    await lab.post(f"evaluations/{made['id']}/settle", {}, expect=404)
    assert [entry["event"] for entry in await lab.journal(made["id"])] == [
        "evaluation.begin",
        *["evaluation.score"] * 4,
    ]


async def test_a_large_disagreement_is_looked_at(lab: Partnership) -> None:
    made = await begun(lab, flag_at=20)
    whole = await score(lab, made["id"], served=95, branch=90, owners=60)
    assert (whole["step"], whole["flagged"], whole["spread"]) == ("flagged", True, 35)
    accepted = await lab.post(f"evaluations/{made['id']}/accept", {"reason": "三方已沟通"})
    assert (accepted["step"], accepted["value"]) == ("settled", "83.00")


async def test_opened_again_once_and_blind_again(lab: Partnership) -> None:
    made = await begun(lab)
    await score(lab, made["id"], served=95, branch=90, owners=40)
    again = await lab.post(f"evaluations/{made['id']}/reopen", {"reason": "核实后重评"})
    assert (again["step"], again["round"], again["value"]) == ("collecting", 2, None)
    assert seen(again) == dict.fromkeys(PARTIES)
    await score(lab, made["id"], served=95, branch=90)
    assert (await lab.get(f"evaluations/{made['id']}"))["value"] is None
    whole = await score(lab, made["id"], owners=85)
    assert (whole["step"], whole["round"], whole["value"]) == ("settled", 2, "90.50")
    refused = await lab.post(f"evaluations/{made['id']}/reopen", {"reason": "再来"}, expect=409)
    assert refused["code"] == "not_reopened"


async def test_what_was_at_a_closed_place_is_not_opened(lab: Partnership) -> None:
    """Nobody is left there who could be asked again; the result stays."""
    operator = somebody(lab.district, Role.OPERATOR)
    grid = await lab.post("places", {"parent": lab.place, "kind": "grid", "name": "第一网格"}, operator)
    made = await begun(lab, subject=await lab.organisation(place=grid["code"]))
    path = f"evaluations/{made['id']}"
    await score(lab, made["id"], served=80, branch=81, owners=82)
    assert (await lab.get(path))["moves"] == ["reopen"]
    sql = "UPDATE hierarchy.organisations SET until = now()::date - 2 WHERE district = $1 AND code = $2"
    await lab.sql(sql, made["subject"])
    await lab.post(f"places/{grid['code']}/close", {"reason": "撤并"}, operator)
    assert (await lab.get(path))["moves"] == []
    assert (await lab.post(f"{path}/reopen", {"reason": "再评"}, expect=409))["code"] == "move_not_open"


async def test_an_old_result_is_not_opened(lab: Partnership) -> None:
    made = await begun(lab)
    await score(lab, made["id"], served=90, branch=90, owners=90)
    await lab.sql(
        "UPDATE hierarchy.evaluations SET complete_at = now() - interval '31 days' "
        "WHERE district = $1 AND id = $2::uuid",
        made["id"],
    )
    assert (await lab.post(f"evaluations/{made['id']}/reopen", {"reason": "x"}, expect=409))["code"] == "not_reopened"


async def test_what_nobody_scored_lapses_and_stays_unseen(lab: Partnership) -> None:
    made = await begun(lab)
    await score(lab, made["id"], served=91)
    await lab.sql(
        "UPDATE hierarchy.evaluations SET due_on = '2026-01-01' WHERE district = $1 AND id = $2::uuid", made["id"]
    )
    await lab.sql(
        "UPDATE hierarchy.jobs SET due_at = now() WHERE district = $1 AND args->>'evaluation_id' = $2", made["id"]
    )
    await run_due(lab.service, lab.district)
    over = await lab.get(f"evaluations/{made['id']}")
    assert (over["step"], over["value"], seen(over)) == ("lapsed", None, dict.fromkeys(PARTIES))
    assert "91" not in orjson.dumps(await lab.get("evaluations/report", year=2026)).decode().replace(lab.district, "")


async def last_day_over(lab: Partnership, evaluation: str) -> None:
    """Nobody scored in time, and the worker comes later."""
    await lab.sql(
        "UPDATE hierarchy.evaluations SET due_on = '2026-01-01' WHERE district = $1 AND id = $2::uuid", evaluation
    )


async def test_a_result_that_stands_is_not_lost_by_asking_again(lab: Partnership) -> None:
    """Opened again, and one of the three does not score: the first result is the year's, and is not opened again."""
    settled, flagged = await begun(lab, flag_at=30), await begun(lab, flag_at=30)
    await score(lab, settled["id"], served=60, branch=62, owners=64)
    await score(lab, flagged["id"], served=90, branch=90, owners=40)
    for one in (settled, flagged):
        await lab.post(f"evaluations/{one['id']}/reopen", {"reason": "不满意"})
        await score(lab, one["id"], served=77)
        refused = await lab.post(f"evaluations/{one['id']}/withdraw", {"reason": "作废"}, expect=409)
        assert refused["code"] == "move_not_open"  # or the first result would be gone with it
        await last_day_over(lab, one["id"])
    await lab.sql("UPDATE hierarchy.jobs SET due_at = now() WHERE district = $1")
    await run_due(lab.service, lab.district)
    rows = {row["subject"]: row for row in (await lab.get("evaluations/report", year=2026))["rows"]}
    told = [[rows[one["subject"]][name] for name in ("step", "value", "round")] for one in (settled, flagged)]
    assert told == [["settled", "61.80", 1], ["flagged", "75.00", 1]]
    shown = await lab.get(f"evaluations/{settled['id']}")
    assert seen(shown) == {"served": 60, "branch": 62, "owners": 64}
    refused = await lab.post(f"evaluations/{settled['id']}/reopen", {"reason": "再来"}, expect=409)
    assert refused["code"] == "not_reopened"
    accepted = await lab.post(f"evaluations/{flagged['id']}/accept", {"reason": "三方已沟通"})
    assert (accepted["step"], accepted["value"]) == ("settled", "75.00")


async def test_nobody_scores_after_the_last_day(lab: Partnership) -> None:
    """Also where the worker has not come by yet."""
    made = await begun(lab)
    await last_day_over(lab, made["id"])
    path, rater = f"evaluations/{made['id']}", raters(lab)["served"]
    assert (await lab.get(path, rater))["moves"] == []
    assert (await lab.post(f"{path}/score", {"score": 50}, rater, expect=409))["code"] == "move_not_open"


async def test_what_an_evaluation_refuses(lab: Partnership) -> None:
    made = await begun(lab)
    subject, people = made["subject"], [str(one) for one in lab.people]
    body = {"subject": subject, "year": 2026, "due_on": "2199-12-31",
            "raters": dict(zip(PARTIES, people, strict=False))}  # fmt: skip
    assert (await lab.post("evaluations", body, expect=409))["code"] == "evaluated_already"
    next_year = body | {"year": 2027}
    for wrong in (
        {"raters": {"served": people[0], "branch": people[0], "owners": people[1]}},
        {"weights": {"served": 50, "branch": 30, "owners": 30}},
        {"due_on": "2026-01-01"},
        {"subject": "nobody"},
    ):
        await lab.post("evaluations", next_year | wrong, expect=422)
    await lab.post("evaluations", next_year, lab.resident, expect=403)
    await lab.post("evaluations", next_year, lab.elsewhere, expect=422)
    await lab.post(f"evaluations/{made['id']}/withdraw", {"reason": "名单有误"})
    await lab.post("evaluations", body, expect=201)


async def test_a_post_is_evaluated_too(lab: Partnership) -> None:
    made = await begun(lab, subject_kind="post", subject=f"{lab.district}100001-secretary")
    assert (made["subject_kind"], made["subject_name"]) == ("post", "书记")


async def test_the_year_as_a_report_and_for_a_spreadsheet(lab: Partnership) -> None:
    formula = await lab.organisation("partner", "=HYPERLINK(1)")
    first, second, open_one = await begun(lab), await begun(lab, subject=formula), await begun(lab)
    await score(lab, first["id"], served=80, branch=80, owners=80)
    await score(lab, second["id"], served=90, branch=90, owners=50)
    report = await lab.get("evaluations/report", year=2026)
    figures = [report[name] for name in ("count", "complete", "flagged", "mean")]
    assert figures == [3, 2, 1, "79.00"]
    assert [row["subject"] for row in report["rows"]] == [first["subject"], second["subject"], open_one["subject"]]
    assert (report["rows"][2]["value"], report["rows"][2]["served"]) == (None, None)
    answer = await lab.api.get("evaluations/report?year=2026&format=csv", headers=lab.staff.headers)
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert [row["subject_name"] for row in rows] == ["示例银行", "'=HYPERLINK(1)", "示例银行"]
    assert [row["value"] for row in rows] == ["80.00", "78.00", ""]
    assert (await lab.get("evaluations/report", lab.elsewhere, year=2026))["count"] == 0
    await lab.get("evaluations/report", lab.resident, expect=403, year=2026)


async def test_who_scored_can_be_erased_and_the_result_stays(lab: Partnership, hierarchy: Service) -> None:
    made = await begun(lab)
    await score(lab, made["id"], served=90, branch=80, owners=70)
    async with loader(hierarchy, lab.district) as work:
        await work.begin()
        [mine] = await evaluations.of_person(work, lab.people[0])
        assert (mine["score"], mine["comment"]) == (90, "评语90")
        await evaluations.forget(work, lab.people[0])
    after = await lab.get(f"evaluations/{made['id']}")
    comments = {one["party"]: one["comment"] for one in after["scores"]}
    assert comments == {"served": None, "branch": "评语80", "owners": "评语70"}
    assert after["value"] == "81.00"


async def test_a_copy_on_request_is_as_blind(lab: Partnership) -> None:
    """Whoever hands out a rater's data sees that they scored, and what only once all see it; the rater always does."""
    made = await begun(lab)
    admin, rater = somebody(lab.district, Role.SECURITY_ADMIN), raters(lab)["served"]
    why = {"reason_kind": "verify_identity", "reason": "本人窗口申请"}

    async def told() -> list[list[tuple[int | None, str | None]]]:
        copies = [await lab.post(f"people/{rater.id}/data", why, admin), await lab.get("me/data", rater)]
        return [[(one["score"], one["comment"]) for one in copy["data"]["evaluation_scores"]] for copy in copies]

    mine = (91, "评语91")
    await score(lab, made["id"], served=91, branch=93)
    assert await told() == [[(None, None)], [mine]]
    await score(lab, made["id"], owners=95)
    assert await told() == [[mine], [mine]]
    await lab.post(f"evaluations/{made['id']}/reopen", {"reason": "核实后重评"})
    await score(lab, made["id"], served=80)  # and blind again
    assert await told() == [[(None, None)] * 2, [mine, (80, "评语80")]]


async def test_three_who_score_at_once_settle_it_once(lab: Partnership) -> None:
    """Whoever comes last sees the other two; nobody's score is lost, and the result is written once."""
    made = await begun(lab)
    scores = {"served": 90, "branch": 80, "owners": 70}
    await asyncio.gather(*(score(lab, made["id"], **{party: value}) for party, value in scores.items()))
    whole = await lab.get(f"evaluations/{made['id']}")
    assert (whole["step"], whole["value"], seen(whole)) == ("settled", "81.00", scores)
    settled = [entry for entry in await lab.journal(made["id"]) if entry["after"] == "settled"]
    assert len(settled) == 1
