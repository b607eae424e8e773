import re
from pathlib import Path

from django.urls import reverse
from django_tasks_db.models import DBTaskResult

from sonae.site import schedule
from sonae.site.jobs import labels, queries, services
from sonae.site.jobs.vocabulary import Pace
from sonae.site.tests import probe_tasks
from sonae.testing.cast import NOW, Person


def test_an_operator_sees_jobs_workers_and_schedule(operator: Person, tmp_path: Path) -> None:
    probe_tasks.note.enqueue(str(tmp_path), "x")
    page = operator.client.get(reverse("jobs:list")).content.decode()
    assert "No worker is running" in page
    assert "tests.note" in page
    assert "Send the mails of the outbox" in page
    assert "every 1 second" in page
    assert "deliver_mails" not in page
    services.begin_beating(host="machine-7", pid=4711, now=NOW, pace=Pace())
    page = operator.client.get(reverse("jobs:list")).content.decode()
    assert "machine-7" in page
    assert "No worker is running" not in page


def test_a_worker_with_many_threads_is_one_worker(operator: Person) -> None:
    for _thread in range(3):
        services.begin_beating(host="machine-7", pid=4711, now=NOW, pace=Pace())
    services.begin_beating(host="machine-8", pid=4711, now=NOW, pace=Pace())
    assert queries.count_living(now=NOW) == 2


def test_a_job_is_cancelled_and_run_again_from_its_page(operator: Person, tmp_path: Path) -> None:
    job_id = probe_tasks.note.enqueue(str(tmp_path), "x").id
    client = operator.client
    page = client.post(reverse("jobs:cancel", args=[job_id]), follow=True).content.decode()
    assert "It was cancelled before it began." in page
    page = client.post(reverse("jobs:again", args=[job_id]), follow=True).content.decode()
    assert "The job is queued again." in page
    assert "Only a failed job can be run again." in page
    assert DBTaskResult.objects.get(pk=job_id).status == "READY"


def test_a_manager_sees_no_jobs_and_an_auditor_changes_none(manager: Person, auditor: Person, tmp_path: Path) -> None:
    job_id = probe_tasks.note.enqueue(str(tmp_path), "x").id
    assert manager.client.get(reverse("jobs:list")).status_code == 403
    assert auditor.client.get(reverse("jobs:detail", args=[job_id])).status_code == 200
    assert auditor.client.post(reverse("jobs:cancel", args=[job_id])).status_code == 403
    assert auditor.client.get(reverse("jobs:list"), {"export": "csv"}).status_code == 200


def test_every_task_that_is_declared_has_words() -> None:
    root = Path(labels.__file__).parents[2]
    declared = {
        f"sonae.{'.'.join(path.relative_to(root).with_suffix('').parts)}.{name}"
        for path in root.rglob("*.py")
        if "tests" not in path.parts
        for name in re.findall(r"^@task\b[^\n]*\ndef (\w+)\(", path.read_text("utf-8"), re.MULTILINE)
    }
    assert len(declared) > 10
    assert declared == set(labels.TASKS)
    assert {planned.task.module_path for planned in schedule.PLAN} <= set(labels.TASKS)
