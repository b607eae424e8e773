"""A process killed (-9) at each statement of writing and linking an audit entry loses nothing; the chain holds."""

import os
import subprocess
import sys

import pytest
from django.contrib.sessions.models import Session

from sonae.core.audit import queries
from sonae.core.audit import services as audit
from sonae.core.audit.models import Entry
from sonae.testing.programs import database_url

pytestmark = [pytest.mark.usefixtures("real_commits"), pytest.mark.slow]

# One process forks another for each statement. The change is a session, beside it stands its entry.
WRITER = """
import os
import django
django.setup()
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone
from sonae.core.audit import services as audit
from sonae.testing.killing import killed_at_statement

def write(number):
    with killed_at_statement(number), transaction.atomic():
        now = timezone.now()
        Session.objects.create(session_key=f"change-{number}", expire_date=now, session_data="")
        audit.record("x", subject="session", subject_id=f"change-{number}", by=None, now=now)

for number in range(1, 60):
    child = os.fork()
    if not child:
        write(number)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFEXITED(status):
        print(number, os.WEXITSTATUS(status))
        break
"""


def test_a_process_killed_at_any_statement_loses_no_entry_and_leaves_a_whole_chain(tmp_path):
    surroundings = {
        "DATABASE_URL": database_url(),
        "SONAE_HOME": str(tmp_path),
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    done = subprocess.run(
        [sys.executable, "-c", WRITER],
        env=os.environ | surroundings, capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    survived, code = done.stdout.split()
    assert code == "0", done.stderr
    assert int(survived) > 5
    waiting = queries.waiting().count
    assert audit.link_waiting() == waiting
    changes = set(Session.objects.values_list("session_key", flat=True))
    assert set(Entry.objects.values_list("subject_id", flat=True)) == changes
    assert f"change-{survived}" in changes
    assert audit.verify() == []
