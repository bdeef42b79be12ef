"""The tickets API: what is asked and answered (诉求)."""

from fastapi import FastAPI

from services.tickets.appeals.endpoints import router as appeals
from services.tickets.attachments.endpoints import router as attachments
from services.tickets.attachments.service import open_files, require_of
from services.tickets.glossary import GLOSSARY
from services.tickets.handovers.endpoints import TAG as HANDOVERS
from services.tickets.handovers.endpoints import router as handovers
from services.tickets.hotline.endpoints import router as hotline
from services.tickets.privacy.endpoints import router as privacy
from services.tickets.schema import JOBS, SCHEMA
from services.tickets.settings import TicketsSettings
from shared.runtime.service import Service, open_service
from shared.runtime.web.application import create_application
from shared.runtime.web.jobs import router as jobs_router
from shared.runtime.web.journal_routes import TAG as AUDIT
from shared.runtime.web.journal_routes import router as journal_router
from shared.runtime.web.personal import DESCRIPTION as PERSONAL_DATA
from shared.runtime.web.place_changes import TAG as PLACE_CHANGES
from shared.runtime.web.place_changes import router as place_changes_router
from shared.runtime.web.revocations import TAG as REVOCATIONS
from shared.runtime.web.revocations import router as revocations_router
from shared.runtime.web.uploads import Uploads
from shared.schemas.hotline import HotlineEvent

DESCRIPTION = """
Appeals (诉求) on their six steps: 信息上报 → 核实立案 → 分流交办 → 跟踪处理 → 事件反馈 → 考核评价.

* Sign in at the hierarchy service and send `Authorization: Bearer …`.
* Every POST that creates or acts needs an `Idempotency-Key`; repeat it with the same key when the network fails.
* Errors are problem documents (RFC 9457) in Chinese or English, by `Accept-Language`.
* Times are UTC with time zone; deadlines are counted in Beijing time.
"""
TAGS = [
    {"name": "诉求", "description": "Appeals: intake, the six steps, lists, timeline."},
    {"name": "附件 Attachments", "description": "Files of an appeal: examined, cleaned, handed out by short links."},
    {"name": "热线 Hotline", "description": "The 12345 hotline: orders in, status callbacks out."},
    {"name": "流程 Workflows", "description": "The tables that decide what may happen."},
    {"name": HANDOVERS, "description": "For hierarchy: appeals go with a post to its next holder."},
    PERSONAL_DATA,
    {"name": "作业 Jobs", "description": "For operators: what could not be done, and having it tried again."},
    REVOCATIONS,
    PLACE_CHANGES,
    AUDIT,
]


def open_tickets() -> Service:
    """The service with its settings from the environment."""
    settings = TicketsSettings()
    service = open_service(
        name="tickets",
        settings=settings,
        database_url=settings.database_url.get_secret_value(),
        service_key=settings.service_key.get_secret_value(),
        schema=SCHEMA,
        registry=JOBS,
        calls={"hierarchy": settings.hierarchy_url},
    )
    service.extras["files"] = open_files(settings)
    service.extras["uploads"] = Uploads(limit=settings.upload_limit, at_once=settings.uploads_at_once)
    service.extras["evidence"] = require_of  # what appeals ask of a higher slice: are these files this appeal's?
    return service


def create_app(service: Service | None = None) -> FastAPI:
    """The application; tests bring their own service."""
    return create_application(
        service or open_tickets(),
        title="邻里 Linli · 诉求 Tickets",
        description=DESCRIPTION,
        routers=[
            appeals,
            attachments,
            hotline,
            handovers,
            privacy,
            jobs_router(SCHEMA),
            journal_router(SCHEMA),
            revocations_router(),
            place_changes_router(),
        ],
        tags=TAGS,
        glossary=GLOSSARY,
        models=[HotlineEvent],
    )
