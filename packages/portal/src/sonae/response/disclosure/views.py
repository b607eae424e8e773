from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission
from sonae.core.bulletins.markdown import to_html
from sonae.core.institutions.vocabulary import InstitutionKind, Prefecture
from sonae.core.web import listing
from sonae.core.web.fetch import visible_or_404
from sonae.core.web.gate import needs
from sonae.core.web.http import SignedInRequest
from sonae.core.web.vocabulary import Tlp
from sonae.kernel.decision import first_refusal, require
from sonae.response.disclosure import composition, forms, proposals, queries, rules, services
from sonae.response.disclosure.models import ChosenIndicator, Disclosure, Tick
from sonae.response.disclosure.vocabulary import Assessment, DisclosureState, Statements, WithdrawalReason
from sonae.response.incidents.models import Incident, IncidentIndicator


class DisclosureTable(listing.Table):
    number = listing.LinkColumn("disclosure:detail", verbose_name=gettext_lazy("Number"))
    state = listing.EnumColumn(DisclosureState, verbose_name=gettext_lazy("State"))
    tlp = listing.EnumColumn(Tlp, verbose_name="TLP")
    drafted_at = listing.MomentColumn(verbose_name=gettext_lazy("Drafted"))
    released_at = listing.MomentColumn(verbose_name=pgettext_lazy("moment", "Released"))
    fitted = listing.NumberColumn(verbose_name=gettext_lazy("Institutions that fitted"))

    class Meta(listing.Table.Meta):
        model = Disclosure
        fields = ("number", "state", "tlp", "drafted_at", "released_at", "fitted")
        order_by = "-drafted_at"
        empty_text = gettext_lazy("Nothing has been disclosed yet.")


class DisclosureFilter(listing.FilterSet):
    q = listing.SearchFilter(fields=("number", "summary_ja", "summary_en"))
    state = listing.EnumFilter(DisclosureState, label=gettext_lazy("State"))

    class Meta:
        model = Disclosure
        fields = ()


@needs(Permission.DISCLOSURE_READ)
@require_GET
def index(request: SignedInRequest) -> HttpResponseBase:
    return listing.respond(
        request,
        table=DisclosureTable,
        filterset=DisclosureFilter,
        queryset=Disclosure.objects.visible_to(request.viewer),
        template="disclosure/index.html",
        filename="disclosures",
        context={},
    )


@needs(Permission.DISCLOSURE_DRAFT)
@require_http_methods(["GET", "POST"])
def draft(request: SignedInRequest, incident_id: UUID) -> HttpResponse:
    incident = visible_or_404(Incident.objects, request.viewer, pk=incident_id)
    form = _form(request, incident, initial=_first_proposal(incident) if request.method == "GET" else {})
    if request.method == "POST" and form.is_valid():
        disclosure = services.draft(incident_id, form.content(), by=request.viewer, now=request.now)
        messages.success(request, _("The draft was saved. A second person has been asked to check and release it."))
        return redirect("disclosure:detail", disclosure.pk)
    page = {"form": form, "incident": incident} | _measured(request, incident, form)
    return render(request, "disclosure/draft.html", page, status=422 if form.errors else 200)


@needs(Permission.DISCLOSURE_DRAFT)
@require_http_methods(["GET", "POST"])
def revise(request: SignedInRequest, disclosure_id: UUID) -> HttpResponse:
    disclosure = visible_or_404(Disclosure.objects, request.viewer, pk=disclosure_id)
    require(rules.may_revise(DisclosureState(disclosure.state)))
    incident = disclosure.incident
    form = _form(request, incident, initial=forms.DisclosureForm.initial_of(disclosure) | _proposed(request))
    if request.method == "POST" and form.is_valid():
        seen = form.cleaned_data["revision"] or 0
        services.revise(disclosure_id, form.content(), seen_revision=seen, by=request.viewer, now=request.now)
        messages.success(request, _("The draft was changed."))
        return redirect("disclosure:detail", disclosure_id)
    page = {"form": form, "incident": incident, "disclosure": disclosure} | _measured(
        request, incident, form, disclosure
    )
    return render(request, "disclosure/draft.html", page, status=422 if form.errors else 200)


@needs(Permission.DISCLOSURE_DRAFT)
@require_POST
def measure(request: SignedInRequest, incident_id: UUID) -> HttpResponse:
    """How many institutions fit what stands in the form right now: a part of the draft page.

    Sent as a body although nothing changes: an unchecked summary must not stand in the address, which proxies log.
    """
    incident = visible_or_404(Incident.objects, request.viewer, pk=incident_id)
    form = _form(request, incident, data=request.POST)
    form.is_valid()
    return render(request, "disclosure/measure.html", _measured(request, incident, form))


@needs(Permission.DISCLOSURE_READ)
@require_GET
def detail(request: SignedInRequest, disclosure_id: UUID) -> HttpResponse:
    return _detail(request, _found(request, disclosure_id))


@needs(Permission.DISCLOSURE_RELEASE)
@require_POST
def release(request: SignedInRequest, disclosure_id: UUID) -> HttpResponse:
    disclosure = _found(request, disclosure_id)
    seen = request.POST.get("revision", "")
    form = forms.LookedAtForm(request.POST, marks=queries.marks_of(disclosure))
    # A text that changed meanwhile is read again before anything in it is ticked.
    if seen == str(disclosure.revision) and disclosure.state == DisclosureState.DRAFT and not form.is_valid():
        return _detail(request, disclosure, form)
    services.release(
        disclosure_id,
        seen_revision=int(seen) if seen.isdecimal() else 0,
        looked_at=form.cleaned_data.get("looked_at", ()) if form.is_valid() else (),
        by=request.viewer,
        now=request.now,
    )
    messages.success(request, _("Released. Collectors receive the indicators with their next poll."))
    return redirect("disclosure:detail", disclosure_id)


@needs(Permission.DISCLOSURE_RELEASE)
@require_http_methods(["GET", "POST"])
def withdraw(request: SignedInRequest, disclosure_id: UUID) -> HttpResponse:
    disclosure = visible_or_404(Disclosure.objects, request.viewer, pk=disclosure_id)
    form = forms.WithdrawalForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reason = WithdrawalReason(form.cleaned_data["reason"])
        why = form.cleaned_data["why"]
        services.withdraw(disclosure_id, reason=reason, why=why, by=request.viewer, now=request.now)
        messages.success(request, _("Withdrawn. Collectors drop its indicators with their next poll."))
        return redirect("disclosure:detail", disclosure_id)
    page = {"disclosure": disclosure, "form": form}
    return render(request, "disclosure/withdraw.html", page, status=422 if form.errors else 200)


def _found(request: SignedInRequest, disclosure_id: UUID) -> Disclosure:
    return visible_or_404(
        Disclosure.objects.select_related("institution", "incident"), request.viewer, pk=disclosure_id
    )


def _detail(
    request: SignedInRequest, disclosure: Disclosure, looked_at: forms.LookedAtForm | None = None
) -> HttpResponse:
    chosen = list(ChosenIndicator.objects.filter(disclosure=disclosure))
    page: dict[str, Any] = {
        "disclosure": disclosure,
        "chosen": chosen,
        "may_draft": access.may(request.viewer, Permission.DISCLOSURE_DRAFT),
        "may_release": access.may(request.viewer, Permission.DISCLOSURE_RELEASE),
        "texts": _texts(disclosure, len(chosen)),
    }
    if disclosure.state == DisclosureState.DRAFT:
        page |= _to_release(request, disclosure, looked_at)
    else:
        page["ticks"] = Tick.objects.filter(disclosure=disclosure).select_related("ticked_by")
    return render(request, "disclosure/detail.html", page, status=422 if looked_at and looked_at.errors else 200)


def _to_release(
    request: SignedInRequest, disclosure: Disclosure, looked_at: forms.LookedAtForm | None
) -> dict[str, Any]:
    facts = queries.draft_facts(disclosure, is_drill=disclosure.incident.is_drill)
    assessment = queries.assess(disclosure.institution, disclosure.statements(), now=request.now, draft=disclosure)
    doubts = rules.doubts(facts.marks)
    return {
        # As it will be once everything is ticked: what is missing then is said beside the ticks.
        "decision": rules.may_release(replace(facts, looked_at=frozenset(doubts)), by=request.viewer.account_id),
        "certain": [mark for mark in facts.marks if mark.is_certain],
        "looked_at": (looked_at or forms.LookedAtForm(marks=doubts)) if doubts else None,
        "assessment": assessment,
        **_steps_back(disclosure.incident, assessment, disclosure),
    }


def _form(request: SignedInRequest, incident: Incident, **given: Any) -> forms.DisclosureForm:
    confirmed = (
        IncidentIndicator.objects.filter(incident=incident, removed_at=None)
        .order_by("kind", "value")
        .values_list("kind", "value")
    )
    return forms.DisclosureForm(
        given.pop("data", request.POST or None),
        institution=incident.institution,
        months=forms.months_offered(request.now),
        indicators=list(confirmed),
        **given,
    )


def _first_proposal(incident: Incident) -> dict[str, Any]:
    """A true beginning that already fits enough institutions. Of the attack, nobody has said anything yet."""
    institution = incident.institution

    before, population = queries.said_before(institution), queries.population_of(institution)

    def count(said: Statements) -> int:
        everything = [said.facets(population), *before]
        return queries.fitting_all(everything, known_before=incident.registered_at).count()

    candidates = proposals.beginnings(
        InstitutionKind(institution.kind), Prefecture(institution.prefecture), beds=institution.licensed_beds
    )
    said = proposals.beginning(candidates, count=count, needed=settings.DISCLOSURE_K)
    attached = IncidentIndicator.objects.filter(incident=incident, removed_at=None).values_list("kind", "value")
    return {
        "kind": next(iter(said.kinds), forms.UNSAID),
        "area": forms.area_value(said),
        "beds": forms.beds_value(said.beds_from, said.beds_through),
        "attack": said.attack,
        "route": said.route,
        "indicators": [f"{kind}|{value}" for kind, value in attached],
        "tlp": Tlp.GREEN,
    }


def _proposed(request: SignedInRequest) -> dict[str, Any]:
    """Values that a "say less" link carries into the form."""
    return {name: request.GET[name] for name in ("kind", "area", "beds") if name in request.GET}


def _measured(
    request: SignedInRequest, incident: Incident, form: forms.DisclosureForm, draft: Disclosure | None = None
) -> dict[str, Any]:
    said = _values(form)
    statements = forms.statements_of(said)
    texts = (str(said.get("summary_ja") or ""), str(said.get("summary_en") or ""))
    assessment = queries.assess(
        incident.institution, statements, now=request.now, texts=texts, draft=draft, known_before=incident.registered_at
    )
    enough = first_refusal(
        rules.enough_fit(assessment.fits, needed=assessment.needed),
        rules.leaves_enough(assessment.left_over, needed=assessment.needed),
    )
    return {
        "assessment": assessment,
        "certain": [mark for mark in assessment.marks if mark.is_certain],
        "doubts": rules.doubts(assessment.marks),
        "enough": enough,
        **({} if enough.ok else _steps_back(incident, assessment, draft)),
    }


def _values(form: forms.DisclosureForm) -> dict[str, Any]:
    """What the form shows: what was typed where it is valid, else what it began with."""
    if form.is_bound:
        return dict(form.cleaned_data) if hasattr(form, "cleaned_data") or form.is_valid() else {}
    return {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}


def _steps_back(incident: Incident, assessment: Assessment, draft: Disclosure | None) -> dict[str, Any]:
    """The steps back that change something, and how far any could lead after what was said before."""
    page: dict[str, Any] = {"at_most": None}
    before = queries.said_before(incident.institution, except_for=draft)
    if before:
        page["at_most"] = queries.fitting_all(before, known_before=incident.registered_at).count()
        page["may_suffice"] = page["at_most"] >= assessment.needed
    page["broader"] = _options(proposals.that_change_something(assessment.broader))
    return page


def _options(broader: Iterable[proposals.Option]) -> list[dict[str, Any]]:
    return [
        {
            "words": composition.where_words(statements),
            "count": count,
            "kind": next(iter(statements.kinds), ""),
            "area": forms.area_value(statements),
            "beds": forms.beds_value(statements.beds_from, statements.beds_through),
        }
        for statements, count in broader
    ]


def _texts(disclosure: Disclosure, indicator_count: int) -> list[dict[str, Any]]:
    written = []
    for language, summary in (("ja", disclosure.summary_ja), ("en", disclosure.summary_en)):
        text = composition.compose(
            disclosure.statements(), summary=summary, indicator_count=indicator_count, language=language
        )
        written.append({"language": language, "title": text.title, "body": to_html(text.body)})
    return written
