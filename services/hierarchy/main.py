"""hierarchy's HTTP door: who is responsible where (谁来管)."""

from fastapi import FastAPI

from services.hierarchy.account import endpoints as account
from services.hierarchy.agreements import endpoints as agreements
from services.hierarchy.agreements.workflow import AGREEMENT
from services.hierarchy.bodies import endpoints as bodies
from services.hierarchy.bookings import endpoints as bookings
from services.hierarchy.bookings.workflow import BOOKING
from services.hierarchy.boundaries import endpoints as boundaries
from services.hierarchy.calendars import endpoints as calendars
from services.hierarchy.candidacies import endpoints as candidacies
from services.hierarchy.candidacies.workflow import CANDIDACY
from services.hierarchy.capabilities import endpoints as capabilities
from services.hierarchy.capabilities.workflow import LISTING
from services.hierarchy.clients import endpoints as clients
from services.hierarchy.contact_sheets import endpoints as contact_sheets
from services.hierarchy.dissolution import endpoints as dissolution
from services.hierarchy.evaluations import endpoints as evaluations
from services.hierarchy.evaluations.workflow import EVALUATION
from services.hierarchy.experts import endpoints as experts
from services.hierarchy.experts.workflow import EXPERT
from services.hierarchy.feed import endpoints as feed
from services.hierarchy.glossary import GLOSSARY
from services.hierarchy.grants import endpoints as grants
from services.hierarchy.households import endpoints as households
from services.hierarchy.identity import endpoints as identity
from services.hierarchy.identity.service import open_identity
from services.hierarchy.links import endpoints as links
from services.hierarchy.loans import endpoints as loans
from services.hierarchy.loans.workflow import LOAN
from services.hierarchy.notices import endpoints as notices
from services.hierarchy.notices.workflow import NOTICE
from services.hierarchy.organisations import endpoints as organisations
from services.hierarchy.people import endpoints as people
from services.hierarchy.places import endpoints as places
from services.hierarchy.privacy import endpoints as privacy
from services.hierarchy.records import endpoints as records
from services.hierarchy.records.workflow import RECORD
from services.hierarchy.relocation import endpoints as relocation
from services.hierarchy.report_ins import endpoints as report_ins
from services.hierarchy.report_ins.workflow import REPORT_IN
from services.hierarchy.responsibility import endpoints as responsibility
from services.hierarchy.rosters import endpoints as rosters
from services.hierarchy.rosters.workflow import ROSTER, SHIFT
from services.hierarchy.schema import JOBS, SCHEMA
from services.hierarchy.sessions import endpoints as sessions
from services.hierarchy.settings import HierarchySettings
from services.hierarchy.sign_in import endpoints as sign_in
from services.hierarchy.sign_in.service import open_ways
from services.hierarchy.structures import endpoints as structures
from services.hierarchy.structures.workflow import STRUCTURE
from services.hierarchy.succession import endpoints as succession
from services.hierarchy.succession.workflow import APPOINTMENT
from services.hierarchy.swaps import endpoints as swaps
from services.hierarchy.swaps.workflow import SWAP
from services.hierarchy.venues import endpoints as venues
from services.hierarchy.venues.workflow import VENUE
from services.hierarchy.visits import endpoints as visits
from services.hierarchy.workbooks import endpoints as workbooks
from services.hierarchy.workbooks.workflow import IMPORT
from shared.runtime.service import Service, open_service
from shared.runtime.web.application import create_application
from shared.runtime.web.doors import api_router
from shared.runtime.web.jobs import router as jobs_router
from shared.runtime.web.journal_routes import TAG as AUDIT
from shared.runtime.web.journal_routes import router as journal_router
from shared.runtime.web.personal import DESCRIPTION as PERSONAL_DATA
from shared.runtime.web.uploads import Uploads
from shared.runtime.web.workflow_routes import table_routes

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
    boundaries.TAG,
    feed.TAG,
    {"name": "职责 Responsibility", "description": "Who answers for a place and a category."},
    {"name": "组织架构 Structures", "description": "How a community organises itself, as data."},
    {"name": STRUCTURE.label, "description": "What can be done with a version of a structure (组织架构版本)."},
    {"name": CANDIDACY.label, "description": "Standing for a post: named, scored, reviewed, appointed (选任)."},
    {"name": APPOINTMENT.label, "description": "Who holds a post: terms, hand-over, end (任职)."},
    {"name": RECORD.label, "description": "Duty lists, badges, equipment, mentors, awards, funds (履职记录)."},
    {"name": NOTICE.label, "description": "What post-holders are told, and who has read it (通知)."},
    {"name": "联系卡 Contact sheets", "description": "Who answers for this door: JSON, paper, QR code, and right now."},
    {"name": "阵地 Venues", "description": "Stations, parlours, windows, rooms: hours, amenities, visitors."},
    {"name": VENUE.label, "description": "What can be done with a venue (阵地)."},
    {"name": BOOKING.label, "description": "Booking a venue or a room of it (场地预约)."},
    {"name": LOAN.label, "description": "Umbrellas, chargers, wheelchairs: lent, back, overdue (借用)."},
    {"name": ROSTER.label, "description": "Who is there, from when to when; gaps and clashes; who is on duty (值班)."},
    {"name": SHIFT.label, "description": "One person's shift: reporting for it, leaving, another holder (班次)."},
    {"name": SWAP.label, "description": "Two people exchange shifts (换班)."},
    {
        "name": "组织 Organisations",
        "description": "Party, self-rule, partners, departments: today, and on any day.",
    },
    {"name": "议事机构 Bodies", "description": "Councils and committees: seats, who sits there, quorum."},
    {"name": EXPERT.label, "description": "The pool of experts: who can be asked about what, and when (智囊团)."},
    {"name": REPORT_IN.label, "description": "Party members at work and units report to the community (双报到)."},
    {"name": AGREEMENT.label, "description": "Clauses, how far they are kept, and when they end (共建协议)."},
    {"name": LISTING.label, "description": "Resources, needs, projects; who can give what is wanted (三张清单)."},
    {"name": EVALUATION.label, "description": "Three parties score blind; the year's report (三方评价)."},
    {"name": "流程 Workflows", "description": "The tables that say who may do what next."},
    {"name": "住户 Households", "description": "The household register: who lives there, tags under a basis, links."},
    {"name": "走访 Visits", "description": "Visits, the monthly floor, and the appeals that needs become."},
    {
        "name": "导入导出 Workbooks",
        "description": "XLSX and CSV: preview, errors cell by cell, confirm, progress; exports.",
    },
    {"name": IMPORT.label, "description": "What can be done with an import (导入)."},
    {"name": "人员 People", "description": "People, masked; for other services: who a phone number belongs to."},
    PERSONAL_DATA,
    {
        "name": "接入方 Clients",
        "description": "Systems of partners, hotlines and departments that sign in by themselves.",
    },
    {"name": "作业 Jobs", "description": "For operators: what could not be done, and having it tried again."},
    AUDIT,
]
_tables = api_router()
table_routes(_tables, IMPORT, STRUCTURE, CANDIDACY, APPOINTMENT, RECORD, NOTICE, VENUE, BOOKING, LOAN, ROSTER, SHIFT,
             SWAP, EXPERT, REPORT_IN, AGREEMENT, LISTING, EVALUATION)  # fmt: skip
# What is asked most comes first: a request is held against one route after the other.
ROUTERS = [
    responsibility.router, places.router, identity.router, sign_in.router, account.router, sessions.router,
    boundaries.router, feed.router, households.router, links.router, visits.router, workbooks.router, clients.router,
    grants.router, relocation.router, structures.router, candidacies.router, succession.router, records.router,
    notices.router, people.router, privacy.router,
    venues.router, bookings.router, loans.router, calendars.router, rosters.router, swaps.router,
    contact_sheets.router, organisations.router, dissolution.router, bodies.router, experts.router, report_ins.router,
    agreements.router,
    capabilities.router, evaluations.router, _tables,
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
    service.extras["uploads"] = Uploads(limit=chosen.import_limit, at_once=chosen.imports_at_once)
    return service


def create_app(service: Service | None = None) -> FastAPI:
    """The application; `uvicorn --factory services.hierarchy.main:create_app`."""
    return create_application(
        service or open_hierarchy(),
        title="Linli hierarchy 邻里·组织服务",
        description=DESCRIPTION,
        routers=[*ROUTERS, jobs_router(SCHEMA), journal_router(SCHEMA)],
        tags=TAGS,
        glossary=GLOSSARY,
    )
