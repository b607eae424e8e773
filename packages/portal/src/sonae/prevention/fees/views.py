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
from sonae.prevention.fees import pages
from sonae.prevention.fees.filters import OfASituation


@require_GET
@needs(Permission.EVIDENCE_READ)
def standards(request: SignedInRequest) -> HttpResponseBase:
    """What is asked on a day of a number of beds, beside how each measure stands at one's own hospital."""
    own = _own_hospital(request)
    states = assurance.states_of(own.pk, now=request.now) if own else None
    return listing.respond(
        request,
        table=pages.StandardTable,
        filterset=_with_beds(pages.StandardFilter, request, own),
        queryset=pages.rows(states),
        template="fees/standards.html",
        filename="fee-standards",
        context=_about(request, own),
    )


@require_GET
@needs(Permission.EVIDENCE_READ)
def changes(request: SignedInRequest) -> HttpResponseBase:
    """What changes when the beds or the rules do."""
    own = _own_hospital(request)
    return listing.respond(
        request,
        table=pages.ChangeTable,
        filterset=_with_beds(pages.ChangeFilter, request, own),
        queryset=Rows(),
        template="fees/changes.html",
        filename="fee-standard-changes",
        context=_about(request, own),
    )


def _own_hospital(request: SignedInRequest) -> Institution | None:
    """The hospital of the viewer, where it is one alone: two have different beds."""
    own = access.reach(request.viewer, Permission.EVIDENCE_READ).institution_ids
    found = list(Institution.objects.filter(pk__in=own, kind=InstitutionKind.HOSPITAL)[:2])
    return found[0] if len(found) == 1 else None


def _beds(request: SignedInRequest, own: Institution | None) -> int | None:
    return institutions.licensed_beds_on(own.pk, on=jst_day(request.now)) if own else None


def _about(request: SignedInRequest, own: Institution | None) -> dict[str, Any]:
    return {"own": own, "own_beds": _beds(request, own), "synthetic": bool(own and own.is_synthetic)}


def _with_beds[F: OfASituation](kind: type[F], request: SignedInRequest, own: Institution | None) -> type[F]:
    return type(kind.__name__, (kind,), {"own_beds": _beds(request, own)})
