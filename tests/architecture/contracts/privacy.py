"""What belongs to a slice alone: its `queries` and `tables`. The other slices of its service call its use cases."""

import re
from typing import cast

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output
from importlinter.application.contract_utils import AlertLevel, remove_ignored_imports_and_report
from importlinter.domain.imports import ImportExpression

Names = list[str]


class PrivacyContract(Contract):
    """No module imports `<service>.<slice>.<private>` from outside that slice, except the `open_to` of the service."""

    type_name = "privacy"

    services = fields.ListField(subfield=fields.StringField())
    private = fields.ListField(subfield=fields.StringField())
    open_to = fields.ListField(subfield=fields.StringField())
    ignore_imports = fields.ListField(subfield=fields.ImportExpressionField(), required=False)

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:  # noqa: ARG002, FBT001 - import-linter's own
        ignored = cast("list[ImportExpression] | None", self.ignore_imports)
        remove_ignored_imports_and_report(graph, ignored, AlertLevel.ERROR)
        services, private = cast("Names", self.services), cast("Names", self.private)
        inside = re.compile(rf"({'|'.join(map(re.escape, services))})\.(\w+)\.({'|'.join(private)})(?:\.|$)")
        found, seen = [], set()
        for imported in sorted(graph.modules):
            if match := inside.match(imported):
                service, slice_, name = match.groups()
                seen.add((service, name))
                trusted = {f"{service}.{door}" for door in cast("Names", self.open_to)}
                found += [
                    (importer, imported)
                    for importer in sorted(graph.find_modules_that_directly_import(imported))
                    if not importer.startswith(f"{service}.{slice_}.") and importer not in trusted
                ]
        idle = [f"{service}.*.{name}" for service in services for name in private if (service, name) not in seen]
        return ContractCheck(kept=not found and not idle, metadata={"found": found, "idle": idle})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for importer, imported in check.metadata["found"]:
            output.print_error(f"{importer} imports {imported}, which belongs to its slice alone")
        for expression in check.metadata["idle"]:
            output.print_error(f"{expression} matches no module: the rule guards nothing there")
