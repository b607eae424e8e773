import datetime as dt
from contextlib import suppress
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.tasks import task
from django.utils import timezone

from sonae.core.institutions import services
from sonae.core.institutions.models import ImportRun
from sonae.core.institutions.vocabulary import ImportKind
from sonae.kernel.errors import BadInput


def uploaded(run_id: UUID) -> Path:
    """Where the file of an import waits for its task."""
    return Path(settings.MEDIA_ROOT) / "imports" / str(run_id)


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
