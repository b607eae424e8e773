"""Every verb that is recorded anywhere has words on the page of the audit log."""

import re
from pathlib import Path

from sonae.core.audit import services as audit
from sonae.core.audit.models import Entry
from sonae.prevention.inspections.visits.vocabulary import TurnKind
from sonae.site.pages import audit_words
from sonae.testing.cast import NOW, Person

ROOT = Path(audit_words.__file__).parents[2]
RECORDED = re.compile(
    r'(?:record|record_read|record_one|record_list|of_list|_record|_make_known|_note)\(\s*"([a-z]+\.[a-z_]+)"'
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
