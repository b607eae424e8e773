"""Pages of catalogues that others publish: the list, taking one in, its controls, and what changed."""

from typing import Any
from uuid import UUID

import django_tables2 as tables
from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission
from sonae.core.assurance import importing, queries
from sonae.core.assurance.forms import CatalogueForm, WithdrawalForm
from sonae.core.assurance.models import ImportedCatalogue, ImportedEntry
from sonae.core.assurance.views.evidence import told_about
from sonae.core.assurance.vocabulary import CatalogueEntry, EntryChange
from sonae.core.assurance.vocabulary import CatalogueForm as Form
from sonae.core.web import listing, problems
from sonae.core.web.fetch import visible_or_404
from sonae.core.web.gate import needs
from sonae.core.web.http import SignedInRequest
from sonae.kernel.errors import BadInput, Conflict, Gone, NotAllowed

# What one page shows of what changed; the rest is counted.
MOST_CHANGES = 500
# Characters of one text there; the page of the catalogue exports it whole.
LONGEST_SHOWN = 4_000


class CatalogueTable(listing.Table):
    title = listing.LinkColumn(
        "assurance:catalogue", told_apart_by=("version",), verbose_name=gettext_lazy("Catalogue")
    )
    version = tables.Column(verbose_name=gettext_lazy("Version"), attrs=listing.SHORT)
    dated_on = listing.DateColumn(verbose_name=pgettext_lazy("catalogue", "Dated"), attrs=listing.WIDE_ONLY)
    publisher = tables.Column(verbose_name=gettext_lazy("Publisher"), attrs=listing.WIDE_ONLY)
    form = listing.EnumColumn(Form, verbose_name=gettext_lazy("File format"), attrs=listing.WIDE_ONLY)
    controls = listing.NumberColumn(verbose_name=gettext_lazy("Controls"))
    imported_at = listing.MomentColumn(verbose_name=gettext_lazy("Taken in"), attrs=listing.WIDE_ONLY)

    class Meta(listing.Table.Meta):
        model = ImportedCatalogue
        fields = ("title", "version", "dated_on", "publisher", "form", "controls", "imported_at")
        order_by = "title"
        empty_text = gettext_lazy("No catalogue has been taken in yet.")


class CatalogueFilter(listing.FilterSet):
    q = listing.SearchFilter(fields=("title", "publisher", "version", "identifier"))
    form = listing.EnumFilter(Form, label=gettext_lazy("File format"))

    class Meta:
        model = ImportedCatalogue
        fields: tuple[str, ...] = ()


class EntryTable(listing.Table):
    code = tables.Column(verbose_name=gettext_lazy("Number"), order_by=("position",), attrs=listing.SHORT)
    title = tables.Column(verbose_name=gettext_lazy("Control"), empty_values=())
    text = tables.Column(verbose_name=gettext_lazy("What is expected"), orderable=False)
    has_evidence = tables.Column(verbose_name=gettext_lazy("Evidence"), attrs=listing.SHORT)

    class Meta(listing.Table.Meta):
        model = ImportedEntry
        fields = ("code", "title", "text", "has_evidence")
        order_by = "code"
        empty_text = gettext_lazy("No catalogue has been taken in yet.")

    def render_title(self, record: ImportedEntry) -> str:
        said = self.value_title(record)
        if record.is_group:
            return said
        address = reverse("assurance:catalogue-control", args=[record.catalogue_id, record.name])
        return format_html('<a href="{}">{}</a>', address, said or record.code or record.name)

    def value_title(self, record: ImportedEntry) -> str:
        withdrawn = _("(withdrawn)") if record.is_withdrawn else ""
        return " ".join(part for part in (record.title, withdrawn) if part)

    def render_has_evidence(self, record: Any) -> str:
        return _("On record") if record.has_evidence else "–"

    def value_has_evidence(self, record: Any) -> str:
        return self.render_has_evidence(record)

    def render_text(self, value: str) -> str:
        return Truncator(value).chars(400)

    def value_text(self, value: str) -> str:
        return value


class EntryFilter(listing.FilterSet):
    q = listing.SearchFilter(fields=("code", "title", "text", "guidance"))
    is_group = listing.YesNoFilter(label=gettext_lazy("Headings only"))
    has_evidence = listing.YesNoFilter(label=gettext_lazy("With evidence"))

    class Meta:
        model = ImportedEntry
        fields: tuple[str, ...] = ()


@require_GET
@needs(Permission.REGISTER_READ)
def index(request: SignedInRequest) -> HttpResponseBase:
    """Every catalogue in its newest version."""
    return listing.respond(
        request,
        table=CatalogueTable,
        filterset=CatalogueFilter,
        queryset=ImportedCatalogue.objects.visible_to(request.viewer).current(),
        template="assurance/catalogues.html",
        filename="catalogues",
        context={"may_import": access.may(request.viewer, Permission.CATALOGUE_IMPORT)},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.CATALOGUE_IMPORT)
def upload(request: SignedInRequest) -> HttpResponse:
    """Takes in a catalogue, or says everything that is wrong with its file."""
    form = CatalogueForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
    if form.is_valid():
        file, follows = form.cleaned_data["file"], form.cleaned_data["follows"]
        try:
            found = importing.import_catalogue(
                file.read(), file_name=file.name, by=request.viewer, now=request.now,
                follows=follows.pk if follows else None,
            )  # fmt: skip
        except BadInput as refused:
            problems.put_at(form, "file", refused)
        except (NotAllowed, Conflict) as refused:
            form.add_error("file", problems.sentence(refused))
        else:
            if found.imported_at == request.now:
                messages.success(request, _("The catalogue is taken in."))
            else:
                messages.info(request, _("This file was taken in before. Nothing changed."))
            return redirect("assurance:catalogue", found.pk)
    return render(request, "assurance/import_catalogue.html", {"form": form}, status=422 if form.is_bound else 200)


@require_GET
@needs(Permission.REGISTER_READ)
def detail(request: SignedInRequest, catalogue_id: UUID) -> HttpResponseBase:
    """One version of a catalogue with its controls."""
    found = visible_or_404(ImportedCatalogue.objects, request.viewer, pk=catalogue_id)
    return _catalogue_page(request, found, WithdrawalForm())


@require_GET
@needs(Permission.REGISTER_READ)
def control(request: SignedInRequest, catalogue_id: UUID, name: str) -> HttpResponse:
    """One control of a version: what it says, and for whoever reads evidence, how it stands by it."""
    found = visible_or_404(ImportedCatalogue.objects, request.viewer, pk=catalogue_id)
    entry = found.entries.filter(name=name, is_group=False).first()
    if entry is None:
        raise Gone("control", name)
    address = found.address_of(entry.name)
    reads_evidence = access.may(request.viewer, Permission.EVIDENCE_READ).ok
    page: dict[str, Any] = {
        "catalogue": found,
        "title": " ".join(part for part in (entry.code, entry.title) if part) or entry.name,
        "entry": entry,
        "address": address,
        "reads_evidence": reads_evidence,
        **(told_about(request, address) if reads_evidence else {}),
    }
    return render(request, "assurance/catalogue_control.html", page)


@require_POST
@needs(Permission.CATALOGUE_IMPORT)
def take_back(request: SignedInRequest, catalogue_id: UUID) -> HttpResponseBase:
    """Takes the newest version of a catalogue back, with a reason."""
    found = visible_or_404(ImportedCatalogue.objects, request.viewer, pk=catalogue_id)
    form = WithdrawalForm(request.POST)
    if not form.is_valid():
        answer = _catalogue_page(request, found, form)
        answer.status_code = 422
        return answer
    before = importing.take_back(found.pk, why=form.cleaned_data["why"], by=request.viewer, now=request.now)
    messages.success(request, _("The version is taken back."))
    return redirect("assurance:catalogue", before.pk) if before else redirect("assurance:catalogues")


def _catalogue_page(request: SignedInRequest, found: ImportedCatalogue, form: WithdrawalForm) -> HttpResponseBase:
    versions = ImportedCatalogue.objects.visible_to(request.viewer).filter(identifier=found.identifier)
    return listing.respond(
        request,
        table=EntryTable,
        filterset=EntryFilter,
        queryset=queries.with_evidence(found.entries.all(), found, request.viewer),
        template="assurance/catalogue.html",
        filename="catalogue",
        context={
            "catalogue": found,
            "form": Form(found.form),
            "before": queries.version_before(found),
            "versions": versions.exclude(pk=found.pk).order_by("-number"),
            "may_take_back": found.replaced_at is None and access.may(request.viewer, Permission.CATALOGUE_IMPORT).ok,
            "taking_back": form,
        },
    )


@require_GET
@needs(Permission.REGISTER_READ)
def changes(request: SignedInRequest, catalogue_id: UUID) -> HttpResponse:
    """What a version says otherwise than the one before."""
    found = visible_or_404(ImportedCatalogue.objects, request.viewer, pk=catalogue_id)
    before = queries.version_before(found)
    names = queries.names_changed(before, found) if before else []
    shown = queries.changes_of(names[:MOST_CHANGES], before=before, after=found) if before else ()
    page = {
        "catalogue": found,
        "before": before,
        "count": len(names),
        "more": max(0, len(names) - MOST_CHANGES),
        "changes": [_change(one) for one in shown],
    }
    return render(request, "assurance/catalogue_changes.html", page)


def _change(one: EntryChange) -> dict[str, Any]:
    either = one.after or one.before
    assert either is not None, "a change is of an entry"
    return {
        "move": one.move,
        "label": " ".join(part for part in (either.code, either.title) if part) or either.name,
        "before": _words(one.before),
        "after": _words(one.after),
    }


def _words(entry: CatalogueEntry | None) -> list[str]:
    if entry is None:
        return []
    withdrawn = _("(withdrawn)") if entry.is_withdrawn else ""
    place = _("Under %(parent)s") % {"parent": entry.parent} if entry.parent else ""
    text, guidance = (Truncator(one).chars(LONGEST_SHOWN) for one in (entry.text, entry.guidance))
    return [part for part in (entry.code, entry.title, withdrawn, place, text, guidance) if part]
