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
    """Takes a file, looks at it from outside, and queues its import; raises BadInput, which also stands on the run."""
    run = services.begin_import(kind, file_name=file.name or "", by=by, now=now)
    path = uploaded(run.pk)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as kept:
        for chunk in file.chunks():
            kept.write(chunk)
    try:
        sources.open_source(path, name=run.file_name)
    except BadInput as refusal:
        services.refuse_import(run, refusal.problems, now=now)
        path.unlink()
        raise
    with transaction.atomic():
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
            services.carry_out_codes(
                run, path, now=timezone.now(), as_of=day, may_vanish=may_vanish, **watching(slip)
            )
        else:
            services.carry_out_register(
                run, path, now=timezone.now(), as_of=day, may_vanish=may_vanish, **watching(slip)
            )
    path.unlink(missing_ok=True)
    slip.tear_up()
    return run.status
