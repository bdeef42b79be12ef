"""The database as it really is: the catalog obeys the design, the services' roles can do no more than they must."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
from sqlalchemy import make_url

from migrations.grants import APPEND_ONLY
from migrations.run import SERVICES
from tests.architecture.catalog import lint, lint_role

ALL = list(SERVICES)
# Schemas that tests of the core make for themselves.
ELSEWHERE = ("lab", "planted")


@pytest.fixture
async def owner(database: dict[str, str]) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database["owner"])
    yield connection
    await connection.close()


@pytest.fixture
async def scratch(owner: asyncpg.Connection) -> AsyncIterator[asyncpg.Connection]:
    """A transaction with a clean schema `planted`, taken back at the end."""
    turn = owner.transaction()
    await turn.start()
    await owner.execute(
        """CREATE SCHEMA planted;
        CREATE TABLE planted.good (district text COLLATE "C", id uuid, n int NOT NULL DEFAULT 0,
            at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (district, id));
        CREATE INDEX ix_good ON planted.good (district, n);
        CREATE TABLE planted.alembic_version (version_num text PRIMARY KEY)"""
    )
    yield owner
    await turn.rollback()


async def test_the_catalog_obeys(owner: asyncpg.Connection) -> None:
    tables = await owner.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = ANY($1)", ALL)
    assert tables > 30
    assert await lint(owner, ALL, elsewhere=ELSEWHERE) == []


async def test_a_clean_schema_passes(scratch: asyncpg.Connection) -> None:
    assert await lint(scratch, ["planted"], elsewhere=(*ALL, *ELSEWHERE)) == []


PLANTS = {
    "a key without district": (
        'CREATE TABLE planted.bad (district text COLLATE "C" NOT NULL, id uuid PRIMARY KEY)',
        "planted.bad: the index bad_pkey does not lead with district",
    ),
    "a key that ends with district": (
        'CREATE TABLE planted.bad (district text COLLATE "C", id uuid, PRIMARY KEY (id, district))',
        "planted.bad: the index bad_pkey does not lead with district",
    ),
    "a unique key without district": (
        "ALTER TABLE planted.good ADD CONSTRAINT uq_n UNIQUE (n)",
        "planted.good: the index uq_n does not lead with district",
    ),
    "an index without district": (
        "CREATE INDEX ix_n ON planted.good (n) INCLUDE (district)",
        "planted.good: the index ix_n does not lead with district",
    ),
    "an index over an expression": (
        "CREATE INDEX ix_lower ON planted.good (lower(district))",
        "planted.good: the index ix_lower does not lead with district",
    ),
    "a table without a key": (
        'CREATE TABLE planted.bad (district text COLLATE "C" NOT NULL)',
        "planted.bad has no primary key",
    ),
    "a district in another collation": (
        "CREATE TABLE planted.bad (district text, id uuid, PRIMARY KEY (district, id))",
        'planted.bad: district must be text COLLATE "C" NOT NULL',
    ),
    "a key across schemas": (
        """CREATE TABLE planted.bad (district text COLLATE "C", code text COLLATE "C", PRIMARY KEY (district, code),
        CONSTRAINT fk_out FOREIGN KEY (district, code) REFERENCES tickets.hotlines (district, code))""",
        "planted.bad: the foreign key fk_out leaves its schema or its district",
    ),
    "a foreign key without district": (
        "ALTER TABLE planted.good ADD COLUMN v text REFERENCES planted.alembic_version",
        "planted.good: the foreign key good_v_fkey leaves its schema or its district",
    ),
    "a trigger": (
        """CREATE TRIGGER upd BEFORE UPDATE ON planted.good
        FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()""",
        "planted.good has the trigger upd",
    ),
    "a rule": ("CREATE RULE quiet AS ON DELETE TO planted.good DO INSTEAD NOTHING", "planted.good has the rule quiet"),
    "a GiST index": (
        "CREATE INDEX ix_gist ON planted.good USING gist (tsrange(NULL, NULL))",
        "planted.good: the index ix_gist is a gist",
    ),
    "a GIN index": (
        "ALTER TABLE planted.good ADD COLUMN j jsonb; CREATE INDEX ix_gin ON planted.good USING gin (j)",
        "planted.good: the index ix_gin is a gin",
    ),
    "an exclusion constraint": (
        "ALTER TABLE planted.good ADD CONSTRAINT ex_n EXCLUDE USING btree (district WITH =, n WITH =)",
        "planted.good has the exclusion constraint ex_n",
    ),
    "an enum": ("CREATE TYPE planted.mood AS ENUM ('well', 'ill')", "planted.mood is a type of our own"),
    "a domain": ("CREATE DOMAIN planted.code AS text", "planted.code is a type of our own"),
    "a function": (
        "CREATE FUNCTION planted.f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "planted.f() is a function in the database",
    ),
    "a counter": ("ALTER TABLE planted.good ADD COLUMN s bigserial", "planted.good_s_seq is a sequence: a counter row"),
    "row-level security": ("ALTER TABLE planted.good ENABLE ROW LEVEL SECURITY", "planted.good has row-level security"),
    "a volatile default": (
        "ALTER TABLE planted.good ALTER COLUMN id SET DEFAULT gen_random_uuid()",
        "planted.good.id defaults to gen_random_uuid()",
    ),
    "a default by another clock": (
        "ALTER TABLE planted.good ALTER COLUMN at SET DEFAULT clock_timestamp()",
        "planted.good.at defaults to clock_timestamp()",
    ),
    "a table in public": ("CREATE TABLE public.stray (id int)", "public.stray is in no service's schema"),
    "a view in a schema of its own": (
        "CREATE SCHEMA strange; CREATE VIEW strange.stray AS SELECT 1",
        "strange.stray is in no service's schema",
    ),
}


@pytest.mark.parametrize("plant", PLANTS)
async def test_a_planted_breach_is_found(scratch: asyncpg.Connection, plant: str) -> None:
    sql, sentence = PLANTS[plant]
    await scratch.execute(sql)
    assert sentence in await lint(scratch, ["planted"], elsewhere=(*ALL, *ELSEWHERE))


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_has_no_power_it_does_not_need(
    owner: asyncpg.Connection, database: dict[str, str], service: str
) -> None:
    role = make_url(database[service]).username
    assert role == f"linli_{service}"
    assert await lint_role(owner, role, service) == []


POWERS = {
    "superuser": ("ALTER ROLE linli_tickets SUPERUSER", "linli_tickets is superuser"),
    "membership": ("GRANT linli_events TO linli_tickets", "linli_tickets is a member of linli_events"),
    "ownership": ("ALTER TABLE tickets.appeals OWNER TO linli_tickets", "linli_tickets owns table tickets.appeals"),
    "editing": ("GRANT UPDATE ON tickets.journal TO linli_tickets", "linli_tickets may update tickets.journal"),
    "deleting": (
        "GRANT DELETE ON tickets.journal_seals TO linli_tickets",
        "linli_tickets may delete tickets.journal_seals",
    ),
    "emptying": ("GRANT TRUNCATE ON tickets.journal TO linli_tickets", "linli_tickets may truncate tickets.journal"),
    "editing one column": (
        "GRANT UPDATE (data) ON tickets.journal TO linli_tickets",
        "linli_tickets may update columns of tickets.journal",
    ),
    "another schema": ("GRANT USAGE ON SCHEMA events TO linli_tickets", "linli_tickets may usage in the schema events"),
    "another's table": ("GRANT SELECT ON events.journal TO PUBLIC", "linli_tickets may select events.journal"),
    "making tables": (
        "GRANT CREATE ON SCHEMA tickets TO linli_tickets",
        "linli_tickets may create in the schema tickets",
    ),
    "all the time in the world": ("ALTER ROLE linli_tickets SET lock_timeout = 0", "linli_tickets has no lock_timeout"),
    "no limit": (
        "ALTER ROLE linli_tickets RESET idle_in_transaction_session_timeout",
        "linli_tickets has no idle_in_transaction_session_timeout",
    ),
}


@pytest.mark.parametrize("power", POWERS)
async def test_a_planted_power_is_found(scratch: asyncpg.Connection, power: str) -> None:
    sql, sentence = POWERS[power]
    await scratch.execute(sql)
    assert sentence in await lint_role(scratch, "linli_tickets", "tickets")


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_tries_what_it_must_not(database: dict[str, str], service: str) -> None:
    """As the service itself: the catalog might say one thing and the server do another."""
    connection = await asyncpg.connect(database[service])
    other = next(name for name in SERVICES if name != service)
    forbidden = [
        *(f"UPDATE {service}.{table} SET district = district" for table in APPEND_ONLY),
        *(f"DELETE FROM {service}.{table}" for table in APPEND_ONLY),
        *(f"TRUNCATE {service}.{table}" for table in APPEND_ONLY),
        f"SELECT * FROM {other}.journal",
        f"CREATE TABLE {service}.mine (id int)",
        "CREATE TABLE public.mine (id int)",
        f"DROP TABLE {service}.jobs",
        f"ALTER TABLE {service}.journal DISABLE TRIGGER ALL",
        f"UPDATE {service}.alembic_version SET version_num = 'x'",
        "ALTER ROLE CURRENT_USER SUPERUSER",
        "SET ROLE postgres",
    ]
    try:
        for sql in forbidden:
            with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.InvalidParameterValueError)):
                await connection.execute(sql)
        limits = {
            name: await connection.fetchval(f"SHOW {name}")
            for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
        }
        assert limits == {
            "statement_timeout": "5s",
            "lock_timeout": "300ms",
            "idle_in_transaction_session_timeout": "15s",
        }
    finally:
        await connection.close()
