from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.tasks import task
from django.utils import timezone

from sonae.core.accounts.vocabulary import Viewer
from sonae.kernel.errors import NotAllowed
from sonae.kernel.ids import new_id
from sonae.prevention.advisories import connectors, queries, rules, services
from sonae.prevention.advisories.models import ImportRun, Source

# Longer than an upload takes: until then the import of a file may be about to begin.
ORPHANS_KEPT_FOR = timedelta(hours=1)


def uploaded(run_id: UUID) -> Path:
    """Where the file of an import waits for its task."""
    return Path(settings.MEDIA_ROOT) / "feeds" / str(run_id)


def queue_import(file: "UploadedFile[bytes]", *, by: Viewer) -> ImportRun:
    """Takes a file and queues its import; killed in between, at most a file is left that nobody owns."""
    run_id = new_id()
    path = uploaded(run_id)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with path.open("wb") as kept:
        for chunk in file.chunks():
            kept.write(chunk)
    try:
        with transaction.atomic():
            run = services.begin_import(file.name or "", by=by, now=timezone.now(), run_id=run_id)
            carry_out_import.enqueue(str(run.pk))
    except NotAllowed:
        path.unlink()
        raise
    return run


@transaction.atomic
def queue_pull(source: Source, *, by: Viewer, now: datetime) -> None:
    """Asks a source now, whether its time has come or not; whoever orders it is written down."""
    services.order_pull(source, by=by, now=now)
    pull_source.enqueue(str(source.pk))


@task()
def carry_out_import(run_id: str) -> str:
    """Carries out a waiting import; interrupted, it goes on behind what it took in."""
    run = ImportRun.objects.get(pk=UUID(run_id))
    path = uploaded(run.pk)
    if run.status in rules.OVER or not path.exists():
        run = services.finish_import(run, now=timezone.now(), is_refused=not run.position)
    else:
        run = services.carry_out(run, services.documents_of(path, name=run.file_name), now=timezone.now())
    path.unlink(missing_ok=True)
    return run.status


@task()
def pull_source(source_id: str) -> str:
    """Asks one source; interrupted, it goes on where it was."""
    source = Source.objects.filter(pk=UUID(source_id), paused_at=None).first()
    return connectors.pull(source, is_asked_for=True).status if source else ""


@task()
def pull_due() -> int:
    """Queues every source whose time has come; each is asked in a job of its own, so that none waits for another."""
    due = services.claim_due(now=timezone.now())
    for source_id in due:
        pull_source.enqueue(str(source_id))
    return len(due)


@task()
def sweep_feeds() -> int:
    """Removes uploaded files that no open import waits for, and ends imports that nobody goes on with."""
    services.close_abandoned(now=timezone.now())
    folder, removed = uploaded(new_id()).parent, 0
    until = (timezone.now() - ORPHANS_KEPT_FOR).timestamp()
    waiting = {str(run_id) for run_id in queries.open_runs()}
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.name not in waiting and path.stat().st_mtime < until:
            path.unlink(missing_ok=True)
            removed += 1
    return removed
