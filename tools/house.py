"""The rules of the house that import-linter cannot see, each as a function from a tree to sentences.

tests/architecture runs them on this tree and, once each, on a tree with a planted violation.
"""

import ast
import hashlib
import re
import subprocess
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import chain
from pathlib import Path, PurePosixPath

PORTAL = PurePosixPath("packages/portal/src/sonae")
PHASES = ("core", "prevention", "response", "recovery")
LONGEST_FILE = 500
# Tests and tools may grow a little before they are cut.
LONGEST_OTHER_FILE = 800
LONGEST_FUNCTION = 50
# Where a slice meets people and programs; nothing of the slice but another edge imports one.
EDGES = frozenset({"admin", "api", "forms", "tasks", "urls", "views"})
# Names that say nothing about what is inside (style.md, Names).
SAYS_NOTHING = frozenset(
    {"common", "data", "handler", "handlers", "helper", "helpers", "info", "manager", "managers", "misc", "process"}
    | {"util", "utils"}
)
# What asks a clock, chance or the machine, on whatever it is called: datetime.now(), uuid.uuid4(). Rules are told.
IMPURE_CALLS = frozenset(
    {"now", "today", "utcnow", "uuid1", "uuid4", "new_id", "secret_token", "open", "urlopen", "print"}
)
# In pieces, so that this file does not break the rule it holds.
INDEX_HOSTS = ("py" + "pi.org", "python" + "hosted.org", "registry." + "npmjs", "registry." + "yarnpkg")
THIS_MACHINE = ("/wo" + "rk/main", "/wo" + "rk/shared", "/wo" + "rk/.library")
NEVER_COMMITTED = (".mo", ".pyc", ".sqlite3")
_INLINE = re.compile(
    r"""<style\b
      | \sstyle\s*=\s*["']
      | \son[a-z]+\s*=\s*["']
      | <script\b(?![^>]*\bsrc\s*=)(?![^>]*\bapplication/(?:ld\+)?json)""",
    re.VERBOSE | re.IGNORECASE,
)
_COMMENT = re.compile(r"\{#.*?#\}|\{%\s*comment\b.*?endcomment\s*%\}|<!--.*?-->", re.DOTALL)


@dataclass(frozen=True)
class Tree:
    """The files of a clone: what git holds or would hold."""

    root: Path

    @cached_property
    def files(self) -> list[PurePosixPath]:
        asked = ["git", "-C", str(self.root), "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
        if (self.root / ".git").exists():
            listed = subprocess.run(asked, capture_output=True, check=True).stdout.decode().split("\0")
            names = [PurePosixPath(name) for name in listed if name]
        else:
            names = [PurePosixPath(path.relative_to(self.root).as_posix()) for path in self.root.rglob("*")]
        return sorted({name for name in names if (self.root / name).is_file()})

    @cached_property
    def python(self) -> list[PurePosixPath]:
        return [path for path in self.files if path.suffix == ".py" and "migrations" not in path.parts]

    @cached_property
    def order(self) -> dict[str, int]:
        """Every slice of the design with its row, 0 the highest."""
        contracts = tomllib.loads(self.text(PurePosixPath("pyproject.toml")))["tool"]["importlinter"]["contracts"]
        rows = next(contract["layers"] for contract in contracts if contract["id"] == "slices")
        return {name: row for row, names in enumerate(rows) for name in re.findall(r"sonae[\w.]+", names)}

    @cached_property
    def slices(self) -> list[str]:
        """The slices that exist, by their dotted names."""
        parts = (path.relative_to(PORTAL).parts for path in self.files if path.is_relative_to(PORTAL))
        return sorted({f"sonae.{p[0]}.{p[1]}" for p in parts if len(p) > 2 and p[0] in PHASES})

    def text(self, path: PurePosixPath) -> str:
        return (self.root / path).read_text("utf-8")

    def parsed(self, path: PurePosixPath) -> ast.Module:
        return _parsed(self.text(path))

    def has(self, path: PurePosixPath) -> bool:
        return (self.root / path).exists()


@lru_cache(maxsize=4_096)
def _parsed(text: str) -> ast.Module:
    """The syntax tree of `text`; several rules read the same files, and a planted tree differs in a line."""
    return ast.parse(text)


def folder_of(slice_name: str) -> PurePosixPath:
    return PORTAL.joinpath(*slice_name.split(".")[1:])


def slice_of(name: str) -> str:
    """The slice a dotted name lies in; `sonae.site`, `sonae.kernel` and `sonae.testing` stand for themselves."""
    parts = name.split(".")
    return ".".join(parts[:3] if len(parts) > 2 and parts[1] in PHASES else parts[:2])


def _module_of(path: PurePosixPath) -> str:
    return ".".join(("sonae", *path.relative_to(PORTAL).with_suffix("").parts)).removesuffix(".__init__")


def _portal_python(tree: Tree) -> Iterator[tuple[PurePosixPath, str]]:
    for path in tree.python:
        if path.is_relative_to(PORTAL):
            yield path, _module_of(path)


def slices_without_a_place(tree: Tree) -> list[str]:
    """Slices missing from the order, from ARCHITECTURE.md, or without the files every slice has."""
    drawn = tree.text(PurePosixPath("ARCHITECTURE.md"))
    problems = []
    for name in tree.slices:
        folder = folder_of(name)
        if name not in tree.order:
            problems.append(f"{name} has no row in the order of the slices (pyproject.toml).")
        if not re.search(rf"`{re.escape(name.removeprefix('sonae.'))}`", drawn):
            problems.append(f"{name} is missing from ARCHITECTURE.md.")
        owed = ["__init__.py", "apps.py", "README.md"]
        if tree.has(folder / "models.py") or tree.has(folder / "models"):
            owed.append("classification.toml")
        problems += [f"{folder / file} is missing." for file in owed if not tree.has(folder / file)]
    return problems


def packages_unseen_by_the_linter(tree: Tree) -> list[str]:
    """Folders of modules without `__init__.py`, which import-linter silently leaves out."""
    folders = {path.parent for path in tree.files if path.suffix == ".py" and "src" in path.parts}
    return [
        f"{folder} holds modules but no __init__.py, so no contract sees it."
        for folder in sorted(folders)
        if not {"tests", "examples"} & set(folder.parts) and not tree.has(folder / "__init__.py")
    ]


def names_that_say_nothing(tree: Tree) -> list[str]:
    modules = (path.parent if path.stem == "__init__" else path for path in tree.python)
    return [f"{path}: the name says nothing about what is inside." for path in modules if path.stem in SAYS_NOTHING]


def too_long(tree: Tree) -> list[str]:
    """Files and functions over the budget."""
    problems = []
    for path in tree.python:
        lines = tree.text(path).count("\n")
        longest = LONGEST_FILE if _is_product(path) else LONGEST_OTHER_FILE
        if lines > longest:
            problems.append(f"{path} has {lines} lines, more than {longest}.")
        for node in ast.walk(tree.parsed(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > LONGEST_FUNCTION:
                    problems.append(
                        f"{path}:{node.lineno} {node.name} has {length} lines, more than {LONGEST_FUNCTION}."
                    )
    return problems


def _is_product(path: PurePosixPath) -> bool:
    return path.parts[0] == "packages" and "src" in path.parts and "tests" not in path.parts


def unlisted_modules_above_edges(tree: Tree) -> list[str]:
    """Modules without a layer of their own (telling, folding, sessions) that import an edge of their slice.

    The contract `inside-a-slice` orders the modules it names; all others stand below the edges.
    """
    contracts = tomllib.loads(tree.text(PurePosixPath("pyproject.toml")))["tool"]["importlinter"]["contracts"]
    rows = next(contract["layers"] for contract in contracts if contract["id"] == "inside-a-slice")
    listed = {name for row in rows for name in re.findall(r"\w+", row)} | {"tests", "testing"}
    problems = []
    for path, module in _portal_python(tree):
        parts = module.split(".")
        if len(parts) < 4 or parts[1] not in PHASES or parts[3] in listed:
            continue
        problems += [
            f"{path}:{line} imports {imported}, an edge of its own slice; only edges stand above edges."
            for line, imported in _imports(tree.parsed(path))
            if slice_of(imported) == slice_of(module) and imported.split(".")[3:4] and imported.split(".")[3] in EDGES
        ]
    return problems


def edges_named_in_strings(tree: Tree) -> list[str]:
    """Another slice's edges reached by a dotted string, as in include("sonae.core.x.urls").

    Template tags are left out: loading a library by its name is how Django shares them.
    """
    contracts = tomllib.loads(tree.text(PurePosixPath("pyproject.toml")))["tool"]["importlinter"]["contracts"]
    listed = next(contract["edges"] for contract in contracts if contract["id"] == "foreign-edges")
    edges = "|".join(edge for edge in listed if edge != "templatetags")
    dotted = re.compile(rf"sonae\.(?:{'|'.join(PHASES)})\.\w+\.(?:{edges})(?:\.\w+)*")
    problems = []
    for path, module in _portal_python(tree):
        if slice_of(module) in {"sonae.site", "sonae.testing"} or "tests" in path.parts:
            continue
        for node in ast.walk(tree.parsed(path)):
            if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
                continue
            if dotted.fullmatch(node.value) and slice_of(node.value) != slice_of(module):
                problems.append(f"{path}:{node.lineno} names another slice's edge: {node.value}")
    return problems


def tests_that_look_up(tree: Tree) -> list[str]:
    """A slice's tests that import a slice above or beside it; what crosses slices belongs to tests/."""
    problems = []
    for path, module in _portal_python(tree):
        if "tests" not in path.parts or slice_of(module) not in tree.order:
            continue
        row = tree.order[slice_of(module)]
        for line, imported in _imports(tree.parsed(path)):
            other = slice_of(imported)
            if other not in {slice_of(module), "sonae.testing"} and tree.order.get(other, row + 1) <= row:
                problems.append(f"{path}:{line} imports {imported}, which stands above or beside its slice.")
    return problems


def _imports(module: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, name.name) for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            # `from sonae.core import audit` names a slice only together with what it imports.
            yield from ((node.lineno, f"{node.module}.{name.name}") for name in node.names)


def impure_rules(tree: Tree) -> list[str]:
    """Rules and vocabularies that ask a clock, chance or a file instead of being told."""
    problems = []
    for path, module in _portal_python(tree):
        parts = module.split(".")
        if "tests" in path.parts or len(parts) < 4 or parts[3] not in {"rules", "vocabulary"}:
            continue
        problems += [
            f"{path}:{node.lineno} calls {_called(node)}(); a rule is told what it needs."
            for node in ast.walk(tree.parsed(path))
            if isinstance(node, ast.Call) and _called(node) in IMPURE_CALLS
        ]
    return problems


def _called(call: ast.Call) -> str:
    match call.func:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
        case _:
            return ""


def hosts_and_paths(tree: Tree) -> list[str]:
    """Files that name a package index host or a path of one developer's machine."""
    problems = []
    for path in tree.files:
        content = (tree.root / path).read_bytes()
        found = [word for word in (*INDEX_HOSTS, *_locked_hosts(tree), *THIS_MACHINE) if word.encode() in content]
        problems += [f"{path} names {word}." for word in found]
    return problems


def _locked_hosts(tree: Tree) -> set[str]:
    """The hosts a local uv.lock was made from, whatever they are called here."""
    lock = tree.root / "uv.lock"
    if not lock.exists():
        return set()
    return {host for host in re.findall(r'registry = "https?://([^/"]+)', lock.read_text("utf-8")) if "." in host}


def generated_files(tree: Tree) -> list[str]:
    return [
        f"{path} is made by a program and is not committed." for path in tree.files if path.suffix in NEVER_COMMITTED
    ]


def shared_data_files(tree: Tree, shared: Path) -> list[str]:
    """Files whose bytes are those of a file of the shared data."""
    sizes = {path.stat().st_size for path in shared.rglob("*") if path.is_file()}
    suspects = [path for path in tree.files if (tree.root / path).stat().st_size in sizes]
    if not suspects:
        return []
    wanted = {(tree.root / path).stat().st_size for path in suspects}
    theirs = {_sha256(path) for path in shared.rglob("*") if path.is_file() and path.stat().st_size in wanted}
    return [
        f"{path} is a file of the shared data."
        for path in suspects
        if (tree.root / path).stat().st_size and _sha256(tree.root / path) in theirs
    ]


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def inline_style_and_script(tree: Tree) -> list[str]:
    """Templates the content security policy would cut: inline style, inline script, event attributes."""
    problems = []
    for path in tree.files:
        if path.suffix != ".html" or "templates" not in path.parts:
            continue
        text = _COMMENT.sub(lambda comment: "\n" * comment[0].count("\n"), tree.text(path))
        for found in _INLINE.finditer(text):
            line = text.count("\n", 0, found.start()) + 1
            problems.append(f"{path}:{line} has {found[0].strip()!r}, which the content security policy cuts.")
    return problems


RULES = (
    slices_without_a_place,
    packages_unseen_by_the_linter,
    names_that_say_nothing,
    too_long,
    unlisted_modules_above_edges,
    edges_named_in_strings,
    tests_that_look_up,
    impure_rules,
    hosts_and_paths,
    generated_files,
    inline_style_and_script,
)


def problems(root: Path) -> list[str]:
    """Everything in the tree at `root` that breaks a rule of the house."""
    tree = Tree(root)
    return list(chain.from_iterable(rule(tree) for rule in RULES))
