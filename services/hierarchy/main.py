"""hierarchy's HTTP door: who is responsible where (谁来管)."""

from fastapi import FastAPI

from services.hierarchy.account import endpoints as account
from services.hierarchy.clients import endpoints as clients
from services.hierarchy.grants import endpoints as grants
from services.hierarchy.identity import endpoints as identity
from services.hierarchy.identity.service import open_identity
from services.hierarchy.people import endpoints as people
from services.hierarchy.places import endpoints as places
from services.hierarchy.privacy import endpoints as privacy
from services.hierarchy.relocation import endpoints as relocation
from services.hierarchy.responsibility import endpoints as responsibility
from services.hierarchy.schema import JOBS, SCHEMA
from services.hierarchy.sessions import endpoints as sessions
from services.hierarchy.settings import HierarchySettings
from services.hierarchy.sign_in import endpoints as sign_in
from services.hierarchy.sign_in.service import open_ways
from services.hierarchy.structures import endpoints as structures
from shared.runtime.service import Service, open_service
from shared.runtime.web.application import create_application
from shared.runtime.web.jobs import router as jobs_router
from shared.runtime.web.journal_routes import TAG as AUDIT
from shared.runtime.web.journal_routes import router as journal_router
from shared.runtime.web.personal import DESCRIPTION as PERSONAL_DATA

DESCRIPTION = """
Places, organisations, people and their posts, and who answers for every household: of one city district per token.

- **Sign in** with `POST /api/hierarchy/v1/sessions`; send `Authorization: Bearer <access_token>` from then on.
- **Places** (地点) form one tree per district. A grant on a place holds for everything below it; what lies outside a
  caller's grants answers 404, what lies inside without the right 403.
- **Responsibility** (职责) answers 谁来管: place + category + day → the chain of posts, people and organisations.
- **Structures** (组织架构) say how each community organises itself; they are data, not code.

Errors are RFC 9457 problem documents with a stable `code`, in Chinese or English by `Accept-Language`.
"""
TAGS = [
    {"name": "登录 Signing in", "description": "By password, by a code to the phone, by WeChat; second factors."},
    {"name": "我的账号 My account", "description": "What people change about how they sign in."},
    {"name": "身份 Identity", "description": "Signing in and out, devices, and what the caller may do."},
    {"name": "授权 Grants", "description": "Roles that follow from no post: operators, auditors, departments."},
    {"name": "地点 Places", "description": "The place tree and its figures."},
    {"name": "职责 Responsibility", "description": "Who answers for a place and a category."},
    {"name": "组织架构 Structures", "description": "How a community organises itself, as data."},
    {"name": "人员 People", "description": "People, masked; for other services: who a phone number belongs to."},
    PERSONAL_DATA,
    {
        "name": "接入方 Clients",
        "description": "Systems of partners, hotlines and departments that sign in by themselves.",
    },
    {"name": "作业 Jobs", "description": "For operators: what could not be done, and having it tried again."},
    AUDIT,
]
ROUTERS = [
    sign_in.router, account.router, sessions.router, clients.router, grants.router, identity.router, places.router,
    relocation.router, structures.router, responsibility.router, people.router, privacy.router
]  # fmt: skip


def open_hierarchy(settings: HierarchySettings | None = None) -> Service:
    """The service from its settings (from the environment without any): for the API, the worker and the commands."""
    chosen = settings or HierarchySettings()
    service = open_service(
        name="hierarchy",
        settings=chosen,
        database_url=chosen.database_url.get_secret_value(),
        service_key=chosen.service_key.get_secret_value(),
        schema=SCHEMA,
        registry=JOBS,
        calls={"tickets": chosen.tickets_url, "events": chosen.events_url},
    )
    service.extras["identity"] = identity_of = open_identity(chosen, service.vault)
    service.extras["sign_in"] = open_ways(chosen, identity_of)
    return service


def create_app(service: Service | None = None) -> FastAPI:
    """The application; `uvicorn --factory services.hierarchy.main:create_app`."""
    return create_application(
        service or open_hierarchy(),
        title="Linli hierarchy 邻里·组织服务",
        description=DESCRIPTION,
        routers=[*ROUTERS, jobs_router(SCHEMA), journal_router(SCHEMA)],
        tags=TAGS,
    )
