from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission
from sonae.core.bulletins import queries, rules, services
from sonae.core.bulletins.forms import AudienceForm, BulletinForm, WithdrawalForm
from sonae.core.bulletins.markdown import to_html
from sonae.core.bulletins.models import Bulletin, Recipient
from sonae.core.bulletins.vocabulary import BulletinState, Reach, Stage, Told
from sonae.core.institutions.vocabulary import PREFECTURES, Prefecture
from sonae.core.web import charts, listing, words
from sonae.core.web.fetch import visible_or_404
from sonae.core.web.gate import needs
from sonae.core.web.http import SignedInRequest
from sonae.core.web.vocabulary import Tlp
from sonae.kernel.decision import first_refusal, require

SHOWN_OF_AUDIENCE = 10


class BulletinTable(listing.Table):
    issued_at = listing.MomentColumn(verbose_name=gettext_lazy("Issued at"))
    tlp = listing.tables.Column(verbose_name="TLP")
    title = listing.LinkColumn(
        "bulletins:detail",
        told_apart_by=("issued_at", listing.ROW),
        verbose_name=gettext_lazy("Title"),
        order_by="title_ja",
    )
    state = listing.EnumColumn(BulletinState, verbose_name=gettext_lazy("State"))

    class Meta(listing.Table.Meta):
        model = Bulletin
        fields = ("issued_at", "tlp", "title", "state")
        order_by = "-issued_at"
        empty_text = gettext_lazy("There are no bulletins for you yet.")

    def render_tlp(self, value: str) -> str:
        return format_html('<span class="nowrap">{}</span>', self.value_tlp(value))

    def value_tlp(self, value: str) -> str:
        return f"TLP:{value.upper()}"


class BulletinFilter(listing.FilterSet):
    q = listing.SearchFilter(fields=("title_ja", "title_en", "body_ja", "body_en"))
    tlp = listing.EnumFilter(Tlp, label="TLP")
    state = listing.EnumFilter(BulletinState, label=gettext_lazy("State"))

    class Meta:
        model = Bulletin
        fields = ()


class RecipientTable(listing.Table):
    institution = listing.tables.Column(verbose_name=gettext_lazy("Institution"), accessor="institution__name")
    prefecture = listing.tables.Column(verbose_name=gettext_lazy("Prefecture"))
    opened_at = listing.MomentColumn(verbose_name=gettext_lazy("Opened at"))
    acknowledged_at = listing.MomentColumn(verbose_name=gettext_lazy("Acknowledged at"))
    done_at = listing.MomentColumn(verbose_name=gettext_lazy("Done at"))

    class Meta(listing.Table.Meta):
        model = Recipient
        fields = ("institution", "prefecture", "opened_at", "acknowledged_at", "done_at")
        order_by = "prefecture"

    def render_prefecture(self, value: str) -> str:
        return _prefecture_name(value)

    def value_prefecture(self, value: str) -> str:
        return _prefecture_name(value)


class RecipientFilter(listing.FilterSet):
    q = listing.SearchFilter(fields=("institution__name", "institution__register_code"))
    stage = listing.EnumFilter(Stage, label=gettext_lazy("How far"), method="at_stage")
    prefecture = listing.django_filters.ChoiceFilter(
        label=gettext_lazy("Prefecture"),
        empty_label=gettext_lazy("All"),
        choices=lambda: [(code.value, _prefecture_name(code)) for code in Prefecture],
    )

    class Meta:
        model = Recipient
        fields = ()

    def at_stage(self, rows: QuerySet[Recipient], _name: str, value: str) -> QuerySet[Recipient]:
        return {
            Stage.UNOPENED: rows.filter(opened_at=None),
            Stage.OPENED: rows.filter(opened_at__isnull=False, acknowledged_at=None),
            Stage.ACKNOWLEDGED: rows.filter(acknowledged_at__isnull=False, done_at=None),
            Stage.DONE: rows.filter(done_at__isnull=False),
        }[Stage(value)]


@needs(Permission.BULLETIN_READ)
@require_GET
def index(request: SignedInRequest) -> HttpResponseBase:
    return listing.respond(
        request,
        table=BulletinTable,
        filterset=BulletinFilter,
        queryset=Bulletin.objects.visible_to(request.viewer),
        template="bulletins/index.html",
        filename="bulletins",
        context={"may_write": access.may(request.viewer, Permission.BULLETIN_WRITE)},
    )


@needs(Permission.BULLETIN_READ)
@require_GET
def detail(request: SignedInRequest, bulletin_id: UUID) -> HttpResponse:
    bulletin = visible_or_404(Bulletin.objects, request.viewer, pk=bulletin_id)
    services.note_opened(bulletin_id, by=request.viewer, now=request.now)
    page: dict[str, Any] = {
        "bulletin": bulletin,
        "body": to_html(bulletin.body),
        "receipts": _receipts(bulletin, request),
        "acknowledgement": rules.may_acknowledge(BulletinState(bulletin.state), is_recipient=True),
        "may_follow": access.may(request.viewer, Permission.BULLETIN_REACH),
        "may_write": access.may(request.viewer, Permission.BULLETIN_WRITE),
    }
    if bulletin.state == BulletinState.DRAFT:
        page |= _preview(bulletin, request)
    return render(request, "bulletins/detail.html", page)


@needs(Permission.BULLETIN_WRITE)
@require_http_methods(["GET", "POST"])
def compose(request: SignedInRequest) -> HttpResponse:
    form = BulletinForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        bulletin = services.draft(form.content(), **form.verb_arguments(), by=request.viewer, now=request.now)
        messages.success(request, _("The draft was saved. Please check it before you issue it."))
        return redirect("bulletins:detail", bulletin.pk)
    page = {"form": form, "products": queries.known_products()}
    return render(request, "bulletins/compose.html", page, status=422 if form.errors else 200)


@needs(Permission.BULLETIN_WRITE)
@require_http_methods(["GET", "POST"])
def revise(request: SignedInRequest, bulletin_id: UUID) -> HttpResponse:
    bulletin = visible_or_404(Bulletin.objects, request.viewer, pk=bulletin_id)
    require(rules.may_revise(BulletinState(bulletin.state)))
    form = BulletinForm(request.POST or None, initial=BulletinForm.initial_of(bulletin))
    if request.method == "POST" and form.is_valid():
        services.revise(bulletin_id, form.content(), **form.verb_arguments(), by=request.viewer, now=request.now)
        messages.success(request, _("The draft was saved. Please check it before you issue it."))
        return redirect("bulletins:detail", bulletin_id)
    page = {"form": form, "bulletin": bulletin, "products": queries.known_products()}
    return render(request, "bulletins/compose.html", page, status=422 if form.errors else 200)


@needs(Permission.BULLETIN_WRITE)
@require_POST
def audience(request: SignedInRequest) -> HttpResponse:
    """How many institutions the audience in a form would be; the form itself stays where it is."""
    form = AudienceForm(request.POST)
    told = queries.told_of(form.audience()) if form.is_valid() else None
    return render(request, "bulletins/audience.html", _told(told) | {"as_of": request.now})


@needs(Permission.BULLETIN_ISSUE)
@require_POST
def issue(request: SignedInRequest, bulletin_id: UUID) -> HttpResponse:
    bulletin = services.issue_draft(bulletin_id, by=request.viewer, now=request.now)
    sentence = ngettext(
        "The bulletin was issued to %(count)s institution.",
        "The bulletin was issued to %(count)s institutions.",
        bulletin.recipient_count,
    )
    messages.success(request, sentence % {"count": words.number(bulletin.recipient_count)})
    return redirect("bulletins:reach", bulletin_id)


@needs(Permission.BULLETIN_ACKNOWLEDGE)
@require_POST
def acknowledge(request: SignedInRequest, bulletin_id: UUID, institution_id: int) -> HttpResponse:
    services.acknowledge(bulletin_id, institution_id, by=request.viewer, now=request.now)
    messages.success(request, _("Thank you. It is recorded that you have taken note."))
    return redirect("bulletins:detail", bulletin_id)


@needs(Permission.BULLETIN_ACKNOWLEDGE)
@require_POST
def mark_done(request: SignedInRequest, bulletin_id: UUID, institution_id: int) -> HttpResponse:
    services.mark_done(bulletin_id, institution_id, by=request.viewer, now=request.now)
    messages.success(request, _("Thank you. It is recorded that this is done."))
    return redirect("bulletins:detail", bulletin_id)


@needs(Permission.BULLETIN_ISSUE)
@require_http_methods(["GET", "POST"])
def withdraw(request: SignedInRequest, bulletin_id: UUID) -> HttpResponse:
    bulletin = visible_or_404(Bulletin.objects, request.viewer, pk=bulletin_id)
    form = WithdrawalForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.withdraw(bulletin_id, why=form.cleaned_data["why"], by=request.viewer, now=request.now)
        messages.success(request, _("The bulletin was withdrawn."))
        return redirect("bulletins:detail", bulletin_id)
    require(rules.is_withdrawn_here(bulletin.source, asked_by=""))
    page = {"form": form, "bulletin": bulletin}
    return render(request, "bulletins/withdraw.html", page, status=422 if form.errors else 200)


@needs(Permission.BULLETIN_REACH)
@require_GET
def reach(request: SignedInRequest, bulletin_id: UUID) -> HttpResponseBase:
    bulletin = visible_or_404(Bulletin.objects, request.viewer, pk=bulletin_id)
    return listing.respond(
        request,
        table=RecipientTable,
        filterset=RecipientFilter,
        queryset=Recipient.objects.visible_to(request.viewer)
        .filter(bulletin_id=bulletin_id)
        .select_related("institution"),
        template="bulletins/reach.html",
        filename="bulletin-reach",
        context=_figures(bulletin, request),
    )


@needs(Permission.BULLETIN_REACH)
@require_GET
def reach_figures(request: SignedInRequest, bulletin_id: UUID) -> HttpResponse:
    """The figures and the map of the page of reach, as of now, for the page that shows them."""
    bulletin = visible_or_404(Bulletin.objects, request.viewer, pk=bulletin_id)
    return render(request, "bulletins/reach.html#figures", _figures(bulletin, request))


@needs(Permission.BULLETIN_REACH)
@require_GET
def reach_tile(request: SignedInRequest, bulletin_id: UUID) -> HttpResponse:
    """How many have opened a bulletin, as of now, for the home page that shows it."""
    bulletin = visible_or_404(Bulletin.objects, request.viewer, pk=bulletin_id)
    return render(request, "bulletins/tile.html", _reach(bulletin, request))


def _reach(bulletin: Bulletin, request: SignedInRequest) -> dict[str, Any]:
    reach = queries.reach_of(bulletin.pk, viewer=request.viewer, now=request.now)
    moves = rules.may_still_move(BulletinState(bulletin.state), reach)
    return {"bulletin": bulletin, "reach": reach, "moves": moves}


def _figures(bulletin: Bulletin, request: SignedInRequest) -> dict[str, Any]:
    by_prefecture = queries.reach_by_prefecture(bulletin.pk, viewer=request.viewer, now=request.now)
    return _reach(bulletin, request) | {"cells": _cells(by_prefecture)}


def _receipts(bulletin: Bulletin, request: SignedInRequest) -> QuerySet[Recipient]:
    """The rows of the viewer's own institutions, with whether they may speak for them."""
    own = access.reach(request.viewer, Permission.BULLETIN_READ).institution_ids
    speaks_for = access.reach(request.viewer, Permission.BULLETIN_ACKNOWLEDGE).institution_ids
    return (
        Recipient.objects.filter(bulletin=bulletin, institution_id__in=own)
        .select_related("institution")
        .annotate(may_speak=Q(institution_id__in=speaks_for))
    )


def _preview(bulletin: Bulletin, request: SignedInRequest) -> dict[str, Any]:
    """A draft as each language will show it, and whom it reaches now."""
    audience = bulletin.audience()
    reached = queries.reached_by(audience)
    count = reached.count()
    return _told(queries.told_as(count, audience)) | {
        "texts": [
            ("ja", bulletin.title_ja, to_html(bulletin.body_ja)),
            ("en", bulletin.title_en, to_html(bulletin.body_en)),
        ],
        "some": [] if bulletin.audience_product else reached[:SHOWN_OF_AUDIENCE],
        "as_of": request.now,
        "issue_decision": first_refusal(
            access.may(request.viewer, Permission.BULLETIN_ISSUE),
            rules.may_issue(
                bulletin.facts(names=queries.named_in(bulletin.content())),
                by=request.viewer.account_id,
                reaches=count,
                k=settings.DISCLOSURE_K,
                now=request.now,
            ),
        ),
    }


def _told(told: Told | None) -> dict[str, Any]:
    return {"count": told and told.institutions, "told": told, "k": settings.DISCLOSURE_K}


def _cells(by_prefecture: Mapping[str, Reach]) -> dict[str, charts.Cell]:
    """Per prefecture the share that has acknowledged, in whole percent, with the count behind it."""
    return {
        code: charts.Cell(
            value=round(100 * found.acknowledged / found.recipients),
            href="",
            note=f"{words.number(found.acknowledged)} / {words.number(found.recipients)}",
        )
        for code, found in by_prefecture.items()
    }


def _prefecture_name(code: str) -> str:
    facts = PREFECTURES[Prefecture(code)]
    return facts.name_ja if words.is_japanese() else facts.name_en
