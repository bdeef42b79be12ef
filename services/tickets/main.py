"""The tickets API: what is asked and answered (诉求)."""

from fastapi import FastAPI

from services.tickets.appeals.endpoints import TAG as APPEALS
from services.tickets.appeals.endpoints import router as appeals
from services.tickets.appeals.workflow import APPEAL
from services.tickets.attachments.endpoints import TAG as ATTACHMENTS
from services.tickets.attachments.endpoints import router as attachments
from services.tickets.attachments.service import open_files, require_of
from services.tickets.glossary import GLOSSARY
from services.tickets.handovers.endpoints import TAG as HANDOVERS
from services.tickets.handovers.endpoints import router as handovers
from services.tickets.hotline.endpoints import TAG as HOTLINE
from services.tickets.hotline.endpoints import router as hotline
from services.tickets.privacy.endpoints import router as privacy
from services.tickets.schema import JOBS, SCHEMA
from services.tickets.settings import TicketsSettings
from shared.runtime.service import Service, open_service
from shared.runtime.web.application import create_application
from shared.runtime.web.docs import MANNERS_ZH
from shared.runtime.web.doors import api_router
from shared.runtime.web.jobs import TAG as JOBS_TAG
from shared.runtime.web.jobs import router as jobs_router
from shared.runtime.web.journal_routes import TAG as AUDIT
from shared.runtime.web.journal_routes import router as journal_router
from shared.runtime.web.personal import DESCRIPTION as PERSONAL_DATA
from shared.runtime.web.place_changes import TAG as PLACE_CHANGES
from shared.runtime.web.place_changes import router as place_changes_router
from shared.runtime.web.revocations import TAG as REVOCATIONS
from shared.runtime.web.revocations import router as revocations_router
from shared.runtime.web.uploads import Uploads
from shared.runtime.web.workflow_routes import TAG as WORKFLOWS
from shared.runtime.web.workflow_routes import table_routes
from shared.schemas.hotline import HotlineEvent

DESCRIPTION = f"""
居民诉求的六步办理：信息上报 → 核实立案 → 分流交办 → 跟踪处理 → 事件反馈 → 考核评价。
也接收 12345 热线的工单，并回传办理状态。

{MANNERS_ZH}
Appeals (诉求) on their six steps: 信息上报 → 核实立案 → 分流交办 → 跟踪处理 → 事件反馈 → 考核评价.

* Sign in at the hierarchy service and send `Authorization: Bearer …`.
* Every POST that creates or acts needs an `Idempotency-Key`; repeat it with the same key when the network fails.
* Errors are problem documents (RFC 9457) in Chinese or English, by `Accept-Language`.
* Times are UTC with time zone; deadlines are counted in Beijing time.
"""
TAGS = [
    {"name": APPEALS, "description": "诉求：受理、六步办理、列表、办理过程。 Intake, the six steps, lists, timeline."},
    {"name": ATTACHMENTS, "description": "诉求的附件：检查、清理后以短时链接提供。 Examined, cleaned, by short links."},
    {"name": HOTLINE, "description": "12345 热线：接收工单，回传状态。 Orders in, status callbacks out."},
    {"name": WORKFLOWS, "description": "流程表：何时、由谁、可办什么。 The tables that decide what may happen."},
    {"name": HANDOVERS, "description": "岗位交接时，诉求转给接任人。 For hierarchy: appeals go with a post."},
    PERSONAL_DATA,
    {"name": JOBS_TAG, "description": "供运维查看失败的作业并重新执行。 For operators: what could not be done."},
    REVOCATIONS,
    PLACE_CHANGES,
    AUDIT,
]
workflows = api_router()
table_routes(workflows, APPEAL)


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
            workflows,
            jobs_router(SCHEMA),
            journal_router(SCHEMA),
            revocations_router(),
            place_changes_router(),
        ],
        tags=TAGS,
        glossary=GLOSSARY,
        models=[HotlineEvent],
    )
