"""The schema that hierarchy owns in the database, its kinds of work, and the count of looks at personal data."""

from shared.runtime.jobs import Registry
from shared.runtime.reveals import Reveals
from shared.runtime.tables import service_schema
from shared.runtime.versions import Versions

SCHEMA = service_schema("hierarchy")
REVEALS = Reveals(SCHEMA)
JOBS = Registry()
# What a district holds has a version, for conditional GETs; these rows change nothing of it. Nor need the rows of an
# import count one by one: `import.advance` of the same transaction counts for them all.
VERSIONS = Versions(
    SCHEMA,
    quiet_kinds=("client", "export", "job", "journal", "refusal", "session", "sign_in"),
    quiet_events=(
        "household.import", "organisation.import", "person.import", "place.import", "password_changed",
        "refresh_reused", "revealed", "session_ended", "sessions_ended", "set_password", "sign_in", "sign_out",
        "wechat_bound", "wechat_unbound",
    ),
)  # fmt: skip
