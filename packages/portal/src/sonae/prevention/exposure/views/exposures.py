"""What advisories hit: the list, one of them with its grounds, and what its institution says of it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from sonae.core.access import rules as access
from sonae.core.access import services as places
from sonae.core.access.vocabulary import Permission
from sonae.core.institutions.models import Vendor, VendorLink
from sonae.core.web import listing, problems, words
from sonae.core.web.fetch import visible_or_404
from sonae.core.web.gate import needs
from sonae.core.web.http import SignedInRequest
from sonae.kernel.errors import NotAllowed
from sonae.prevention.exposure import course, queries, services
from sonae.prevention.exposure.forms import StepForm
from sonae.prevention.exposure.models import Exposure, ExposureQuerySet, Hit, Notice, StepTaken
from sonae.prevention.exposure.tables import ExposureFilter, ExposureTable
from sonae.prevention.exposure.vocabulary import (
    Automatable,
    Because,
    Certainty,
    Course,
    CourseRefusal,
    Exploitation,
    HumanImpact,
    MatchReason,
    PairState,
    Priority,
    SystemExposure,
    WouldChange,
)

_FIELDS = {
    CourseRefusal.WHY_MISSING: "why",
    CourseRefusal.WHY_TOO_LONG: "why",
    CourseRefusal.DONE_ON_MISSING: "done_on",
    CourseRefusal.DONE_IN_FUTURE: "done_on",
    CourseRefusal.VERSION_STILL_HIT: "version",
    CourseRefusal.UNTIL_MISSING: "until",
    CourseRefusal.UNTIL_PASSED: "until",
    CourseRefusal.UNTIL_TOO_FAR: "until",
    CourseRefusal.VENDOR_MISSING: "vendor",
    CourseRefusal.STANDS_SO_ALREADY: "to",
    CourseRefusal.NOT_SAID_WHOSE: "to",
    CourseRefusal.NEEDS_AN_EXECUTIVE: "to",
}


@require_GET
@needs(Permission.EXPOSURE_READ)
def index(request: SignedInRequest) -> HttpResponseBase:
    """Every exposure that the viewer may read, the most urgent first."""
    return _list(request, queries.for_list(request.viewer), notice=None)


@require_GET
@needs(Permission.EXPOSURE_READ)
def of_notice(request: SignedInRequest, notice_id: UUID) -> HttpResponseBase:
    """The devices that one advisory concerns."""
    mine = queries.for_list(request.viewer).filter(notice=notice_id)
    notice = Notice.objects.select_related("advisory").filter(pk=notice_id).first()
    if notice is None or not mine.exists():
        raise Http404
    return _list(request, mine, notice=notice)


@require_GET
@needs(Permission.EXPOSURE_READ)
def detail(request: SignedInRequest, exposure_id: UUID) -> HttpResponse:
    """One exposure with all that is known of it."""
    found = _exposure(request, exposure_id)
    return _page(request, found, StepForm(vendors=_vendors(found)))


@require_POST
@needs(Permission.EXPOSURE_ANSWER)
def step(request: SignedInRequest, exposure_id: UUID) -> HttpResponse:
    """Says where an exposure stands from now on."""
    found = _exposure(request, exposure_id)
    form = StepForm(request.POST, vendors=_vendors(found))
    if form.is_valid():
        try:
            services.take_step(exposure_id, form.step(), by=request.viewer, now=request.now)
        except NotAllowed as refused:
            problems.put_beside(form, refused, _FIELDS)
        else:
            messages.success(request, _("What you said was recorded."))
            return redirect("exposure:exposure", exposure_id)
    return _page(request, found, form, status=422)


def _exposure(request: SignedInRequest, exposure_id: UUID) -> Exposure:
    rows = Exposure.objects.select_related("institution", "asset", "notice__advisory")
    return visible_or_404(rows, request.viewer, pk=exposure_id)


def _list(request: SignedInRequest, rows: ExposureQuerySet, *, notice: Notice | None) -> HttpResponseBase:
    # What no advisory names any more is shown to whoever asks for it.
    shown = rows if request.GET.get("course") == Course.LIFTED else rows.standing()
    return listing.respond(
        request,
        table=ExposureTable,
        filterset=ExposureFilter,
        queryset=shown,
        template="exposure/index.html",
        filename="exposures",
        context={"notice": notice},
    )


def _vendors(exposure: Exposure) -> QuerySet[Vendor]:
    links = VendorLink.objects.current().filter(institution_id=exposure.institution_id)
    return Vendor.objects.filter(pk__in=links.values("vendor"))


def _page(request: SignedInRequest, exposure: Exposure, form: StepForm, *, status: int = 200) -> HttpResponse:
    at = places.place_of_institution(exposure.institution_id)
    hits = list(queries.hits_with_all(exposure))
    page = {
        "exposure": exposure,
        "advisory": exposure.notice.advisory,
        "form": form,
        "facts": _facts(exposure),
        "grounds": [sentence(one) for one in queries.grounds_of(exposure)],
        "hits": [_hit(one) for one in hits],
        "asks": exposure.certainty == Certainty.PRODUCT_UNCLEAR,
        "remediations": exposure.notice.advisory.remediations[:20],
        "may_answer": access.may(request.viewer, Permission.EXPOSURE_ANSWER, at=at).ok,
        "may_see_asset": access.may(request.viewer, Permission.ASSET_READ, at=at).ok,
        "is_standing": exposure.course != Course.LIFTED,
        "history": [_moment(one) for one in queries.history_of(exposure)],
    }
    return render(request, "exposure/detail.html", page, status=status)


def sentence(because: Because) -> str:
    """A ground in words, with its figures."""
    return words.of(because.ground) % {name: words.readable(value) for name, value in because.facts.items()}


def _facts(exposure: Exposure) -> list[tuple[Any, Any]]:
    facts: list[tuple[Any, Any]] = [
        (_("Institution"), exposure.institution.name),
        (_("Asset"), exposure.asset.name),
        (_("Where it stands"), Course(exposure.course)),
        (_("Match"), Certainty(exposure.certainty)),
        (_("Priority (SSVC)"), Priority(exposure.priority)),
        (_("Due"), exposure.due_at if course.is_owed(Course(exposure.course)) else None),
        (_("Exploitation (SSVC)"), Exploitation(exposure.exploitation)),
        (_("System exposure (SSVC)"), SystemExposure(exposure.system_exposure)),
        (_("Automatable (SSVC)"), Automatable(exposure.automatable)),
        (_("Human impact (SSVC)"), HumanImpact(exposure.human_impact)),
        (_("Known since"), exposure.known_at),
    ]
    if exposure.until:
        facts.insert(3, (_("Holds until"), exposure.until))
    return facts


def _hit(hit: Hit) -> dict[str, Any]:
    statement, text = hit.statement, hit.statement.version
    return {
        "label": hit.label,
        "version": hit.version,
        "product": f"{statement.vendor} {statement.product}".strip(),
        "versions": text.standing if text else "",
        "is_within": hit.is_within,
        "reason": MatchReason(hit.reason),
        "names": PairState(hit.pair.state) if hit.pair else None,
        "confidence": f"{hit.confidence:.0%}",
        "would_change": [WouldChange(one) for one in hit.would_change],
    }


def _moment(taken: StepTaken) -> dict[str, Any]:
    told = [
        taken.why,
        _("Fixed on %(day)s") % {"day": words.readable(taken.done_on)} if taken.done_on else "",
        _("Version %(version)s") % {"version": taken.version} if taken.version else "",
        _("Holds until %(day)s") % {"day": words.readable(taken.until)} if taken.until else "",
        taken.vendor.name if taken.vendor else "",
    ]
    by = taken.taken_by.name if taken.taken_by else _("By itself")
    text = " · ".join(filter(None, told))
    return {"at": taken.taken_at, "by": by, "title": words.of(Course(taken.course)), "text": text, "tone": "neutral"}
