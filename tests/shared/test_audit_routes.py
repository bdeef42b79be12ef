"""What auditors see: the journal by page and by file, and themselves in it."""

import csv
import io
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import orjson
import pytest
from click.testing import CliRunner

from services.journal import journal
from shared.kernel.rights import Role
from shared.runtime import feed, verify
from shared.runtime.ids import new_id
from shared.runtime.journal import GENESIS
from shared.runtime.sealer import seal_once
from shared.runtime.web.application import create_application
from shared.runtime.web.journal_files import cell
from shared.runtime.web.journal_routes import _search, router
from tests.conftest import client_of
from tests.support.lab import SCHEMA, Lab, actor, add
from tests.support.world import Somebody, somebody

DAY = timedelta(days=1)


class Office:
    """An auditor of a district, with the API in hand."""

    def __init__(self, lab: Lab, http: httpx.AsyncClient, district: str) -> None:
        self.lab, self.http, self.district = lab, http, district
        self.auditor = somebody(district, Role.AUDITOR)

    async def happen(self, times: int, who: str = "somebody", **more: Any) -> list[UUID]:
        made = []
        for _ in range(times):
            async with self.lab.service.work(actor(self.district, who)) as work:
                made.append(await add(work, str(new_id()), **more))
        while await seal_once(self.lab.service):
            pass
        return made

    async def get(self, path: str, who: Somebody | None = None, **params: Any) -> httpx.Response:
        headers = (who or self.auditor).headers
        return await self.http.get(f"/api/lab/v1{path}", headers=headers, params=params)

    async def found(self, **params: Any) -> list[dict[str, Any]]:
        answer = await self.get("/journal", **params)
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    async def export(self, shape: str = "ndjson", **params: Any) -> httpx.Response:
        now = datetime.now(UTC)
        period = {"since": (now - DAY).isoformat(), "until": (now + DAY).isoformat()} | params
        return await self.get("/journal/export", format=shape, **period)


@pytest.fixture
async def office(lab: Lab, district: str) -> AsyncIterator[Office]:
    app = create_application(lab.service, title="lab", description="lab", routers=[router(SCHEMA)], tags=[])
    async with client_of(app) as http:
        yield Office(lab, http, district)


# --- search ------------------------------------------------------------------------------------------------------


async def test_auditors_read_what_happened_newest_first_without_texts(office: Office) -> None:
    made = await office.happen(3, text={"note": "说明"}, data={"n": 1})
    shown = await office.found(event="added")
    assert [UUID(row["subject"]) for row in shown] == made[::-1]
    assert [row["position"] for row in shown] == [3, 2, 1]
    assert set(shown[0]["data"]) == {"n", "text_sha256"}
    assert "说明" not in orjson.dumps(shown).decode()


async def test_pages_follow_each_other_without_gap_or_repetition(office: Office) -> None:
    made = await office.happen(25)
    seen, cursor = [], None
    while True:
        params: dict[str, Any] = {"limit": 7, "event": "added"} | ({"cursor": cursor} if cursor else {})
        page = (await office.get("/journal", **params)).json()
        seen += [UUID(row["subject"]) for row in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == made[::-1]


async def test_filters_narrow_together(office: Office) -> None:
    await office.happen(1, who="anna")
    [other] = await office.happen(1, who="bela")
    assert [row["actor"] for row in await office.found(actor="anna")] == ["anna"]
    assert [UUID(row["subject"]) for row in await office.found(subject=other)] == [other]
    assert await office.found(actor="anna", subject=other) == []
    assert len(await office.found(subject_kind="thing")) == 2
    now = datetime.now(UTC)
    assert await office.found(event="added", until=(now - DAY).isoformat()) == []
    assert len(await office.found(actor="anna", since=(now - DAY).isoformat(), until=(now + DAY).isoformat())) == 1


async def test_a_row_that_is_not_sealed_yet_has_no_position(office: Office) -> None:
    async with office.lab.service.work(actor(office.district)) as work:
        await add(work)
    [row] = await office.found(event="added")
    assert (row["position"], row["hash"]) == (None, None)


async def test_the_auditor_is_in_the_journal_too(office: Office) -> None:
    await office.found(event="added", actor="10000000001")
    [row] = await office.found(event="queried")
    assert (row["actor"], row["subject_kind"]) == (str(office.auditor.id), "journal")
    assert row["data"] == {"event": "added", "actor": "…"}  # what may be a number is not repeated
    await office.found(actor=str(office.auditor.id))
    assert (await office.found(event="queried"))[0]["data"]["actor"] == str(office.auditor.id)


@pytest.mark.parametrize("path", ["/journal", "/journal/head", "/journal/export"])
async def test_nobody_else_reads_it(office: Office, path: str) -> None:
    period = {"since": "2026-01-01T00:00:00Z", "until": "2026-02-01T00:00:00Z"}
    assert (await office.http.get(f"/api/lab/v1{path}", params=period)).status_code == 401
    for role in set(Role) - {Role.AUDITOR, Role.SERVICE}:
        assert (await office.get(path, somebody(office.district, role), **period)).status_code == 403, role
    part = Somebody(office.district, ((Role.AUDITOR, "00010001"),))
    assert (await office.get(path, part, **period)).status_code == 403


async def test_another_district_is_not_in_it(office: Office) -> None:
    await office.happen(2)
    elsewhere = Office(office.lab, office.http, "999998")
    assert await elsewhere.found(event="added") == []
    assert (await elsewhere.get("/journal/head")).status_code == 404


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ({"since": "0001-01-01T00:00:00Z"}, 422),
        ({"until": "9999-12-31T23:59:59Z"}, 422),
        ({"since": "2026-01-01T00:00:00"}, 422),
        ({"event": "a'b"}, 422),
        ({"actor": "x" * 129}, 422),
        ({"cursor": "WyIyMDI2LTAxLTAxIiwieCJd"}, 400),
        ({"cursor": "nonsense"}, 400),
        ({"until": "2000-01-01T00:00:00Z"}, 200),
        ({"since": "2200-01-01T00:00:00+14:00"}, 200),
    ],
)
async def test_what_cannot_be_asked_is_said_so(office: Office, params: dict[str, Any], status: int) -> None:
    assert (await office.get("/journal", **params)).status_code == status


async def test_the_head_is_where_the_chain_stands(office: Office) -> None:
    await office.happen(4)
    head = (await office.get("/journal/head")).json()
    [newest] = await office.found(event="added", limit=1)
    assert (head["position"], head["hash"]) == (4, newest["hash"])


# --- export ------------------------------------------------------------------------------------------------------


async def test_an_export_is_the_whole_chain_and_can_be_computed_anew(office: Office, tmp_path: Path) -> None:
    await office.happen(1, data={"wide": 2**53, "half": 0.5, "none": None, "中文": ["是"]}, text={"note": "说明"})
    await office.happen(6)
    answer = await office.export()
    assert (answer.status_code, answer.headers["linli-journal-rows"]) == (200, "7")
    assert answer.headers["content-type"] == "application/x-ndjson"
    rows = [orjson.loads(line) for line in answer.content.splitlines()]
    assert [row["position"] for row in rows] == list(range(1, 8))
    assert rows[0]["previous"] == GENESIS.hex()
    file = tmp_path / "export.ndjson"
    file.write_bytes(answer.content)
    said = CliRunner().invoke(journal, ["check", str(file)])
    assert (said.exit_code, "7 rows" in said.output) == (0, True), said.output
    for number in range(7):
        tampered = [{**row, "event": "else"} if at == number else row for at, row in enumerate(rows)]
        file.write_bytes(b"\n".join(map(orjson.dumps, tampered)))
        assert CliRunner().invoke(journal, ["check", str(file)]).exit_code == 1
    file.write_bytes(b"\n".join(orjson.dumps(row) for row in rows if row["position"] != 4))
    assert "position 5" in CliRunner().invoke(journal, ["check", str(file)]).output


async def test_an_export_is_journaled_before_it_leaves(office: Office) -> None:
    await office.happen(2)
    await office.export("csv")
    [row] = await office.found(event="exported")
    assert (row["actor"], row["data"]["first"], row["data"]["last"], row["data"]["format"]) == (
        str(office.auditor.id), 1, 2, "csv"
    )  # fmt: skip


async def test_in_csv_nothing_is_a_formula(office: Office) -> None:
    await office.happen(1, who='=HYPERLINK("x")')
    answer = await office.export("csv")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    [row] = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert row["actor"] == '\'=HYPERLINK("x")'
    assert (row["position"], row["event"], row["before"]) == ("1", "added", "")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝"])
def test_a_cell_that_would_be_computed_is_text(start: str) -> None:
    assert cell(f"{start}1") == f"'{start}1"
    assert cell("a=1") == "a=1"


async def test_an_empty_period_is_an_empty_file(office: Office) -> None:
    await office.happen(1)
    answer = await office.export(since="2020-01-01T00:00:00Z", until="2020-02-01T00:00:00Z")
    assert (answer.status_code, answer.content, answer.headers["linli-journal-rows"]) == (200, b"", "0")


@pytest.mark.parametrize("until", ["2025-12-31T00:00:00Z", "2026-01-01T00:00:00Z", "2027-06-01T00:00:00Z"])
async def test_an_export_has_an_end(office: Office, until: str) -> None:
    answer = await office.export(since="2026-01-01T00:00:00Z", until=until)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


async def test_a_long_export_is_read_in_batches(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "_BATCH", 3)
    await office.happen(10)
    rows = [orjson.loads(line) for line in (await office.export()).content.splitlines()]
    assert [row["position"] for row in rows] == list(range(1, 11))


# --- what the statements rest on -----------------------------------------------------------------------------------


async def test_a_period_leaves_out_no_row_however_late_it_was_sealed(office: Office) -> None:
    """Rows are sealed out of order by less than a minute; every period must still hold all of its rows."""
    dice, begin = random.Random(4), datetime(2026, 5, 1, tzinfo=UTC)
    newest, at = begin, begin
    for position in range(1, 301):
        at = max(begin, newest + timedelta(seconds=dice.uniform(-59, 40)))
        newest = max(newest, at)
        await office.lab.run(
            "INSERT INTO lab.journal_seals VALUES ($1, $2, $3, $4, sha256('x'))",
            office.district,
            position,
            at,
            new_id(),
        )
    rows = await office.lab.run("SELECT position, entry_at FROM lab.journal_seals WHERE district = $1", office.district)
    async with office.lab.service.work(actor(office.district)) as work:
        for _ in range(200):
            since = begin + timedelta(seconds=dice.uniform(-60, 3000))
            until = since + timedelta(seconds=dice.uniform(0.1, 600))
            found = await feed.span(work, since, until)
            inside = [row["position"] for row in rows if since <= row["entry_at"] < until]
            assert (found.first, found.last) == ((min(inside), max(inside)) if inside else (1, 0))


async def test_no_search_reads_the_whole_journal(office: Office) -> None:
    await office.lab.run(
        """INSERT INTO lab.journal SELECT $1, now() - n * interval '1 minute', gen_random_uuid(), 'user',
        'person-' || n % 500, NULL, NULL, 'thing', gen_random_uuid(), 'added', NULL, 'there', '{}'
        FROM generate_series(1, 200000) n""",
        office.district,
    )
    await office.lab.run(
        """INSERT INTO lab.journal_seals SELECT district, row_number() OVER (ORDER BY at), at, id, sha256('x')
        FROM lab.journal WHERE district = $1""",
        office.district,
    )
    await office.lab.run("ANALYZE lab.journal, lab.journal_seals")
    now = datetime.now(UTC)
    common = {"district": office.district, "since": now - 31 * DAY, "at": now, "id": new_id(), "limit": 21}
    cases: dict[str, tuple[Any, dict[str, Any]]] = {
        "newest": (_search(SCHEMA, frozenset()), common),
        "actor": (_search(SCHEMA, frozenset({"actor"})), common | {"actor": "person-7"}),
        "subject": (_search(SCHEMA, frozenset({"subject"})), common | {"subject": new_id()}),
        "sealed": (feed.sealed_rows(SCHEMA), {"district": office.district, "after": 500, "last": 9000, "limit": 500}),
        "verified": (
            verify._of(SCHEMA).rows,
            {"district": office.district, "position": 500, "last": 9000, "limit": 500},
        ),
        "span": (feed._span(SCHEMA), {"district": office.district, "since": now - 3 * DAY, "until": now - DAY}),
    }
    for name, (statement, values) in cases.items():
        sql, arguments = statement.bind(values)
        plan = "\n".join(row[0] for row in await office.lab.run(f"EXPLAIN {sql}", *arguments))
        assert "Seq Scan" not in plan, f"{name}\n{plan}"
        assert "Sort " not in plan or name in {"actor", "subject"}, f"{name}\n{plan}"
