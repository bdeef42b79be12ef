"""An allow list: these modules import the standard library, each other, and what is named; nothing else.

import-linter's own `forbidden` needs to know what is forbidden, and a wildcard that matches nothing passes there in
silence. Here everything is refused that is not allowed, and an expression without a module breaks the contract.
"""

import sys
from typing import cast

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output
from importlinter.domain.helpers import module_expression_to_modules, module_expressions_to_modules
from importlinter.domain.imports import ModuleExpression

Expressions = list[ModuleExpression]


class AllowedContract(Contract):
    """`modules` (with all below them) import only each other, the standard library and `may_import`."""

    type_name = "allowed"

    modules = fields.ListField(subfield=fields.ModuleExpressionField())
    may_import = fields.ListField(subfield=fields.ModuleExpressionField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:  # noqa: ARG002, FBT001 - import-linter's own
        expressions, allowed = cast("Expressions", self.modules), cast("Expressions", self.may_import)
        idle = [str(e) for e in expressions if not module_expression_to_modules(graph, e)]
        own = {m.name for m in module_expressions_to_modules(graph, expressions, as_packages=True)}
        open_ = sys.stdlib_module_names | own | {m.name for m in module_expressions_to_modules(graph, allowed)}
        found = [
            (importer, imported)
            for importer in sorted(own)
            for imported in sorted(graph.find_modules_directly_imported_by(importer))
            if not any(imported == name or imported.startswith(f"{name}.") for name in open_)
        ]
        return ContractCheck(kept=not found and not idle, metadata={"found": found, "idle": idle})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for importer, imported in check.metadata["found"]:
            output.print_error(f"{importer} imports {imported}")
        for expression in check.metadata["idle"]:
            output.print_error(f"{expression} matches no module: the rule guards nothing there")
