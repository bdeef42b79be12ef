"""The question 谁来管 costs a few index probes, whatever the database knows about its tables."""

import json
from datetime import date

import asyncpg
import pytest

from services.hierarchy.responsibility import queries as q
from services.hierarchy.responsibility.rules import asked_for
from shared.kernel.periods import midnight
from shared.runtime.db import Statement
from tests.support.plans import nodes

pytestmark = pytest.mark.usefixtures("users")  # the five communities are there

DAY = date(2026, 11, 22)
ASKED = {"district": "370704", "categories": asked_for("JC05"), "on": DAY, "moment": midnight(DAY)}
BUILDING = "370704003900001-X01-B05"
NEVER_ANALYSED = "SELECT pg_clear_relation_stats('hierarchy', 'responsibilities')"
WAS_SMALL = """
    SELECT pg_restore_relation_stats('schemaname', 'hierarchy', 'relname', 'responsibilities',
                                     'relpages', 1::integer, 'reltuples', 3::real)
"""
FORGOTTEN = "DELETE FROM pg_statistic WHERE starelid = 'hierarchy.responsibilities'::regclass"


@pytest.mark.parametrize("known", [None, NEVER_ANALYSED, WAS_SMALL], ids=["analysed", "never analysed", "was small"])
@pytest.mark.parametrize(
    "question", [q.QUESTION, q.VERSIONED_QUESTION, q.QUESTION_THEN], ids=["plain", "versioned", "then"]
)
async def test_it_reads_the_few_rows_it_shows(database: dict[str, str], question: Statement, known: str | None) -> None:
    sql, values = question.bind({**ASKED, "place": BUILDING})
    connection = await asyncpg.connect(database["owner"])
    try:
        async with connection.transaction():
            if known is not None:
                await connection.execute(known)
                await connection.execute(FORGOTTEN)
            await connection.execute("SET LOCAL plan_cache_mode = force_generic_plan")
            found = await connection.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", *values)
    finally:
        await connection.close()
    read = [node for node in nodes(json.loads(found)[0]["Plan"]) if node.get("Relation Name") == "responsibilities"]
    assert [node.get("Index Name") for node in read] == ["uq_responsibilities_held"]
    assert sum(node.get("Rows Removed by Filter", 0) for node in read) < 5
