"""A scratch service with one table, on the real database under a role of its own: what the core is tested on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import asyncpg
from sqlalchemy import Column, Connection, Index, Integer, Table, Text, Uuid, bindparam, insert, text, update

from migrations.grants import grant
from migrations.run import with_owner
from services.local.keys import service_database_url
from shared.kernel.rights import Principal
from shared.runtime.changes import Change
from shared.runtime.ids import new_id
from shared.runtime.jobs import JobKind, Registry
from shared.runtime.journal import Entry
from shared.runtime.service import Service, open_service
from shared.runtime.settings import Settings
from shared.runtime.tables import district, service_schema
from shared.runtime.work import Request, Work
from tests.support.world import KEY

SCHEMA = service_schema("lab")
THINGS = Table(
    "things",
    SCHEMA.metadata,
    district(),
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Index("uq_things_name", "district", "name", unique=True),
)
_district = bindparam("district", type_=Text())
ADD = Change(
    SCHEMA,
    insert(THINGS)
    .values(district=_district, id=bindparam("id", type_=Uuid()), name=bindparam("name", type_=Text()), version=1)
    .returning(THINGS.c.id, THINGS.c.version),
)
RENAME = Change(
    SCHEMA,
    update(THINGS)
    .where(THINGS.c.district == _district, THINGS.c.id == bindparam("id", type_=Uuid()))
    .where(THINGS.c.version == bindparam("version", type_=Integer()))
    .values(name=bindparam("name", type_=Text()), version=THINGS.c.version + 1)
    .returning(THINGS.c.id, THINGS.c.version),
)
SOON = JobKind("lab.thing.soon")

# Makes the commit fail, not the statement, where the entry asks for it.
_REFUSE = """
CREATE FUNCTION lab.refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'the commit fails' USING ERRCODE = 'disk_full'; END $$;
CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON lab.journal DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NEW.data ? 'refuse_commit') EXECUTE FUNCTION lab.refuse();
"""


@dataclass
class Lab:
    """`service` has a pool of four; `rows` and `run` are the owner's."""

    service: Service
    owner_url: str
    url: str
    owner: asyncpg.Connection
    turn: asyncio.Lock

    async def run(self, sql: str, *values: object) -> list[Any]:
        async with self.turn:
            return await self.owner.fetch(sql, *values)

    async def count(self, table: str, district: str, condition: str = "true") -> int:
        found = await self.run(f"SELECT count(*) FROM lab.{table} WHERE district = $1 AND {condition}", district)
        return int(found[0][0])


def actor(district: str, name: str = "somebody") -> Principal:
    return Principal(district=district, id=name, kind="person")


def request(key: str = "the-same-key", content: bytes = b"content") -> Request:
    return Request(key, content)


async def add(work: Work, name: str = "a thing", **more: Any) -> UUID:
    """The use case of the lab: one write."""
    jobs = more.pop("jobs", ())
    entry = Entry("thing", "added", None, "there", more.pop("data", {}), **more)
    row = await work.write(ADD, entry, jobs, id=new_id(), name=name)
    assert row is not None
    made: UUID = row["id"]
    return made


async def again(found: UUID) -> UUID:
    return found


def open_lab(url: str, **changed: Any) -> Service:
    """A process of the lab: its own pool (of four), its own jobs."""
    return open_service(
        name="lab",
        settings=Settings(**({"pool_size": 4, "pool_wait_s": 20, "command_timeout_s": 20} | changed)),
        database_url=url,
        service_key=KEY,
        schema=SCHEMA,
        registry=Registry(),
        calls={},
    )


@asynccontextmanager
async def lab_on(owner_url: str) -> AsyncIterator[Lab]:
    """Makes the schema, its role and its grants, as the migrations do for a service."""
    url = service_database_url(owner_url, "lab")

    def make(connection: Connection) -> None:
        connection.execute(text("CREATE SCHEMA lab"))
        SCHEMA.metadata.create_all(connection)
        connection.execute(text("CREATE TABLE lab.alembic_version (version_num text PRIMARY KEY)"))
        for statement in _REFUSE.split(";\nCREATE"):
            connection.exec_driver_sql(statement if statement.lstrip().startswith("CREATE") else f"CREATE{statement}")
        grant(connection, "lab", url)
        connection.commit()

    await with_owner(owner_url, make)
    owner = await asyncpg.connect(owner_url)
    service = open_lab(url)
    try:
        yield Lab(service, owner_url, url, owner, asyncio.Lock())
    finally:
        await service.close()
        await owner.execute("DROP SCHEMA lab CASCADE")
        await owner.close()


class Wire:
    """A wire between a pool and the server that can be cut (`mood` "cut") or go dead without a word ("hung")."""

    def __init__(self, url: str) -> None:
        self._parts = urlsplit(url)
        self.mood = "well"
        self._ends: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        assert self._server is not None
        port = self._server.sockets[0].getsockname()[1]
        login = self._parts.netloc.rpartition("@")[0]
        return urlunsplit(self._parts._replace(netloc=f"{login}@127.0.0.1:{port}"))

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.cut()
        if self._server is not None:
            self._server.close()

    def cut(self) -> None:
        """The server is gone: open connections break, new ones are refused."""
        self.mood = "cut"
        for end in list(self._ends):
            end.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.mood == "cut":
            writer.close()
            return
        there, back = await asyncio.open_connection(self._parts.hostname, self._parts.port)
        self._ends |= {writer, back}
        await asyncio.gather(self._pass(reader, back), self._pass(there, writer))

    async def _pass(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.CancelledError):
            while data := await source.read(65536):
                while self.mood == "hung":  # noqa: ASYNC110 - a test sets the mood
                    await asyncio.sleep(0.02)
                target.write(data)
                await target.drain()
        target.close()
