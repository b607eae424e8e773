"""Each import contract holds on this tree and catches what it is for."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
S = "packages/portal/src/sonae"

# By contract: the file that gets a planted line, the module the line imports, and what the linter must show of it.
# The plants of one contract lie in different rooms, so that none of them is seen only because of another.
PLANTED: dict[str, list[tuple[str, str, str]]] = {
    "programs-without-portal": [
        ("packages/engine/src/sonae_engine/planted.py", "django.db", "sonae_engine.planted -> django"),
        ("packages/wire/src/sonae_wire/planted.py", "sonae.kernel.ids", "sonae_wire.planted -> sonae.kernel.ids"),
        ("packages/collector/src/sonae_collector/planted.py", "ninja", "sonae_collector.planted -> ninja"),
    ],
    "programs": [
        ("packages/engine/src/sonae_engine/planted.py", "sonae_wire", "sonae_engine.planted -> sonae_wire"),
        ("packages/engine/src/sonae_engine/other.py", "sonae_collector", "sonae_engine.other -> sonae_collector"),
        ("packages/wire/src/sonae_wire/planted.py", "sonae_engine", "sonae_wire.planted -> sonae_engine"),
        (f"{S}/kernel/planted.py", "sonae_collector", "sonae.kernel.planted -> sonae_collector"),
    ],
    "slices": [
        (f"{S}/kernel/planted.py", "sonae.core.audit.vocabulary", "kernel.planted -> sonae.core.audit.vocabulary"),
        (f"{S}/core/audit/planted.py", "sonae.core.accounts.models", "audit.planted -> sonae.core.accounts.models"),
        (f"{S}/core/documents/planted.py", "sonae.core.notifications", "documents.planted -> sonae.core.notifications"),
        (f"{S}/core/duties/planted.py", "sonae.site.settings", "duties.planted -> sonae.site.settings"),
        (f"{S}/core/web/planted.py", "sonae.testing", "web.planted -> sonae.testing"),
        (f"{S}/prevention/assets/planted.py", "sonae.response.incidents", "assets.planted -> sonae.response.incidents"),
        (
            f"{S}/prevention/surveys/planted.py",
            "sonae.prevention.training",
            "surveys.planted -> sonae.prevention.training",
        ),
        (f"{S}/response/dispatch/planted.py", "sonae.recovery.backups", "dispatch.planted -> sonae.recovery.backups"),
    ],
    "inside-a-slice": [
        (f"{S}/core/audit/vocabulary.py", "sonae.core.audit.rules", "audit.vocabulary -> sonae.core.audit.rules"),
        (f"{S}/core/accounts/rules.py", "sonae.core.accounts.models", "accounts.rules -> sonae.core.accounts.models"),
        (f"{S}/site/jobs/rules.py", "sonae.site.jobs.services", "jobs.rules -> sonae.site.jobs.services"),
        (
            f"{S}/site/pages/institutions/forms.py",
            "sonae.site.pages.institutions.views",
            "institutions.forms -> sonae.site.pages.institutions.views",
        ),
        (f"{S}/site/pages/home/queries.py", "sonae.site.pages.home.views", "queries -> sonae.site.pages.home.views"),
        (f"{S}/core/access/labels.py", "sonae.core.access.rules", "access.labels -> sonae.core.access.rules"),
        (
            f"{S}/core/institutions/models.py",
            "sonae.core.institutions.queries",
            "models -> sonae.core.institutions.queries",
        ),
        (f"{S}/core/duties/queries.py", "sonae.core.duties.services", "duties.queries -> sonae.core.duties.services"),
        (
            f"{S}/prevention/training/services.py",
            "sonae.prevention.training.forms",
            "services -> sonae.prevention.training.forms",
        ),
        (f"{S}/recovery/drills/services.py", "sonae.recovery.drills.views", "services -> sonae.recovery.drills.views"),
        (
            f"{S}/recovery/backups/services.py",
            "sonae.recovery.backups.tasks",
            "services -> sonae.recovery.backups.tasks",
        ),
        (f"{S}/response/dispatch/views.py", "sonae.response.dispatch.urls", "views -> sonae.response.dispatch.urls"),
        (
            f"{S}/core/bulletins/migrations/planted.py",
            "sonae.core.bulletins.models",
            "planted -> sonae.core.bulletins.models",
        ),
    ],
    "foreign-edges": [
        (
            f"{S}/recovery/drills/views.py",
            "sonae.recovery.backups.views",
            "drills.views -> sonae.recovery.backups.views",
        ),
        (f"{S}/recovery/drills/services.py", "sonae.core.duties.tasks", "drills.services -> sonae.core.duties.tasks"),
        (
            f"{S}/response/dispatch/forms.py",
            "sonae.recovery.backups.forms",
            "dispatch.forms -> sonae.recovery.backups.forms",
        ),
    ],
    "pure-kernel": [
        (f"{S}/kernel/planted.py", "django.utils.timezone", "kernel.planted -> django"),
        (f"{S}/kernel/planted.py", "socket", "kernel.planted -> socket"),
        (f"{S}/kernel/planted.py", "pydantic", "kernel.planted -> pydantic"),
    ],
    "pure-rules": [
        (f"{S}/core/audit/rules.py", "django.db", "core.audit.rules -> django"),
        (f"{S}/core/audit/rules.py", "httpx", "core.audit.rules -> httpx"),
        (f"{S}/core/audit/rules.py", "time", "core.audit.rules -> time"),
        (f"{S}/core/audit/rules.py", "logging", "core.audit.rules -> logging"),
        (f"{S}/core/audit/vocabulary.py", "random", "core.audit.vocabulary -> random"),
        (
            f"{S}/core/accounts/rules.py",
            "sonae.core.audit.models",
            "accounts.rules -> sonae.core.audit.models -> django",
        ),
    ],
    "one-adapter": [
        (f"{S}/response/dispatch/planted.py", "sonae_engine", "sonae.response.dispatch.planted -> sonae_engine"),
        (f"{S}/prevention/sharing/planted.py", "sonae_engine", "sonae.prevention.sharing.planted -> sonae_engine"),
        (f"{S}/prevention/advisories/one.py", "sonae_engine", ""),
        (f"{S}/prevention/advisories/two.py", "sonae_engine", "sonae.prevention.advisories.two -> sonae_engine"),
    ],
}


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


@pytest.mark.parametrize("contract", PLANTED)
def test_planted_imports_break_their_contract(whole_copy, plant, contract):
    for path, module, _shown in PLANTED[contract]:
        packages_for(plant, path)
        if module.startswith("sonae.") and not _exists(whole_copy, module):
            _make(plant, module)
        plant(path, f"\nimport {module}\n")
    done = lint(whole_copy, "--contract", contract)
    said = " ".join(done.stdout.split())
    assert done.returncode == 1, said
    assert [shown for _, _, shown in PLANTED[contract] if shown not in said] == [], said


def _exists(tree: Path, module: str) -> bool:
    place = tree / "packages/portal/src" / module.replace(".", "/")
    return place.is_dir() or place.with_suffix(".py").exists()


def _make(plant, module: str) -> None:
    parts = module.split(".")
    plant(f"packages/portal/src/{'/'.join(parts[:3])}/__init__.py", "")
    if len(parts) > 3:
        plant(f"packages/portal/src/{'/'.join(parts)}.py", "")


def test_every_contract_has_a_planted_violation():
    assert set(PLANTED) == {contract["id"] for contract in CONTRACTS}


def test_no_contract_keeps_a_list_of_exceptions():
    assert not [contract["id"] for contract in CONTRACTS if "ignore_imports" in contract]
