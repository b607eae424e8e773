"""The ministry's checklist from the command line: read, told row by row, written as a draft, and never published."""

import io

import pytest
from django.utils.translation import override
from openpyxl import Workbook, load_workbook
from typer.testing import CliRunner

from sonae.core.instruments.models import Edition
from sonae.site import cli_checklist

ROWS = [
    ["令和8年度版 チェックリスト 事業者確認用"],
    ["番号", "チェック項目", "確認日"],
    ["1-①", "試験の項目である。", "はい・いいえ"],
    ["", "記入上の注意", ""],
]


@pytest.fixture(autouse=True)
def english(db):
    with override("en"):
        yield


def saved(path, rows):
    made = Workbook()
    for cells in rows:
        made.active.append(cells)
    made.active.title = "様式"
    made.save(path)
    return path


def run(*arguments: object):
    return CliRunner().invoke(cli_checklist.app, ["read", *map(str, arguments)])


def test_rows_are_printed_what_was_left_out_is_told_and_the_draft_is_written(tmp_path):
    draft = tmp_path / "draft.xlsx"
    said = run(saved(tmp_path / "r8.xlsx", ROWS), "--draft", draft)
    assert (said.exit_code, said.stdout) == (0, "row_1_1\t1-①\t試験の項目である。\n")
    assert "r8.xlsx, line 4, 様式 B: Left out" in said.stderr
    assert "survey" in load_workbook(io.BytesIO(draft.read_bytes())).sheetnames
    assert not Edition.objects.exists()


def test_each_row_that_cannot_be_read_is_printed_and_nothing_is_written(tmp_path):
    draft = tmp_path / "draft.xlsx"
    said = run(saved(tmp_path / "r8.xlsx", [*ROWS[:3], ["1-②", "", "はい・いいえ"]]), "--draft", draft)
    assert said.exit_code == 1
    assert "r8.xlsx, line 4, 様式 B: " in said.stderr
    assert not draft.exists()
