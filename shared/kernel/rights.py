"""Who may do what: one table from role to permissions.

A *grant* is a role over a place and everything below it. Rights never travel upwards and never sideways: a grid
worker's grant on one grid says nothing about the next one. Which person holds which grant follows from appointments
(hierarchy); the access token carries the grants, and every service decides from this table alone.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from shared.kernel.errors import Forbidden
from shared.kernel.paths import ROOT, covers


class Role(StrEnum):
    """Rights roles. A community's own posts (片长, 邻长, …) are data and name one of these each."""

    RESIDENT = "resident"
    BUILDING_HEAD = "building_head"
    POST_HOLDER = "post_holder"
    GRID_WORKER = "grid_worker"
    COMMUNITY_STAFF = "community_staff"
    DEPARTMENT = "department"
    PARTNER = "partner"
    MEDIATOR = "mediator"
    HOTLINE = "hotline"
    OPERATOR = "operator"
    SECURITY_ADMIN = "security_admin"
    AUDITOR = "auditor"
    SERVICE = "service"


class Permission(StrEnum):
    """`noun.verb`, in alphabetical order."""

    ACTIVITIES_MANAGE = "activities.manage"
    ACTIVITIES_READ = "activities.read"
    APPEALS_DISPATCH = "appeals.dispatch"
    APPEALS_HANDLE = "appeals.handle"
    APPEALS_INTAKE = "appeals.intake"
    APPEALS_READ = "appeals.read"
    APPEALS_REPORT = "appeals.report"
    APPEALS_SERVE = "appeals.serve"
    APPEALS_SUPERVISE = "appeals.supervise"
    APPOINTMENTS_MANAGE = "appointments.manage"
    ATTENDANCE_RECORD = "attendance.record"
    CANDIDACIES_CREATE = "candidacies.create"
    CHANGES_READ = "changes.read"
    CLIENTS_MANAGE = "clients.manage"
    CONTACT_MATCH = "contact.match"
    EVALUATIONS_MANAGE = "evaluations.manage"
    GRANTS_MANAGE = "grants.manage"
    HOTLINES_MANAGE = "hotlines.manage"
    HOUSEHOLDS_MANAGE = "households.manage"
    HOUSEHOLDS_READ = "households.read"
    IMPORTS_MANAGE = "imports.manage"
    JOBS_MANAGE = "jobs.manage"
    JOURNAL_READ = "journal.read"
    NOTICES_SEND = "notices.send"
    ORGANISATIONS_MANAGE = "organisations.manage"
    ORGANISATIONS_READ = "organisations.read"
    PARTNERS_MANAGE = "partners.manage"
    PARTNERS_READ = "partners.read"
    PEOPLE_READ = "people.read"
    PERSONAL_ERASE = "personal.erase"
    PERSONAL_REVEAL = "personal.reveal"
    PLACES_MANAGE = "places.manage"
    PLACES_READ = "places.read"
    RECORDS_MANAGE = "records.manage"
    REGISTRATIONS_CREATE = "registrations.create"
    REPORT_INS_CREATE = "report_ins.create"
    RESPONSIBILITY_READ = "responsibility.read"
    ROSTERS_MANAGE = "rosters.manage"
    ROSTERS_READ = "rosters.read"
    SERVICE_COMMANDS = "service.commands"
    SESSIONS_MANAGE = "sessions.manage"
    SHEETS_MANAGE = "sheets.manage"
    STRUCTURES_MANAGE = "structures.manage"
    VENUES_BOOK = "venues.book"
    VENUES_MANAGE = "venues.manage"
    VENUES_READ = "venues.read"
    VENUES_SERVE = "venues.serve"
    VISITS_READ = "visits.read"
    VISITS_RECORD = "visits.record"


P = Permission
# Held anywhere, held in the whole district: one reports a street lamp wherever one walks past it, and an activity is
# for everybody. All other permissions hold at the place of the grant and below it.
# A station is for whoever comes in: its hours are read, and its rooms asked for, by everybody.
# And whoever lives in the district may stand for a post in it (自荐) or name somebody.
DISTRICT_WIDE = frozenset(
    {
        P.ACTIVITIES_READ,
        P.APPEALS_REPORT,
        P.CANDIDACIES_CREATE,
        P.REGISTRATIONS_CREATE,
        P.REPORT_INS_CREATE,
        P.VENUES_BOOK,
        P.VENUES_READ,
    }
)

# Who sits on the committee of one's compound is everybody's business there (公示).
_EVERYONE = {*DISTRICT_WIDE, P.ORGANISATIONS_READ, P.PLACES_READ}
_POSTS = _EVERYONE | {
    P.APPEALS_HANDLE, P.APPEALS_READ, P.ATTENDANCE_RECORD, P.HOUSEHOLDS_READ, P.RESPONSIBILITY_READ,
    P.PARTNERS_READ, P.ROSTERS_READ, P.VENUES_SERVE,  # posts take turns at stations: they see rosters, lend, count
}  # fmt: skip
# Whoever is next to the households visits them. (A department is not; it is in _POSTS for its appeals.)
_NEIGHBOURS = _POSTS | {P.VISITS_READ, P.VISITS_RECORD}
_STAFF = _NEIGHBOURS | {
    P.HOUSEHOLDS_MANAGE, P.IMPORTS_MANAGE,  # it keeps the register, and brings the books it has kept so far
    P.APPEALS_INTAKE, P.APPEALS_DISPATCH, P.PEOPLE_READ, P.PERSONAL_REVEAL, P.ACTIVITIES_MANAGE,
    P.ROSTERS_MANAGE, P.SHEETS_MANAGE, P.VENUES_MANAGE,  # the community runs its venues and says what a sheet shows
    P.ORGANISATIONS_MANAGE, P.PARTNERS_MANAGE, P.EVALUATIONS_MANAGE,  # its committees, its agreements, their year
    P.APPOINTMENTS_MANAGE, P.RECORDS_MANAGE,  # it finds its post-holders, and writes down what they are given
    P.NOTICES_SEND,  # and tells them what they are to pass on
}  # fmt: skip

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.RESIDENT: frozenset(_EVERYONE),
    Role.BUILDING_HEAD: frozenset(_NEIGHBOURS),
    Role.POST_HOLDER: frozenset(_NEIGHBOURS),
    Role.GRID_WORKER: frozenset(_NEIGHBOURS),
    Role.MEDIATOR: frozenset(_EVERYONE | {P.APPEALS_HANDLE, P.RESPONSIBILITY_READ}),
    Role.PARTNER: frozenset(_EVERYONE | {P.APPEALS_SERVE, P.CHANGES_READ, P.PARTNERS_READ, P.RESPONSIBILITY_READ}),
    Role.DEPARTMENT: frozenset(_POSTS | {P.APPEALS_SERVE}),
    Role.COMMUNITY_STAFF: frozenset(_STAFF),
    Role.HOTLINE: frozenset(),  # a hotline speaks through its signed webhook only
    Role.OPERATOR: frozenset(
        _STAFF
        | {
            P.APPEALS_SUPERVISE,
            P.CHANGES_READ,
            P.HOTLINES_MANAGE,
            P.JOBS_MANAGE,
            P.PLACES_MANAGE,
            P.STRUCTURES_MANAGE,
        }
    ),
    # 三员分立: the operator keeps the system running, the security administrator says who may what, the auditor looks.
    Role.SECURITY_ADMIN: frozenset(
        {P.PLACES_READ, P.SESSIONS_MANAGE, P.CLIENTS_MANAGE, P.GRANTS_MANAGE, P.PERSONAL_ERASE}
    ),
    Role.AUDITOR: frozenset({P.PLACES_READ, P.JOURNAL_READ}),
    Role.SERVICE: frozenset(
        {
            P.CHANGES_READ,
            P.PLACES_READ,
            P.HOUSEHOLDS_READ,
            P.RESPONSIBILITY_READ,
            P.CONTACT_MATCH,
            P.SERVICE_COMMANDS,
            P.ROSTERS_READ,
        }
    ),
}


@dataclass(frozen=True, slots=True)
class Grant:
    """`role` over the place whose path is `place`, and over all below it."""

    role: Role
    place: str


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is calling: a person, another service, a hotline, or a job of our own; always of one district."""

    district: str
    id: str
    kind: str
    grants: tuple[Grant, ...] = ()
    session: str | None = None
    act: str | None = None  # of a service: the person it asks for; gives no right, says who looked
    _scopes: dict[Permission, list[str]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def scopes(self, permission: Permission) -> list[str]:
        """The place paths under which this caller holds `permission`, without those inside another one."""
        known = self._scopes.get(permission)  # a token's principal lives as long as the token, and is asked often
        if known is None:
            self._scopes[permission] = known = self._outermost(permission)
        return known

    def _outermost(self, permission: Permission) -> list[str]:
        paths = sorted({g.place for g in self.grants if permission in ROLE_PERMISSIONS[g.role]})
        if paths and permission in DISTRICT_WIDE:
            return [ROOT]
        return [p for i, p in enumerate(paths) if not any(covers(q, p) for q in paths[:i])]

    def may(self, permission: Permission, place: str | None = None) -> bool:
        """Whether the caller holds `permission` at `place`, or anywhere when no place is asked for."""
        scopes = self.scopes(permission)
        return bool(scopes) if place is None else any(covers(scope, place) for scope in scopes)

    def demand(self, permission: Permission, place: str | None = None) -> None:
        """Raises Forbidden (403), which tells the journal of refusals what was lacking, unless the caller `may`."""
        if not self.may(permission, place):
            raise Forbidden(permission=permission.value)
