"""Each import contract holds on this tree and catches what it is for."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
S = "packages/portal/src/sonae"

# The contract, the file that gets the planted line, the line, and what the linter must name.
PLANTED = [
    ("programs-without-portal", "packages/engine/src/sonae_engine/planted.py", "import django.db", "django"),
    (
        "programs-without-portal",
        "packages/wire/src/sonae_wire/planted.py",
        "from sonae.kernel import ids",
        "sonae.kernel",
    ),
    ("programs-without-portal", "packages/collector/src/sonae_collector/planted.py", "import ninja", "ninja"),
    ("programs", "packages/engine/src/sonae_engine/planted.py", "import sonae_wire", "sonae_wire"),
    ("programs", "packages/wire/src/sonae_wire/planted.py", "import sonae_engine", "sonae_engine"),
    ("programs", "packages/engine/src/sonae_engine/planted.py", "import sonae_collector", "sonae_collector"),
    ("slices", f"{S}/kernel/planted.py", "import sonae.core.audit.vocabulary", "sonae.core.audit"),
    ("slices", f"{S}/core/audit/planted.py", "from sonae.core.accounts import models", "sonae.core.accounts"),
    ("slices", f"{S}/core/documents/planted.py", "import sonae.core.notifications", "sonae.core.notifications"),
    ("slices", f"{S}/core/duties/planted.py", "import sonae.site.settings", "sonae.site"),
    ("slices", f"{S}/prevention/assets/planted.py", "import sonae.response.incidents", "sonae.response.incidents"),
    ("slices", f"{S}/prevention/surveys/planted.py", "import sonae.prevention.training", "sonae.prevention.training"),
    ("slices", f"{S}/response/incidents/planted.py", "import sonae.recovery.backups", "sonae.recovery.backups"),
    ("slices", f"{S}/core/audit/planted.py", "import sonae.testing", "sonae.testing"),
    ("inside-a-slice", f"{S}/core/audit/vocabulary.py", "from sonae.core.audit import rules", "sonae.core.audit.rules"),
    ("inside-a-slice", f"{S}/core/audit/rules.py", "from sonae.core.audit import models", "sonae.core.audit.models"),
    ("inside-a-slice", f"{S}/core/audit/labels.py", "from sonae.core.audit import rules", "sonae.core.audit.rules"),
    (
        "inside-a-slice",
        f"{S}/core/audit/models.py",
        "from sonae.core.audit import services",
        "sonae.core.audit.services",
    ),
    ("inside-a-slice", f"{S}/core/access/queries.py", "from sonae.core.access import services", "access.services"),
    (
        "inside-a-slice",
        f"{S}/prevention/training/services.py",
        "import sonae.prevention.training.forms",
        "training.forms",
    ),
    ("inside-a-slice", f"{S}/recovery/drills/services.py", "import sonae.recovery.drills.views", "drills.views"),
    ("inside-a-slice", f"{S}/response/dispatch/views.py", "import sonae.response.dispatch.urls", "dispatch.urls"),
    ("inside-a-slice", f"{S}/core/audit/migrations/planted.py", "from sonae.core.audit import models", "audit.models"),
    (
        "foreign-edges",
        f"{S}/recovery/drills/views.py",
        "import sonae.recovery.backups.views",
        "sonae.recovery.backups.views",
    ),
    ("foreign-edges", f"{S}/recovery/drills/services.py", "import sonae.core.duties.tasks", "sonae.core.duties.tasks"),
    ("foreign-edges", f"{S}/recovery/drills/forms.py", "import sonae.recovery.backups.forms", "backups.forms"),
    ("pure-kernel", f"{S}/kernel/planted.py", "import django.utils.timezone", "django"),
    ("pure-kernel", f"{S}/kernel/planted.py", "import socket", "socket"),
    ("pure-kernel", f"{S}/kernel/planted.py", "import pydantic", "pydantic"),
    ("pure-rules", f"{S}/core/audit/rules.py", "from django.db import models", "django"),
    ("pure-rules", f"{S}/core/audit/rules.py", "from django.conf import settings", "django"),
    ("pure-rules", f"{S}/core/audit/rules.py", "import httpx", "httpx"),
    ("pure-rules", f"{S}/core/audit/rules.py", "import time", "time"),
    ("pure-rules", f"{S}/core/audit/rules.py", "import logging", "logging"),
    ("pure-rules", f"{S}/core/audit/vocabulary.py", "import random", "random"),
    ("pure-rules", f"{S}/core/accounts/rules.py", "from sonae.core.audit import models", "audit.models -> django"),
    ("one-adapter", f"{S}/response/incidents/planted.py", "import sonae_engine", "sonae.response.incidents.planted"),
    ("one-adapter", f"{S}/prevention/sharing/planted.py", "import sonae_engine", "sonae.prevention.sharing.planted"),
]


def lint(tree: Path, *options: str) -> subprocess.CompletedProcess[str]:
    cache = tree / ".import_linter_cache"
    paths = ":".join(str(path) for path in sorted(tree.glob("packages/*/src")))
    return subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-logo", "--cache-dir", str(cache), *options],
        cwd=tree,
        env={"PYTHONPATH": paths, "PATH": "", "COLUMNS": "250"},
        capture_output=True,
        text=True,
        check=False,
    )


def packages_for(plant, path: str) -> None:
    """Gives a slice that does not exist yet its `__init__.py`, since the linter sees packages only."""
    folder = Path(path).parent
    plant(str(folder / "__init__.py"), "")


def test_every_contract_holds_on_this_tree():
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("planted_line", PLANTED, ids=[f"{contract}-{named}" for contract, _, _, named in PLANTED])
def test_a_planted_import_breaks_its_contract(whole_copy, plant, planted_line):
    contract, path, line, named = planted_line
    packages_for(plant, path)
    target = line.removeprefix("import ")
    if line.startswith("import sonae.") and not _exists(whole_copy, target):
        _make(plant, target)
    plant(path, f"\n{line}\n")
    done = lint(whole_copy, "--contract", contract)
    said = " ".join(done.stdout.split())
    planted = path.split("/src/")[1].removesuffix(".py").replace("/", ".")
    assert done.returncode == 1, said
    assert planted in said, said
    assert named in said, said


def _exists(tree: Path, module: str) -> bool:
    place = tree / "packages/portal/src" / module.replace(".", "/")
    return place.is_dir() or place.with_suffix(".py").exists()


def _make(plant, module: str) -> None:
    parts = module.split(".")
    plant(f"packages/portal/src/{'/'.join(parts[:3])}/__init__.py", "")
    if len(parts) > 3:
        plant(f"packages/portal/src/{'/'.join(parts)}.py", "")


def test_a_second_adapter_in_one_room_breaks_the_contract(whole_copy, plant):
    packages_for(plant, f"{S}/prevention/detection/planted_one.py")
    plant(f"{S}/prevention/detection/planted_one.py", "import sonae_engine\n")
    plant(f"{S}/prevention/detection/planted_two.py", "import sonae_engine\n")
    done = lint(whole_copy, "--contract", "one-adapter")
    assert done.returncode == 1, done.stdout
    assert "sonae.prevention.detection.planted_two" in done.stdout


def test_every_contract_has_a_planted_violation():
    assert {contract for contract, *_ in PLANTED} == {contract["id"] for contract in CONTRACTS}


def test_no_contract_keeps_a_list_of_exceptions():
    assert not [contract["id"] for contract in CONTRACTS if "ignore_imports" in contract]
