"""Taking in a catalogue from the command line."""

import json

import pytest
from django.utils.translation import override
from typer.testing import CliRunner

from sonae.core.assurance.models import ImportedCatalogue
from sonae.core.assurance.vocabulary import CatalogueRefusal
from sonae.core.audit.models import Entry
from sonae.core.web import words
from sonae.kernel.decision import Refused
from sonae.site import cli_catalogue


@pytest.fixture(autouse=True)
def english(db):
    with override("en"):
        yield


def document(version: str, moment: str, **titles: str) -> str:
    metadata = {"title": "Ward", "version": version, "last-modified": moment, "oscal-version": "1.2.1"}
    controls = [{"id": name, "title": title} for name, title in titles.items()]
    return json.dumps({"catalog": {"uuid": "u", "metadata": metadata, "controls": controls}})


def run(*arguments: object, command: str = "import"):
    return CliRunner().invoke(cli_catalogue.app, [command, *map(str, arguments)])


WHY = ("--why", "Not what it says it is.")


@pytest.fixture
def versions(tmp_path):
    """Two versions of one catalogue, the older one first."""
    file = tmp_path / "ward.json"
    for version, moment in (("1", "2026-04-01T00:00:00Z"), ("2", "2026-05-01T00:00:00Z")):
        file.write_text(document(version, moment, a=f"Lists {version}"), "utf-8")
        assert run(file).exit_code == 0
    return list(ImportedCatalogue.objects.order_by("number"))


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


@pytest.mark.parametrize("by_title", [True, False])
def test_the_newest_version_is_taken_back_with_a_reason_and_the_one_before_stands_again(versions, by_title):
    older, newer = versions
    said = run("Ward" if by_title else newer.pk, *WHY, command="take-back")
    assert (said.exit_code, said.stdout) == (0, f"{older.pk}\tWard\t1\t1\n")
    assert ImportedCatalogue.objects.current().get() == older
    entry = Entry.objects.get(verb="catalogue.take-back")
    assert (entry.subject_id, entry.facts["why"]) == (str(newer.pk), "Not what it says it is.")
    last = run("Ward", *WHY, command="take-back")
    assert (last.exit_code, last.stdout) == (0, "")
    assert not ImportedCatalogue.objects.exists()


def test_what_the_page_refuses_the_command_refuses(versions):
    older, newer = versions
    refused = run(older.pk, *WHY, command="take-back")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert words.of(Refused(CatalogueRefusal.NOT_THE_NEWEST)) in refused.stderr
    short = run(newer.pk, "--why", "no", command="take-back")
    assert (short.exit_code, "reason" in short.stderr) == (1, True)
    assert run(newer.pk, command="take-back").exit_code == 2
    for unknown in ("Nothing", older.pk.int, "00000000-0000-0000-0000-000000000000"):
        assert run(unknown, *WHY, command="take-back").exit_code == 2
    assert ImportedCatalogue.objects.count() == 2
