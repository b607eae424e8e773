"""Import contracts that import-linter does not bring: purity, foreign edges, one adapter.

`pyproject.toml` ([tool.importlinter]) says where they hold; tests/architecture plants a violation of each.
"""

import sys
from typing import cast

import grimp
from importlinter import Contract, ContractCheck, fields, output

type Chains = list[tuple[str, ...]]


def _root_of(module: str) -> str:
    return module.split(".", maxsplit=1)[0]


def _under(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def _with_descendants(graph: grimp.ImportGraph, module: str) -> set[str]:
    return {module} if graph.is_module_squashed(module) else {module} | graph.find_descendants(module)


def _matching(graph: grimp.ImportGraph, expressions: list[str]) -> set[str]:
    found: set[str] = set()
    for expression in expressions:
        roots = graph.find_matching_modules(expression) if "*" in expression else {expression} & graph.modules
        for root in roots:
            found |= _with_descendants(graph, root)
    return found


class _ChainContract(Contract):
    """A contract whose violations are chains of modules, the importer first."""

    def illegal_chains(self, graph: grimp.ImportGraph) -> Chains:
        raise NotImplementedError

    def check(self, graph: grimp.ImportGraph, verbose: bool) -> ContractCheck:  # noqa: ARG002, FBT001 - the library's signature
        chains = self.illegal_chains(graph)
        return ContractCheck(kept=not chains, metadata={"chains": chains})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for chain in cast("Chains", check.metadata["chains"]):
            output.print_error(" -> ".join(chain), bold=False)
        output.new_line()


class Pure(_ChainContract):
    """What the sources import, directly or through modules of ours, is standard library and on no forbidden list."""

    type_name = "pure"

    source_modules = fields.ListField(subfield=fields.StringField())
    # Packages of ours behind which the search stops, because another contract holds there.
    reached_through = fields.ListField(subfield=fields.StringField())
    forbidden_modules = fields.ListField(subfield=fields.StringField())

    def illegal_chains(self, graph: grimp.ImportGraph) -> Chains:
        forbidden = set(cast("list[str]", self.forbidden_modules))
        stops = cast("list[str]", self.reached_through)
        ours = set(self.session_options["root_packages"])
        chains: Chains = []
        for source in sorted(_matching(graph, cast("list[str]", self.source_modules))):
            seen = {source}
            paths: Chains = [(source,)]
            while paths:
                path = paths.pop()
                for imported in sorted(graph.find_modules_directly_imported_by(path[-1])):
                    if imported in seen:
                        continue
                    seen.add(imported)
                    if _root_of(imported) in ours:
                        if not any(_under(imported, stop) for stop in stops):
                            paths.append((*path, imported))
                    elif imported in forbidden or _root_of(imported) not in sys.stdlib_module_names:
                        chains.append((*path, imported))
        return chains


class ForeignEdges(_ChainContract):
    """A slice's forms, views, API, tasks, tags and migrations serve that slice and the composition only."""

    type_name = "foreign_edges"

    root = fields.StringField()
    edges = fields.ListField(subfield=fields.StringField())
    composition = fields.StringField()

    def illegal_chains(self, graph: grimp.ImportGraph) -> Chains:
        edges = set(cast("list[str]", self.edges))
        chains: Chains = []
        for edge in sorted(graph.find_descendants(str(self.root))):
            parts = edge.split(".")
            if len(parts) < 4 or parts[3] not in edges:
                continue
            home = ".".join(parts[:3])
            for importer in sorted(graph.find_modules_that_directly_import(edge)):
                if not _under(importer, home) and not _under(importer, str(self.composition)):
                    chains.append((importer, edge))
        return chains


class OneAdapter(_ChainContract):
    """Each of the packages imports the protected one from at most one module; no other package imports it at all."""

    type_name = "one_adapter"

    protected = fields.StringField()
    packages = fields.ListField(subfield=fields.StringField())

    def illegal_chains(self, graph: grimp.ImportGraph) -> Chains:
        protected = str(self.protected)
        importers: dict[str, str] = {}
        for module in sorted(_with_descendants(graph, protected)):
            for importer in graph.find_modules_that_directly_import(module):
                if not _under(importer, protected):
                    importers[importer] = module
        chains: Chains = []
        adapters: dict[str, str] = {}
        for importer, imported in sorted(importers.items()):
            package = next((p for p in cast("list[str]", self.packages) if _under(importer, p)), None)
            if package is None or adapters.setdefault(package, importer) != importer:
                chains.append((importer, imported))
        return chains
