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
from sonae.core.instruments import queries as instruments
from sonae.core.instruments.models import Edition, Response
from sonae.core.instruments.vocabulary import ResponseState
from sonae.core.web import listing, words
from sonae.core.web.gate import needs
from sonae.core.web.http import SignedInRequest
from sonae.core.web.rows import Rows
from sonae.kernel.calendar import fiscal_year, jst_day
from sonae.prevention.fees import catalogue, pages, yearly
from sonae.prevention.fees.pages import OwnHospital

# More than one body runs in Japan; of more, the page says how many are left out.
MOST_OWN = 200


@require_GET
@needs(Permission.EVIDENCE_READ)
def standards(request: SignedInRequest) -> HttpResponseBase:
    """What is asked on a day of a number of beds, beside how each measure stands at one's own hospitals."""
    own, left_out = _own_hospitals(request)
    return _list(
        request,
        own,
        left_out,
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
    own, left_out = _own_hospitals(request)
    return _list(
        request,
        own,
        left_out,
        table=pages.ChangeTableOfSeveral if len(own) > 1 else pages.ChangeTable,
        filterset=pages.ChangeFilter,
        queryset=Rows(own or (None,)),
        template="fees/changes.html",
        filename="fee-standard-changes",
    )


def _own_hospitals(request: SignedInRequest) -> tuple[list[OwnHospital], int]:
    """The hospitals at which the viewer reads evidence, each with its beds, its evidence and its report, and how many
    of them are left out: six queries, however many there are."""
    own = access.reach(request.viewer, Permission.EVIDENCE_READ).institution_ids
    found = Institution.objects.filter(pk__in=own, kind=InstitutionKind.HOSPITAL).order_by("name", "pk")
    total, shown = found.count(), list(found[:MOST_OWN])
    ids, today = [one.pk for one in shown], jst_day(request.now)
    beds = institutions.licensed_beds_of(ids, on=today)
    asked = {standard.control for standard in catalogue.standards().values()}
    states = assurance.states_at_each(asked, ids, now=request.now)
    begun = yearly.reports_of(ids, request.viewer, fiscal_year=fiscal_year(today))
    edition = yearly.edition_on(today)
    hospitals = [
        OwnHospital(
            one.name, beds[one.pk], states[one.pk], *_report(begun.get(one.pk), edition),
            is_synthetic=one.is_synthetic,
        )
        for one in shown
    ]  # fmt: skip
    return hospitals, total - len(hospitals)


def _report(begun: Response | None, edition: Edition | None) -> tuple[str, str]:
    """How far the report of this year is, and the way to it."""
    if begun is not None:
        state = words.of(ResponseState(begun.state))
        if edition is None or begun.edition.edition != edition.edition:
            state = _("%(state)s – in the superseded form %(edition)s") % {
                "state": state,
                "edition": begun.edition.edition,
            }
        return state, reverse("instruments:response", args=[begun.pk])
    if edition is not None:
        return _("Not begun yet"), reverse("instruments:edition", args=[edition.pk])
    return "", ""


def _list(request: SignedInRequest, own: list[OwnHospital], left_out: int, **rest: Any) -> HttpResponseBase:
    """One of the two lists, for the beds that the register has today where nobody gives others."""
    report = yearly.edition_on(jst_day(request.now))
    synthetic = any(one.is_synthetic for one in own)
    source = instruments.plan_of(report).instrument.source if report else None
    about = {
        "own": own, "left_out": left_out, "report": report, "synthetic": synthetic,
        "report_unverified": source is not None and source.unverified,
    }  # fmt: skip
    return listing.respond(request, context=about, **rest)
