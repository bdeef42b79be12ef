"""Signing in by a code to the phone: real text messages to a simulated provider, through the queue."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from shared.runtime.db import Statement
from shared.runtime.service import Service
from tests.hierarchy.signing_in import NOBODYS, Town, town
from tests.hierarchy.small import PHONE


@pytest.fixture
async def here(hierarchy: Service, district: str) -> AsyncIterator[Town]:
    assert hierarchy.name
    async with town(district) as made:
        yield made


async def test_a_code_signs_in_once(here: Town) -> None:
    given = await here.code()
    (message,) = here.phones.messages.values()
    assert set(message) == {"id", "phone", "template", "signature", "params"}
    assert (message["id"], message["phone"], message["params"]["minutes"]) == (given["request_id"], PHONE, "5")
    answer = await here.by_code(**given, device="虚构手机")
    session = answer.json()
    assert answer.status_code == 201, answer.text
    assert session["person"]["phone"] == "100****0001"
    devices = (await here.get("sessions", session["access_token"])).json()
    assert [(one["device"], one["way"]) for one in devices] == [("虚构手机", "phone_code")]
    again = await here.by_code(**given)
    assert (again.status_code, again.json()["code"]) == (401, "code_wrong")


async def test_fifty_tries_at_the_same_moment_open_one_session(here: Town) -> None:
    given = await here.code()
    answers = await asyncio.gather(*(here.by_code(**given) for _ in range(50)))
    assert [answer.status_code for answer in answers].count(201) == 1
    assert {answer.json()["code"] for answer in answers if answer.status_code != 201} <= {
        "code_wrong", "too_many_requests", "request_in_progress", "overloaded", "unavailable",
    }  # fmt: skip
    assert len(await here.sql("SELECT * FROM hierarchy.sessions WHERE district = $1")) == 1


async def test_five_guesses_are_five_also_at_the_same_moment(here: Town) -> None:
    given = await here.code()
    wrong = given | {"code": f"{(int(given['code']) + 1) % 10**6:06}"}
    answers = await asyncio.gather(*(here.by_code(**wrong) for _ in range(8)))
    assert {answer.status_code for answer in answers} == {401}
    (row,) = await here.sql("SELECT guesses FROM hierarchy.sign_in_codes WHERE district = $1")
    assert row["guesses"] == 5
    right = await here.by_code(**given)
    assert (right.status_code, right.json()["code"]) == (401, "code_wrong")


async def test_the_fifth_guess_may_be_right(here: Town) -> None:
    given = await here.code()
    wrong = given | {"code": f"{(int(given['code']) + 1) % 10**6:06}"}
    for _ in range(4):
        assert (await here.by_code(**wrong)).status_code == 401
    assert (await here.by_code(**given)).status_code == 201


async def test_a_code_ends_after_five_minutes(here: Town) -> None:
    given = await here.code()
    await here.passes(seconds=299)
    early = await here.code_row()
    assert early["live"]
    await here.passes(seconds=2)
    assert (await here.by_code(**given)).json()["code"] == "code_wrong"


async def test_a_new_code_replaces_the_one_before(here: Town) -> None:
    before = await here.code()
    await here.passes(seconds=61)
    given = await here.code()
    assert (await here.by_code(**before)).json()["code"] == "code_wrong"
    assert (await here.by_code(**given)).status_code == 201


@pytest.mark.parametrize(
    "changed",
    [
        {"request_id": "00000000-0000-7000-8000-000000000000"},
        {"phone": NOBODYS},
        {"device": "another one"},
        {"device": None},
    ],
)
async def test_a_code_is_bound_to_number_request_and_device(here: Town, changed: dict[str, Any]) -> None:
    given = {"phone": PHONE, "device": "虚构手机"} | await here.code(device="虚构手机")
    assert (await here.by_code(**(given | changed))).json()["code"] == "code_wrong"
    assert (await here.by_code(**given)).status_code == 201


async def test_a_code_is_bound_to_its_purpose(here: Town) -> None:
    given = await here.code(purpose="confirm_phone")
    assert (await here.by_code(**given)).json()["code"] == "code_wrong"


# --- whether somebody has the number -------------------------------------------------------------------------------


async def test_a_number_that_nobody_has_looks_the_same(here: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same statements in the same order with values of the same size, and answers of the same bytes."""
    ran: list[tuple[str, list[int]]] = []
    bind = Statement.bind

    def noted(self: Statement, values: dict[str, Any]) -> tuple[str, list[Any]]:
        sql, arguments = bind(self, values)
        ran.append((sql, [len(a if isinstance(a, bytes) else str(a)) for a in arguments]))
        return sql, arguments

    monkeypatch.setattr(Statement, "bind", noted)
    seen = {}
    for phone in (PHONE, NOBODYS):
        await here.sql("DELETE FROM hierarchy.sign_in_limits WHERE district = $1")
        ran.clear()
        asked = await here.ask(phone)
        made = asked.status_code, sorted(asked.json()), len(asked.content), sorted(asked.headers)
        statements = list(ran)
        ran.clear()
        given = {"request_id": asked.json()["request_id"], "code": "000000"}
        guessed = await here.by_code(phone, **given)
        refused = guessed.status_code, {**guessed.json(), "request_id": 0}, sorted(guessed.headers)
        seen[phone] = made, statements, refused, [sql for sql, _ in ran]
    here_is, nobody = seen[PHONE], seen[NOBODYS]
    assert here_is[0] == nobody[0]
    assert [sql for sql, _ in here_is[1]] == [sql for sql, _ in nobody[1]]
    assert len(here_is[1]) > 6  # so that the comparison is one
    assert here_is[2:] == nobody[2:]
    # All that differs is the place of the one whose household is looked for.
    different = [sql for (sql, one), (_, other) in zip(here_is[1], nobody[1], strict=True) if one != other]
    assert ["hierarchy.places" in sql for sql in different] == [True]
    rows = await here.sql("SELECT name, length(args::text) AS size FROM hierarchy.jobs WHERE district = $1")
    assert len(rows) == 2
    assert len({(row["name"], row["size"]) for row in rows}) == 1
    await here.work()
    assert [message["phone"] for message in here.phones.messages.values()] == [PHONE]
    assert sorted(row["data"]["outcome"] for row in await here.journal("code_sent")) == ["sent", "withheld"]


async def test_limits_hold_for_numbers_that_nobody_has(here: Town) -> None:
    assert [(await here.ask(NOBODYS)).status_code for _ in range(2)] == [202, 429]


# --- limits --------------------------------------------------------------------------------------------------------


async def test_the_limits_of_a_number(here: Town) -> None:
    statuses = []
    for seconds in (0, 30, 31, 61, 61, 600, 61, 61, 3600):
        await here.passes(seconds=seconds)
        answer = await here.ask()
        statuses.append(answer.status_code)
        if answer.status_code == 429:
            assert answer.json()["code"] == "too_many_requests"
            assert int(answer.headers["retry-after"]) > 0
    #                  first  30 s  61 s  122 s  4th in 10 min  hour: 4th, 5th, 6th          next hour
    assert statuses == [202, 429, 202, 202, 429, 202, 202, 429, 202]


async def test_twenty_requests_at_the_same_moment_send_one_message(here: Town) -> None:
    answers = await asyncio.gather(*(here.ask() for _ in range(20)))
    assert [answer.status_code for answer in answers].count(202) == 1
    await here.work()
    assert len(here.phones.messages) == 1
    assert len(await here.journal("sign_in_refused")) == 1  # the first of them; a flood writes no flood


async def test_the_limit_of_an_address(hierarchy: Service, district: str) -> None:
    async with town(district, codes_per_address=3) as here:
        statuses = [(await here.ask(f"1007777700{n}")).status_code for n in range(5)]
        assert statuses == [202, 202, 202, 429, 429]
        await here.passes(hours=1)
        assert (await here.ask()).status_code == 202


async def test_a_household_counts_together_and_does_not_show(hierarchy: Service, district: str) -> None:
    """A refusal would tell that somebody there has the number, so it looks like any other answer."""
    async with town(district, codes_per_household=2, codes_per_address=100) as here:
        phones = [await here.neighbour(number) for number in range(4)]
        answers = [await here.ask(phone) for phone in phones]
        assert [answer.status_code for answer in answers] == [202] * 4
        await here.work()
        assert [message["phone"] for message in here.phones.messages.values()] == phones[:2]
        await here.code()  # who lives elsewhere is not affected
        await here.passes(hours=1)
        await here.code(phones[2])


async def test_the_days_messages_end(hierarchy: Service, district: str) -> None:
    async with town(district, sms_per_day=2, codes_per_address=100) as here:
        phones = [await here.neighbour(number) for number in range(3)]
        assert (await here.ask(NOBODYS)).status_code == 202  # costs nothing
        assert [(await here.ask(phone)).status_code for phone in phones] == [202, 202, 503]
        refused, nobodys = await here.ask(PHONE), await here.ask("10077779998")
        assert (refused.json()["code"], nobodys.json()["code"]) == ("codes_paused", "codes_paused")
        assert 0 < int(refused.headers["retry-after"]) <= 24 * 3600
        (opened,) = await here.journal("sms_breaker_opened")
        assert opened["data"] == {"most": 2}
        metrics = await here.http.get("http://test/metrics")
        assert f'linli_sms_breaker_opened_total{{district="{district}"}} 1.0' in metrics.text
        await here.work()
        assert len(here.phones.messages) == 2


# --- what is kept and told ------------------------------------------------------------------------------------------


async def test_neither_number_nor_code_lies_anywhere_in_the_clear(here: Town) -> None:
    asked = await here.ask()
    jobs = str(await here.sql("SELECT * FROM hierarchy.jobs WHERE district = $1"))
    await here.work()
    code = here.phones.code(PHONE)
    await here.by_code(request_id=asked.json()["request_id"], code="000000")
    await here.by_code(request_id=asked.json()["request_id"], code=code)
    tables = ("journal", "sign_in_codes", "sign_in_limits", "jobs", "sms_days")
    kept = jobs + "".join([str(await here.sql(f"SELECT * FROM hierarchy.{t} WHERE district = $1")) for t in tables])
    assert PHONE not in kept
    assert f"'{code}'" not in kept
    assert f'"{code}"' not in kept
    assert "127.0.0.1" not in kept
    (refused,) = await here.journal("sign_in_refused")
    assert (refused["data"]["why"], refused["data"]["way"]) == ("code_wrong", "phone_code")
    (entry,) = await here.journal("sign_in")
    assert entry["data"]["way"] == "phone_code"


async def test_what_is_over_is_thrown_away(here: Town) -> None:
    await here.ask()
    await here.ask(NOBODYS)
    over = "now() - interval '1 s'"
    await here.sql(f"UPDATE hierarchy.sign_in_limits SET until = {over} WHERE district = $1")
    await here.sql(f"UPDATE hierarchy.sign_in_codes SET expires_at = {over} WHERE district = $1")
    await here.work()
    for table in ("sign_in_limits", "sign_in_codes"):
        assert await here.sql(f"SELECT * FROM hierarchy.{table} WHERE district = $1") == []


@pytest.mark.parametrize(
    "body",
    [
        {"phone": "20077770001"},
        {"phone": "+8610077770001"},
        {"phone": "+441007777000"},
        {"phone": "1007777000"},
        {"purpose": "new_phone"},
        {"purpose": "reset"},
        {"district": "1"},
        {"extra": 1},
    ],
)
async def test_unusable_requests(here: Town, body: dict[str, Any]) -> None:
    assert (await here.ask(**body)).status_code == 422


async def test_an_unknown_district(here: Town) -> None:
    assert (await here.ask(district="999998")).json()["code"] == "unknown_district"


async def test_without_a_provider_there_are_no_codes(hierarchy: Service, district: str) -> None:
    async with town(district, sms_url="", env="production", data_key_id="k1") as here:
        answer = await here.ask()
        assert (answer.status_code, answer.json()["code"]) == (501, "not_set_up")


async def test_in_dev_a_code_is_shown_in_the_log(
    hierarchy: Service, district: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async with town(district, sms_url="") as here:
        asked = await here.ask()
        capsys.readouterr()
        await here.work()
        shown = capsys.readouterr().out
        assert "dev only" in shown
        assert PHONE not in shown
        code = shown.split("code=")[1].split()[0].strip("'")
        answer = await here.by_code(request_id=asked.json()["request_id"], code=code)
        assert answer.status_code == 201
