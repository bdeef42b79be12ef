"""What one running process of a service holds: settings, database, schema, keys, clients. Made once, passed around."""

from dataclasses import dataclass, field
from typing import Any

from shared.kernel.calendar import Calendar
from shared.kernel.rights import Principal
from shared.runtime.calendars import default_calendar
from shared.runtime.clients import ServiceClient
from shared.runtime.db import Database
from shared.runtime.flags import acting
from shared.runtime.jobs import Registry
from shared.runtime.privacy import Vault
from shared.runtime.rates import Rates
from shared.runtime.revocations import Revocations
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
    revocations: Revocations
    verifier: TokenVerifier
    vault: Vault
    registry: Registry
    calendar: Calendar
    rates: Rates
    clients: dict[str, ServiceClient] = field(default_factory=dict)
    extras: dict[str, Any] = field(default_factory=dict)

    def work(self, actor: Principal, request: Request | None = None) -> Work:
        """A unit of work in the actor's district."""
        acting.set(actor)
        return Work(self.db, self.schema, actor, request)

    def request(self, key: str, digest: bytes) -> Request:
        """What makes a request the same one again, of its key and the digest of all it asked for."""
        fingerprint, *before = self.vault.fingerprints(digest)
        return Request(key, fingerprint, tuple(before))

    @staticmethod
    def job_principal(district: str, job: str) -> Principal:
        """The actor of what a job does on its own."""
        return Principal(district=district, id=f"job:{job}", kind="job")

    async def close(self) -> None:
        """Closes what was opened."""
        for client in self.clients.values():
            await client.close()
        await self.rates.close()
        await self.db.close()


def open_vault(settings: Settings) -> Vault:
    """Seals and opens with the configured keys and profile."""
    before = settings.index_key_before
    return Vault(
        keys=settings.all_data_keys,
        current=settings.data_key_id,
        index_key=settings.index_key.get_secret_value(),
        suite=settings.crypto,
        index_key_before=before.get_secret_value() if before else None,
    )


def open_service(
    *,
    name: str,
    settings: Settings,
    database_url: str,
    service_key: bytes,
    schema: Schema,
    registry: Registry,
    calls: dict[str, str],
) -> Service:
    """Composes a service; `calls` maps the services it calls to their addresses, `service_key` is its own seed."""
    db = Database(database_url, settings)
    revocations = Revocations(schema, db, settings.revocations_interval_s)
    return Service(
        name=name,
        settings=settings,
        schema=schema,
        db=db,
        revocations=revocations,
        verifier=TokenVerifier(settings.public_keys, settings.service_keys, service=name, check=revocations.check),
        vault=open_vault(settings),
        registry=registry,
        calendar=default_calendar(),
        rates=Rates(settings.redis_url.get_secret_value(), factor=settings.rate_factor, key=service_key),
        clients={
            target: ServiceClient(f"{url}/api/{target}/v1", name, target, service_key, deadline=settings.call_timeout_s)
            for target, url in calls.items()
        },
    )
