from typing import Any
from uuid import UUID

import django_tables2 as tables
from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from sonae.core.access.vocabulary import Permission
from sonae.core.documents import queries, services, transfer
from sonae.core.documents.forms import UploadForm
from sonae.core.documents.models import Document
from sonae.core.documents.vocabulary import PURPOSES, Kind, ScanState, Sensitivity
from sonae.core.web import listing, problems, words
from sonae.core.web.fetch import visible_or_404
from sonae.core.web.gate import needs
from sonae.core.web.http import SignedInRequest
from sonae.core.web.vocabulary import Tlp
from sonae.kernel.errors import BadInput, NotAllowed


class SizeColumn(listing.NumberColumn):
    """A size in words; exports as bytes."""

    def render(self, value: float) -> str:
        return words.size(int(value))


class DocumentTable(listing.Table):
    name = listing.LinkColumn(
        "documents:detail", told_apart_by=("institution__name", "stored_at"), verbose_name=_("Name")
    )
    kind = listing.EnumColumn(Kind, verbose_name=_("Kind"))
    purpose = listing.EnumColumn(PURPOSES, verbose_name=_("Purpose"))
    institution = tables.Column(verbose_name=_("Institution"), accessor="institution__name")
    size_bytes = SizeColumn(verbose_name=_("Size"))
    sensitivity = listing.EnumColumn(Sensitivity, verbose_name=_("Who may see it"))
    scan_state = listing.EnumColumn(ScanState, verbose_name=_("Virus scan"))
    stored_at = listing.MomentColumn(verbose_name=_("Stored"))

    class Meta(listing.Table.Meta):
        model = Document
        fields = ("name", "kind", "purpose", "institution", "size_bytes", "sensitivity", "scan_state", "stored_at")
        order_by = "-stored_at"
        empty_text = _("No document is stored yet.")


class DocumentFilter(listing.FilterSet):
    q = listing.SearchFilter(fields=("name", "institution__name", "sha256"), label=_("Search"))
    purpose = listing.EnumFilter(PURPOSES, label=_("Purpose"))
    kind = listing.EnumFilter(Kind, label=_("Kind"))
    scan_state = listing.EnumFilter(ScanState, label=_("Virus scan"))

    class Meta:
        model = Document
        fields = ()


@needs(Permission.DOCUMENT_READ)
@require_GET
def index(request: SignedInRequest) -> HttpResponseBase:
    """The documents that this person may see."""
    return listing.respond(
        request,
        table=DocumentTable,
        filterset=DocumentFilter,
        queryset=Document.objects.visible_to(request.viewer).select_related("institution"),
        template="documents/index.html",
        filename="documents",
    )


@needs(Permission.DOCUMENT_STORE)
@require_http_methods(["GET", "POST"])
def upload(request: SignedInRequest) -> HttpResponse:
    """Takes a file in; what is wrong with it stands at the field, and the other answers stay."""
    form = UploadForm(request.POST or None, request.FILES or None, viewer=request.viewer)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            document = services.store(
                given["file"].chunks(),
                name=given["file"].name,
                purpose=PURPOSES(given["purpose"]),
                sensitivity=Sensitivity(given["sensitivity"]),
                institution_id=given["institution"] and given["institution"].pk,
                by=request.viewer,
                now=request.now,
                tlp=Tlp(given["tlp"]) if given["tlp"] else None,
            )
        except BadInput as refused:
            problems.put_at(form, "file", refused)
        except NotAllowed as refused:
            form.add_error("institution", words.of(refused.refusal))
        else:
            messages.success(request, _("The file is stored."))
            if Document.objects.visible_to(request.viewer).filter(pk=document.pk).exists():
                return redirect("documents:detail", document.pk)
            return redirect("documents:upload")
    return render(request, "documents/upload.html", {"form": form}, status=422 if form.errors else 200)


@needs(Permission.DOCUMENT_READ)
@require_GET
def detail(request: SignedInRequest, document_id: UUID) -> HttpResponse:
    """What is known about one file."""
    rows = Document.objects.select_related("institution", "stored_by")
    document = visible_or_404(rows, request.viewer, pk=document_id)
    facts: list[tuple[Any, Any]] = [
        (_("Kind"), Kind(document.kind)),
        (_("Purpose"), PURPOSES(document.purpose)),
        (_("Institution"), str(document.institution or "–")),
        (_("Who may see it"), Sensitivity(document.sensitivity)),
        (_("Size"), words.size(document.size_bytes)),
        (_("Virus scan"), document.scan),
        (_("Stored"), document.stored_at),
        (_("Stored by"), str(document.stored_by or "–")),
        ("SHA-256", document.sha256),
    ]
    hand_out = queries.may_hand_out(document, request.viewer)
    may_confirm = not hand_out.ok and queries.may_hand_out(document, request.viewer, is_confirmed=True).ok
    page = {"document": document, "facts": facts, "hand_out": hand_out, "may_confirm": may_confirm}
    return render(request, "documents/detail.html", page)


@needs(Permission.DOCUMENT_READ)
@require_GET
def content(request: SignedInRequest, document_id: UUID) -> FileResponse:
    """The bytes; of a file that no scanner has seen, once that was confirmed in the form of its page."""
    although = request.GET.get("although") == "unscanned"
    found = services.open_document(document_id, by=request.viewer, now=request.now, although_unscanned=although)
    return transfer.download(*found)


@needs(Permission.DOCUMENT_READ)
@require_GET
def receipt(request: SignedInRequest, document_id: UUID) -> HttpResponse:
    """The proof that the file was received."""
    rows = Document.objects.select_related("institution", "stored_by")
    document = visible_or_404(rows, request.viewer, pk=document_id)
    made = services.receipt(document, language=get_language() or "ja", now=request.now)
    response = HttpResponse(made, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="receipt-{document.pk}.pdf"'
    return response
