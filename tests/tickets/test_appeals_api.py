"""The HTTP door of appeals: who may knock, what may be brought, and a clear word for everything else."""

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import jwt
import pytest

from services.tickets.appeals.views import AppealSummary
from shared.kernel.rights import Role
from shared.runtime.ids import new_id
from shared.schemas.base import Page
from tests.support.world import KEY, service_headers, somebody
from tests.tickets.conftest import BASE, COMMUNITY, ELSEWHERE, Cast, problem

NEW = {"title": "路灯不亮", "content": "3号楼前路灯不亮。", "place": "C1", "category": "JC02"}


async def post(cast: Cast, body: Any = NEW, **headers: str) -> httpx.Response:
    return await cast.client.post(f"{BASE}/appeals", json=body, headers=cast.resident.writes(**headers))


# --- who may knock ---


async def test_anonymous_is_401_everywhere(cast: Cast) -> None:
    appeal = (await cast.report()).json()["id"]
    for path in ("/appeals", "/appeals/mine", "/inbox", f"/appeals/{appeal}", f"/appeals/{appeal}/timeline"):
        answer = await cast.client.get(BASE + path)
        assert problem(answer) == (401, "unauthenticated")
        assert answer.headers["www-authenticate"].startswith("Bearer")
    for path in ("/appeals", f"/appeals/{appeal}/file"):
        assert problem(await cast.client.post(BASE + path, json={})) == (401, "unauthenticated")


@pytest.mark.parametrize(
    ("token", "code"),
    [
        ("", "unauthenticated"),
        ("nonsense", "token_invalid"),
        ("a.b.c", "token_invalid"),
        (jwt.encode({"sub": "x", "exp": 9999999999}, KEY, "HS256"), "token_invalid"),
        (jwt.encode({"sub": "x"}, "", "none"), "token_invalid"),
    ],
)
async def test_a_token_that_is_none_is_401(cast: Cast, token: str, code: str) -> None:
    answer = await cast.client.get(f"{BASE}/appeals", headers={"Authorization": f"Bearer {token}"})
    assert problem(answer) == (401, code)


async def test_an_expired_token_is_401_and_says_so(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    made = time.time()
    monkeypatch.setattr("shared.runtime.tokens.time.time", lambda: made - 100_000, raising=False)
    headers = cast.resident.headers
    monkeypatch.undo()
    assert problem(await cast.client.get(f"{BASE}/appeals", headers=headers)) == (401, "token_expired")


async def test_another_service_is_no_person(cast: Cast) -> None:
    headers = service_headers(cast.district, "hierarchy", "tickets")
    assert problem(await cast.client.get(f"{BASE}/inbox", headers=headers)) == (403, "forbidden")
    assert problem(await cast.client.get(f"{BASE}/appeals/mine", headers=headers)) == (403, "forbidden")
    keyed = headers | {"Idempotency-Key": str(new_id())}
    assert problem(await cast.client.post(f"{BASE}/appeals", json=NEW, headers=keyed)) == (403, "forbidden")


async def test_outside_the_scope_it_is_not_there_and_inside_without_the_right_it_is_forbidden(cast: Cast) -> None:
    appeal = (await cast.report()).json()["id"]
    filing = {"category": "JC05"}
    strangers = (
        somebody(cast.district),  # another resident
        somebody(cast.district, Role.COMMUNITY_STAFF, ELSEWHERE),
        somebody("999999", Role.OPERATOR),  # the operator of another district
    )
    for stranger in strangers:
        assert problem(await cast.get(f"/appeals/{appeal}", stranger)) == (404, "not_found")
        assert problem(await cast.get(f"/appeals/{appeal}/timeline", stranger)) == (404, "not_found")
        assert problem(await cast.get(f"/appeals/{appeal}/callbacks", stranger)) == (404, "not_found")
        assert problem(await cast.move(appeal, "file", stranger, filing)) == (404, "not_found")
    assert problem(await cast.move(appeal, "file", cast.head, filing)) == (403, "not_your_move")
    assert problem(await cast.move(appeal, "file", cast.resident, filing)) == (403, "not_your_move")
    assert problem(await cast.move(appeal, "sign", cast.staff)) == (403, "not_your_move")
    assert problem(await cast.get("/jobs/dead", cast.staff)) == (403, "forbidden")
    assert await cast.count("journal") == 1


async def test_the_moves_shown_are_those_of_the_caller(cast: Cast) -> None:
    appeal = (await cast.report()).json()["id"]
    assert (await cast.shown(appeal, cast.staff))["moves"] == ["file", "refuse", "merge", "supplement"]
    assert (await cast.shown(appeal, cast.resident))["moves"] == ["supplement", "urge", "withdraw"]
    assert (await cast.shown(appeal, cast.head))["moves"] == []


# --- what may be brought ---


@pytest.mark.parametrize(
    ("changed", "code"),
    [({"place": "NOWHERE"}, "unknown_place"), ({"category": "JC77"}, "unknown_category")],
)
async def test_an_unknown_place_or_category_is_422_by_name(cast: Cast, changed: dict[str, str], code: str) -> None:
    answer = await post(cast, NEW | changed)
    assert problem(answer) == (422, code)
    assert next(iter(changed.values())) in answer.json()["detail_en"]
    assert await cast.count("appeals") == 0


async def test_whoever_reports_can_look_the_categories_up(cast: Cast) -> None:
    refused = await post(cast, NEW | {"category": "JC77"})
    assert f"{BASE}/categories" in refused.json()["detail"]
    listed = (await cast.client.get(f"{BASE}/categories")).json()
    assert {"code": "JC05", "label": "供暖", "top": "JC"} in listed
    assert [one["code"] for one in listed if one["top"] == one["code"]] == ["JC", "KN", "MD", "RJ", "WY"]
    accepted = [await post(cast, NEW | {"category": one["code"]}) for one in listed[::20]]
    assert {answer.status_code for answer in accepted} == {201}


@pytest.mark.parametrize(
    ("changed", "at", "kind"),
    [
        ({"colour": "red"}, "/body/colour", "extra_forbidden"),
        ({"title": None}, "/body/title", "string_type"),
        ({"title": ""}, "/body/title", "string_too_short"),
        ({"title": " \u3000 "}, "/body/title", "string_too_short"),
        ({"title": "长" * 201}, "/body/title", "string_too_long"),
        ({"title": "a\u0000b"}, "/body/title", "string_pattern_mismatch"),
        ({"content": "a\u0000b"}, "/body/content", "string_pattern_mismatch"),
        ({"content": 7}, "/body/content", "string_type"),
        ({"place": "../../etc"}, "/body/place", "string_pattern_mismatch"),
        ({"urgency": "L9"}, "/body/urgency", "enum"),
        ({"channel": "hotline_12345"}, "/body", "value_error"),
        ({"anonymous": 10**400}, "/body/anonymous", "bool_type"),
        ({"collected_at": "2026-11-22T10:00:00"}, "/body/collected_at", "timezone_aware"),
        ({"collected_at": "0001-01-01T00:00:00+14:00"}, "/body/collected_at", "value_error"),
        ({"collected_at": "9999-12-31T23:59:59-14:00"}, "/body/collected_at", "value_error"),
        ({"on_behalf_of": {"phone": "110"}}, "/body/on_behalf_of/phone", "string_pattern_mismatch"),
        ({"on_behalf_of": []}, "/body/on_behalf_of", "model_attributes_type"),
    ],
)
async def test_a_field_that_is_wrong_is_named(cast: Cast, changed: dict[str, Any], at: str, kind: str) -> None:
    answer = await post(cast, NEW | changed)
    assert problem(answer) == (422, "invalid")
    assert [(error["at"], error["kind"]) for error in answer.json()["errors"]] == [(at, kind)]
    assert all(error["zh"] and error["en"] for error in answer.json()["errors"])
    assert kind != "value_error" or "格式不正确" not in answer.text  # what we refuse ourselves says why


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 422),
        (b"null", 422),
        (b"[]", 422),
        (b'"text"', 422),
        (b"{", 422),
        (b"{}", 422),
        (b"\xff\xfe\x00", 422),
        (b'{"title": "\\ud800"}', 422),
        (b"[" * 100_000, 422),
        (b'{"title": ' + b"9" * 5000 + b"}", 422),
        (b"place=C1", 422),
    ],
)
async def test_a_body_that_is_none_is_refused(cast: Cast, content: bytes, status: int) -> None:
    headers = cast.resident.writes() | {"content-type": "application/json"}
    answer = await cast.client.post(f"{BASE}/appeals", content=content, headers=headers)
    assert problem(answer)[0] == status, answer.text


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
async def test_another_content_type_is_refused(cast: Cast, kind: str) -> None:
    headers = cast.resident.writes() | {"content-type": kind}
    answer = await cast.client.post(f"{BASE}/appeals", content=b'{"title": "x"}', headers=headers)
    assert problem(answer)[0] in {415, 422}


async def test_words_of_every_kind_come_back_as_they_were(cast: Cast) -> None:
    words = "𠮷野家 ❄️ 👨\u200d👩\u200d👧 ﷽ \u202e反 \u200b e\u0301 %s {} \\ ' \" <b>; DROP TABLE appeals"
    shown = (await post(cast, NEW | {"title": words, "content": f"第一行\n第二行\t{words}"})).json()
    assert (shown["title"], shown["content"]) == (words, f"第一行\n第二行\t{words}")


async def test_an_oversized_body_is_413_whether_it_says_so_or_not(cast: Cast) -> None:
    limit = cast.service.settings.body_limit

    async def trickle() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b"x" * (limit // 10)

    headers = cast.resident.writes() | {"content-type": "application/json"}
    for content in (b"x" * (limit + 1), trickle()):
        answer = await cast.client.post(f"{BASE}/appeals", content=content, headers=headers)
        assert problem(answer) == (413, "body_too_large")
    assert (await cast.report()).status_code == 201


@pytest.mark.parametrize("id", ["1", "not-a-uuid", "018f0000-0000-7000-8000-0000000000000", "%00", "🏠"])
async def test_an_id_that_is_none_is_422(cast: Cast, id: str) -> None:
    for answer in (await cast.get(f"/appeals/{id}", cast.staff), await cast.move(id, "file", cast.staff, {})):
        assert problem(answer)[0] in {404, 422}


async def test_an_id_and_a_move_that_nobody_knows_are_404(cast: Cast) -> None:
    appeal = (await cast.report()).json()["id"]
    assert problem(await cast.get(f"/appeals/{uuid4()}", cast.operator)) == (404, "not_found")
    assert problem(await cast.move(str(uuid4()), "sign", cast.operator)) == (404, "not_found")
    assert problem(await cast.move(appeal, "bribe", cast.operator)) == (404, "not_found")
    assert problem(await cast.get("/workflows/nonsense", cast.operator)) == (404, "not_found")
    assert problem(await cast.client.delete(f"{BASE}/appeals/{appeal}", headers=cast.operator.headers))[0] == 405


@pytest.mark.parametrize(
    "params",
    [
        {"step": "\x00"}, {"step": "nonsense"}, {"place": "a b"}, {"place": "\x00"}, {"limit": 0}, {"limit": 101},
        {"limit": 10**30}, {"limit": "many"}, {"cursor": "x" * 301}, {"cursor": "\x00"},
    ],
)  # fmt: skip
async def test_a_filter_that_is_none_is_422(cast: Cast, params: dict[str, Any]) -> None:
    assert problem(await cast.get("/appeals", cast.staff, **params)) == (422, "invalid")


@pytest.mark.parametrize("cursor", ["x", "é", "W10", "WzFd", "WyJ4Il0", "bnVsbA", "eyJhIjoxfQ"])
@pytest.mark.parametrize("path", ["/appeals", "/appeals/mine", "/inbox"])
async def test_a_cursor_that_is_not_ours_is_400(cast: Cast, path: str, cursor: str) -> None:
    assert problem(await cast.get(path, cast.staff, cursor=cursor)) == (400, "cursor_invalid")


async def test_the_problem_speaks_the_callers_language(cast: Cast) -> None:
    for asked, spoken, words in (
        ("en-GB,zh;q=0.5", "en", "Not found"),
        ("fr, zh-CN", "zh-CN", "没有找到"),
        ("", "zh-CN", "没有"),
    ):
        headers = cast.resident.headers | {"Accept-Language": asked}
        answer = await cast.client.get(f"{BASE}/appeals/{uuid4()}", headers=headers)
        assert answer.headers["content-language"] == spoken
        assert answer.json()["detail"].startswith(words)


async def test_paper_keeps_its_own_date(cast: Cast) -> None:
    collected = datetime.now(UTC).replace(microsecond=0) - timedelta(days=3)
    answer = await cast.report(cast.staff, channel="suggestion_book", collected_at=collected.isoformat())
    assert answer.status_code == 201
    [row] = await cast.sql("SELECT collected_at FROM tickets.appeals WHERE district = $1")
    assert row["collected_at"] == collected
    assert await cast.listed(somebody(cast.district, Role.GRID_WORKER, COMMUNITY)) == [answer.json()["id"]]


async def test_a_list_is_what_its_document_says(cast: Cast) -> None:
    """Lists are written straight from their rows: nothing else would hold them to the model."""
    appeal = await cast.assigned()
    whole = (await cast.get(f"/appeals/{appeal}", cast.head)).json()
    for path, who in (("/appeals", cast.staff), ("/appeals/mine", cast.resident), ("/inbox", cast.head)):
        answer = await cast.get(path, who)
        [listed] = Page[AppealSummary].model_validate_json(answer.content, strict=True).items
        assert answer.json()["items"] == [{name: whole[name] for name in AppealSummary.model_fields}]
        assert listed.model_dump(mode="json") == answer.json()["items"][0]
        assert answer.headers["content-type"] == "application/json"
