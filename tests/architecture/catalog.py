"""A lint over the database's catalog: every rule of design decision 1 that PostgreSQL itself can be asked about.

Each rule is one query that returns the sentences of its breaches, so that the lint runs on any migrated database.
"""

import asyncpg

from migrations.grants import APPEND_ONLY
from migrations.run import SERVICES

# Tables of the whole server, not of one district: versions of the schema, and the list of districts itself.
REFERENCE = {"alembic_version"}
_VOLATILE_ALLOWED = ("now()",)

KEYS_LEAD_WITH_DISTRICT = """
    SELECT format('%I.%I: the index %I does not lead with district', n.nspname, t.relname, i.relname)
    FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
    JOIN pg_namespace n ON n.oid = t.relnamespace
    LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = x.indkey[0]
    WHERE n.nspname = ANY($1) AND NOT t.relname = ANY($2) AND a.attname IS DISTINCT FROM 'district'
"""
EVERY_TABLE_HAS_A_KEY = """
    SELECT format('%I.%I has no primary key', n.nspname, t.relname)
    FROM pg_class t JOIN pg_namespace n ON n.oid = t.relnamespace
    WHERE n.nspname = ANY($1) AND t.relkind IN ('r', 'p')
    AND NOT EXISTS (SELECT FROM pg_index x WHERE x.indrelid = t.oid AND x.indisprimary)
"""
DISTRICT_IS_FIXED_TEXT = """
    SELECT format('%I.%I: district must be text COLLATE "C" NOT NULL', n.nspname, t.relname)
    FROM pg_class t JOIN pg_namespace n ON n.oid = t.relnamespace
    LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attname = 'district' AND NOT a.attisdropped
    LEFT JOIN pg_collation c ON c.oid = a.attcollation
    WHERE n.nspname = ANY($1) AND t.relkind IN ('r', 'p') AND NOT t.relname = ANY($2)
    AND (a.atttypid IS DISTINCT FROM 'text'::regtype OR NOT a.attnotnull OR c.collname IS DISTINCT FROM 'C')
"""
FOREIGN_KEYS_STAY_INSIDE = """
    SELECT format('%I.%I: the foreign key %I leaves its schema or its district', n.nspname, t.relname, k.conname)
    FROM pg_constraint k JOIN pg_class t ON t.oid = k.conrelid JOIN pg_namespace n ON n.oid = t.relnamespace
    JOIN pg_class f ON f.oid = k.confrelid
    JOIN pg_namespace m ON m.oid = f.relnamespace
    WHERE k.contype = 'f' AND (n.nspname = ANY($1) OR m.nspname = ANY($1))
    AND (t.relnamespace <> f.relnamespace OR NOT EXISTS (
        SELECT FROM pg_attribute a WHERE a.attrelid = t.oid AND a.attnum = k.conkey[1] AND a.attname = 'district'))
"""
NO_TRIGGERS = """
    SELECT format('%I.%I has the trigger %I', n.nspname, t.relname, g.tgname)
    FROM pg_trigger g JOIN pg_class t ON t.oid = g.tgrelid JOIN pg_namespace n ON n.oid = t.relnamespace
    WHERE n.nspname = ANY($1) AND NOT g.tgisinternal
    UNION ALL
    SELECT format('%I.%I has the rule %I', n.nspname, t.relname, r.rulename)
    FROM pg_rewrite r JOIN pg_class t ON t.oid = r.ev_class JOIN pg_namespace n ON n.oid = t.relnamespace
    WHERE n.nspname = ANY($1) AND t.relkind IN ('r', 'p')
"""
ONLY_B_TREES = """
    SELECT format('%I.%I: the index %I is a %s', n.nspname, t.relname, i.relname, m.amname)
    FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
    JOIN pg_namespace n ON n.oid = t.relnamespace JOIN pg_am m ON m.oid = i.relam
    WHERE n.nspname = ANY($1) AND m.amname <> 'btree'
    UNION ALL
    SELECT format('%I.%I has the exclusion constraint %I', n.nspname, t.relname, k.conname)
    FROM pg_constraint k JOIN pg_class t ON t.oid = k.conrelid JOIN pg_namespace n ON n.oid = t.relnamespace
    WHERE n.nspname = ANY($1) AND k.contype = 'x'
"""
NO_TYPES_OF_OUR_OWN = """
    SELECT format('%I.%I is a type of our own', n.nspname, y.typname)
    FROM pg_type y JOIN pg_namespace n ON n.oid = y.typnamespace
    WHERE n.nspname = ANY($1) AND y.typtype IN ('e', 'd', 'r')
    UNION ALL
    SELECT format('%I.%I() is a function in the database', n.nspname, p.proname)
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = ANY($1)
    UNION ALL
    SELECT format('%I.%I is a sequence: a counter row', n.nspname, t.relname)
    FROM pg_class t JOIN pg_namespace n ON n.oid = t.relnamespace WHERE n.nspname = ANY($1) AND t.relkind = 'S'
    UNION ALL
    SELECT format('%I.%I has row-level security', n.nspname, t.relname)
    FROM pg_class t JOIN pg_namespace n ON n.oid = t.relnamespace WHERE n.nspname = ANY($1) AND t.relrowsecurity
"""
DEFAULTS_ARE_CONSTANT = """
    SELECT format('%I.%I.%I defaults to %s', n.nspname, t.relname, a.attname, pg_get_expr(d.adbin, d.adrelid))
    FROM pg_attrdef d JOIN pg_class t ON t.oid = d.adrelid JOIN pg_namespace n ON n.oid = t.relnamespace
    JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.adnum
    WHERE n.nspname = ANY($1) AND pg_get_expr(d.adbin, d.adrelid) <> ALL($2)
    AND pg_get_expr(d.adbin, d.adrelid) ~ '[a-z_]+\\s*\\(|CURRENT_|LOCALTIME'
"""
TABLES_ARE_AT_HOME = """
    SELECT format('%I.%I is in no service''s schema', n.nspname, t.relname)
    FROM pg_class t JOIN pg_namespace n ON n.oid = t.relnamespace
    WHERE t.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT n.nspname = ANY($1)
    AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
"""


async def lint(connection: asyncpg.Connection, schemas: list[str], *, elsewhere: tuple[str, ...] = ()) -> list[str]:
    """Every breach in these schemas, one sentence each. `elsewhere`: schemas that tests keep for a while."""
    reference = sorted(REFERENCE)
    found: list[str] = []
    for sql, *values in (
        (KEYS_LEAD_WITH_DISTRICT, schemas, reference),
        (EVERY_TABLE_HAS_A_KEY, schemas),
        (DISTRICT_IS_FIXED_TEXT, schemas, reference),
        (FOREIGN_KEYS_STAY_INSIDE, schemas),
        (NO_TRIGGERS, schemas),
        (ONLY_B_TREES, schemas),
        (NO_TYPES_OF_OUR_OWN, schemas),
        (DEFAULTS_ARE_CONSTANT, schemas, list(_VOLATILE_ALLOWED)),
        (TABLES_ARE_AT_HOME, [*schemas, *elsewhere]),
    ):
        found += [row[0] for row in await connection.fetch(sql, *values)]
    return found


_POWERS = """
    SELECT format('%I is %s', rolname, power) FROM pg_roles, unnest(
        ARRAY['superuser', 'creator of databases', 'creator of roles', 'replicator', 'above row-level security'],
        ARRAY[rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls]) AS p(power, has)
    WHERE rolname = $1::name AND has
    UNION ALL
    SELECT format('%I is a member of %I', $1::name, g.rolname) FROM pg_auth_members m
    JOIN pg_roles g ON g.oid = m.roleid JOIN pg_roles r ON r.oid = m.member WHERE r.rolname = $1::name
"""
_OWNS = """
    SELECT format('%I owns %s', $1::name, pg_describe_object(classid, objid, 0)) FROM pg_shdepend
    WHERE deptype = 'o' AND refobjid = (SELECT oid FROM pg_roles WHERE rolname = $1::name)
"""
_REACHES = """
    SELECT format('%I may %s %I.%I', $1::name, lower(p), n.nspname, t.relname)
    FROM pg_class t JOIN pg_namespace n ON n.oid = t.relnamespace,
    unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) AS p
    WHERE t.relkind IN ('r', 'p', 'v') AND has_table_privilege($1::name, t.oid, p) AND (
        n.nspname = ANY($3)
        OR (n.nspname = $2 AND p IN ('TRUNCATE', 'REFERENCES', 'TRIGGER'))
        OR (n.nspname = $2 AND t.relname = ANY($4) AND p IN ('UPDATE', 'DELETE'))
        OR (n.nspname = $2 AND t.relname = 'alembic_version' AND p <> 'SELECT'))
    UNION ALL
    SELECT format('%I may %s columns of %I.%I', $1::name, lower(p), n.nspname, t.relname)
    FROM pg_class t JOIN pg_namespace n ON n.oid = t.relnamespace, unnest(ARRAY['UPDATE']) AS p
    WHERE n.nspname = $2 AND t.relname = ANY($4) AND has_any_column_privilege($1::name, t.oid, p)
    UNION ALL
    SELECT format('%I may %s in the schema %I', $1::name, lower(p), nspname)
    FROM pg_namespace, unnest(ARRAY['USAGE', 'CREATE']) AS p
    WHERE has_schema_privilege($1::name, oid, p) AND (nspname = ANY($3) OR (p = 'CREATE' AND nspname IN ($2, 'public')))
"""
_LIMITS = """
    SELECT format('%I has no %s', $1::name, name) FROM unnest(
        ARRAY['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout']) AS name
    WHERE NOT EXISTS (
        SELECT FROM pg_db_role_setting s, unnest(s.setconfig) AS c
        WHERE s.setrole = (SELECT oid FROM pg_roles WHERE rolname = $1::name) AND c LIKE name || '=%'
        AND c !~ '=0[a-z]*$')
"""


async def lint_role(connection: asyncpg.Connection, role: str, schema: str) -> list[str]:
    """Every power the role of a service has too much, every limit it lacks."""
    others = [service for service in SERVICES if service != schema]
    found: list[str] = []
    for sql, *values in (
        (_POWERS, role),
        (_OWNS, role),
        (_REACHES, role, schema, others, list(APPEND_ONLY)),
        (_LIMITS, role),
    ):
        found += [row[0] for row in await connection.fetch(sql, *values)]
    return found
