import datetime as dt
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypedDict
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.tasks import task
from django.utils import timezone

from sonae.core.institutions import services, sources
from sonae.core.institutions.models import ImportRun
from sonae.core.institutions.slip import Slip
from sonae.core.institutions.vocabulary import ImportKind
from sonae.kernel.errors import BadInput, NotAllowed
from sonae.kernel.ids import new_id

# Longer than an upload takes: until then the import of a file may be about to begin.
ORPHANS_KEPT_FOR = dt.timedelta(hours=1)


def uploaded(run_id: UUID) -> Path:
    """Where the file of an import waits for its task."""
    return Path(settings.MEDIA_ROOT) / "imports" / str(run_id)


def percent_of(run: ImportRun) -> int:
    """How far an import is at this moment, also while it writes."""
    return run.percent if run.status in services.OVER else max(run.percent, Slip(uploaded(run.pk)).percent)


def cancel_import(run: ImportRun, *, by: UUID | None, now: dt.datetime) -> ImportRun:
    """Asks an import to stop; one that is writing hears it at once, and its register stays as it was."""
    slip = Slip(uploaded(run.pk))
    if run.status not in services.OVER:
        slip.ask_to_stop()
    try:
        # Where the database has one writer, this waits until the import has stopped.
        return services.cancel_import(run.pk, by=by, now=now)
    except NotAllowed:
        slip.tear_up()
        raise


def queue_import(
    kind: ImportKind,
    file: "UploadedFile[bytes]",
    *,
    as_of: dt.date | None,
    may_vanish: int | None,
    by: UUID | None,
    now: dt.datetime,
) -> ImportRun:
    """Takes a file, looks at it from outside, and queues its import; raises BadInput, which also stands on the run.

    The file is there before its import, and the import never without its job: killed in between, at most a file is left
    that nobody owns.
    """
    run_id = new_id()
    path = uploaded(run_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as kept:
        for chunk in file.chunks():
            kept.write(chunk)
    try:
        sources.open_source(path, name=file.name or "")
    except BadInput as refusal:
        with transaction.atomic():
            run = services.begin_import(kind, file_name=file.name or "", by=by, now=now, run_id=run_id)
            services.refuse_import(run, refusal.problems, now=now)
        path.unlink()
        raise
    with transaction.atomic():
        run = services.begin_import(kind, file_name=file.name or "", by=by, now=now, run_id=run_id)
        carry_out_import.enqueue(str(run.pk), as_of.isoformat() if as_of else "", may_vanish)
    return run


class Watching(TypedDict):
    """Whom an import tells how far it is, and whom it asks whether it is still wanted."""

    progress: Callable[[services.Progress], None]
    is_wanted: Callable[[], bool]


def watching(slip: Slip) -> Watching:
    return {"progress": lambda told: slip.reach(told.percent), "is_wanted": lambda: slip.is_wanted}


@task
def carry_out_import(run_id: str, as_of: str, may_vanish: int | None) -> str:
    """Carries out a waiting import; doing it a second time changes nothing."""
    run = ImportRun.objects.get(pk=UUID(run_id))
    path, day = uploaded(run.pk), dt.date.fromisoformat(as_of) if as_of else None
    slip = Slip(path)
    # What is wrong with the file stands on the run, where whoever uploaded it sees it.
    with suppress(BadInput):
        if run.kind == ImportKind.CODES:
            services.carry_out_codes(run, path, now=timezone.now(), as_of=day, may_vanish=may_vanish, **watching(slip))
        else:
            services.carry_out_register(
                run, path, now=timezone.now(), as_of=day, may_vanish=may_vanish, **watching(slip)
            )
    path.unlink(missing_ok=True)
    slip.tear_up()
    return run.status


@task
def sweep_imports() -> int:
    """Removes uploaded lists that no open import waits for: what a killed program left behind."""
    folder, removed = uploaded(new_id()).parent, 0
    until = (timezone.now() - ORPHANS_KEPT_FOR).timestamp()
    open_runs = {str(pk) for pk in ImportRun.objects.exclude(status__in=services.OVER).values_list("pk", flat=True)}
    # The slips of an import are called after its file, with an ending.
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.name.partition(".")[0] not in open_runs and path.stat().st_mtime < until:
            path.unlink(missing_ok=True)
            removed += 1
    return removed
