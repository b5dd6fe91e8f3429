"""The import contract `only`: what some packages may import beside the standard library, and nothing else.

The contracts of import-linter list what is forbidden, which would be every package there is.
"""

import sys
from typing import cast

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


def _within(module: str, packages: set[str]) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)


def _typed(module: str) -> str:
    """The package that a package of types is about: `types_boto3_sns` is boto3's."""
    return "boto3" if module.startswith("types_boto3_") else module


class OnlyContract(Contract):
    """`modules` import themselves, the standard library and `may_import`."""

    type_name = "only"

    modules = fields.SetField(subfield=fields.StringField())
    may_import = fields.SetField(subfield=fields.StringField(), required=False)

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:  # noqa: ARG002
        """Every import that is not allowed, of every module that there is of them."""
        own = cast("set[str]", self.modules)
        allowed = own | cast("set[str]", self.may_import or set()) | sys.stdlib_module_names
        importing = [module for module in sorted(graph.modules) if _within(module, own)]
        broken = [
            f"{module} imports {imported}"
            for module in importing
            for imported in sorted(graph.find_modules_directly_imported_by(module))
            if not _within(_typed(imported), allowed)
        ]
        broken += [f"there is no {package}" for package in own - graph.modules]
        return ContractCheck(kept=not broken, metadata={"broken": broken})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """One line for each of them."""
        for line in check.metadata["broken"]:
            output.print_error(f"- {line}", bold=False)
