"""What one running process of a service holds: settings, database, schema, keys, clients. Made once, passed around."""

from dataclasses import dataclass, field
from typing import Any

from shared.kernel.calendar import Calendar
from shared.kernel.rights import Principal
from shared.runtime.calendars import default_calendar
from shared.runtime.clients import ServiceClient
from shared.runtime.db import Database
from shared.runtime.jobs import Registry
from shared.runtime.privacy import Vault
from shared.runtime.settings import Settings
from shared.runtime.tables import Schema
from shared.runtime.tokens import TokenVerifier
from shared.runtime.work import Request, Work


@dataclass
class Service:
    """`name` is `hierarchy`, `tickets` or `events`. Opening one connects nowhere; connections come with use."""

    name: str
    settings: Settings
    schema: Schema
    db: Database
    verifier: TokenVerifier
    vault: Vault
    registry: Registry
    calendar: Calendar
    clients: dict[str, ServiceClient] = field(default_factory=dict)
    extras: dict[str, Any] = field(default_factory=dict)

    def work(self, actor: Principal, request: Request | None = None) -> Work:
        """A unit of work in the actor's district."""
        return Work(self.db, self.schema, actor, request)

    @staticmethod
    def job_principal(district: str, job: str) -> Principal:
        """The actor of what a job does on its own."""
        return Principal(district=district, id=f"job:{job}", kind="job")

    async def close(self) -> None:
        """Closes what was opened."""
        for client in self.clients.values():
            await client.close()
        await self.db.close()


def open_service(
    *, name: str, settings: Settings, database_url: str, schema: Schema, registry: Registry, calls: dict[str, str]
) -> Service:
    """Composes a service; `calls` maps the services it calls to their addresses."""
    service_key = settings.service_key.get_secret_value()
    return Service(
        name=name,
        settings=settings,
        schema=schema,
        db=Database(database_url, settings),
        verifier=TokenVerifier(settings.public_keys, service_key, service=name),
        vault=Vault(
            keys={"k1": settings.data_key.get_secret_value()},
            current="k1",
            index_key=settings.index_key.get_secret_value(),
        ),
        registry=registry,
        calendar=default_calendar(),
        clients={
            target: ServiceClient(f"{url}/api/{target}/v1", caller=name, audience=target, service_key=service_key)
            for target, url in calls.items()
        },
    )
