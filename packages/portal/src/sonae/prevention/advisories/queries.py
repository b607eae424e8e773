"""What was taken in, what is open, and what the next rooms ask."""

import zlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sonae.core.accounts.vocabulary import Viewer
from sonae.prevention.advisories import engine, rules
from sonae.prevention.advisories.models import (
    Advisory,
    AdvisoryCve,
    ExploitLikelihood,
    ImportedDocument,
    ImportRun,
    KnownExploited,
    ProductStatement,
    Source,
    StatedRange,
    VersionText,
    VersionTextQuerySet,
)
from sonae.prevention.advisories.vocabulary import Certainty, Outcome


def figures(run: ImportRun) -> list[tuple[str | Promise, int]]:
    """The counts of an import with their names, in the order in which they are told."""
    return [
        (_("Documents read without a fault"), run.read),
        (_("Documents read with faults"), run.faulty),
        (_("Documents taken in before"), run.repeated),
        (_("Documents refused"), run.refused),
        (_("Documents that hold no advisory"), run.unread),
        (_("Product statements"), run.statements),
        (_("New version texts that were read"), run.ranges_read),
        (_("New version texts for a person to read"), run.ranges_open),
        (_("Marks of exploited vulnerabilities (KEV, EPSS)"), run.marks),
    ]


def open_runs() -> list[UUID]:
    """The imports that are not over."""
    return list(ImportRun.objects.exclude(status__in=rules.OVER).values_list("pk", flat=True))


def is_any_source_due(*, now: datetime) -> bool:
    """Whether the schedule has a source to ask."""
    return Source.objects.due(now=now).exists()


def refused_documents(run: ImportRun) -> QuerySet[ImportedDocument]:
    """The documents of an import that were not taken in."""
    return ImportedDocument.objects.filter(run=run, outcome=Outcome.REFUSED)


def for_list(viewer: Viewer) -> QuerySet[Advisory]:
    """The advisories that stand, with what KEV and EPSS say of their vulnerabilities."""
    named = AdvisoryCve.objects.filter(advisory=OuterRef("pk"))
    exploited = named.filter(Exists(KnownExploited.objects.filter(cve=OuterRef("cve"))))
    # By the numbers of the advisory: the other way round, all of EPSS would be gone through for each row.
    numbers = AdvisoryCve.objects.filter(advisory=OuterRef(OuterRef("pk"))).values("cve")
    likely = ExploitLikelihood.objects.filter(cve__in=numbers)
    highest = likely.order_by("-probability").values("probability")[:1]
    return (
        Advisory.objects.visible_to(viewer)
        .standing()
        .defer("summary", "scores", "remediations", "references", "faults")
        .annotate(is_exploited=Exists(exploited), likelihood=Subquery(highest))
    )


def raw_of(advisory: Advisory) -> bytes:
    """The publisher's document, or its part of a feed, as it was published."""
    return zlib.decompress(advisory.document.content)


def marks_of(advisory: Advisory) -> list[tuple[str, KnownExploited | None, ExploitLikelihood | None]]:
    """Each vulnerability of an advisory with what KEV and EPSS say of it."""
    numbers = list(advisory.cves.values_list("cve", flat=True))
    exploited = KnownExploited.objects.in_bulk(numbers)
    likely = ExploitLikelihood.objects.in_bulk(numbers)
    return [(cve, exploited.get(cve), likely.get(cve)) for cve in numbers]


def revisions_of(advisory: Advisory, viewer: Viewer) -> QuerySet[Advisory]:
    """Every revision of an advisory that was taken in, the newest first."""
    return Advisory.objects.visible_to(viewer).filter(
        publisher=advisory.publisher, identifier=advisory.identifier, language=advisory.language
    )


def statements_of(advisory: Advisory) -> QuerySet[ProductStatement]:
    """What an advisory says of products, with how their versions are read."""
    return ProductStatement.objects.filter(advisory=advisory).select_related("version__stated")


def counted_texts(viewer: Viewer) -> VersionTextQuerySet:
    """Version texts with how many standing statements have each."""
    standing = Q(statements__advisory__is_current=True)
    counted = Count("statements", filter=standing)
    return VersionText.objects.visible_to(viewer).select_related("stated").annotate(statement_count=counted)


def texts_to_read(viewer: Viewer) -> VersionTextQuerySet:
    """Version texts that a person must read or has read."""
    return counted_texts(viewer).filter(Q(certainty=Certainty.UNREADABLE) | Q(stated__isnull=False))


def statements_with(text: VersionText) -> QuerySet[ProductStatement]:
    """The standing statements with this text: all those that one word of a person decides."""
    return (
        ProductStatement.objects.standing()
        .filter(version=text)
        .select_related("advisory")
        .order_by("advisory_id", "id")
    )


def history_of(text: VersionText) -> QuerySet[StatedRange]:
    """What was said of a text, the newest first."""
    return StatedRange.objects.filter(version_text=text).select_related("stated_by", "replaced_by")


def sources_with_counts(viewer: Viewer) -> list[tuple[Source, ImportRun | None]]:
    """Each source with its newest import."""
    newest = ImportRun.objects.filter(source=OuterRef("pk")).order_by("-started_at", "-pk").values("pk")[:1]
    sources = list(Source.objects.visible_to(viewer).annotate(newest_run_id=Subquery(newest)))
    runs = ImportRun.objects.in_bulk(
        [run_id for source in sources if (run_id := getattr(source, "newest_run_id", None))]
    )
    return [(source, runs.get(getattr(source, "newest_run_id", None))) for source in sources]


# -- for the rooms that hold statements against a ledger --


def statements_changed(*, since: datetime, until: datetime) -> QuerySet[ProductStatement]:
    """The standing statements that came, or whose text somebody stated anew, from `since` on and before `until`."""
    came = Q(advisory__taken_at__gte=since, advisory__taken_at__lt=until)
    stated = Q(version__stated__stated_at__gte=since, version__stated__stated_at__lt=until)
    found = ProductStatement.objects.standing().filter(came | stated)
    return found.select_related("advisory", "version__stated").order_by("pk")


def statements_ended(*, since: datetime, until: datetime) -> QuerySet[ProductStatement]:
    """Statements of revisions that a revision taken in between these moments replaced."""
    newer = Advisory.objects.filter(
        publisher=OuterRef("advisory__publisher"),
        identifier=OuterRef("advisory__identifier"),
        language=OuterRef("advisory__language"),
        is_current=True,
        taken_at__gte=since,
        taken_at__lt=until,
    )
    return ProductStatement.objects.filter(Exists(newer), advisory__is_current=False).order_by("pk")


def products(statements: Iterable[ProductStatement]) -> Iterator[Any]:
    """The statements as the matching of the engine takes them; the key is that of the statement."""
    for one in statements:
        text = one.version.standing if one.version else ""
        yield engine.product(str(one.pk), vendor=one.vendor, name=one.product, text=text, identifiers=one.identifiers)
