"""The events API: who does something together (活动)."""

from fastapi import FastAPI

from services.events.activities.endpoints import TAG as ACTIVITIES
from services.events.activities.endpoints import router as activities
from services.events.activities.workflow import ACTIVITY
from services.events.attendance.endpoints import TAG as ATTENDANCE
from services.events.attendance.endpoints import router as attendance
from services.events.glossary import GLOSSARY
from services.events.handovers.endpoints import TAG as HANDOVERS
from services.events.handovers.endpoints import router as handovers
from services.events.notices.endpoints import TAG as NOTICES
from services.events.notices.endpoints import router as notices
from services.events.privacy.endpoints import router as privacy
from services.events.registrations.endpoints import TAG as REGISTRATIONS
from services.events.registrations.endpoints import router as registrations
from services.events.registrations.workflow import REGISTRATION
from services.events.schema import JOBS, SCHEMA
from services.events.settings import EventsSettings
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
from shared.runtime.web.workflow_routes import TAG as WORKFLOWS
from shared.runtime.web.workflow_routes import table_routes

DESCRIPTION = f"""
社区志愿活动：发布 → 报名与候补 → 签到签退 → 时长。名额不会超报；候补按报名先后自动转正，并通知本人。

{MANNERS_ZH}
Volunteers' activities: 发布 → 报名与候补 → 签到签退 → 时长.

* Sign in at the hierarchy service and send `Authorization: Bearer …`.
* Seats are never sold twice; who waits moves up in the order of signing up, and is told.
* Every POST needs an `Idempotency-Key`; repeat it with the same key when the network fails.
* Errors are problem documents (RFC 9457) in Chinese or English, by `Accept-Language`.
"""
TAGS = [
    {"name": ACTIVITIES, "description": "活动：何事、何处、何时、多少名额。 What, where, when, with how many seats."},
    {"name": REGISTRATIONS, "description": "报名、候补，以及一个人参加活动的经过。 Sign-up and the waiting list."},
    {"name": ATTENDANCE, "description": "签到、签退，时长和证据。 Check-in, check-out, minutes and their evidence."},
    {"name": NOTICES, "description": "发给本人的消息。 Messages to the signed-in person."},
    {"name": HANDOVERS, "description": "岗位交接时，活动转给接任人。 For hierarchy: activities go with a post."},
    {"name": WORKFLOWS, "description": "流程表：何时、由谁、可办什么。 The tables that decide what may happen."},
    PERSONAL_DATA,
    {"name": JOBS_TAG, "description": "供运维查看失败的作业并重新执行。 For operators: what could not be done."},
    REVOCATIONS,
    PLACE_CHANGES,
    AUDIT,
]
workflows = api_router()
table_routes(workflows, ACTIVITY, REGISTRATION)


def open_events() -> Service:
    """The service with its settings from the environment."""
    settings = EventsSettings()
    return open_service(
        name="events",
        settings=settings,
        database_url=settings.database_url.get_secret_value(),
        service_key=settings.service_key.get_secret_value(),
        schema=SCHEMA,
        registry=JOBS,
        calls={"hierarchy": settings.hierarchy_url},
    )


def create_app(service: Service | None = None) -> FastAPI:
    """The application; tests bring their own service."""
    return create_application(
        service or open_events(),
        title="邻里 Linli · 活动 Events",
        description=DESCRIPTION,
        routers=[
            registrations,
            activities,
            attendance,
            notices,
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
    )
