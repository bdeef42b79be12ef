"""What a plan of PostgreSQL says it did."""

from typing import Any


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    """The node and all below it."""
    return [plan, *(node for below in plan.get("Plans", []) for node in nodes(below))]


def rows_read(plan: dict[str, Any], table: str) -> float:
    """Rows of a table that were looked at, also those that did not fit, in a plan with ANALYZE."""
    scans = [node for node in nodes(plan) if node.get("Relation Name") == table and "Scan" in node["Node Type"]]
    total = 0.0
    for scan in scans:
        total += (scan["Actual Rows"] + scan.get("Rows Removed by Filter", 0)) * scan["Actual Loops"]
    return total
