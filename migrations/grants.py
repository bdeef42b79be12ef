"""Each service's role: may work in its own schema, may only add to the journal, may alter nothing.

The timeouts are the role's, because services never `SET` anything in a session (design decision 1). They also bound
how long a transaction can live, on which the sealer's look-back rests.
"""

from sqlalchemy import Connection, make_url, text

APPEND_ONLY = ("journal", "journal_seals")
_TIMEOUTS = {
    "statement_timeout": "5s",
    "lock_timeout": "300ms",
    "idle_in_transaction_session_timeout": "15s",
}


def grant(connection: Connection, service: str, service_url: str) -> None:
    """Makes or updates the role named in the service's address."""
    url = make_url(service_url)
    role, password = url.username or f"linli_{service}", url.password or ""
    if not role.replace("_", "").isalnum():
        raise ValueError(f"the role name {role!r} in LINLI_{service.upper()}_DATABASE_URL is not a plain name")
    quoted = "'" + password.replace("'", "''") + "'"
    exists = connection.execute(text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": role}).first()
    run = connection.exec_driver_sql
    run(f"{'ALTER' if exists else 'CREATE'} ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD {quoted}")
    for name, value in _TIMEOUTS.items():
        run(f"ALTER ROLE {role} SET {name} = '{value}'")
    run(f"REVOKE ALL ON ALL TABLES IN SCHEMA {service} FROM {role}")
    run(f"GRANT USAGE ON SCHEMA {service} TO {role}")
    run(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {service} TO {role}")
    for table in APPEND_ONLY:
        run(f"REVOKE UPDATE, DELETE, TRUNCATE ON {service}.{table} FROM {role}")
    run(f"REVOKE INSERT, UPDATE, DELETE ON {service}.alembic_version FROM {role}")
