"""Advisories from the command line."""

import pytest
from django.utils.translation import override
from typer.testing import CliRunner

from sonae.prevention.advisories import testing as samples
from sonae.prevention.advisories.models import Advisory, Source
from sonae.site import cli_feeds


@pytest.fixture(autouse=True)
def english(db):
    with override("en"):
        yield


def run(*arguments: object):
    return CliRunner().invoke(cli_feeds.app, list(map(str, arguments)))


def figures(said):
    return {label: int(count.replace(",", "")) for count, label in (line.split("\t") for line in said.splitlines())}


def test_a_folder_is_taken_in_and_the_figures_are_printed(tmp_path):
    samples.write_folder(
        tmp_path,
        ("ex.json", samples.as_bytes(samples.a_csaf())),
        ("broken.json", b'{"document": oops}'),
        ("a.md", b"#"),
    )
    done = run("import", tmp_path)
    assert done.exit_code == 0
    assert figures(done.stdout) == {
        "Documents read without a fault": 1,
        "Documents read with faults": 0,
        "Documents taken in before": 0,
        "Documents refused": 1,
        "Documents that hold no advisory": 1,
        "Product statements": 3,
        "New version texts that were read": 2,
        "New version texts for a person to read": 1,
        "Marks of exploited vulnerabilities (KEV, EPSS)": 0,
    }
    assert done.stderr == "broken.json, line 1, column 14: This is not well-formed JSON.\n"
    assert figures(run("import", tmp_path).stdout)["Documents taken in before"] == 1
    assert Advisory.objects.count() == 1


def test_what_cannot_be_read_at_all_ends_with_one(tmp_path):
    (tmp_path / "a.json").write_bytes(b"[1]")
    assert run("import", tmp_path / "a.json").exit_code == 1


def test_many_refused_documents_are_not_all_printed(tmp_path):
    samples.write_folder(tmp_path, *((f"{at:02}.json", b"{") for at in range(25)))
    lines = run("import", tmp_path).stderr.splitlines()
    assert len(lines) == 21
    assert lines[-1] == "… and 5 more."


def test_sources_are_added_listed_and_asked():
    added = run("add", "cisa-kev")
    assert (added.exit_code, added.stdout.split("\t")[1]) == (0, "kev")
    assert run("add", "cisa-kev").exit_code == 1
    assert run("add", "unknown").exit_code == 1
    assert run("add", "vendor", "https://10.0.0.1/kev.json", "--kind", "kev").exit_code == 1
    listed = run("list").stdout
    assert listed.split("\t")[:3] == ["cisa-kev", "kev", "never"]
    Source.objects.update(address="https://localhost/kev.json")
    asked = run("pull", "cisa-kev")
    assert asked.exit_code == 1
    assert asked.stderr.strip() == "The address leads to a place that this portal may not ask."
    assert run("pull", "nobody").exit_code == 2
