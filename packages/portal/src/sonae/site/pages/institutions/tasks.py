import datetime as dt
from contextlib import suppress
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.tasks import task
from django.utils import timezone

from sonae.core.institutions import services, sources
from sonae.core.institutions.models import ImportRun
from sonae.core.institutions.vocabulary import ImportKind
from sonae.kernel.errors import BadInput


def uploaded(run_id: UUID) -> Path:
    """Where the file of an import waits for its task."""
    return Path(settings.MEDIA_ROOT) / "imports" / str(run_id)


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


@task
def carry_out_import(run_id: str, as_of: str, may_vanish: int | None) -> str:
    """Carries out a waiting import; doing it a second time changes nothing."""
    run = ImportRun.objects.get(pk=UUID(run_id))
    path, day = uploaded(run.pk), dt.date.fromisoformat(as_of) if as_of else None
    # What is wrong with the file stands on the run, where whoever uploaded it sees it.
    with suppress(BadInput):
        if run.kind == ImportKind.CODES:
            services.carry_out_codes(run, path, now=timezone.now(), as_of=day)
        else:
            services.carry_out_register(run, path, now=timezone.now(), as_of=day, may_vanish=may_vanish)
    path.unlink(missing_ok=True)
    return run.status
