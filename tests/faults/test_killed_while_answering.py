"""A process killed (-9) at each statement of handing in and of taking a workbook back: all of it stands or nothing, and
the draft is there.

One program is started for each; it forks a process for each kill, and another that looks at what is left.
"""

import io
import json
import os
import subprocess
import sys
from datetime import timedelta

import pytest
from django.utils import timezone
from openpyxl import load_workbook

from sonae.core.access import queries as grants
from sonae.core.access.vocabulary import Place
from sonae.core.accounts.vocabulary import Role
from sonae.core.audit import services as audit
from sonae.core.audit.models import Entry
from sonae.core.institutions.testing import an_institution
from sonae.core.institutions.vocabulary import Population
from sonae.core.instruments import queries
from sonae.core.instruments import services as instruments
from sonae.core.instruments.models import Response
from sonae.prevention.surveys import services as surveys
from sonae.prevention.surveys.testing import ANSWERS, a_campaign
from sonae.testing.cast import NATIONWIDE, QUICK_HASHER, a_person
from sonae.testing.programs import database_url

pytestmark = [pytest.mark.usefixtures("real_commits"), pytest.mark.slow]

PROGRAM = """
import json, os, sys
from pathlib import Path
from uuid import UUID
import django
django.setup()
from django.utils import timezone
from sonae.core.access.queries import viewer_of
from sonae.core.assurance.models import Evidence
from sonae.core.audit.models import Entry
from sonae.core.duties.models import Duty
from sonae.core.instruments import services
from sonae.core.instruments.models import Response, Submission, Turn
from sonae.testing.killing import killed_at_statement

verb, response, account, file = sys.argv[1:]
pk = UUID(response)

def act():
    by, now = viewer_of(UUID(account), now=timezone.now()), timezone.now()
    if verb == "submit":
        services.submit(pk, seen=Response.objects.get(pk=pk).revision, by=by, now=now)
    else:
        services.take_workbook(pk, Path(file).read_bytes(), file_name="answers.xlsx", by=by, now=now)

def killed_at(number):
    with killed_at_statement(number):
        act()

def look():
    found = Response.objects.get(pk=pk)
    print(json.dumps({
        "state": found.state, "answers": found.answers, "marks": sorted(found.marks), "revision": found.revision,
        "submissions": [one.answers for one in Submission.objects.filter(response=pk)],
        "turns": list(Turn.objects.filter(response=pk).order_by("pk").values_list("state", flat=True)),
        "duties": sorted(Duty.objects.filter(rule="survey.answer").values_list("state", flat=True)),
        "entries": sorted(Entry.objects.filter(subject_id=response).values_list("verb", flat=True)),
        "evidence": Evidence.objects.count(),
    }), flush=True)

def in_a_process(work):
    child = os.fork()
    if not child:
        try:
            work()
        except BaseException as error:
            print(repr(error), file=sys.stderr, flush=True)
            os._exit(3)
        os._exit(0)
    return os.waitpid(child, 0)[1]

in_a_process(look)
for number in range(1, 80):
    status = in_a_process(lambda: killed_at(number))
    in_a_process(look)
    if os.WIFEXITED(status):
        print(json.dumps(os.WEXITSTATUS(status)))
        break
"""


@pytest.fixture
def begun(settings):
    """A response to a survey that a hospital has begun, and its manager; the survey is owed as a duty."""
    settings.PASSWORD_HASHERS = [QUICK_HASHER]
    now = timezone.now() - timedelta(minutes=5)
    officer = a_person(Role.MINISTRY_OFFICER, at=NATIONWIDE, now=now)
    hospital = an_institution(population=Population.SYNTHETIC)
    place = Place(institution_id=hospital.pk, jurisdiction_id=hospital.jurisdiction_id)
    manager = a_person(Role.INSTITUTION_MANAGER, at=place, now=now)
    campaign = a_campaign(officer=viewer(officer), now=now)
    return surveys.begin_response(campaign.pk, hospital.pk, by=viewer(manager), now=now), manager


def viewer(person):
    return grants.viewer_of(person.account.pk, now=timezone.now())


def killed_everywhere(verb, response, person, tmp_path, file=""):
    """What was left after each kill, the state before them first; the last look is after the process that lived."""
    surroundings = {
        "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "sonae.site.settings",
        "SONAE_HOME": str(tmp_path),
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, verb, str(response.pk), str(person.account.pk), str(file)],
        env=os.environ | surroundings, capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    *looks, ended = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(looks) > 6, done.stdout + done.stderr
    # Killed after its commit, in linking the chain, it had handed in: whoever comes then is told that it has been.
    assert ended == 0 or (ended == 3 and "NotAllowed" in done.stderr), done.stderr
    return looks


def all_or_nothing(looks):
    before, after = looks[0], looks[-1]
    assert before != after
    changed = [look == after for look in looks]
    assert all(look in (before, after) for look in looks), "nothing in between has ever been there"
    assert changed == sorted(changed), "what stood once stands"
    return before, after


def test_killed_in_the_middle_of_handing_in_there_is_the_draft_or_all_of_it(begun, tmp_path):
    response, manager = begun
    kept = instruments.save_answers(
        response.pk, ANSWERS, seen=response.revision, by=viewer(manager), now=timezone.now()
    ).response
    looks = killed_everywhere("submit", response, manager, tmp_path)
    before, after = all_or_nothing(looks)
    assert (before["state"], before["answers"], before["revision"]) == ("draft", ANSWERS, kept.revision)
    assert (before["submissions"], before["turns"], before["duties"]) == ([], ["draft"], ["open"])
    assert (after["state"], after["submissions"]) == ("submitted", [ANSWERS])
    assert (after["turns"], after["duties"]) == (["draft", "submitted"], ["fulfilled"])
    assert after["entries"].count("response.submitted") == 1
    assert audit.verify() == []
    assert not Entry.objects.waiting().exists()


def test_killed_in_the_middle_of_taking_a_workbook_there_is_the_draft_or_all_of_it(begun, tmp_path):
    response, manager = begun
    content = queries.workbook_of(response, viewer(manager), now=timezone.now(), language="ja")
    book = load_workbook(io.BytesIO(content))
    sheet = book.worksheets[0]
    for row in sheet.iter_rows():
        if row[0].value in ("gate", "beds"):
            row[4].value = {"gate": "はい", "beds": 120}[row[0].value]
    book.save(tmp_path / "answers.xlsx")
    looks = killed_everywhere("upload", response, manager, tmp_path, tmp_path / "answers.xlsx")
    before, after = all_or_nothing(looks)
    assert (before["state"], before["answers"], before["marks"]) == ("draft", {}, [])
    assert (after["state"], after["answers"], after["marks"]) == ("draft", ANSWERS, ["beds", "gate"])
    assert after["submissions"] == []
    assert Response.objects.get(pk=response.pk).revision == after["revision"]
