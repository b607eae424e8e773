"""How many institutions an advisory concerns, in steps; never which."""

from uuid import UUID

from django.conf import settings
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from sonae.core.access.vocabulary import Permission
from sonae.core.web import listing, words
from sonae.core.web.gate import needs
from sonae.core.web.http import SignedInRequest
from sonae.prevention.exposure import queries
from sonae.prevention.exposure.tables import NationFilter, NationTable, PrefectureTable, told


@require_GET
@needs(Permission.EXPOSURE_COUNT)
def index(request: SignedInRequest) -> HttpResponseBase:
    """Every advisory that concerns an institution."""
    return listing.respond(
        request,
        table=NationTable,
        filterset=NationFilter,
        queryset=queries.concerned(request.viewer),
        template="exposure/nation.html",
        filename="exposures-nationwide",
        context={"k": settings.DISCLOSURE_K},
    )


@require_GET
@needs(Permission.EXPOSURE_COUNT)
def prefectures(request: SignedInRequest, notice_id: UUID) -> HttpResponseBase:
    """One advisory by prefecture."""
    notice = get_object_or_404(queries.concerned(request.viewer), pk=notice_id)
    rows = [
        {"prefecture": words.of(prefecture), "institutions": told(number), "done": told(done)}
        for prefecture, (number, done) in queries.by_prefecture([notice.pk])[notice.pk].items()
    ]
    return listing.respond(
        request,
        table=PrefectureTable,
        queryset=rows,
        template="exposure/prefectures.html",
        filename="exposures-by-prefecture",
        context={"notice": notice, "k": settings.DISCLOSURE_K},
    )
