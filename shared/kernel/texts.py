"""What people may write: every text has an end, and none holds what no screen shows and no database stores."""

from typing import Annotated

from pydantic import StringConstraints

# Postgres cannot store U+0000; control characters other than tab and line breaks help nobody.
PRINTABLE = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
Line = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Prose = Annotated[str, StringConstraints(min_length=1, max_length=4000, pattern=PRINTABLE)]
Remark = Annotated[str, StringConstraints(max_length=1000, pattern=PRINTABLE)]  # may be empty
