from typing import Any

from django.http.response import HttpResponseBase
from django.views.decorators.http import require_GET

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission
from sonae.core.assurance import queries as assurance
from sonae.core.institutions import queries as institutions
from sonae.core.institutions.models import Institution
from sonae.core.institutions.vocabulary import InstitutionKind
from sonae.core.web import listing
from sonae.core.web.gate import needs
from sonae.core.web.http import SignedInRequest
from sonae.core.web.rows import Rows
from sonae.kernel.calendar import jst_day
from sonae.prevention.fees import pages, yearly
from sonae.prevention.fees.filters import OfASituation


@require_GET
@needs(Permission.EVIDENCE_READ)
def standards(request: SignedInRequest) -> HttpResponseBase:
    """What is asked on a day of a number of beds, beside how each measure stands at one's own hospital."""
    own = _own_hospital(request)
    states = assurance.states_of(own.pk, now=request.now) if own else None
    return _list(
        request,
        own,
        table=pages.StandardTable,
        filterset=pages.StandardFilter,
        queryset=pages.rows(states),
        template="fees/standards.html",
        filename="fee-standards",
    )


@require_GET
@needs(Permission.EVIDENCE_READ)
def changes(request: SignedInRequest) -> HttpResponseBase:
    """What changes when the beds or the rules do."""
    return _list(
        request,
        _own_hospital(request),
        table=pages.ChangeTable,
        filterset=pages.ChangeFilter,
        queryset=Rows(),
        template="fees/changes.html",
        filename="fee-standard-changes",
    )


def _own_hospital(request: SignedInRequest) -> Institution | None:
    """The hospital of the viewer, where it is one alone: two have different beds."""
    own = access.reach(request.viewer, Permission.EVIDENCE_READ).institution_ids
    found = list(Institution.objects.filter(pk__in=own, kind=InstitutionKind.HOSPITAL)[:2])
    return found[0] if len(found) == 1 else None


def _list(
    request: SignedInRequest, own: Institution | None, *, filterset: type[OfASituation], **rest: Any
) -> HttpResponseBase:
    """One of the two lists, for the beds that the register has today where nobody gives others."""
    beds = institutions.licensed_beds_on(own.pk, on=jst_day(request.now)) if own else None
    report = yearly.edition_on(jst_day(request.now))
    about = {"own": own, "own_beds": beds, "report": report, "synthetic": bool(own and own.is_synthetic)}
    with_beds = type(filterset.__name__, (filterset,), {"own_beds": beds})
    return listing.respond(request, filterset=with_beds, context=about, **rest)
