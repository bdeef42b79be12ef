"""Every table of hierarchy, for migrations."""

from services.hierarchy.agreements import tables as agreements
from services.hierarchy.appointments import tables as appointments
from services.hierarchy.bodies import tables as bodies
from services.hierarchy.bookings import tables as bookings
from services.hierarchy.boundaries import tables as boundaries
from services.hierarchy.calendars import tables as calendars
from services.hierarchy.candidacies import tables as candidacies
from services.hierarchy.capabilities import tables as capabilities
from services.hierarchy.clients import tables as clients
from services.hierarchy.contact_sheets import tables as contact_sheets
from services.hierarchy.evaluations import tables as evaluations
from services.hierarchy.experts import tables as experts
from services.hierarchy.grants import tables as grants
from services.hierarchy.households import tables as households
from services.hierarchy.identity import tables as identity
from services.hierarchy.links import tables as links
from services.hierarchy.loans import tables as loans
from services.hierarchy.notices import tables as notices
from services.hierarchy.organisations import tables as organisations
from services.hierarchy.people import tables as people
from services.hierarchy.places import tables as places
from services.hierarchy.records import tables as records
from services.hierarchy.report_ins import tables as report_ins
from services.hierarchy.responsibility import tables as responsibility
from services.hierarchy.rosters import tables as rosters
from services.hierarchy.schema import SCHEMA
from services.hierarchy.sessions import tables as sessions
from services.hierarchy.sign_in import tables as sign_in
from services.hierarchy.structures import tables as structures
from services.hierarchy.swaps import tables as swaps
from services.hierarchy.venues import tables as venues
from services.hierarchy.visits import tables as visits
from services.hierarchy.workbooks import tables as workbooks

SLICES = (
    places,
    boundaries,
    organisations,
    venues,
    bookings,
    loans,
    people,
    rosters,
    swaps,
    calendars,
    appointments,
    bodies,
    agreements,
    capabilities,
    experts,
    report_ins,
    evaluations,
    households,
    responsibility,
    contact_sheets,
    structures,
    candidacies,
    records,
    notices,
    links,
    visits,
    workbooks,
    grants,
    identity,
    sessions,
    clients,
    sign_in,
)
METADATA = SCHEMA.metadata
