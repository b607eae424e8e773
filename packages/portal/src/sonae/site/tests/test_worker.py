"""Real workers in processes of their own, killed in the middle."""

import os
import random
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from sonae.core.accounts.vocabulary import Role
from sonae.core.notifications import rules as notification_rules
from sonae.core.notifications import services as notifications
from sonae.core.notifications.models import Message
from sonae.site import worker
from sonae.site.jobs.vocabulary import JobState, Loss, Pace
from sonae.site.models import WorkerBeat
from sonae.site.tests import probe_tasks
from sonae.testing.cast import a_person
from sonae.testing.mailbox import Mailbox, open_mailbox

pytestmark = [pytest.mark.usefixtures("real_commits"), pytest.mark.slow]

PROGRAM = """
import datetime as dt
import sys
import django
django.setup()
from sonae.core.notifications import rules
from sonae.site import worker
from sonae.site.jobs.vocabulary import Pace
rules.LEASE = dt.timedelta(seconds=1)
rules.FIRST_RETRY = dt.timedelta(seconds=0.1)
worker.USUAL = Pace(
    poll=dt.timedelta(seconds=0.05), beat_every=dt.timedelta(seconds=0.3), beat_lasts=dt.timedelta(seconds=2),
    grace=dt.timedelta(seconds=5), limit=dt.timedelta(seconds=LIMIT),
)
print("ready", flush=True)
worker.run_until_signal()
"""


class Workers:
    """Starts worker processes on the test's own database."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._environment = environment
        self.started: list[subprocess.Popen[str]] = []

    def start(self, *, limit: float = 60) -> subprocess.Popen[str]:
        program = textwrap.dedent(PROGRAM).replace("LIMIT", str(limit))
        process = subprocess.Popen(
            [sys.executable, "-c", program], env=self._environment, stdout=subprocess.PIPE, text=True
        )
        self.started.append(process)
        assert process.stdout is not None
        with process.stdout as words:
            assert words.readline() == "ready\n"
        return process


def _database_url() -> str:
    known = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{known['NAME']}"
    host = str(known["HOST"]).replace("/", "%2F")
    secret = f":{known['PASSWORD']}" if known["PASSWORD"] else ""
    port = f":{known['PORT']}" if known["PORT"] else ""
    return f"postgresql://{known['USER']}{secret}@{host}{port}/{known['NAME']}"


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with open_mailbox() as box:
        yield box


@pytest.fixture
def workers(real_commits: None, tmp_path: Path, mailbox: Mailbox) -> Iterator[Workers]:
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "sonae.site.settings",
        "DATABASE_URL": _database_url(),
        "SONAE_HOME": str(tmp_path / "home"),
        "SONAE_SMTP_HOST": "127.0.0.1",
        "SONAE_SMTP_PORT": str(mailbox.port),
        "SONAE_SMTP_TLS": "0",
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
    }
    found = Workers(environment)
    yield found
    for process in found.started:
        process.kill()
        process.wait()


def _wait_for(condition: Callable[[], bool], *, seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.05)


def test_a_job_whose_worker_is_killed_in_the_middle_is_finished_by_another(workers: Workers, tmp_path: Path) -> None:
    queued = probe_tasks.note_slowly.enqueue(str(tmp_path), "x", 3.0)
    first = workers.start()
    _wait_for((tmp_path / "x.begun").exists)
    first.send_signal(signal.SIGKILL)
    first.wait()
    workers.start()
    _wait_for(lambda: DBTaskResult.objects.get(pk=queued.id).status == JobState.SUCCESSFUL)
    job = DBTaskResult.objects.get(pk=queued.id)
    assert len(job.worker_ids) == 2
    assert len((tmp_path / "x.done").read_text().splitlines()) == 1


def test_a_job_that_kills_its_workers_is_given_up_after_three(workers: Workers, tmp_path: Path) -> None:
    queued = probe_tasks.die.enqueue(str(tmp_path))
    for _ in range(3):
        workers.start().wait(timeout=20)
    workers.start()
    _wait_for(lambda: DBTaskResult.objects.get(pk=queued.id).status == JobState.FAILED)
    assert DBTaskResult.objects.get(pk=queued.id).exception_class_path == Loss.WORKER_LOST
    assert len((tmp_path / "deaths").read_text().splitlines()) == 3


def test_a_job_beyond_its_limit_is_taken_from_its_worker(workers: Workers, tmp_path: Path) -> None:
    queued = probe_tasks.note_slowly.enqueue(str(tmp_path), "x", 60.0)
    workers.start(limit=0.5)
    _wait_for(lambda: len(DBTaskResult.objects.get(pk=queued.id).worker_ids) >= 2)
    assert not (tmp_path / "x.done").exists(), "taken away while it still ran"


def test_a_worker_that_is_told_to_stop_finishes_its_job_and_signs_off(workers: Workers, tmp_path: Path) -> None:
    queued = probe_tasks.note_slowly.enqueue(str(tmp_path), "x", 1.0)
    process = workers.start()
    _wait_for((tmp_path / "x.begun").exists)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=10) == 0
    assert DBTaskResult.objects.get(pk=queued.id).status == JobState.SUCCESSFUL
    assert not WorkerBeat.objects.exists()


def test_killed_again_and_again_while_sending_nothing_is_lost_and_repetitions_bear_the_same_name(
    workers: Workers, mailbox: Mailbox
) -> None:
    reader = a_person(Role.OPERATOR)
    chance = random.Random(20261123)
    wanted = set()
    for number in range(40):
        message = notifications.queue_mail(
            "notice", to=reader.account.pk, context={"title": str(number)}, key=f"k{number}", now=timezone.now()
        )
        wanted.add(notification_rules.mail_id(message.pk, domain="localhost"))
    kills = 4
    for _ in range(kills):
        process = workers.start()
        time.sleep(chance.uniform(0.05, 0.6))
        process.send_signal(signal.SIGKILL)
        process.wait()
    workers.start()
    _wait_for(lambda: not Message.objects.filter(state="waiting").exists(), seconds=40)
    arrived = Counter(message_from_bytes(taken.content)["Message-ID"] for taken in mailbox.taken)  # type: ignore[arg-type]
    assert set(arrived) == wanted
    assert arrived.total() - len(wanted) <= kills * worker.LANES
    assert Message.objects.filter(state="sent").count() == len(wanted)


def test_workers_share_the_jobs_and_none_is_run_twice(workers: Workers, tmp_path: Path) -> None:
    for number in range(40):
        probe_tasks.note.enqueue(str(tmp_path), f"n{number}")
    workers.start()
    workers.start()
    notes = DBTaskResult.objects.filter(task_path__endswith=".note")
    _wait_for(lambda: notes.filter(status=JobState.SUCCESSFUL).count() == 40)
    assert all(len((tmp_path / f"n{number}").read_text().splitlines()) == 1 for number in range(40))


def test_the_worker_runs_in_a_thread_of_another_program(tmp_path: Path) -> None:
    queued = probe_tasks.note.enqueue(str(tmp_path), "x")
    stop = threading.Event()
    thread = threading.Thread(
        target=worker.run_worker, args=[stop], kwargs={"pace": Pace(poll=timedelta(seconds=0.05))}
    )
    thread.start()
    try:
        _wait_for(lambda: DBTaskResult.objects.get(pk=queued.id).status == JobState.SUCCESSFUL)
    finally:
        stop.set()
        thread.join(30)
    assert not thread.is_alive()
    assert not WorkerBeat.objects.exists()
