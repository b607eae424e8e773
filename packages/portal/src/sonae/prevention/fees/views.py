from typing import Any

from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission
from sonae.core.assurance import queries as assurance
from sonae.core.institutions import queries as institutions
from sonae.core.institutions.models import Institution
from sonae.core.institutions.vocabulary import InstitutionKind
from sonae.core.instruments.models import Edition
from sonae.core.instruments.vocabulary import ResponseState
from sonae.core.web import listing, words
from sonae.core.web.gate import needs
from sonae.core.web.http import SignedInRequest
from sonae.core.web.rows import Rows
from sonae.kernel.calendar import fiscal_year, jst_day
from sonae.prevention.fees import pages, yearly
from sonae.prevention.fees.pages import OwnHospital

# A person of more hospitals than these reads them in the list of controls.
MOST_OWN = 20


@require_GET
@needs(Permission.EVIDENCE_READ)
def standards(request: SignedInRequest) -> HttpResponseBase:
    """What is asked on a day of a number of beds, beside how each measure stands at one's own hospitals."""
    own = _own_hospitals(request)
    return _list(
        request,
        own,
        table=pages.StandardTableOfSeveral if len(own) > 1 else pages.StandardTable,
        filterset=pages.StandardFilter,
        queryset=pages.rows(own or (None,)),
        template="fees/standards.html",
        filename="fee-standards",
    )


@require_GET
@needs(Permission.EVIDENCE_READ)
def changes(request: SignedInRequest) -> HttpResponseBase:
    """What changes when the beds or the rules do, at each of one's own hospitals, beside how each measure stands."""
    own = _own_hospitals(request)
    return _list(
        request,
        own,
        table=pages.ChangeTableOfSeveral if len(own) > 1 else pages.ChangeTable,
        filterset=pages.ChangeFilter,
        queryset=Rows(own or (None,)),
        template="fees/changes.html",
        filename="fee-standard-changes",
    )


def _own_hospitals(request: SignedInRequest) -> list[OwnHospital]:
    """The hospitals at which the viewer reads evidence, each with its beds, its evidence and its report."""
    own = access.reach(request.viewer, Permission.EVIDENCE_READ).institution_ids
    found = Institution.objects.filter(pk__in=own, kind=InstitutionKind.HOSPITAL).order_by("name", "pk")
    edition = yearly.edition_on(jst_day(request.now))
    return [_own_hospital(request, one, edition) for one in found[:MOST_OWN]]


def _own_hospital(request: SignedInRequest, institution: Institution, edition: Edition | None) -> OwnHospital:
    today = jst_day(request.now)
    beds = institutions.licensed_beds_on(institution.pk, on=today)
    states = assurance.states_of(institution.pk, now=request.now)
    begun = yearly.report_of(institution.pk, request.viewer, fiscal_year=fiscal_year(today))
    if begun is not None:
        name, href = words.of(ResponseState(begun.state)), reverse("instruments:response", args=[begun.pk])
    elif edition is not None:
        name, href = _("Not begun yet"), reverse("instruments:edition", args=[edition.pk])
    else:
        name, href = "", ""
    return OwnHospital(institution.name, beds, states, name, href, is_synthetic=institution.is_synthetic)


def _list(request: SignedInRequest, own: list[OwnHospital], **rest: Any) -> HttpResponseBase:
    """One of the two lists, for the beds that the register has today where nobody gives others."""
    report = yearly.edition_on(jst_day(request.now))
    about = {"own": own, "report": report, "synthetic": any(one.is_synthetic for one in own)}
    return listing.respond(request, context=about, **rest)
