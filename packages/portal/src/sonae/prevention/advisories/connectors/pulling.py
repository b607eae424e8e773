"""`pull`: asks a source, reads in what it has portion by portion, and keeps where to go on."""

import time
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from sonae.core.documents import services as documents
from sonae.kernel.decision import require
from sonae.prevention.advisories import rules, services
from sonae.prevention.advisories.connectors import csaf, files, myjvn, nvd
from sonae.prevention.advisories.connectors.fetching import Fetcher, NotFetched
from sonae.prevention.advisories.connectors.portions import Connector
from sonae.prevention.advisories.models import ImportRun, Source
from sonae.prevention.advisories.vocabulary import SourceKind

CONNECTORS: dict[SourceKind, Connector] = {
    SourceKind.CSAF_DIRECTORY: csaf.of_directory,
    SourceKind.CSAF_ROLIE: csaf.of_rolie,
    SourceKind.CSAF_PROVIDER: csaf.of_provider,
    SourceKind.MYJVN: myjvn.portions,
    SourceKind.NVD: nvd.portions,
    SourceKind.JVN_RSS: files.portions,
    SourceKind.OSV: files.portions,
    SourceKind.KEV: files.portions,
    SourceKind.EPSS: files.portions,
}


def pull(
    source: Source, *, told: Callable[[ImportRun], None] = lambda _run: None, is_asked_for: bool = False,
    sleep: Callable[[float], None] = time.sleep,
) -> ImportRun:  # fmt: skip
    """Asks the source now; what goes wrong is written on it. An interrupted pull goes on in the same import.

    `is_asked_for`: by a person, who need not wait for the next time; a pause holds for them, too.
    """
    now = timezone.now()
    retry_at = None if is_asked_for else source.retry_at
    require(
        rules.may_pull(
            has_address=bool(source.address), is_paused=source.paused_at is not None, retry_at=retry_at, now=now
        )
    )
    run = ImportRun.objects.filter(source=source).exclude(status__in=rules.OVER).order_by("-started_at").first()
    run = run or services.begin_import(source.name, by=None, now=now, source=source)
    services.note_tried(source, now=now)
    with documents.workroom() as folder:
        fetcher = Fetcher(folder, pause=pause_of(source), sleep=sleep, headers=_headers(source))
        try:
            for portion in CONNECTORS[SourceKind(source.kind)](source.address, dict(source.state), fetcher, now):
                run = services.carry_on(run, portion.documents, now=now, told=told)
                if run.status in rules.OVER:
                    return run
                services.keep_state(source, portion.state)
        except NotFetched as lost:
            services.note_failure(source, lost.trouble, facts=lost.facts, now=timezone.now(), asked_for=lost.asked_for)
            return services.finish_import(run, now=timezone.now(), is_refused=not run.position)
    services.note_success(source, now=timezone.now())
    return services.finish_import(run, now=timezone.now())


def pause_of(source: Source) -> timedelta:
    """How long to wait between two requests to this publisher."""
    return rules.PAUSES.get(SourceKind(source.kind), rules.PAUSE)


def _headers(source: Source) -> dict[str, str]:
    key = settings.NVD_API_KEY if source.kind == SourceKind.NVD else ""
    return {"apiKey": key} if key else {}
