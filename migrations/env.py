"""Alembic's environment. One service at a time: its own schema, its own history, its own version table.

`migrations.run` sets `service` and `connection` in the configuration's attributes.
"""

from importlib import import_module

from alembic import context
from sqlalchemy import Connection, text

service: str = context.config.attributes["service"]
connection: Connection = context.config.attributes["connection"]
metadata = import_module(f"services.{service}.metadata").METADATA


def _ours(name: str | None, kind: str, _: object) -> bool:
    return name == service if kind == "schema" else True


# A migration that cannot get its locks quickly must give up, not queue everybody behind it.
connection.execute(text("SET lock_timeout = '4s'"))
connection.execute(text(f'CREATE SCHEMA IF NOT EXISTS "{service}"'))
connection.commit()
context.configure(
    connection=connection,
    target_metadata=metadata,
    version_table="alembic_version",
    version_table_schema=service,
    include_schemas=True,
    include_name=_ours,
    compare_server_default=False,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
