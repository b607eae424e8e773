"""The help of the command line is whole in Japanese, and none of its words is left in English."""

import gettext
import re
from pathlib import Path

import pytest
from django.utils.translation import override
from typer.testing import CliRunner

from sonae.site import cli, spoken_help

JAPANESE = gettext.translation("terminal", Path(cli.__file__).parent / "locale", ["ja"])
FRAME = re.compile(r"[│╭╰─╮╯]")


@pytest.mark.parametrize("width", [8, 20, 46])
def test_a_line_is_no_wider_than_asked_and_nothing_is_lost(width):
    text = "公開した版を、XLSForm形式のExcelブック（.xlsx）またはYAMLファイル（.yaml）に書き出します。"
    lines = spoken_help.folded(text, width=width).split("\n")
    assert "".join(lines) == text
    assert all(spoken_help.cells(line) <= max(width, 10) for line in lines)
    assert not any(line[0] in "、。）" for line in lines)


def test_an_english_text_is_left_to_the_library():
    assert spoken_help.folded("Surveys and checklists as files.", width=8) == "Surveys and checklists as files."


@pytest.fixture
def program(monkeypatch):
    """The whole program as a Japanese terminal sees it."""
    monkeypatch.setattr("sys.argv", ["sonae"])
    monkeypatch.delenv("LANGUAGE", raising=False)
    monkeypatch.setattr(spoken_help, "_of_terminal", JAPANESE.gettext)
    with override("ja"):
        yield cli.build()


@pytest.mark.parametrize("columns", [80, 100, 120])
@pytest.mark.parametrize(
    "command", [[], ["instrument"], ["instrument", "write"], ["demo"], ["serve"], ["feeds", "add"]]
)
def test_no_word_of_the_help_is_cut_off_or_left_in_english(program, command, columns, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(columns))
    shown = CliRunner().invoke(program, [*command, "--help"], env={"COLUMNS": str(columns)})
    assert shown.exit_code == 0, shown.output
    assert "…" not in shown.output
    assert "この説明を表示して終了します。" in re.sub(r"\s+", "", FRAME.sub("", shown.output))
    assert not any(word in shown.output for word in ("Show this message", "[OPTIONS]", "[ARGS]"))
