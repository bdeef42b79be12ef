"""Families of organisations, who may stand below whom, and the tree they make. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from shared.kernel.spans import Words

Kind = Literal[
    "street_office", "party_committee", "party_general_branch", "party_branch", "party_group", "residents_committee",
    "owners_committee", "building_autonomy", "council", "joint_meeting", "department", "partner", "property_company",
    "social_organisation",
]  # fmt: skip
Family = Literal["party", "self_governance", "partner", "department"]
FAMILIES: dict[Family, tuple[Kind, ...]] = {
    "party": ("party_committee", "party_general_branch", "party_branch", "party_group"),
    "self_governance": ("residents_committee", "owners_committee", "building_autonomy", "council", "joint_meeting"),
    "partner": ("partner", "property_company", "social_organisation"),
    "department": ("street_office", "department"),
}
FAMILY_OF: dict[str, Family] = {kind: family for family, kinds in FAMILIES.items() for kind in kinds}
DEEPEST = 12
# 党委 above 党总支 above 党支部 above 党小组: within the party the order is fixed.
_PARTY_ORDER = FAMILIES["party"]


def why_not_below(kind: str, code: str, parent_kind: str, line: Sequence[str]) -> Words | None:
    """Why an organisation cannot stand below that parent; `line` are the codes from the parent upwards."""
    if code in line:
        return Words("那是它自己或它的下级", "that is itself, or below it")
    if len(line) >= DEEPEST:
        return Words(f"层级不能超过 {DEEPEST} 层", f"there are at most {DEEPEST} levels")
    if kind in _PARTY_ORDER:
        if parent_kind not in _PARTY_ORDER:
            return Words("党组织只能隶属于党组织", "a party organisation stands below a party organisation")
        if _PARTY_ORDER.index(parent_kind) > _PARTY_ORDER.index(kind):
            return Words("上级党组织的层级更低", "it would stand below a lower level of the party")
    return None


class Node(NamedTuple):
    """An organisation in a tree. `row` is its own."""

    row: Mapping[str, Any]
    below: list["Node"]


def tree(rows: Iterable[Mapping[str, Any]]) -> list[Node]:
    """The organisations as trees, in the order given; one whose parent is not among them is a root.

    Every row is in it exactly once. A ring, which no door lets in, is broken at its first row.
    """
    nodes = {row["code"]: Node(row, []) for row in rows}
    roots: list[Node] = []
    for code, node in nodes.items():
        parent = node.row["parent"]
        if parent not in nodes or _in_ring(nodes, code):
            roots.append(node)
        else:
            nodes[parent].below.append(node)
    return roots


def _in_ring(nodes: Mapping[str, Node], code: str) -> bool:
    """Whether going up from here leads back here, and this is the ring's first row."""
    seen, step = [code], nodes[code].row["parent"]
    while step in nodes and step not in seen:
        seen.append(step)
        step = nodes[step].row["parent"]
    return step == code and code == next(one for one in nodes if one in seen)
