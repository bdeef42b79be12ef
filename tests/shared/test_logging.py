import io
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
import structlog

from shared.runtime.logging import configure, context_value


class Lines(io.StringIO):
    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.getvalue().splitlines()]

    @property
    def last(self) -> dict[str, Any]:
        return self.events[-1]


NAMES = [
    "uvicorn",
    "uvicorn.error",
    "uvicorn.access",
    "arq.worker",
    "arq.jobs",
    "arq.connections",
    "httpx",
    "httpcore",
]


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    loggers = [logging.getLogger(), *map(logging.getLogger, NAMES), logging.getLogger("httpx_retries")]
    before = [(one, one.handlers, one.level, one.propagate) for one in loggers]
    yield
    for one, handlers, level, propagate in before:
        one.handlers, one.propagate = handlers, propagate
        one.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture
def lines() -> Lines:
    stream = Lines()
    configure(service="tickets", json=True, stream=stream)
    return stream


def log() -> Any:
    return structlog.stdlib.get_logger("linli.test")


def test_a_line_is_one_json_object_with_its_service_and_context(lines: Lines) -> None:
    structlog.contextvars.clear_contextvars()  # what an earlier test's request left in this process
    with structlog.contextvars.bound_contextvars(request_id="r1", district="330106"):
        log().info("appeal.registered", appeal=UUID(int=7), seconds=0.5, 渠道="热线")
        assert context_value("request_id") == "r1"
    assert context_value("request_id") is None
    line = lines.last
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "appeal.registered", "appeal": str(UUID(int=7)), "seconds": 0.5, "渠道": "热线",
        "level": "info", "logger": "linli.test", "service": "tickets", "request_id": "r1",
        "district": "330106",
    }  # fmt: skip


def test_the_standard_librarys_lines_take_the_same_way(lines: Lines) -> None:
    with structlog.contextvars.bound_contextvars(job="j1"):
        logging.getLogger("somebody.else").warning("took %s seconds", 3, extra={"phone": "13800001234", "rows": 2})
    assert lines.last["event"] == "took 3 seconds"
    assert (lines.last["job"], lines.last["rows"], lines.last["level"]) == ("j1", 2, "warning")
    assert lines.last["redacted"] == ["phone"]


@pytest.mark.parametrize(
    "key",
    ["phone", "caller_phone", "Phone", "mobile", "name", "password", "new_password", "secret", "token",
     "refresh_token", "Authorization", "X-Auth-Token", "content", "address", "id_number", "cookie",
     "set-cookie", "otp", "body"],
)  # fmt: skip
def test_keys_that_name_personal_data_or_secrets_are_dropped_at_any_depth(lines: Lines, key: str) -> None:
    log().info("x", **{key: "幸福里 501"})
    log().info("x", rows=[{"inner": {key: "幸福里 501", "kept": 1}}])
    for line in lines.events:
        assert line["redacted"] == [key]
    assert "幸福里" not in lines.getvalue()
    assert lines.last["rows"] == [{"inner": {"kept": 1}}]


@pytest.mark.parametrize("key", ["job_name", "content_type", "workflow", "code", "status", "grants", "telemetry"])
def test_harmless_keys_stay(lines: Lines, key: str) -> None:
    log().info("x", **{key: "v"})
    assert lines.last[key] == "v"
    assert "redacted" not in lines.last


@dataclass
class Caller:
    number: str


def test_phones_and_tokens_inside_values_and_tracebacks_are_masked(lines: Lines) -> None:
    jwt = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJ1MSJ9.c2ln"
    log().info(f"called 13812340000 with {jwt}", who=Caller("13812340000"), key="whsec_abcd1234")
    try:
        int("13812340000 x")
    except ValueError:
        log().exception("failed")
    assert lines.events[0]["event"] == "called 138****0000 with …"
    assert "ValueError: invalid literal for int() with base 10: '138****0000 x'" in lines.last["exception"]
    for kept_out in ("13812340000", jwt, "abcd1234"):
        assert kept_out not in lines.getvalue()


@pytest.mark.parametrize(
    ("written", "masked"),
    [
        ("10012345678", "100****5678"),
        ("打给 138 1234 0000 没人接", "打给 138****0000 没人接"),
        ("+8613812340000", "138****0000"),
        ("86 138 1234 0000", "138****0000"),
        ("0571-88886666", "0571****6666"),
        ("01088886666", "0108****6666"),
        ("身份证320102199001010010。", "身份证3201**********0010。"),
        ("250912101108115409", "250912101108115409"),  # an order's number: no date, no check character
        ("20261122-7K3F9Q", "20261122-7K3F9Q"),
        (
            "DETAIL:  Failing row contains (141021, 虚构甲, (家里有老人), null).",
            "DETAIL:  Failing row contains (…).",
        ),
        ("DETAIL:  Key (district, name)=(141021, 虚构甲) already exists.", "DETAIL:  Key (…) already exists."),
        ("2026-11-22T05:10:49.123456Z", "2026-11-22T05:10:49.123456Z"),
    ],
)
def test_numbers_of_people_inside_sentences(lines: Lines, written: str, masked: str) -> None:
    log().info("x", said=written)
    assert lines.last["said"] == masked


def test_ids_and_numbers_are_not_taken_for_phones(lines: Lines) -> None:
    log().info("x", id="0192f0c1-13812340000a-1", count=13812340000, at="113812340000")
    assert (lines.last["id"], lines.last["count"], lines.last["at"]) == (
        "0192f0c1-13812340000a-1",
        13812340000,
        "113812340000",
    )


@pytest.mark.parametrize("name", ["uvicorn.access", "arq.worker", "arq.jobs", "httpx"])
def test_a_line_per_request_or_job_is_not_kept_but_warnings_are(lines: Lines, name: str) -> None:
    logging.getLogger(name).info("GET /healthz 200")
    logging.getLogger("uvicorn.error").info("started")
    logging.getLogger(name).warning("job failed")
    assert [line["event"] for line in lines.events] == ["started", "job failed"]


def test_levels_are_obeyed(lines: Lines) -> None:
    log().debug("x")
    assert lines.getvalue() == ""
    configure(service="tickets", json=True, level="debug", stream=lines)
    log().debug("y")
    assert lines.last["event"] == "y"


def test_anything_can_be_logged(lines: Lines) -> None:
    deep: dict[str, Any] = {}
    deep["deep"] = deep
    log().info("x", deep=deep, big=2**70, half="\ud800", raw=b"\xff", none=None, some={1, 2})
    assert len(lines.events) == 1


def test_dev_lines_are_for_reading() -> None:
    stream = io.StringIO()
    configure(service="tickets", json=False, stream=stream)
    log().info("appeal.registered", number="20261122-7K3F9Q", phone="13812340000")
    assert "appeal.registered" in stream.getvalue()
    assert "number=20261122-7K3F9Q" in stream.getvalue()
    assert "13812340000" not in stream.getvalue()
