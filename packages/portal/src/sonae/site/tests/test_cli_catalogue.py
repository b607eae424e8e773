"""Taking in a catalogue from the command line."""

import json

import pytest
from django.utils.translation import override
from typer.testing import CliRunner

from sonae.core.assurance.models import ImportedCatalogue
from sonae.site import cli_catalogue


@pytest.fixture(autouse=True)
def english(db):
    with override("en"):
        yield


def document(version: str, moment: str, **titles: str) -> str:
    metadata = {"title": "Ward", "version": version, "last-modified": moment, "oscal-version": "1.2.1"}
    controls = [{"id": name, "title": title} for name, title in titles.items()]
    return json.dumps({"catalog": {"uuid": "u", "metadata": metadata, "controls": controls}})


def run(*arguments: object):
    return CliRunner().invoke(cli_catalogue.app, ["import", *map(str, arguments)])


def test_a_catalogue_is_taken_in_and_its_next_version_says_what_changed(tmp_path):
    file = tmp_path / "ward.json"
    file.write_text(document("1", "2026-04-01T00:00:00Z", a="Lists", b="Keys"), "utf-8")
    first = run(file)
    assert (first.exit_code, first.stdout.split("\t")[1:]) == (0, ["Ward", "1", "2\n"])
    assert "Nothing changed" in run(file).stderr
    file.write_text(document("2", "2026-05-01T00:00:00Z", a="Lists anew", c="Doors"), "utf-8")
    lines = run(file).stdout.splitlines()[1:]
    assert lines == ["Changed\ta\tLists anew", "Added\tc\tDoors", "Removed\tb\tKeys"]
    assert ImportedCatalogue.objects.current().get().version == "2"


def test_every_problem_is_printed_with_its_place_and_nothing_is_kept(tmp_path):
    file = tmp_path / "ward.json"
    file.write_text(document("", "yesterday", a="Lists"), "utf-8")
    said = run(file)
    assert said.exit_code == 1
    assert "ward.json, /catalog/metadata/last-modified: " in said.stderr
    assert not ImportedCatalogue.objects.exists()


def test_it_follows_only_what_was_taken_in(tmp_path):
    file = tmp_path / "ward.json"
    file.write_text(document("1", "2026-04-01T00:00:00Z", a="Lists"), "utf-8")
    assert run(file, "--follows", "Nothing").exit_code == 2
    assert not ImportedCatalogue.objects.exists()
