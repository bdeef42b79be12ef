"""The rights as a page for people: every role and every permission in words, with where it comes from. Pure."""

from collections.abc import Iterable

from shared.kernel.rights import DISTRICT_WIDE, ROLE_PERMISSIONS, Permission, Role

R, P = Role, Permission

# Role: 中文, English, why it may what it may, and the source.
ROLES: dict[Role, tuple[str, str, str]] = {
    R.RESIDENT: (
        "居民",
        "resident",
        (
            "Reports and signs up anywhere in the district; reads only what they reported themselves. "
            "Other people's homes (kind `household`) are not there for them."
        ),
    ),
    R.BUILDING_HEAD: (
        "楼栋长、楼长、邻长",
        "building head",
        (
            "Next to the households: reads and handles what is reported below, keeps lists at activities (东湖路 四员, "
            "坊子 30–50 户, 书院路 5–15 户). No contact data in full, unless they lead the appeal."
        ),
    ),
    R.POST_HOLDER: (
        "片长、组长、党员中心户、支部书记、议事会与业委会成员",
        "post holder",
        "The further posts of a community's way of organising itself; as a building head, over their own place.",
    ),
    R.GRID_WORKER: (
        "网格员、网格长",
        "grid worker",
        "As a building head, over a grid (坊子 专职网格员, 西南街 网格长).",
    ),
    R.COMMUNITY_STAFF: (
        "社区书记、两委、社区工作者",
        "community staff",
        (
            "Takes in, files, hands out, answers and calls back (受理、立案、交办、回访); runs activities; sees "
            "contact data in full with a reason; sees confidential appeals of the community."
        ),
    ),
    R.DEPARTMENT: (
        "街道与部门承办人、公安、城管、司法联络员",
        "department",
        "A public authority's officer: reads at their place, handles wherever they are asked (吹哨报到).",
    ),
    R.PARTNER: (
        "物业、供热等企业与共建单位联络员、智囊团",
        "partner unit",
        "No public authority: sees an appeal only once it was asked to handle it, wherever that is.",
    ),
    R.MEDIATOR: (
        "调解员（法律顾问、退休法官、有威望居民）",
        "mediator",
        "Sees what they are asked to settle at their place (人民西路 矛盾调解室), and nothing else of it.",
    ),
    R.HOTLINE: (
        "12345热线",
        "hotline",
        "Nothing by a token: it speaks through its signed webhook, about its own orders.",
    ),
    R.OPERATOR: (
        "系统管理员（运维）",
        "operator",
        "Keeps the district's system running and stands in where a community has nobody; supervises (督办).",
    ),
    R.SECURITY_ADMIN: (
        "安全管理员",
        "security administrator",
        "Says who may sign in and carries out erasures; reads no appeal (三员分立, GB/T 22239).",
    ),
    R.AUDITOR: (
        "审计管理员",
        "auditor",
        "Reads the journal, which holds no personal data; changes nothing (三员分立).",
    ),
    R.SERVICE: ("服务之间", "service", "hierarchy, tickets and events among themselves, with keys of their own."),
}

PERMISSIONS: dict[Permission, tuple[str, str]] = {
    P.ACTIVITIES_MANAGE: ("发布和管理活动", "make activities and run them"),
    P.ACTIVITIES_READ: ("查看活动", "see activities that were opened"),
    P.APPEALS_DISPATCH: ("交办、改派诉求", "hand appeals out, and on"),
    P.APPEALS_HANDLE: ("承办本辖区诉求", "lead an appeal at the place, once asked"),
    P.APPEALS_INTAKE: ("受理诉求", "take appeals in: file, refuse, merge, call back, close; see confidential ones"),
    P.APPEALS_READ: (
        "查看诉求（联系方式脱敏，保密件除外）",
        "read appeals: contacts masked, none that is confidential",
    ),
    P.APPEALS_REPORT: ("反映诉求", "report an appeal"),
    P.APPEALS_SERVE: ("作为单位承办各处诉求", "lead an appeal as a unit, wherever it is asked"),
    P.APPEALS_SUPERVISE: ("督办诉求", "press for an answer"),
    P.APPOINTMENTS_MANAGE: ("选任、交接、卸任", "find post-holders, appoint, hand over, end"),
    P.ATTENDANCE_RECORD: ("登记签到、查看名单", "keep the list of an activity"),
    P.CANDIDACIES_CREATE: ("自荐、推荐", "stand for a post, or recommend somebody"),
    P.CHANGES_READ: ("订阅全区变更", "follow what changes in the whole district"),
    P.CLIENTS_MANAGE: ("管理接入方", "let systems in and shut them out"),
    P.CONTACT_MATCH: ("按电话索引找人", "find whose number it is, by its index"),
    P.EVALUATIONS_MANAGE: ("组织三方评价", "have partners and posts evaluated by three parties"),
    P.GRANTS_MANAGE: ("管理授权", "give and take explicit rights"),
    P.HOTLINES_MANAGE: ("管理热线接入", "set a hotline up"),
    P.HOUSEHOLDS_MANAGE: ("登记住户、标签和联户", "keep the household register"),
    P.HOUSEHOLDS_READ: ("查看户级地点和住户（脱敏）", "see households, masked"),
    P.IMPORTS_MANAGE: ("导入、导出工作簿", "import and export workbooks"),
    P.JOBS_MANAGE: ("处理失败作业", "see and revive dead jobs"),
    P.JOURNAL_READ: ("查询和导出流水", "search and export the journal"),
    P.NOTICES_SEND: ("向岗位人员发通知", "tell those who hold posts, and see who has read it"),
    P.ORGANISATIONS_MANAGE: ("管理组织、议事机构和成员", "make and change organisations, bodies, members, experts"),
    P.ORGANISATIONS_READ: ("查看服务本地的组织和议事机构", "see the organisations and bodies that serve one's places"),
    P.PARTNERS_MANAGE: ("管理共建协议、三张清单和双报到", "run agreements, the three lists and report-ins"),
    P.PARTNERS_READ: ("查看共建协议和三张清单", "see agreements, what partners offer and what is needed"),
    P.PEOPLE_READ: ("查看人员（脱敏）", "see people, masked"),
    P.PERSONAL_ERASE: ("删除、提供个人信息", "erase a person's data, hand out a copy"),
    P.PERSONAL_REVEAL: ("查看完整联系方式（须说明事由）", "see personal data in full, with a reason"),
    P.PLACES_MANAGE: ("管理地点和边界", "make, change, move, merge, split and close places; draw boundaries"),
    P.PLACES_READ: ("查看地点、组织架构和数字", "see places, structures and figures"),
    P.RECORDS_MANAGE: ("管理履职记录", "write down duties, equipment, mentors, awards, funds, services"),
    P.REGISTRATIONS_CREATE: ("报名活动", "sign up for activities"),
    P.REPORT_INS_CREATE: ("双报到", "report in as a party member at work"),
    P.RESPONSIBILITY_READ: ("查看谁来管", "see who answers for a place"),
    P.SERVICE_COMMANDS: ("服务间指令", "what services tell each other"),
    P.ROSTERS_MANAGE: ("排班", "draw up rosters"),
    P.ROSTERS_READ: ("查看值班表", "see rosters with who is on duty"),
    P.STRUCTURES_MANAGE: ("管理组织架构", "upload structures and bring them into force"),
    P.SHEETS_MANAGE: ("管理便民服务电话表", "say what a contact sheet shows"),
    P.VENUES_BOOK: ("预约阵地", "ask for a room"),
    P.VENUES_MANAGE: ("管理阵地", "run stations, halls and rooms"),
    P.VENUES_READ: ("查看阵地和开放时间", "see venues and their hours"),
    P.VENUES_SERVE: ("驿站服务登记", "serve at a station: lend, count visitors"),
    P.VISITS_READ: ("查看走访记录", "see visits"),
    P.VISITS_RECORD: ("登记走访", "record visits"),
    P.SESSIONS_MANAGE: ("强制下线、停用账号", "end sessions, disable accounts"),
}


def matrix() -> str:
    """Permission × role, as a Markdown table."""
    lines = [
        "| Permission 权限 | | " + " | ".join(f"`{role}`" for role in Role) + " |",
        "|---|---|" + ":-:|" * len(Role),
    ]
    for permission in Permission:
        zh, en = PERMISSIONS[permission]
        marks = " | ".join("●" if permission in ROLE_PERMISSIONS[role] else "" for role in Role)
        where = " 〇" if permission in DISTRICT_WIDE else ""
        lines.append(f"| `{permission}`{where} | {zh}<br>{en} | {marks} |")
    return "\n".join(lines) + "\n"


def roles() -> str:
    """The roles in words, as a Markdown table."""
    rows = (f"| `{role}` | {zh}<br>{en} | {why} |" for role, (zh, en, why) in ((r, ROLES[r]) for r in Role))
    return "\n".join(["| Role 角色 | | What for, and why no more |", "|---|---|---|", *rows]) + "\n"


def posts(communities: Iterable[tuple[str, Iterable[tuple[str, str, bool]]]]) -> str:
    """Per community, its posts (岗位, role, whether it answers for its place) by the role they give."""
    lines = [
        "| Community 社区 | Role 角色 | Posts 岗位 (**bold**: in the chain of responsibility 责任链上) |",
        "|---|---|---|",
    ]
    for community, given in communities:
        by_role: dict[str, list[str]] = {}
        for name, role, answers in given:
            by_role.setdefault(role, []).append(f"**{name}**" if answers else name)
        lines += [f"| {community} | `{role}` | {'、'.join(by_role[role])} |" for role in Role if role in by_role]
    return "\n".join(lines) + "\n"
