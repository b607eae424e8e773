from typing import Any

import django_filters
import django_tables2 as tables
from django.utils.functional import lazystr
from django.utils.translation import get_language, override, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from sonae.core.institutions import labels
from sonae.core.institutions.models import ImportProblem, ImportRun, Institution, InstitutionQuerySet, Jurisdiction
from sonae.core.institutions.vocabulary import (
    BedBand,
    FileRefusal,
    ImportKind,
    ImportStatus,
    InstitutionKind,
    InstitutionStatus,
    Prefecture,
    ProblemReason,
)
from sonae.core.web import listing, words
from sonae.kernel.decision import Refused


def jurisdiction_name(body: Jurisdiction) -> str:
    """The name of an inspecting body in the language of the page."""
    return body.name_ja if get_language() == "ja" else body.name_en


class InstitutionTable(listing.Table):
    name = listing.LinkColumn("institutions:detail", told_apart_by=("address",), verbose_name=_("Name"))
    kind = listing.EnumColumn(InstitutionKind, verbose_name=_("Kind"), attrs=listing.SHORT)
    prefecture = listing.EnumColumn(Prefecture, verbose_name=_("Prefecture"), attrs=listing.SHORT)
    jurisdiction = tables.Column(verbose_name=_("Inspected by"), order_by="jurisdiction__code", attrs=listing.WIDE_ONLY)
    licensed_beds = listing.NumberColumn(verbose_name=_("Licensed beds"), attrs=listing.WIDE_ONLY_NUMBER)
    licensed_beds_as_of = listing.DateColumn(verbose_name=_("Beds as of"), attrs=listing.WIDE_ONLY)
    register_code = tables.Column(verbose_name=_("Register code"), attrs=listing.WIDE_ONLY)
    address = tables.Column(verbose_name=pgettext_lazy("place", "Address"), visible=False)
    vanished_on = listing.DateColumn(verbose_name=_("Not in the list since"), attrs=listing.WIDE_ONLY)

    class Meta(listing.Table.Meta):
        model = Institution
        fields = (
            "name", "kind", "prefecture", "jurisdiction", "licensed_beds", "licensed_beds_as_of", "register_code",
            "address", "vanished_on",
        )  # fmt: skip
        empty_text = _("The register is empty. Please import a list first.")

    def render_jurisdiction(self, value: Jurisdiction) -> str:
        return jurisdiction_name(value)

    def value_jurisdiction(self, value: Jurisdiction) -> str:
        return jurisdiction_name(value)


class InstitutionFilter(listing.FilterSet):
    q = listing.SearchFilter(fields=("name",), label=_("Name, kana, address or code"), method="search")
    kind = listing.EnumFilter(InstitutionKind, label=_("Kind"))
    prefecture = listing.EnumFilter(Prefecture, label=_("Prefecture"))
    jurisdiction = django_filters.ChoiceFilter(
        label=_("Inspected by"),
        choices=lambda: [(body.pk, jurisdiction_name(body)) for body in Jurisdiction.objects.all()],
        empty_label=_("All"),
    )
    beds = listing.EnumFilter(BedBand, label=_("Licensed beds"), method="in_band")
    status = listing.EnumFilter(InstitutionStatus, label=_("Listed"), method="with_status")

    class Meta:
        model = Institution
        fields = ()

    def search(self, rows: InstitutionQuerySet, _name: str, value: str) -> InstitutionQuerySet:
        return rows.matching(value)

    def in_band(self, rows: InstitutionQuerySet, _name: str, value: str) -> InstitutionQuerySet:
        return rows.in_band(BedBand(value))

    def with_status(self, rows: InstitutionQuerySet, _name: str, value: str) -> InstitutionQuerySet:
        return rows.filter(vanished_on__isnull=value == InstitutionStatus.LISTED)


class ImportTable(listing.Table):
    started_at = listing.MomentColumn(verbose_name=_("Started"))
    file_name = listing.LinkColumn("institutions:import", told_apart_by=("started_at",), verbose_name=_("File"))
    kind = listing.EnumColumn(ImportKind, verbose_name=_("List"))
    as_of = listing.DateColumn(verbose_name=_("As of"))
    status = listing.EnumColumn(ImportStatus, verbose_name=_("State"))
    rows_read = listing.NumberColumn(verbose_name=_("Rows"))
    rows_added = listing.NumberColumn(verbose_name=_("Added"))
    rows_changed = listing.NumberColumn(verbose_name=_("Changed"))
    problem_count = listing.NumberColumn(verbose_name=_("Problems"))

    class Meta(listing.Table.Meta):
        model = ImportRun
        fields = (
            "started_at", "file_name", "kind", "as_of", "status", "rows_read", "rows_added", "rows_changed",
            "problem_count",
        )  # fmt: skip
        empty_text = _("Nothing was imported yet.")


class ImportFilter(listing.FilterSet):
    q = listing.SearchFilter(fields=("file_name", "file_sha256"))
    kind = listing.EnumFilter(ImportKind, label=_("List"))
    status = listing.EnumFilter(ImportStatus, label=_("State"))

    class Meta:
        model = ImportRun
        fields = ()


def reason_of(problem: ImportProblem) -> str:
    """Why a row, or the whole file, is in the problem list."""
    known = ProblemReason if problem.reason in ProblemReason else FileRefusal
    return words.of(Refused(known(problem.reason), problem.facts))


class _Open(dict[str, str]):
    """Stands for the facts of a reason that is meant in general."""

    def __missing__(self, _key: str) -> str:
        return "…"


def reasons() -> list[tuple[str, str]]:
    """Every reason for which a row or a file can be in the problem list, with its words."""
    return [
        (reason.value, str(words_of_reason) % _Open())
        for known in (ProblemReason, FileRefusal)
        for reason, words_of_reason in labels.LABELS[known].items()
    ]


class ProblemTable(listing.Table):
    line = listing.NumberColumn(verbose_name=_("Line"))
    institution_name = tables.Column(verbose_name=_("Institution"))
    field = tables.Column(verbose_name=_("Column"))
    value = tables.Column(verbose_name=_("Value as published"))
    reason = tables.Column(verbose_name=_("Why it is odd"))
    reason_ja = tables.Column(verbose_name=lazystr("理由"), empty_values=(), visible=False, orderable=False)
    reason_en = tables.Column(verbose_name=lazystr("Reason"), empty_values=(), visible=False, orderable=False)
    row = tables.Column(verbose_name=_("Whole row, where it was set aside"), visible=False, orderable=False)

    class Meta(listing.Table.Meta):
        model = ImportProblem
        fields = ("line", "institution_name", "field", "value", "reason", "reason_ja", "reason_en", "row")
        sequence = fields
        empty_text = _("No row of the list is odd.")

    def render_reason(self, record: ImportProblem) -> str:
        return reason_of(record)

    def value_reason(self, record: ImportProblem) -> str:
        return record.reason

    def render_reason_ja(self, record: ImportProblem) -> str:
        with override("ja"):
            return reason_of(record)

    def render_reason_en(self, record: ImportProblem) -> str:
        with override("en"):
            return reason_of(record)

    def render_row(self, value: list[str]) -> str:
        return ",".join(value)


class ProblemFilter(listing.FilterSet):
    q = listing.SearchFilter(fields=("institution_name", "field", "value"), label=_("Institution, column or value"))
    reason = django_filters.ChoiceFilter(label=_("Why it is odd"), choices=reasons, empty_label=_("All"))

    class Meta:
        model = ImportProblem
        fields = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Only the reasons that this import knows: most of all reasons never occur in one list.
        found = set(self.queryset.order_by().values_list("reason", flat=True).distinct())
        self.filters["reason"].extra["choices"] = [(code, said) for code, said in reasons() if code in found]
