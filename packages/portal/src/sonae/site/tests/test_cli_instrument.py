"""Surveys and checklists from the command line: looked through with every fault, listed, written out."""

import os
import subprocess
import sys

import pytest
from django.utils.translation import override
from typer.testing import CliRunner

from sonae.core.instruments import testing, yaml_loader
from sonae.core.instruments.models import Edition
from sonae.core.instruments.testing import FORM
from sonae.core.instruments.xlsform import reader
from sonae.site import cli_instrument
from sonae.testing.cast import NOW


@pytest.fixture(autouse=True)
def english(db):
    with override("en"):
        yield


def run(*arguments: object):
    return CliRunner().invoke(cli_instrument.app, [*map(str, arguments)])


def test_a_form_is_read_compared_and_written_in_another_form_and_nothing_is_published(tmp_path, officer):
    testing.an_edition(by=officer.viewer, now=NOW)
    form, written = tmp_path / "form.yaml", tmp_path / "form.xlsx"
    form.write_text(FORM.replace('"2026"', '"2027"').replace("{ja: 病床数}", "{ja: 許可病床数}"), "utf-8")
    said = run("read", form, "--to", written)
    assert said.exit_code == 0
    assert "beds\t\t許可病床数\n" in said.stdout
    assert "Compared with edition 2026, version 1:\nReworded\tbeds\n" in said.stderr
    assert reader.read(written.read_bytes(), name="form.xlsx") == yaml_loader.load(form.read_bytes())
    assert Edition.objects.count() == 1


def test_each_fault_is_printed_with_its_line_and_nothing_is_written(tmp_path):
    form, written = tmp_path / "form.yaml", tmp_path / "form.xlsx"
    form.write_text(FORM.replace("${gate}", "${gates}"), "utf-8")
    said = run("read", form, "--to", written)
    assert said.exit_code == 1
    assert "form.yaml, line 15, items[2].relevant: " in said.stderr
    assert not written.exists()
    other = tmp_path / "form.csv"
    other.write_text("a", "utf-8")
    assert run("read", other).exit_code == 1


def test_versions_are_listed_and_written_out(tmp_path, officer):
    testing.an_edition(by=officer.viewer, now=NOW)
    assert run("list").stdout == "readiness\t2026\t1\t2026\tReadiness\n"
    written = tmp_path / "out.yaml"
    assert run("write", "readiness", "2026", "--to", written).exit_code == 0
    assert written.read_text("utf-8") == FORM
    assert run("write", "readiness", "2031", "--to", written).exit_code == 1
    assert run("write", "readiness", "2026", "--to", tmp_path / "out.csv").exit_code == 1


@pytest.mark.slow
def test_a_database_without_its_tables_is_said_in_a_sentence(tmp_path):
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("SONAE_", "DATABASE_"))}
    surroundings = kept | {"SONAE_HOME": str(tmp_path), "LANG": "C.UTF-8"}
    done = subprocess.run(
        [sys.executable, "-m", "sonae.site.cli", "instrument", "list"],
        env=surroundings, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 78
    assert "sonae migrate" in done.stderr
    assert len(done.stderr.splitlines()) == 1, done.stderr
