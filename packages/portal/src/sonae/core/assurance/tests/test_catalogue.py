from datetime import date
from pathlib import Path

import pytest
from django.utils.translation import override

from sonae.core.assurance import catalogue, datafile, services
from sonae.core.assurance.checks import no_edition_is_lost
from sonae.core.assurance.models import Evidence
from sonae.core.assurance.vocabulary import (
    AssuranceRefusal,
    DataFileProblem,
    Family,
    Said,
    Source,
    SourceKind,
    Strength,
)
from sonae.core.web import words
from sonae.kernel.decision import Refused
from sonae.kernel.errors import BadInput, NotAllowed
from sonae.testing.cast import NOW

SHIPPED = (Path(catalogue.__file__).parent / "controls" / "general.yaml").read_text(encoding="utf-8")


def problems_of(tmp_path, text):
    path = tmp_path / "controls.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput) as error:
        catalogue.read([path])
    return error.value.problems


def test_the_shipped_catalogue_covers_every_family_and_cites_every_row():
    controls = catalogue.controls()
    assert {control.family for control in controls.values()} == set(Family)
    assert all(control.source.title.ja and control.source.as_of for control in controls.values())


def test_controls_that_other_rooms_name_exist():
    assert {
        "patching", "mfa", "backup.offline", "backup.restore-tested", "detection.sensor-running",
        "detection.sighting-handled", "contact-tree", "reporting", "bcp", "training.yearly",
    } <= set(catalogue.controls())  # fmt: skip


def test_what_was_only_recalled_is_marked_for_confirmation():
    # domain.md marks the target devices of 2-④ and 2-⑤ and the wording of 4-① as recalled.
    recalled = ("access.privileges", "access.account-inventory", "organisation.written-rules")
    assert all(catalogue.control(name).source.unverified for name in recalled)


def test_titles_speak_the_language_of_the_page():
    with override("ja"):
        assert "事業継続計画" in catalogue.title_of("bcp")
    with override("en"):
        assert "continuity" in catalogue.title_of("bcp")
    assert catalogue.title_of("gone.long-ago") == "gone.long-ago"


def test_an_unknown_control_is_refused():
    with pytest.raises(NotAllowed) as error:
        catalogue.control("no.such")
    assert error.value.refusal.reason == AssuranceRefusal.UNKNOWN_CONTROL


@pytest.mark.parametrize(
    ("old", "new", "reason", "field"),
    [
        ("family: organisation", "family: gardening", DataFileProblem.NOT_A_CHOICE, "controls[1].family"),
        ("lasts_days: 365", "lasts_days: 0", DataFileProblem.NOT_A_NUMBER, "controls[1].lasts_days"),
        ("lasts_days: 365", "lasts_days: 3.5", DataFileProblem.NOT_A_NUMBER, "controls[1].lasts_days"),
        ("as_of: 2026-11-22", "as_of: 2026-13-01", DataFileProblem.NOT_A_DATE, "controls[1].source.as_of"),
        ("as_of: 2026-11-22", "as_of: [2026]", DataFileProblem.NOT_TEXT, "controls[1].source.as_of"),
        ("edition: 2026-11-22", "edition: 2026-11-22\nextra: 1", DataFileProblem.FIELD_UNKNOWN, "extra"),
        ("id: patching", "id: mfa", DataFileProblem.ID_TWICE, "id"),
    ],
)
def test_a_mistake_is_named_with_file_line_and_field(tmp_path, old, new, reason, field):
    (problem,) = problems_of(tmp_path, SHIPPED.replace(old, new, 1))
    assert (problem.file, problem.reason, problem.field) == ("controls.yaml", reason, field)
    assert problem.line > 0
    assert words.of(Refused(problem.reason, {**problem.facts, "value": problem.value}))


def test_the_line_is_the_line_in_the_file(tmp_path):
    text = "edition: 2026-01-01\ncontrols:\n  - id: a\n    family: nowhere\n"
    found = problems_of(tmp_path, text)
    assert (found[0].line, found[0].field) == (3, "controls[1].title") or any(
        (one.line, one.field) == (4, "controls[1].family") for one in found
    )
    assert ("data_file_not_a_choice", 4) in [(one.reason, one.line) for one in found]
    assert ("data_file_field_missing", 3) in [(one.reason, one.line) for one in found]


@pytest.mark.parametrize("text", ["controls: 3\nedition: 2026-01-01", "edition: 2026-01-01\ncontrols: [1, two]"])
def test_what_should_be_a_list_of_fields_must_be_one(tmp_path, text):
    assert problems_of(tmp_path, text)[0].reason in (DataFileProblem.NOT_A_LIST, DataFileProblem.NOT_A_MAPPING)


def test_a_file_that_is_not_text_is_refused(tmp_path):
    path = tmp_path / "controls.yaml"
    path.write_bytes("edition: 病院".encode("cp932"))
    with pytest.raises(BadInput) as error:
        catalogue.read([path])
    assert error.value.problems[0].reason == DataFileProblem.UNREADABLE


def test_each_room_keeps_its_own_controls():
    files = [datafile.name_of_file(path) for path in datafile.of_every_app("controls")]
    assert {"assurance/controls/general.yaml", "detection/controls/detection.yaml"} <= set(files)
    assert len(files) == len(set(files))


def test_what_tells_that_something_was_seen_is_kept_inside():
    assert catalogue.kept_inside() == {"detection.sighting-handled"}


ONE = """
edition: {edition}
controls:
  - id: a.b
    family: access
    title: {{ja: 題, en: {title}}}
    expects: {{ja: 文, en: text}}
    source: {{ja: 典, en: source, as_of: 2026-01-01, unverified: true}}
    lasts_days: 1
"""


def files(tmp_path, *editions):
    for number, (edition, title) in enumerate(editions):
        (tmp_path / f"{number}.yaml").write_text(ONE.format(edition=edition, title=title), encoding="utf-8")
    return sorted(tmp_path.glob("*.yaml"))


def test_an_older_edition_stays_beside_the_newer_one(tmp_path):
    found = catalogue.read(files(tmp_path, ("2027-04-01", "new"), ("2026-04-01", "old")))
    assert {edition: control.title.en for (_, edition), control in found.items()} == {
        date(2027, 4, 1): "new",
        date(2026, 4, 1): "old",
    }
    assert datafile.newest(found)["a.b"].title.en == "new"


def test_one_edition_given_by_two_files_is_refused_and_both_places_are_named(tmp_path):
    with pytest.raises(BadInput) as error:
        catalogue.read(files(tmp_path, ("2026-04-01", "one"), ("2026-04-01", "other")))
    (problem,) = error.value.problems
    assert (problem.reason, problem.file, problem.line) == (DataFileProblem.ID_TWICE, "1.yaml", 4)
    assert "0.yaml:4" in words.of(Refused(problem.reason, {**problem.facts, "value": problem.value}))


@pytest.mark.django_db
def test_a_release_that_lost_an_edition_named_by_evidence_is_refused(hospital):
    evidence = services.record_evidence(
        Said(
            control="patching",
            institution_id=hospital.pk,
            source=Source(SourceKind.PERSON, "r"),
            strength=Strength.DECLARED,
            since=NOW,
        ),
        by=None,
        now=NOW,
    )
    assert evidence.edition == catalogue.control("patching").edition
    assert no_edition_is_lost(databases=["default"]) == []
    Evidence.objects.update(edition=date(2020, 4, 1))
    assert no_edition_is_lost() == []
    (error,) = no_edition_is_lost(databases=["default"])
    assert (error.id, "patching" in error.msg, "2020-04-01" in error.msg) == ("assurance.E001", True, True)
    # The page still names the control, in the words that are left.
    assert catalogue.title_of("patching", date(2020, 4, 1)) == catalogue.title_of("patching")
