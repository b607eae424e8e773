"""A copy of this tree's source into which tests plant what the rules forbid."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
KEPT = ("pyproject.toml", "ARCHITECTURE.md")


@pytest.fixture(scope="session")
def whole_copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source of the four programs and the tools, made once."""
    copy = tmp_path_factory.mktemp("tree")
    for path in [*ROOT.glob("packages/*/src"), ROOT / "tools"]:
        shutil.copytree(
            path,
            copy / path.relative_to(ROOT),
            ignore=shutil.ignore_patterns("__pycache__", "static", "locale", "tests"),
        )
    for name in KEPT:
        shutil.copyfile(ROOT / name, copy / name)
    return copy


type Planter = Callable[[str, str], Path]


@pytest.fixture
def plant(whole_copy: Path) -> "Planter":
    """`plant(path, text)` adds `text` at the end of a file of the copy; after the test the copy is as it was."""
    before: dict[Path, str | None] = {}
    made: list[Path] = []

    def do(path: str, text: str) -> Path:
        target = whole_copy / path
        for folder in reversed([target.parent, *target.parent.parents]):
            if folder.is_relative_to(whole_copy) and not folder.exists():
                folder.mkdir()
                made.append(folder)
        existing = target.read_text("utf-8") if target.exists() else None
        before.setdefault(target, existing)
        target.write_text((existing or "") + text, "utf-8")
        return target

    yield do
    for target, text in before.items():
        target.unlink() if text is None else target.write_text(text, "utf-8")
    for folder in reversed(made):
        shutil.rmtree(folder)
