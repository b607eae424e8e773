"""An uploaded list, its import and its job begin together; whatever is killed in between leaves nothing for long."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from sonae.core.institutions.models import ImportRun
from sonae.core.institutions.slip import Slip
from sonae.core.institutions.vocabulary import ImportKind
from sonae.kernel.ids import new_id
from sonae.site.pages.institutions import tasks
from sonae.testing.cast import NOW

pytestmark = pytest.mark.django_db
ROWS = "ID,正式名称,機関区分,都道府県コード,市区町村コード,所在地,合計病床数\nT1,甲病院,1,13,101,東京都千代田区1,150\n"


class Killed(BaseException):
    """Stands for the end of the program: nothing catches it."""


@pytest.fixture(autouse=True)
def files(settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path / "imports"


def queued() -> ImportRun:
    file = SimpleUploadedFile("list_20261101.csv", ROWS.encode())
    return tasks.queue_import(ImportKind.REGISTER, file, as_of=None, may_vanish=None, by=None, now=NOW)


def aged(path: Path, age: timedelta) -> Path:
    then = (timezone.now() - age).timestamp()
    os.utime(path, (then, then))
    return path


def test_a_program_killed_before_the_job_is_queued_leaves_no_import_that_waits(monkeypatch, files: Path) -> None:
    def killed(*_: object) -> None:
        raise Killed

    monkeypatch.setattr(type(tasks.carry_out_import), "enqueue", killed)
    with pytest.raises(Killed):
        queued()
    assert not ImportRun.objects.exists()
    (left,) = files.iterdir()
    aged(left, timedelta(hours=2))
    assert tasks.sweep_imports.func() == 1
    assert not list(files.iterdir())


def test_the_sweep_keeps_the_file_of_an_import_that_waits_however_old(files: Path) -> None:
    run = queued()
    slip = Slip(tasks.uploaded(run.pk))
    slip.reach(7)
    for path in files.iterdir():
        aged(path, timedelta(days=3))
    assert tasks.sweep_imports.func() == 0
    assert slip.percent == 7
    tasks.carry_out_import.func(str(run.pk), "", None)
    run.refresh_from_db()
    assert run.rows_added == 1


def test_the_sweep_removes_the_file_of_an_import_that_is_over(files: Path) -> None:
    run = queued()
    path = tasks.uploaded(run.pk)
    tasks.carry_out_import.func(str(run.pk), "", None)
    path.write_text("written again by a worker that was killed before it removed it")
    aged(path, timedelta(hours=2))
    assert tasks.sweep_imports.func() == 1


def test_the_sweep_leaves_an_upload_alone_whose_import_is_about_to_begin(files: Path) -> None:
    assert tasks.sweep_imports.func() == 0
    files.mkdir()
    (files / str(new_id())).touch()
    assert tasks.sweep_imports.func() == 0
