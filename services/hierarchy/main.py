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
from services.hierarchy.closures import endpoints as closures
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
from shared.runtime.web.docs import MANNERS_ZH
from shared.runtime.web.doors import api_router
from shared.runtime.web.jobs import TAG as JOBS_TAG
from shared.runtime.web.jobs import router as jobs_router
from shared.runtime.web.journal_routes import TAG as AUDIT
from shared.runtime.web.journal_routes import router as journal_router
from shared.runtime.web.personal import DESCRIPTION as PERSONAL_DATA
from shared.runtime.web.uploads import Uploads
from shared.runtime.web.workflow_routes import TAG as WORKFLOWS
from shared.runtime.web.workflow_routes import table_routes

DESCRIPTION = f"""
谁来管：一个区县的地点、组织、人员和岗位，以及每一户由谁负责。一个令牌只看一个区县。

{MANNERS_ZH}
* **地点**：一个区县一棵树；授权在一个地点，就及于其下级。
* **职责**：地点 + 诉求类别 + 日期 → 由近及远的岗位、人员和组织。
* **组织架构**：各社区怎样分片、设岗，是数据，不是程序。

Places, organisations, people and their posts, and who answers for every household: of one city district per token.

- **Sign in** with `POST /api/hierarchy/v1/sessions`; send `Authorization: Bearer <access_token>` from then on.
- **Places** (地点) form one tree per district. A grant on a place holds for everything below it; what lies outside a
  caller's grants answers 404, what lies inside without the right 403.
- **Responsibility** (职责) answers 谁来管: place + category + day → the chain of posts, people and organisations.
- **Structures** (组织架构) say how each community organises itself; they are data, not code.

Errors are RFC 9457 problem documents with a stable `code`, in Chinese or English by `Accept-Language`.
"""
# In the order in which people look for them; each is the one tag of its routes.
_SAID = {
    "登录 Signing in": "用密码、短信验证码或微信登录，双因素认证。 By password, by a code, by WeChat; second factors.",
    "我的账号 My account": "本人改密码、换手机号、设双因素认证。 What people change about how they sign in.",
    "身份 Identity": "登录和退出、设备，以及我能办什么。 Sessions, devices, and what the caller may do.",
    "授权 Grants": "不随岗位而来的角色：运维、审计、部门。 Roles that follow from no post.",
    "地点 Places": "地点树及其数据，合并、拆分、撤销。 The place tree and its figures.",
    boundaries.TAG["name"]: boundaries.TAG["description"],
    feed.TAG["name"]: feed.TAG["description"],
    "职责 Responsibility": "某地点、某类诉求由谁来管。 Who answers for a place and a category.",
    structures.TAG: "社区怎样分级、设岗；各版本及体检。 How a community organises itself, as data.",
    candidacies.TAG: "推荐、评分、审核、任命。 Standing for a post: named, scored, reviewed, appointed.",
    succession.TAG: "谁在任：任期、交接、卸任。 Who holds a post: terms, hand-over, end.",
    records.TAG: "职责清单、标识、装备、师徒、表彰、经费。 Duty lists, badges, equipment, mentors, awards, funds.",
    notices.TAG: "发给任职人的通知，谁已签收。 What post-holders are told, and who has read it.",
    "联系卡 Contact sheets": "这一户有事找谁：数据、纸面、二维码。 Who answers for this door, and right now.",
    "阵地 Venues": "驿站、客厅、窗口、房间：开放时间、设施、人次。 Stations, parlours, windows, rooms.",
    bookings.TAG: "预约阵地或其中的房间。 Booking a venue or a room of it.",
    loans.TAG: "雨伞、充电宝、轮椅：借出、归还、逾期。 Things that a venue lends: lent, back, overdue.",
    rosters.TAG: "谁在岗、何时到何时；班次、空档和冲突。 Who is there, from when to when; shifts, gaps, clashes.",
    swaps.TAG: "两人互换班次。 Two people exchange shifts.",
    "组织 Organisations": "党组织、自治组织、共建单位、部门，今天或任何一天。 Today, and on any day.",
    "议事机构 Bodies": "议事会、联席会：席位、在任人、法定人数。 Councils and committees: seats, who sits, quorum.",
    experts.TAG: "何事可请教谁、何时有空。 The pool of experts: who can be asked about what, and when.",
    report_ins.TAG: "在职党员和单位到社区报到。 Party members at work and units report to the community.",
    agreements.TAG: "条款、履约情况、到期。 Clauses, how far they are kept, and when they end.",
    capabilities.TAG: "资源、需求、项目，谁能提供所需。 Resources, needs, projects; who can give what is wanted.",
    evaluations.TAG: "三方背靠背评分，年度报告。 Three parties score blind; the year's report.",
    WORKFLOWS: "流程表：何时、由谁、可办什么。 The tables that say who may do what next.",
    "住户 Households": "住户登记：住着谁、有依据的标签、联户。 Who lives there, tags under a basis, links.",
    "走访 Visits": "走访、每月底数，发现的需求转为诉求。 Visits, the monthly floor, needs that become appeals.",
    "导入导出 Workbooks": "表格导入：预览、逐格报错、确认；导出。 XLSX and CSV: preview, errors, confirm; exports.",
    "人员 People": "人员，已脱敏；供其他服务查号码属于谁。 People, masked; who a phone number belongs to.",
    PERSONAL_DATA["name"]: PERSONAL_DATA["description"],
    "接入方 Clients": "自行登录的系统：共建单位、热线、部门。 Systems that sign in by themselves.",
    JOBS_TAG: "供运维查看失败的作业并重新执行。 For operators: what could not be done.",
    AUDIT["name"]: AUDIT["description"],
}
TAGS = [{"name": name, "description": said} for name, said in _SAID.items()]
_tables = api_router()
table_routes(_tables, IMPORT, STRUCTURE, CANDIDACY, APPOINTMENT, RECORD, NOTICE, VENUE, BOOKING, LOAN, ROSTER, SHIFT,
             SWAP, EXPERT, REPORT_IN, AGREEMENT, LISTING, EVALUATION)  # fmt: skip
# What is asked most comes first: a request is held against one route after the other.
ROUTERS = [
    responsibility.router, places.router, identity.router, sign_in.router, account.router, sessions.router,
    boundaries.router, feed.router, households.router, links.router, visits.router, workbooks.router, clients.router,
    grants.router, relocation.router, structures.router, candidacies.router, succession.router, records.router,
    notices.router, people.router, privacy.router,
    venues.router, closures.router, bookings.router, loans.router, calendars.router, rosters.router, swaps.router,
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
