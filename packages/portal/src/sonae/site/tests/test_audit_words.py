"""Every verb that is recorded anywhere has words on the page of the audit log."""

import re
from pathlib import Path

from sonae.core.access.vocabulary import Permission
from sonae.core.audit import services as audit
from sonae.core.audit.models import Entry
from sonae.core.institutions.models import Institution
from sonae.prevention.inspections.visits.vocabulary import TurnKind
from sonae.site.pages import audit_words
from sonae.testing.cast import NOW, Person, bearer

ROOT = Path(audit_words.__file__).parents[2]
RECORDED = re.compile(
    r'(?:record|record_read|record_one|record_list|of_list|_record|_make_known|_note|_write)\(\s*"([a-z]+\.[a-z_]+)"'
)


def test_every_verb_that_is_recorded_has_words():
    programs = [path for path in ROOT.rglob("*.py") if "tests" not in path.parts]
    recorded = {verb for path in programs for verb in RECORDED.findall(path.read_text("utf-8"))}
    # The steps of a visit are recorded under a verb that is put together.
    recorded |= {f"visit.{kind}" for kind in TurnKind}
    assert len(recorded) > 40
    assert sorted(recorded - audit_words.VERBS.keys()) == []


def test_the_log_names_people_and_institutions_and_its_files_keep_the_ids(auditor: Person, manager: Person) -> None:
    audit.record(
        "token.issue", subject="token", subject_id=1, by=manager.account.pk, now=NOW,
        institution_id=manager.place.institution_id,
    )  # fmt: skip
    page = auditor.client.get("/audit/").text
    assert "Issued a token" in page
    assert f">{manager.account.name}</td>" in page
    file = b"".join(auditor.client.get("/audit/", {"export": "csv"}).streaming_content).decode()
    assert "token.issue" in file
    assert str(manager.account.pk) in file
    assert Entry.objects.filter(verb="token.issue").exists()


def test_whose_incident_it_was_is_not_learnt_from_the_log(
    auditor: Person, manager: Person, analyst: Person, hospital: Institution
) -> None:
    about = {"now": NOW, "institution_id": hospital.pk}
    audit.record("incident.report", subject="incident", subject_id=1, by=manager.account.pk, **about)
    audit.record("incident.move", subject="incident", subject_id=1, by=analyst.account.pk, **about)
    audit.record("duty.impose", subject="duty", subject_id=2, by=None, facts={"rule": "incident.call-back"}, **about)
    audit.record("duty.impose", subject="duty", subject_id=3, by=None, facts={"rule": "survey.answer"}, **about)
    page = auditor.client.get("/audit/", {"verb": "duty.impose"}).text
    assert page.count(">Withheld: about an incident</td>") == 1
    assert page.count(f">{hospital.name}</td>") == 1, "a duty that is about no incident"
    page = auditor.client.get("/audit/", {"verb": "incident."}).text
    assert page.count(">Withheld: about an incident</td>") == 3, "two places, and the one of the hospital's people"
    assert hospital.name not in page
    assert f">{analyst.account.name}</td>" in page and f">{manager.account.name}</td>" not in page
    rows = b"".join(auditor.client.get("/audit/", {"export": "csv"}).streaming_content).decode().splitlines()
    of_incident = [row for row in rows if "incident." in row and "audit.search" not in row]
    assert len(of_incident) == 3
    assert not [row for row in of_incident if str(manager.account.pk) in row or row.count("Withheld") == 0]
    for asked in ({"institution": hospital.register_code}, {"person": manager.account.email}):
        assert "incident.report" not in _file(auditor, asked)
    assert "incident.move" in _file(auditor, {"person": analyst.account.email})
    assert not list(audit.verify()), "the chain stands, and all of it is linked"
    answer = bearer(auditor.token(Permission.AUDIT_READ)).get("/api/v1/audit/entries?verb=incident.").json()
    assert [(one["institution_id"], one["by"], one["is_withheld"]) for one in answer["items"]] == [
        (None, "", True), (None, str(analyst.account.pk), True),
    ]  # fmt: skip
    assert Entry.objects.filter(verb="incident.report", institution_id=hospital.pk).exists(), "the log itself stays"


def _file(reader: Person, conditions: dict[str, str]) -> str:
    return b"".join(reader.client.get("/audit/", conditions | {"export": "csv"}).streaming_content).decode()
