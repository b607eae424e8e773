"""The reference pages that the code itself writes or vouches for.

python -m tools.reference    writes roles.md and phases.md of docs/reference/* anew
"""

import os
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import django
import typer
from django.utils.translation import override

from sonae.core.access.rules import MATRIX, MAY_GRANT, PERSON_TOKEN_SCOPES, PLACE_OF_ROLE, PROGRAM_TOKEN_SCOPES
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.rules import needs_second_factor
from sonae.core.accounts.vocabulary import Role
from sonae.core.web import words
from sonae.response.incidents.rules import TRANSITIONS
from sonae.response.incidents.vocabulary import Phase
from sonae.site import catalogues, cli
from sonae_collector import cli as collector

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "docs" / "reference"
LANGUAGES = ("ja", "en")
_SETTING = re.compile(r"\bSONAE_[A-Z_]*[A-Z]\b|\bDATABASE_URL\b")
_HEAD = {
    "ja": """\
# 役割と権限

このページは `core/access/rules.py` の表から作られています（`just docs`）。
役割は範囲（全国・都道府県・所管・医療機関・事業者）を定めて付与され、権限はその範囲の中でだけ有効です。
""",
    "en": """\
# Roles and permissions

This page is written from the matrix in `core/access/rules.py` (`just docs`).
A role is held at a place, and opens something only there.
""",
}
_ROLES = {
    "ja": ("役割", "名称", "範囲", "二要素認証", "付与できる役割", "必須", "任意"),
    "en": ("Role", "Name", "Held at", "Second factor", "May give", "required", "optional"),
}
_MATRIX = {"ja": ("権限", "名称"), "en": ("Permission", "Name")}
_TOKENS = {
    "ja": (
        "トークンの権限",
        "利用者のトークンは、その利用者の役割の範囲で有効です。医療機関のプログラムのトークンは、その医療機関でだけ有効です。",
        "利用者のトークン",
        "プログラムのトークン",
    ),
    "en": (
        "What tokens may carry",
        "A person's token works within that person's roles; a program's token at its institution only.",
        "a person's",
        "a program's",
    ),
}

_PHASES = {
    "ja": """\
# インシデントの段階

このページは `response/incidents/rules.py` の表から作られています（`just docs`）。
ここにない変更は、画面でもAPIでもできません。
""",
    "en": """\
# Phases of an incident

This page is drawn from the machine in `response/incidents/rules.py` (`just docs`).
A step that is not here is taken neither on a page nor through the API.
""",
}
_STEPS = {"ja": ("変更前", "変更後", "理由の記入", "必須"), "en": ("From", "To", "Reason in writing", "required")}


def settings_read(root: Path) -> set[str]:
    """The name of every environment variable that the launcher, the programs and the tools speak of."""
    sources = [root / "sonae", *root.glob("tools/*.py"), *root.glob("packages/*/src/**/*.py")]
    texts = (path.read_text("utf-8") for path in sources if "tests" not in path.parts)
    return {name for text in texts for name in _SETTING.findall(text)}


def settings_told(page: str) -> set[str]:
    """The name of every environment variable that a page has a row for."""
    return set(re.findall(r"^\| `([A-Z_]+)` \|", page, re.MULTILINE))


def commands() -> dict[str, set[str]]:
    """Every command of the two programs with its options."""
    programs = {"sonae": cli.build(), "sonae-collector": collector.app}
    return {
        path: options for name, app in programs.items() for path, options in _walk(typer.main.get_command(app), name)
    }


def _walk(command: Any, path: str) -> Iterator[tuple[str, set[str]]]:
    """Typer brings its own copy of click, so a group is known by having commands, an option by its dashes."""
    for name, below in getattr(command, "commands", {}).items():
        yield from _walk(below, f"{path} {name}")
    if not hasattr(command, "commands"):
        yield path, {name for parameter in command.params for name in parameter.opts if name.startswith("--")}


def commands_told(page: str) -> dict[str, set[str]]:
    """Every command a page has a heading for, with the options listed under it."""
    sections = re.split(r"^## `([a-z -]+)`$", page, flags=re.MULTILINE)[1:]
    return {
        name: set(re.findall(r"^- `(--[a-z-]+)", text, re.MULTILINE))
        for name, text in zip(sections[::2], sections[1::2], strict=True)
    }


def roles_page(language: str) -> str:
    """Who may do what, where, in `language`: the matrix as the code has it."""
    with override(language):
        return "\n".join([_HEAD[language], *_roles(language), *_matrix(language), *_tokens(language)])


def _roles(language: str) -> Iterator[str]:
    *columns, needed, optional = _ROLES[language]
    yield from _table_head(columns)
    for role in Role:
        given = ", ".join(f"`{other}`" for other in Role if other in MAY_GRANT.get(role, ())) or "–"
        place, second = words.of(PLACE_OF_ROLE[role]), needed if needs_second_factor([role]) else optional
        yield _row([f"`{role}`", words.of(role), place, second, given])
    yield ""


def _matrix(language: str) -> Iterator[str]:
    yield from _table_head([*_MATRIX[language], *(words.of(role) for role in Role)])
    for permission in Permission:
        held = ("●" if permission in MATRIX[role] else "" for role in Role)
        yield _row([f"`{permission}`", words.of(permission), *held])
    yield ""


def _tokens(language: str) -> Iterator[str]:
    title, sentence, person, program = _TOKENS[language]
    yield from (f"## {title}", "", sentence, "")
    yield from _table_head([*_MATRIX[language], person, program])
    for permission in Permission:
        carried = ("●" if permission in scopes else "" for scopes in (PERSON_TOKEN_SCOPES, PROGRAM_TOKEN_SCOPES))
        yield _row([f"`{permission}`", words.of(permission), *carried])
    yield ""


def phases_page(language: str) -> str:
    """How an incident goes from phase to phase, drawn from the machine, in `language`."""
    with override(language):
        return "\n".join([_PHASES[language], *_drawing(), "", *_steps(language), ""])


def _drawing() -> Iterator[str]:
    yield from ("```mermaid", "stateDiagram-v2")
    yield from (f"    {phase}: {words.of(phase)}" for phase in Phase)
    yield f"    [*] --> {Phase.SUSPECTED}"
    yield from (f"    {step.before} --> {step.after}" for step in TRANSITIONS)
    yield "```"


def _steps(language: str) -> Iterator[str]:
    *columns, needed = _STEPS[language]
    yield from _table_head(columns)
    for step in TRANSITIONS:
        yield _row([words.of(step.before), words.of(step.after), needed if step.needs_reason else ""])


def _table_head(columns: list[str]) -> Iterator[str]:
    yield _row(columns)
    yield _row(["---"] * len(columns))


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sonae.site.settings")
    catalogues.compile_stale()
    django.setup()
    for language in LANGUAGES:
        (REFERENCE / language / "roles.md").write_text(roles_page(language), "utf-8")
        (REFERENCE / language / "phases.md").write_text(phases_page(language), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
