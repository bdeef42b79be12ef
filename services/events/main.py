"""The events API: who does something together (活动)."""

from fastapi import FastAPI

from services.events.activities.endpoints import router as activities
from services.events.activities.workflow import ACTIVITY
from services.events.attendance.endpoints import router as attendance
from services.events.glossary import GLOSSARY
from services.events.handovers.endpoints import TAG as HANDOVERS
from services.events.handovers.endpoints import router as handovers
from services.events.notices.endpoints import router as notices
from services.events.privacy.endpoints import router as privacy
from services.events.registrations.endpoints import router as registrations
from services.events.registrations.workflow import REGISTRATION
from services.events.schema import JOBS, SCHEMA
from services.events.settings import EventsSettings
from shared.runtime.service import Service, open_service
from shared.runtime.web.application import create_application
from shared.runtime.web.doors import api_router
from shared.runtime.web.jobs import router as jobs_router
from shared.runtime.web.journal_routes import TAG as AUDIT
from shared.runtime.web.journal_routes import router as journal_router
from shared.runtime.web.personal import DESCRIPTION as PERSONAL_DATA
from shared.runtime.web.place_changes import TAG as PLACE_CHANGES
from shared.runtime.web.place_changes import router as place_changes_router
from shared.runtime.web.revocations import TAG as REVOCATIONS
from shared.runtime.web.revocations import router as revocations_router
from shared.runtime.web.workflow_routes import table_routes

DESCRIPTION = """
Volunteers' activities: 发布 → 报名与候补 → 签到签退 → 时长.

* Sign in at the hierarchy service and send `Authorization: Bearer …`.
* Seats are never sold twice; who waits moves up in the order of signing up, and is told.
* Every POST needs an `Idempotency-Key`; repeat it with the same key when the network fails.
* Errors are problem documents (RFC 9457) in Chinese or English, by `Accept-Language`.
"""
TAGS = [
    {"name": ACTIVITY.label, "description": "Activities: what, where, when, with how many seats."},
    {"name": REGISTRATION.label, "description": "Sign-up, the waiting list, and one person's way through an activity."},
    {"name": "签到", "description": "Attendance: check-in, check-out, minutes and their evidence."},
    {"name": "通知", "description": "Messages to the signed-in person."},
    {"name": HANDOVERS, "description": "For hierarchy: activities go with a post to its next holder."},
    {"name": "流程 Workflows", "description": "The tables that decide what may happen."},
    PERSONAL_DATA,
    {"name": "作业 Jobs", "description": "For operators: what could not be done, and having it tried again."},
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
