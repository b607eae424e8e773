"""How many institutions of which kind and size there are where: for plans, answers to questions, and letters."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django import forms
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.institutions import queries
from sonae.core.institutions.models import Institution, InstitutionQuerySet
from sonae.core.institutions.vocabulary import BedBand, ImportKind, InstitutionKind, PlaceCount
from sonae.core.web import listing, sheets, words
from sonae.core.web.gate import needs
from sonae.core.web.http import SignedInRequest

OWN, WHOLE = "own", "whole"


class CountForm(forms.Form):
    """What is counted."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"),
        choices=lambda: [("", _("All")), *((kind.value, words.of(kind)) for kind in InstitutionKind)],
        required=False,
    )
    area = forms.ChoiceField(
        label=gettext_lazy("Area to count"),
        choices=[(OWN, gettext_lazy("The area I look after")), (WHOLE, gettext_lazy("The whole country"))],
        required=False,
    )

    def __init__(self, viewer: Viewer, given: dict[str, str]) -> None:
        super().__init__(given)
        if not viewer.jurisdiction_ids:
            del self.fields["area"]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: its name, a number for each bed class, and their sum."""

    name: str
    numbers: tuple[int, ...]

    @property
    def total(self) -> int:
        return sum(self.numbers)


@needs(Permission.SECTOR_SEE)
@require_GET
def index(request: SignedInRequest) -> HttpResponseBase:
    """The register, counted by prefecture, kind and bed class."""
    asked = CountForm(request.viewer, {"area": OWN, **request.GET.dict()})
    chosen = asked.cleaned_data if asked.is_valid() else {}
    institutions = _counted(request.viewer, chosen.get("area") or WHOLE)
    every_count = queries.counts_by_place(institutions)
    counts = [one for one in every_count if chosen.get("kind", "") in ("", one.kind)]
    run = queries.last_import(ImportKind.REGISTER)
    if request.GET.get("export") in ("csv", "xlsx"):
        return _file(request, asked, counts, as_of=run.as_of if run else None)
    prefectures = sorted({one.prefecture for one in every_count})
    page = {
        "form": asked,
        "bands": list(BedBand),
        "rows": [_row(words.of(place), [one for one in counts if one.prefecture is place]) for place in prefectures],
        "total": _row(_("Total"), counts),
        "kinds": [_row(words.of(kind), [one for one in every_count if one.kind is kind]) for kind in InstitutionKind],
        "whole": _row(_("Total"), every_count),
        "data_as_of": run.as_of if run else None,
        "now": request.now,
        "synthetic": institutions.filter(is_synthetic=True).exists(),
    }
    return _page(request, page)


def _page(request: SignedInRequest, page: dict[str, object]) -> HttpResponse:
    return render(request, "site/institutions/counts.html", page)


def _counted(viewer: Viewer, area: str) -> InstitutionQuerySet:
    """The institutions of the newest list; whoever inspects begins with their own."""
    listed = Institution.objects.visible_to(viewer).listed()
    if area == OWN and viewer.jurisdiction_ids and not viewer.nation:
        return listed.filter(jurisdiction_id__in=viewer.jurisdiction_ids)
    return listed


def _row(name: str, counts: Sequence[PlaceCount]) -> Row:
    found: Counter[BedBand] = Counter()
    for one in counts:
        found[one.band] += one.count
    return Row(name, tuple(found[band] for band in BedBand))


def _file(
    request: SignedInRequest, asked: CountForm, counts: Sequence[PlaceCount], *, as_of: date | None
) -> HttpResponseBase:
    """One line for each number, so that whoever gets the file can count anew in their own way."""
    header = [_("Prefecture code"), _("Prefecture"), _("Kind"), _("Licensed beds"), _("Number of institutions")]
    rows: list[list[sheets.Cell]] = [
        [one.prefecture.value, words.of(one.prefecture), words.of(one.kind), words.of(one.band), one.count]
        for one in counts
    ]
    conditions = [
        (str(field.label), str(dict(field.choices)[given]))  # type: ignore[attr-defined]  # both offer choices
        for name, field in asked.fields.items()
        if (given := asked.cleaned_data.get(name))
    ]
    filename = listing.file_name("institution-counts", now=request.now, is_filtered=bool(conditions))
    if request.GET["export"] == "csv":
        return sheets.csv_file(header, rows, filename=filename)
    about = sheets.About(
        title=_("Numbers of institutions"), read_at=request.now, data_as_of=as_of, conditions=tuple(conditions)
    )
    return sheets.xlsx_file(header, rows, filename=filename, about=about)
