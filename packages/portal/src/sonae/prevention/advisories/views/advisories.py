from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET

from sonae.core.access.vocabulary import Permission
from sonae.core.web import listing
from sonae.core.web.fetch import visible_or_404
from sonae.core.web.gate import needs
from sonae.core.web.http import SignedInRequest
from sonae.prevention.advisories import labels, queries
from sonae.prevention.advisories.models import Advisory
from sonae.prevention.advisories.tables import AdvisoryFilter, AdvisoryTable, StatementFilter, StatementTable
from sonae.prevention.advisories.vocabulary import Format, ScoreSystem, Severity

# So much of the publisher's document is shown beside what was understood; all of it can be downloaded.
MOST_SHOWN_CHARACTERS = 20_000


@require_GET
@needs(Permission.ADVISORY_READ)
def index(request: SignedInRequest) -> HttpResponseBase:
    """What the world publishes, as far as it was taken in: of each advisory the revision that stands."""
    return listing.respond(
        request,
        table=AdvisoryTable,
        filterset=AdvisoryFilter,
        queryset=queries.for_list(request.viewer),
        template="advisories/index.html",
        filename="advisories",
    )


@require_GET
@needs(Permission.ADVISORY_READ)
def detail(request: SignedInRequest, pk: UUID) -> HttpResponseBase:
    """One advisory: what was understood, beside the publisher's document, with its faults."""
    advisory = visible_or_404(Advisory.objects.select_related("document", "run__source"), request.viewer, pk=pk)
    revisions = list(queries.revisions_of(advisory, request.viewer).only("id", "revision", "taken_at", "is_current"))
    raw = queries.raw_of(advisory)
    page = {
        "advisory": advisory,
        "facts": _facts(advisory),
        "marks": queries.marks_of(advisory),
        "scores": [(ScoreSystem(one["system"]), one) for one in advisory.scores],
        "faults": [(one["where"], labels.fault_sentence(one)) for one in advisory.faults],
        "links": [(_linkable(one["url"]), one["url"], one["title"]) for one in advisory.references],
        "revisions": [one for one in revisions if one.pk != advisory.pk],
        "standing": next((one for one in revisions if one.is_current and one.pk != advisory.pk), None),
        "raw": raw.decode("utf-8", "replace")[:MOST_SHOWN_CHARACTERS],
        "raw_is_cut": len(raw) > MOST_SHOWN_CHARACTERS,
    }
    return listing.respond(
        request,
        table=StatementTable,
        filterset=StatementFilter,
        queryset=queries.statements_of(advisory),
        template="advisories/detail.html",
        filename="statements",
        context=page,
    )


@require_GET
@needs(Permission.ADVISORY_READ)
def document(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """The publisher's document, byte by byte; never shown as a page, for it is somebody else's."""
    advisory = visible_or_404(Advisory.objects.select_related("document"), request.viewer, pk=pk)
    return HttpResponse(
        queries.raw_of(advisory),
        content_type="application/octet-stream",
        headers={"Content-Disposition": f'attachment; filename="advisory-{advisory.pk}.txt"'},
    )


def _facts(advisory: Advisory) -> list[tuple[Any, Any]]:
    run = advisory.run
    return [
        (pgettext("advisory", "Publisher"), advisory.publisher),
        (_("Number"), advisory.identifier),
        (_("Revision"), advisory.revision or None),
        (pgettext("advisory", "Published"), advisory.published_at),
        (_("Last change"), advisory.updated_at),
        (_("Severity"), Severity(advisory.severity) if advisory.severity else None),
        (_("For health care"), advisory.is_medical),
        (_("Format"), Format(advisory.format)),
        (_("Taken in"), advisory.taken_at),
        (pgettext("advisory", "From"), (run.source.name if run.source else run.file_name) if run else None),
        (_("SHA-256 of the document"), advisory.document_id),
    ]


def _linkable(url: str) -> bool:
    """A publisher's reference becomes a link only where it leads to the web."""
    return url.startswith(("https://", "http://"))
