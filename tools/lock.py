"""The committed lock: every package with its hashes, and no line that names an index.

`uv.lock` records the index it was read from, so it is not committed; these files are written from it (docs/adr, "Lock
without hosts"). Each file holds only what it adds to the ones before it, so any prefix of the list can be installed;
`collector.txt` is installed alone, in the hospital, and holds the same versions.

    python -m tools.lock            write requirements/*.txt from uv.lock (needs uv)
    python -m tools.lock --check    compare them with the pyproject files (needs nothing, reaches nothing)
"""

import argparse
import hashlib
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
UV_VERSION = "0.13.9"
EXPORTS = {
    "run": ["--no-default-groups"],
    "postgres": ["--no-default-groups", "--all-packages", "--extra", "postgres"],
    "dev": ["--only-group", "dev"],
    "browser": ["--only-group", "browser"],
}
# What is installed where nothing else of Sonae is: whole by itself.
ALONE = {"collector": ["--no-default-groups", "--package", "sonae-collector"]}
_COMPILE = "pip compile - --quiet --universal --generate-hashes --no-header --no-annotate --no-emit-index-url".split()
_STAMP = re.compile(r"^# pyproject sha256: ([0-9a-f]{64})$", re.MULTILINE)
_REQUIREMENT = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(?:\[[^]]*\])?==(?P<version>[^\s;\\]+)", re.MULTILINE)


def declared(root: Path) -> dict[str, Any]:
    """Everything the pyproject files say about dependencies, and nothing else they say."""
    sections: dict[str, Any] = {}
    for path in [root / "pyproject.toml", *sorted(root.glob("packages/*/pyproject.toml"))]:
        content = tomllib.loads(path.read_text("utf-8"))
        project = content.get("project", {})
        sections[path.relative_to(root).as_posix()] = {
            "python": project.get("requires-python"),
            "dependencies": project.get("dependencies", []),
            "extras": project.get("optional-dependencies", {}),
            "groups": content.get("dependency-groups", {}),
        }
    return sections


def digest_of_declared(root: Path) -> str:
    return hashlib.sha256(json.dumps(declared(root), sort_keys=True).encode()).hexdigest()


def pins(text: str) -> dict[str, str]:
    """Package names in normal form with the version that `text` (a requirements file) pins."""
    return {_normal(found["name"]): found["version"] for found in _REQUIREMENT.finditer(text)}


def problems(root: Path) -> list[str]:
    """Sentences on how requirements/ and the pyproject files disagree; empty when they are in step."""
    expected = digest_of_declared(root)
    found: list[str] = []
    locked: dict[str, str] = {}
    for name in (*EXPORTS, *ALONE):
        path = root / "requirements" / f"{name}.txt"
        if not path.exists():
            found.append(f"requirements/{name}.txt is missing; run `python -m tools.lock`.")
            continue
        text = path.read_text("utf-8")
        stamp = _STAMP.search(text)
        if stamp is None or stamp[1] != expected:
            found.append(f"requirements/{name}.txt is older than the pyproject files; run `python -m tools.lock`.")
        found += [
            f"requirements/{name}.txt holds {package} {version}, the other files {locked[package]}."
            for package, version in pins(text).items()
            if locked.setdefault(package, version) != version
        ]
    found += [
        f"{where}: {requirement} is not what requirements/ holds ({locked.get(name, 'nothing')})."
        for where, name, version, requirement in _exact_pins(root)
        if locked.get(name) != version
    ]
    return found


def _exact_pins(root: Path) -> list[tuple[str, str, str, str]]:
    wanted = []
    for where, section in declared(root).items():
        groups = [section["dependencies"], section["extras"].get("postgres", []), *section["groups"].values()]
        matches = (_REQUIREMENT.match(requirement) for group in groups for requirement in group)
        wanted += [(where, _normal(match["name"]), match["version"], match[0]) for match in matches if match]
    return wanted


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _blocks(text: str) -> dict[str, str]:
    """Requirement blocks (a pin and its hashes) by package name and marker."""
    blocks: dict[str, str] = {}
    for block in re.split(r"\n(?=\S)", text.strip()):
        blocks[block.split(" \\", maxsplit=1)[0]] = block
    return blocks


def write(root: Path, uv: str) -> None:
    """Write every file anew from uv.lock."""
    stamp = digest_of_declared(root)
    held: set[str] = set()
    for name, options in EXPORTS.items():
        exported = _exported(root, uv, options)
        blocks = {key: block for key, block in exported.items() if key not in held}
        held |= blocks.keys()
        _write(root / "requirements" / f"{name}.txt", blocks, stamp)
    for name, options in ALONE.items():
        _write(root / "requirements" / f"{name}.txt", _exported(root, uv, options), stamp)
    uv_pins = _output(
        [uv, *_COMPILE],
        root,
        typed=f"uv=={UV_VERSION}",
    )
    _write(root / "requirements" / "uv.txt", _blocks(uv_pins), stamp)


def _exported(root: Path, uv: str, options: list[str]) -> dict[str, str]:
    command = [uv, "export", "--frozen", "--no-header", "--no-annotate", "--no-emit-workspace", "--quiet", *options]
    return _blocks(_output(command, root))


def _output(command: list[str], root: Path, typed: str = "") -> str:
    return subprocess.run(command, cwd=root, input=typed, check=True, capture_output=True, text=True).stdout


def _write(path: Path, blocks: dict[str, str], stamp: str) -> None:
    header = f"# Written by `python -m tools.lock`; do not edit.\n# pyproject sha256: {stamp}\n"
    path.parent.mkdir(exist_ok=True)
    path.write_text(header + "\n".join(blocks.values()) + "\n", "utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description="The committed lock of Sonae.")
    parser.add_argument("--check", action="store_true", help="compare only")
    parser.add_argument("--uv", default="uv", help="the uv program")
    asked = parser.parse_args()
    if not asked.check:
        write(ROOT, asked.uv)
    found = problems(ROOT)
    for problem in found:
        print(problem, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
