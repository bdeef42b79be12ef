"""What imports and exports take. Pure."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from services.hierarchy.workbooks.rules import Kind, Mode
from shared.kernel.errors import Wrong
from shared.schemas.base import Body, Code
from shared.schemas.personal import Reason, ReasonKind


class ImportForm(Body):
    """The fields of the form beside its file."""

    kind: Kind
    mode: Mode = Mode.ALL_OR_NOTHING
    place: Code = Field(description="All rows lie at this place and below (地点编码).")


class NewExport(Body):
    """导出: masked, unless `revealed` with a reason."""

    kind: Kind
    place: Code = Field(description="What lies at this place and below (地点编码).")
    format: Annotated[str, Field(pattern=r"^(xlsx|csv)$")] = "xlsx"
    revealed: bool = Field(False, description="Names and numbers in full; needs `personal.reveal` and a reason.")
    reason_kind: ReasonKind | None = None
    reason: Reason | None = None

    @model_validator(mode="after")
    def _says_why(self) -> Self:
        if self.revealed != (self.reason is not None) or (self.reason is None) != (self.reason_kind is None):
            raise Wrong(
                "导出明文（revealed）须同时填写 reason_kind 和 reason；不导出明文则都不填",
                "`revealed` goes with `reason_kind` and `reason`, and only then",
            )
        return self
