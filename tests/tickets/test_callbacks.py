"""Status callbacks: signed, one after the other, until they are taken; whatever the hotline does, none is lost."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from services.demo.simulator import Hotline, listening
from shared.runtime import webhooks
from tests.support.steps import run_due
from tests.tickets.conftest import BASE, RESULT, Caller12345, Cast, problem, set_up


async def push(cast: Cast, rounds: int = 12) -> None:
    """Lets time pass for waiting callbacks, again and again."""
    for _ in range(rounds):
        await cast.sql(
            """UPDATE tickets.jobs SET due_at = now()
               WHERE district = $1 AND name = 'tickets.hotline.call' AND dead_at IS NULL"""
        )
        if not await run_due(cast.service, cast.district, rounds=1):
            return


async def handled(cast: Cast, hotline: Caller12345) -> str:
    """An order that was signed, contacted, handed on and resolved: five callbacks are due."""
    appeal = str((await hotline.send(hotline.order())).json()["appeal_id"])
    await run_due(cast.service, cast.district, rounds=3)
    await cast.walk(
        appeal,
        ("sign", cast.head, {}),
        ("contact", cast.head, {"reached": True, "note": "已电话联系"}),
        ("escalate", cast.head, {"reason": "需要网格协调"}),
        ("sign", cast.grid_worker, {}),
        ("resolve", cast.grid_worker, RESULT),
    )
    return appeal


HEARD = ["signed", "contacted", "progress", "signed", "resolved"]


@asynccontextmanager
async def simulated(cast: Cast, *moods: int) -> AsyncIterator[tuple[Caller12345, Hotline]]:
    """A hotline that listens, and answers with these statuses before it is well."""
    simulator = Hotline(f"{cast.district}-12345", "", moods=list(moods))
    async with listening(simulator) as port:
        caller = await set_up(cast, f"http://127.0.0.1:{port}/callbacks")
        simulator.secret = caller.secret
        yield caller, simulator


async def test_every_callback_once_in_order_and_with_its_words(cast: Cast) -> None:
    async with simulated(cast) as (hotline, simulator):
        appeal = await handled(cast, hotline)
        await push(cast)
        await push(cast)
    assert [(c.seq, c.event) for c in simulator.callbacks] == list(enumerate(HEARD, 1))
    assert simulator.refused == []
    first, _, risen, _, result = simulator.callbacks
    assert {c.order_no for c in simulator.callbacks} == {hotline.order_no}
    assert {c.ticket_no for c in simulator.callbacks} == {(await cast.shown(appeal))["number"]}
    # in whose name: who acted, and who was asked next, though somebody else handles it by now
    assert [c.unit for c in simulator.callbacks] == ["楼栋长", "楼栋长", "网格长", "网格长", "网格长"]
    assert (first.operator, risen.detail) == ("user", {"reason": "需要网格协调"})
    assert result.detail["public_reply"] == RESULT["public_reply"]
    assert result.detail["internal_note"] == RESULT["internal_note"]
    assert (result.detail["result"], result.detail["truthful"]) == ("resolved", True)
    told = (await cast.get(f"/appeals/{appeal}/callbacks", cast.staff)).json()
    assert [(item["seq"], item["event"], item["status"]) for item in told] == [
        (seq, event, 204) for seq, event in enumerate(HEARD, 1)
    ]


@pytest.mark.parametrize("moods", [(500,), (503, 503, 429), (302,), (404, 401, 400), (200, 500, 200, 500)])
async def test_in_order_though_the_hotline_fails(cast: Cast, moods: tuple[int, ...]) -> None:
    """A 2xx that was not meant so (the simulator forgot it) is the hotline's word: it is not told again."""
    async with simulated(cast, *moods) as (hotline, simulator):
        await handled(cast, hotline)
        await push(cast, 20)
    forgotten = moods.count(200)
    assert [c.event for c in simulator.callbacks] == HEARD[forgotten:]
    assert [c.seq for c in simulator.callbacks] == list(range(1 + forgotten, 6))
    assert await cast.count("jobs", "name = 'tickets.hotline.call'") == 0


async def test_a_repetition_carries_the_same_id(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hotline took it, but we died before we could write that down."""
    async with simulated(cast) as (hotline, simulator):
        await handled(cast, hotline)
        with monkeypatch.context() as patch:
            from services.tickets.hotline import service  # noqa: PLC0415 - patched here only

            async def dies(*_: Any) -> None:
                raise ConnectionError

            patch.setattr(service, "delivered", dies)
            await push(cast, 3)
        assert [c.seq for c in simulator.callbacks] == [1]
        await push(cast)
    assert [c.seq for c in simulator.callbacks] == [1, 2, 3, 4, 5]
    assert len(simulator.message_ids) == 5


async def test_410_gives_up_holds_the_rest_and_can_be_revived(cast: Cast) -> None:
    async with simulated(cast, 204, 410) as (hotline, simulator):
        await handled(cast, hotline)
        await push(cast)
        assert simulator.callbacks == []
        page = (await cast.get("/jobs/dead", cast.operator)).json()
        [dead] = page["items"]
        assert (dead["name"], dead["args"]["seq"], page["next"]) == ("tickets.hotline.call", 2, None)
        assert dead["last_error"] == "Permanent the hotline answered 410 Gone"
        assert await cast.count("jobs", "name = 'tickets.hotline.call'") == 4

        revive = f"/jobs/{dead['id']}/revive"
        assert problem(await cast.client.post(BASE + revive, headers=cast.staff.writes())) == (403, "forbidden")
        headers = cast.operator.writes("revive-it-once")
        for _ in range(2):
            revived = await cast.client.post(BASE + revive, headers=headers)
            assert (revived.status_code, revived.json()) == (200, {"id": dead["id"]})
        assert problem(await cast.client.post(BASE + revive, headers=cast.operator.writes())) == (404, "not_found")
        await push(cast)
    assert [c.seq for c in simulator.callbacks] == [2, 3, 4, 5]
    assert (await cast.get("/jobs/dead", cast.operator)).json()["items"] == []


async def test_without_an_address_it_waits_and_in_the_end_lies_among_the_dead(cast: Cast) -> None:
    hotline = await set_up(cast)
    await handled(cast, hotline)
    await push(cast, 3)
    [head] = await cast.sql("SELECT last_error FROM tickets.jobs WHERE district = $1 AND last_error IS NOT NULL")
    assert head["last_error"] == "Later no callback address is set"
    await cast.sql("UPDATE tickets.jobs SET attempts = 24 WHERE district = $1 AND order_seq = 1")
    await push(cast)
    [dead] = (await cast.get("/jobs/dead", cast.operator)).json()["items"]
    assert (dead["last_error"], dead["args"]["seq"]) == ("Later no callback address is set", 1)
    for cursor in ("x", "WzEsMl0", "WyIyMDI2LTExLTIyIiwiMSJd"):
        assert problem(await cast.get("/jobs/dead", cast.operator, cursor=cursor)) == (400, "cursor_invalid")


async def test_a_refused_and_a_repeated_order_go_back(cast: Cast) -> None:
    async with simulated(cast) as (hotline, simulator):
        other = Caller12345(cast.client, hotline.id, hotline.secret)
        for caller in (hotline, other):
            unsorted = {"scheme": "gbt39666", "code": "", "path": ["供暖"]}
            await caller.send(caller.order(category=unsorted))
        await cast.work()
        second, first = [(await cast.shown(a)) for a in await cast.listed(cast.staff, step="verify")]
        await cast.walk(second["id"], ("merge", cast.staff, {"of": first["number"]}))
        refusal = {"reason": "emergency_number", "note": "请拨打119。"}
        await cast.walk(first["id"], ("refuse", cast.staff, refusal))
        await push(cast)
    told = {c.order_no: (c.event, c.detail) for c in simulator.callbacks}
    assert told[other.order_no] == ("returned", {"of": first["number"]})
    assert told[hotline.order_no] == ("returned", refusal)


# --- a hotline that behaves badly on the wire ---


@asynccontextmanager
async def answering(answer: bytes, *, wait: float = 0.0) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A server that says just this to every request; gives its port and what it was sent."""
    heard: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(65536))
        await asyncio.sleep(wait)
        try:
            writer.write(answer)
            await writer.drain()
            writer.close()
        except ConnectionError:
            pass

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], heard


async def tried(cast: Cast, port: int) -> dict[str, Any]:
    """One callback was due and tried once."""
    hotline = await set_up(cast, f"http://127.0.0.1:{port}/callbacks")
    appeal = str((await hotline.send(hotline.order())).json()["appeal_id"])
    await run_due(cast.service, cast.district, rounds=3)
    await cast.move(appeal, "sign", cast.head)
    await run_due(cast.service, cast.district, rounds=1)
    [job] = await cast.sql(
        """SELECT last_error, attempts, extract(epoch FROM due_at - now()) AS wait FROM tickets.jobs
           WHERE district = $1 AND name = 'tickets.hotline.call'"""
    )
    return dict(job)


async def test_a_redirect_is_not_followed(cast: Cast) -> None:
    async with answering(b"HTTP/1.1 204 No Content\r\n\r\n") as (inside, secret):
        answer = f"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:{inside}/metadata\r\nContent-Length: 0\r\n\r\n"
        async with answering(answer.encode()) as (port, _):
            job = await tried(cast, port)
    assert job["last_error"] == "Later the hotline answered 302"
    assert secret == []


async def test_a_request_to_wait_is_heard(cast: Cast) -> None:
    answer = b"HTTP/1.1 503 Busy\r\nRetry-After: 1800\r\nContent-Length: 0\r\n\r\n"
    async with answering(answer) as (port, _):
        job = await tried(cast, port)
    assert 1700 < job["wait"] <= 1800


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"", "Later the hotline did not answer: RemoteProtocolError"),
        (b"no http at all\r\n\r\n", "Later the hotline did not answer: RemoteProtocolError"),
        (b"HTTP/1.1 500 x\r\nContent-Length: 9999999999\r\n\r\n" + b"x" * 100_000, "Later the hotline answered 500"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000, "Later the hotline did not answer: RemoteProtocolError"),
    ],
)
async def test_a_broken_answer_is_a_reason_to_wait(cast: Cast, answer: bytes, error: str) -> None:
    async with answering(answer) as (port, _):
        assert (await tried(cast, port))["last_error"] == error


async def test_no_answer_is_waited_for_only_so_long(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = cast.service.settings.model_copy(update={"callback_timeout_s": 0.2})
    monkeypatch.setattr(cast.service, "settings", settings)
    async with answering(b"", wait=60) as (port, _):
        async with asyncio.timeout(50):
            job = await tried(cast, port)
    assert job["last_error"] in {
        f"Later the hotline did not answer: {name}" for name in ("TimeoutError", "ReadTimeout")
    }


async def test_an_address_that_turned_bad_since_is_not_called(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its name pointed to a public host when the operator set it up; now it points into our own network."""
    async with answering(b"HTTP/1.1 204 x\r\n\r\n") as (port, heard):

        async def look_up(*_: Any, **__: Any) -> tuple[str, ...]:
            return ("10.0.0.7",)

        hotline = await set_up(cast, f"http://127.0.0.1:{port}/callbacks")
        appeal = str((await hotline.send(hotline.order())).json()["appeal_id"])
        await run_due(cast.service, cast.district, rounds=3)
        await cast.move(appeal, "sign", cast.head)
        monkeypatch.setattr(webhooks, "_resolved", look_up)
        await run_due(cast.service, cast.district, rounds=1)
    assert heard == []
    [job] = await cast.sql("SELECT last_error FROM tickets.jobs WHERE district = $1 AND last_error IS NOT NULL")
    assert job["last_error"].startswith("Later the callback address is refused")
