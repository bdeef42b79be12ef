"""What belongs to a slice alone: its `queries` and `tables`. The other slices of its service call its use cases."""

import re

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output
from importlinter.application.contract_utils import AlertLevel, remove_ignored_imports_and_report
from importlinter.domain.imports import ImportExpression


class PrivacyContract(Contract):
    """No module imports `<service>.<slice>.<private>` from outside that slice, except the `open_to` of the service."""

    type_name = "privacy"

    services = fields.ListField(subfield=fields.StringField())
    private = fields.ListField(subfield=fields.StringField())
    open_to = fields.ListField(subfield=fields.StringField(), required=False)
    ignore_imports = fields.SetField(subfield=fields.ImportExpressionField(), required=False)

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:  # noqa: ARG002, FBT001 - import-linter's signature
        ignored: set[ImportExpression] = self.ignore_imports or set()  # type: ignore[assignment] - a field, then its value
        remove_ignored_imports_and_report(graph, ignored, AlertLevel.ERROR)
        names: list[str] = self.private  # type: ignore[assignment] - as above
        services: list[str] = self.services  # type: ignore[assignment] - as above
        trusted: list[str] = self.open_to or []  # type: ignore[assignment] - as above
        inside = re.compile(rf"({'|'.join(map(re.escape, services))})\.(\w+)\.({'|'.join(names)})(\.|$)")
        found, seen = [], set()
        for imported in sorted(graph.modules):
            match = inside.match(imported)
            if match is None:
                continue
            service, slice_, name = match.group(1), match.group(2), match.group(3)
            seen.add((service, name))
            own = f"{service}.{slice_}."
            found += [
                (importer, imported)
                for importer in sorted(graph.find_modules_that_directly_import(imported))
                if not importer.startswith(own) and importer not in {f"{service}.{door}" for door in trusted}
            ]
        idle = [f"{service}.*.{name}" for service in services for name in names if (service, name) not in seen]
        return ContractCheck(kept=not found and not idle, metadata={"found": found, "idle": idle})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for importer, imported in check.metadata["found"]:
            output.print_error(f"{importer} imports {imported}, which belongs to its slice alone")
        for expression in check.metadata["idle"]:
            output.print_error(f"{expression} matches no module: the rule guards nothing there")
