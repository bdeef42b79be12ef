"""An appeal's files, as people meet them: attached, listed, looked at, named as evidence, taken away."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from shared.kernel.rights import Role
from shared.runtime.attachments.links import LIFE
from shared.runtime.attachments.store import FileGone
from shared.runtime.service import Service
from tests.support.world import Somebody, fresh_district, somebody
from tests.tickets.conftest import BASE, COMMUNITY, ELSEWHERE, RESULT, Cast, problem
from tests.tickets.hostile import jpeg, pdf
from tests.tickets.uploading import attach, attached

KINDS = ("report", "evidence", "contact", "certificate", "handling")
INTERNAL = {"contact", "certificate", "handling"}


async def listed(cast: Cast, appeal: str, who: Somebody) -> list[str]:
    answer = await cast.get(f"/appeals/{appeal}/attachments", who)
    assert answer.status_code == 200, answer.text
    return [item["kind"] for item in answer.json()]


async def follow(cast: Cast, link: str, headers: dict[str, str]) -> httpx.Response:
    return await cast.client.get(link, headers=headers)


async def test_a_photograph_from_the_stairs(cast: Cast) -> None:
    """The resident attaches it, the building head looks at it, and the timeline knows of it."""
    appeal = await cast.assigned()
    made = await attached(cast, appeal, cast.resident)
    assert (made["name"], made["media_type"], made["mine"]) == ("漏水.jpg", "image/jpeg", True)
    headers = cast.head.headers
    [seen] = (await cast.client.get(f"{BASE}/appeals/{appeal}/attachments", headers=headers)).json()
    assert (seen["id"], seen["mine"]) == (made["id"], False)
    content = await follow(cast, seen["content_url"], headers)
    assert content.status_code == 200
    assert len(content.content) == made["size"] == int(content.headers["content-length"])
    assert content.headers["content-type"] == "image/jpeg"
    assert content.headers["content-disposition"].endswith("filename*=UTF-8''%E6%BC%8F%E6%B0%B4.jpg")
    small = await follow(cast, seen["thumbnail_url"], headers)
    assert small.headers["content-type"] == "image/webp"
    assert (await cast.events(appeal))[-1] == "attach"
    item = (await cast.get(f"/appeals/{appeal}/timeline", cast.resident)).json()[-1]
    assert item["data"]["attachment"] == made["id"]
    assert "漏水" not in str(item)  # what a person calls a file is not for the journal


async def test_a_pdf_has_no_small_picture(cast: Cast) -> None:
    appeal = (await cast.report()).json()["id"]
    made = (await attach(cast, appeal, cast.resident, content=pdf())).json()
    assert (made["media_type"], made["name"], made["thumbnail_url"], made["width"]) == (
        "application/pdf",
        "漏水.pdf",
        None,
        None,
    )
    headers = cast.resident.headers
    made = (await cast.client.get(f"{BASE}/attachments/{made['id']}", headers=headers)).json()
    assert (await follow(cast, made["content_url"], headers)).content == pdf()


async def test_the_same_upload_again_is_the_same_attachment(cast: Cast) -> None:
    """A phone that lost the answer sends all of it again, with another boundary; another file with it is not."""
    appeal, key = (await cast.report()).json()["id"], str(uuid4())
    first = await attach(cast, appeal, cast.resident, key=key)
    again = await attach(cast, appeal, cast.resident, key=key)
    assert first.request.headers["content-type"] != again.request.headers["content-type"]
    assert (again.status_code, again.json()["id"]) == (201, first.json()["id"])
    assert again.headers["idempotent-replayed"] == "true"
    assert await cast.count("attachments") == 1
    assert await cast.count("jobs", "name = 'tickets.attachment.sweep'") == 1  # it was not even examined again
    other = await attach(cast, appeal, cast.resident, key=key, content=jpeg((10, 10)))
    assert problem(other) == (422, "idempotency_key_reused")
    assert problem(await attach(cast, appeal, cast.resident, "evidence", key=key)) == (422, "idempotency_key_reused")


# --- who may ---------------------------------------------------------------------------------------------------------

# Who may add which kind to an appeal that the building head handles.
MAY_ADD = {
    "resident": {"report", "evidence"},
    "head": {"evidence", "contact", "certificate", "handling"},
    "staff": set(KINDS),
    "operator": set(KINDS),
    "grid_worker": set(),
}


@pytest.mark.parametrize("who", MAY_ADD)
async def test_who_may_add_what(cast: Cast, who: str) -> None:
    appeal = await cast.assigned()
    for kind in KINDS:
        answer = await attach(cast, appeal, getattr(cast, who), kind, content=jpeg((8, 8)))
        expected = (201, None) if kind in MAY_ADD[who] else (403, "forbidden")
        assert (answer.status_code, answer.json().get("code")) == expected, kind


async def test_who_wrote_it_down_may_add_the_paper(cast: Cast) -> None:
    paper = await cast.report(cast.grid_worker, on_behalf_of={"name": "虚构居民", "phone": "10000000001"})
    appeal = paper.json()["id"]
    assert (await attach(cast, appeal, cast.grid_worker)).status_code == 201
    assert problem(await attach(cast, appeal, cast.grid_worker, "evidence")) == (403, "forbidden")


async def strangers(cast: Cast) -> dict[str, Somebody]:
    return {
        "another resident": somebody(cast.district, Role.RESIDENT, COMMUNITY),
        "staff of another community": somebody(cast.district, Role.COMMUNITY_STAFF, ELSEWHERE),
        "an operator of another district": somebody(fresh_district(), Role.OPERATOR),
        "the auditor": somebody(cast.district, Role.AUDITOR),
    }


async def test_to_strangers_nothing_is_there(cast: Cast) -> None:
    appeal = await cast.assigned()
    made = await attached(cast, appeal, cast.resident)
    nothing = uuid4()
    for name, who in (await strangers(cast)).items():
        answers = [
            await attach(cast, appeal, who),
            await cast.get(f"/appeals/{appeal}/attachments", who),
            await cast.get(f"/attachments/{made['id']}", who),
            await follow(cast, made["content_url"], who.headers),
            await cast.client.delete(f"{BASE}/attachments/{made['id']}", headers=who.writes()),
        ]
        absent = await cast.get(f"/attachments/{nothing}", who)
        assert [problem(answer) for answer in answers] == [(404, "not_found")] * 5, name
        documents = [{**answer.json(), "request_id": ""} for answer in (*answers, absent)]
        assert all(document == documents[0] for document in documents)  # to the letter


async def test_a_confidential_appeal_hides_its_files_from_readers(cast: Cast) -> None:
    """The grid worker reads what is reported there; not this."""
    for confidential, seen in ((False, 200), (True, 404)):
        appeal = (await cast.report(confidential=confidential)).json()["id"]
        made = await attached(cast, appeal, cast.resident)
        assert (await cast.get(f"/attachments/{made['id']}", cast.grid_worker)).status_code == seen
        assert (await cast.get(f"/appeals/{appeal}/attachments", cast.grid_worker)).status_code == seen


async def test_what_belongs_to_the_file_is_not_for_the_resident(cast: Cast) -> None:
    appeal = await cast.assigned()
    hidden = [await attached(cast, appeal, cast.head, kind) for kind in sorted(INTERNAL)]
    shown = await attached(cast, appeal, cast.head, "certificate", public="true")
    assert await listed(cast, appeal, cast.staff) == [*sorted(INTERNAL), "certificate"]
    assert await listed(cast, appeal, cast.resident) == ["certificate"]
    for one in hidden:
        assert problem(await cast.get(f"/attachments/{one['id']}", cast.resident)) == (404, "not_found")
    timeline = (await cast.get(f"/appeals/{appeal}/timeline", cast.resident)).json()
    told = [item["data"]["attachment"] for item in timeline if item["event"] == "attach"]
    assert told == [shown["id"]]
    whole = (await cast.get(f"/appeals/{appeal}/timeline", cast.staff)).json()
    assert len([item for item in whole if item["event"] == "attach"]) == 4


# --- links -----------------------------------------------------------------------------------------------------------


def changed(link: str, name: str, value: str) -> str:
    return str(httpx.URL(link).copy_set_param(name, value))


async def test_a_link_is_for_one_person_one_session_one_file_and_five_minutes(
    cast: Cast, tickets: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    appeal = await cast.assigned()
    headers = cast.head.headers
    first, second = await attached(cast, appeal, cast.resident), await attached(cast, appeal, cast.resident)

    async def fresh(attachment: dict[str, Any]) -> dict[str, Any]:
        answer = await cast.client.get(f"{BASE}/attachments/{attachment['id']}", headers=headers)
        found: dict[str, Any] = answer.json()
        return found

    link = (await fresh(first))["content_url"]
    small, other = (await fresh(first))["thumbnail_url"], (await fresh(second))["content_url"]
    signature, expires = httpx.URL(link).params["signature"], int(httpx.URL(link).params["expires"])
    tampered = {
        "another variant": changed(link, "variant", "thumbnail"),
        "a later end": changed(link, "expires", str(expires + 1)),
        "no time at all": changed(link, "expires", "0"),
        "the small one's signature": changed(link, "signature", httpx.URL(small).params["signature"]),
        "another file's signature": changed(link, "signature", httpx.URL(other).params["signature"]),
        "another file": link.replace(first["id"], second["id"]),
        "one bit": changed(link, "signature", f"{int(signature, 16) ^ 1:064x}"),
        "nought": changed(link, "signature", "0" * 64),
    }
    assert (await follow(cast, link, headers)).status_code == 200
    for story, bad in tampered.items():
        assert problem(await follow(cast, bad, headers)) == (403, "link_invalid"), story
    for story, holder in {
        "the same person signed in anew": cast.head.headers,
        "the resident": cast.resident.headers,
        "the staff": cast.staff.headers,
    }.items():
        assert problem(await follow(cast, link, holder)) == (403, "link_invalid"), story
    assert problem(await follow(cast, link, {})) == (401, "unauthenticated")
    unreadable = [changed(link, "signature", signature.upper()), changed(link, "variant", "../x"), link.split("?")[0]]
    assert {problem(await follow(cast, bad, headers)) for bad in unreadable} == {(422, "invalid")}
    now = tickets.db.now
    monkeypatch.setattr(tickets.db, "now", lambda: now() + LIFE)
    assert problem(await follow(cast, link, headers)) == (403, "link_expired")


async def test_a_link_ends_with_the_right_to_see(cast: Cast) -> None:
    appeal = (await cast.report()).json()["id"]
    made = await attached(cast, appeal, cast.resident)
    headers = cast.grid_worker.headers
    link = (await cast.client.get(f"{BASE}/attachments/{made['id']}", headers=headers)).json()["content_url"]
    assert (await follow(cast, link, headers)).status_code == 200
    await cast.sql("UPDATE tickets.appeals SET confidential = true WHERE district = $1")
    assert problem(await follow(cast, link, headers)) == (404, "not_found")


# --- evidence --------------------------------------------------------------------------------------------------------


async def test_a_result_names_its_photographs(cast: Cast) -> None:
    appeal, other = await cast.assigned(), await cast.assigned()
    await cast.walk(appeal, ("sign", cast.head, {}))
    made = await attached(cast, appeal, cast.head, "evidence")
    elsewhere = await attached(cast, other, cast.head, "evidence")

    def result(attachment: str) -> dict[str, Any]:
        return RESULT | {"evidence": [{"kind": "photo", "description": "更换后的阀门", "attachment": attachment}]}

    for wrong in (elsewhere["id"], str(uuid4())):
        answer = await cast.move(appeal, "resolve", cast.head, result(wrong))
        assert problem(answer) == (422, "unknown_attachment")
    stranger = somebody(cast.district, Role.BUILDING_HEAD, ELSEWHERE)
    assert problem(await cast.move(appeal, "resolve", stranger, result(made["id"]))) == (404, "not_found")
    await cast.walk(appeal, ("resolve", cast.head, result(made["id"])))
    item = (await cast.get(f"/appeals/{appeal}/timeline", cast.staff)).json()[-1]
    assert item["text"]["evidence"][0]["attachment"] == made["id"]
    # It was resolved on it: now it stays.
    for who in (cast.head, cast.staff):
        answer = await cast.client.delete(f"{BASE}/attachments/{made['id']}", headers=who.writes())
        assert problem(answer) == (409, "move_not_open")


# --- taken away ------------------------------------------------------------------------------------------------------


async def test_who_added_it_may_take_it_away(cast: Cast, tickets: Service) -> None:
    appeal, key = (await cast.report()).json()["id"], str(uuid4())
    made = await attached(cast, appeal, cast.resident)
    headers = cast.resident.headers
    link = (await cast.client.get(f"{BASE}/attachments/{made['id']}", headers=headers)).json()["content_url"]
    refused = await cast.client.delete(f"{BASE}/attachments/{made['id']}", headers=cast.grid_worker.writes())
    assert problem(refused) == (403, "forbidden")
    [row] = await cast.sql("SELECT stored_as FROM tickets.attachments WHERE district = $1")
    gone = [
        await cast.client.delete(f"{BASE}/attachments/{made['id']}", headers=cast.resident.writes(key))
        for _ in range(2)
    ]
    assert [answer.status_code for answer in gone] == [204, 204]
    assert "idempotent-replayed" in gone[1].headers
    assert problem(await follow(cast, link, headers)) == (404, "not_found")
    assert await listed(cast, appeal, cast.resident) == []
    store = tickets.extras["files"].store
    await store.read(row["stored_as"])
    await cast.work()
    with pytest.raises(FileGone):
        await store.read(row["stored_as"])
    assert await cast.events(appeal) == ["report", "attach", "detach"]
    assert [tuple(row) for row in await cast.sql(USED)] == [("appeal", 0, 0), ("day", 1, made["size"])]


USED = """SELECT split_part(about, ':', 1), files, bytes FROM tickets.attachment_usage WHERE district = $1
    ORDER BY about"""


async def test_staff_may_take_away_what_was_reported(cast: Cast) -> None:
    """A neighbour's face, say."""
    appeal = (await cast.report()).json()["id"]
    made = await attached(cast, appeal, cast.resident)
    answer = await cast.client.delete(f"{BASE}/attachments/{made['id']}", headers=cast.staff.writes())
    assert answer.status_code == 204


async def test_what_has_ended_stays_as_it_is(cast: Cast) -> None:
    appeal = (await cast.report()).json()["id"]
    made = await attached(cast, appeal, cast.resident)
    await cast.walk(appeal, ("withdraw", cast.resident, {}))
    assert problem(await attach(cast, appeal, cast.resident)) == (409, "move_not_open")
    removed = await cast.client.delete(f"{BASE}/attachments/{made['id']}", headers=cast.resident.writes())
    assert problem(removed) == (409, "move_not_open")
    assert await listed(cast, appeal, cast.resident) == ["report"]
