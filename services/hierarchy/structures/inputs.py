"""What uploading, activating and trying out a structure take. Pure."""

from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from services.hierarchy.structures.what_if import Alteration
from services.hierarchy.structures.written import Format
from shared.kernel.errors import Wrong
from shared.schemas.base import Body, Code, Line

LONGEST_TEXT = 200_000
Text = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_TEXT, strip_whitespace=False)]


class NewStructure(Body):
    """组织架构文本: a structure as it is written, with its comments; or a community's whole data file."""

    text: Text = Field(
        description="TOML or JSON. Messages about it name its lines.",
        examples=['name = "三长制"\nversion = 2\nin_force = 2027-01-01\nplace = "430304004"\nlevels = [ … ]'],
    )
    format: Format = "toml"


class Activation(Body):
    """启用: what is there is checked first; what breaches the structure stands in the way unless it is accepted."""

    accept_violations: bool = Field(False, description="Activate in spite of hard violations (接受现状).")
    reason: Line | None = Field(None, description="Why they are accepted; journaled (理由).")

    @model_validator(mode="after")
    def _says_why(self) -> Self:
        if self.accept_violations and self.reason is None:
            raise Wrong("接受现状（accept_violations）须写明理由（reason）", "accept_violations needs a reason")
        return self


class Trial(Body):
    """What would be if: another structure for the place, other facts, or both. Nothing is written."""

    place: Code = Field(description="The place whose facts are looked at, with all below it.")
    text: Text | None = Field(None, description="The structure to try; the one in force without it.")
    format: Format = "toml"
    changes: Annotated[tuple[Alteration, ...], Field(max_length=500)] = Field(
        (),
        description="Made one after the other, in memory (合并、拆分、调整、任免).",
        examples=[[{"op": "merge_places", "place": "370704003900002", "into": "370704003900001"}]],
    )

    @model_validator(mode="after")
    def _something_to_try(self) -> Self:
        if self.text is None and not self.changes:
            raise Wrong("请填写 text 或 changes，也可都填", "needs a text, changes, or both")
        return self
