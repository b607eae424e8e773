"""The lists of this room: columns and conditions."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from sonae.core.web import listing, rows, words
from sonae.core.web.listing import tables
from sonae.prevention.advisories import labels
from sonae.prevention.advisories.models import (
    Advisory,
    AdvisoryQuerySet,
    ImportedDocument,
    ImportRun,
    ProductStatement,
    VersionText,
)
from sonae.prevention.advisories.vocabulary import (
    Certainty,
    Format,
    Outcome,
    ProductStatus,
    RunStatus,
    Severity,
    SourceKind,
    Unread,
)

# What a publisher wrote, in a language that nobody said (HTML: the empty tag).
PUBLISHED = {"td": {"lang": ""}, "a": {"lang": ""}}
PUBLISHED_WIDE_ONLY = {"td": {"lang": "", "class": "wide-only"}}
PUBLISHED_MONO = {"td": {"lang": "", "class": "mono"}}


class YesColumn(tables.Column):
    """Yes, or nothing: a column of many no's hides the few yes's."""

    def render(self, value: object) -> str:
        return words.readable(value) if value else "–"

    def value(self, value: object) -> str:
        return words.readable(value)


class ShareColumn(listing.NumberColumn):
    """A probability, in percent with one digit behind the point."""

    def render(self, value: float) -> str:
        return f"{value * 100:.1f}%"

    def value(self, value: float) -> float:
        return value


class ScoreColumn(listing.NumberColumn):
    """A CVSS score, always with one digit behind the point."""

    def render(self, value: float) -> str:
        return f"{value:.1f}"


class AdvisoryTable(listing.Table):
    identifier = listing.LinkColumn(
        "advisories:detail", told_apart_by=("publisher",), verbose_name=_("Number"), attrs=PUBLISHED
    )
    title = tables.Column(verbose_name=_("Title"), attrs=PUBLISHED)
    publisher = tables.Column(verbose_name=pgettext_lazy("advisory", "Publisher"), attrs=PUBLISHED_WIDE_ONLY)
    severity = listing.EnumColumn(Severity, verbose_name=_("Severity"), attrs=listing.SHORT)
    base_score = ScoreColumn(verbose_name=_("CVSS"))
    is_exploited = YesColumn(verbose_name=_("Exploited (KEV)"), attrs=listing.SHORT)
    likelihood = ShareColumn(verbose_name=_("EPSS"))
    is_medical = YesColumn(verbose_name=_("For health care"), visible=False)
    updated_at = listing.DateColumn(verbose_name=_("Last change"), attrs=listing.WIDE_ONLY)
    fault_count = listing.NumberColumn(verbose_name=_("Faults in the document"), visible=False)

    class Meta(listing.Table.Meta):
        model = Advisory
        fields = (
            "identifier", "title", "publisher", "severity", "base_score", "is_exploited", "likelihood", "is_medical",
            "updated_at", "fault_count",
        )  # fmt: skip
        sequence = fields
        order_by = "-updated_at"
        empty_text = _("No advisory was taken in that fits. Sources are asked by themselves; files can be imported.")


class AdvisoryFilter(listing.FilterSet):
    q = listing.SearchFilter(fields=("identifier", "title", "publisher"), label=_("Number, title or publisher"))
    cve = listing.SearchFilter(fields=("identifier",), label=_("CVE"), method="with_cve")
    product = listing.SearchFilter(fields=("title",), label=_("Vendor or product"), method="with_product")
    exploited = listing.YesNoFilter(label=_("Exploited (KEV)"), method="when_exploited")
    medical = listing.YesNoFilter(field_name="is_medical", label=_("For health care"))
    severity = listing.EnumFilter(Severity, label=_("Severity"))
    format = listing.EnumFilter(Format, label=_("Format"))
    faulty = listing.YesNoFilter(label=_("With faults"), method="when_faulty")
    withdrawn = listing.YesNoFilter(field_name="is_withdrawn", label=_("Withdrawn"))

    class Meta:
        model = Advisory
        fields: tuple[str, ...] = ()

    def with_cve(self, found: AdvisoryQuerySet, _name: str, value: str) -> AdvisoryQuerySet:
        return found.naming(value.strip().upper())

    def with_product(self, found: AdvisoryQuerySet, _name: str, value: str) -> AdvisoryQuerySet:
        return found.about(value)

    def when_exploited(self, found: AdvisoryQuerySet, _name: str, value: object) -> AdvisoryQuerySet:
        return found.exploited(yes=bool(value))

    def when_faulty(self, found: AdvisoryQuerySet, _name: str, value: object) -> AdvisoryQuerySet:
        return found.filter(fault_count__gt=0) if value else found.filter(fault_count=0)


class StatementTable(listing.Table):
    status = listing.EnumColumn(ProductStatus, verbose_name=_("State"), attrs=listing.SHORT)
    vendor = tables.Column(verbose_name=pgettext_lazy("advisory", "Vendor"), attrs=PUBLISHED)
    product = tables.Column(verbose_name=_("Product"), attrs=PUBLISHED)
    version = tables.Column(
        verbose_name=_("Versions as published"),
        accessor="version__text",
        order_by="version__text",
        default="–",
        attrs=PUBLISHED,
    )
    understood = tables.Column(verbose_name=_("Range as read"), empty_values=(), orderable=False, attrs=PUBLISHED_MONO)
    certainty = tables.Column(
        verbose_name=_("How it was read"), accessor="version__standing_certainty", orderable=False, default="–"
    )
    identifiers = tables.Column(verbose_name=_("Identifiers"), orderable=False, attrs=PUBLISHED_WIDE_ONLY)
    runs_on = tables.Column(verbose_name=_("Only together with"), orderable=False, attrs=PUBLISHED_WIDE_ONLY)
    where = tables.Column(verbose_name=_("Place in the document"), visible=False)

    class Meta(listing.Table.Meta):
        model = ProductStatement
        fields = (
            "status",
            "vendor",
            "product",
            "version",
            "understood",
            "certainty",
            "identifiers",
            "runs_on",
            "where",
        )
        sequence = fields
        empty_text = _("The document makes no statement about a product.")

    def render_understood(self, record: ProductStatement) -> str:
        return "; ".join(record.version.standing_ranges) if record.version else "–"

    def render_certainty(self, value: Certainty) -> str:
        return words.of(value)

    def render_identifiers(self, value: dict[str, list[str]]) -> str:
        return ", ".join(one for found in value.values() for one in found) or "–"

    def render_runs_on(self, value: list[str]) -> str:
        return ", ".join(value) or "–"


class StatementFilter(listing.FilterSet):
    q = listing.SearchFilter(fields=("vendor", "product", "version__text"), label=_("Vendor, product or version"))
    status = listing.EnumFilter(ProductStatus, label=_("State"))

    class Meta:
        model = ProductStatement
        fields: tuple[str, ...] = ()


class AffectedTable(listing.Table):
    """The statements that one version text is about."""

    identifier = listing.LinkColumn(
        "advisories:detail", args=("advisory_id",), told_apart_by=("advisory__publisher",), verbose_name=_("Advisory"),
        accessor="advisory__identifier",
    )  # fmt: skip
    vendor = tables.Column(verbose_name=pgettext_lazy("advisory", "Vendor"), attrs=PUBLISHED)
    product = tables.Column(verbose_name=_("Product"), attrs=PUBLISHED)
    status = listing.EnumColumn(ProductStatus, verbose_name=_("State"))

    class Meta(listing.Table.Meta):
        model = ProductStatement
        fields = ("identifier", "vendor", "product", "status")
        sequence = fields
        empty_text = _("No advisory that stands has this text.")


class TriageTable(listing.Table):
    text = listing.LinkColumn("advisories:version_text", verbose_name=_("Versions as published"), attrs=PUBLISHED)
    statement_count = listing.NumberColumn(verbose_name=_("Statements with this text"))
    unread = tables.Column(verbose_name=_("Why it is not read"))
    part = tables.Column(verbose_name=_("At these words"), attrs=PUBLISHED_WIDE_ONLY)
    said = tables.Column(verbose_name=_("Stated range"), accessor="stated__said", default="–", attrs=PUBLISHED)
    read_at = listing.MomentColumn(
        verbose_name=pgettext_lazy("advisory", "First seen"), attrs={"td": {"class": "nowrap wide-only"}}
    )

    class Meta(listing.Table.Meta):
        model = VersionText
        fields = ("text", "statement_count", "unread", "part", "said", "read_at")
        sequence = fields
        order_by = "-statement_count"
        empty_text = _("No version text waits for a person.")

    def render_unread(self, value: str) -> str:
        return words.of(Unread(value))


class TriageFilter(listing.FilterSet):
    q = listing.SearchFilter(fields=("text",), label=_("Versions as published"))
    stated = listing.YesNoFilter(field_name="stated", lookup_expr="isnull", exclude=True, label=_("A range is stated"))
    unread = listing.EnumFilter(Unread, label=_("Why it is not read"))

    class Meta:
        model = VersionText
        fields: tuple[str, ...] = ()


class RunTable(listing.Table):
    started_at = listing.MomentColumn(verbose_name=_("Started"))
    # One source may be asked twice in a minute.
    file_name = listing.LinkColumn(
        "advisories:import", told_apart_by=("started_at", listing.ROW), verbose_name=_("File or source")
    )
    status = listing.EnumColumn(RunStatus, verbose_name=_("State"))
    read = listing.NumberColumn(verbose_name=_("Read without a fault"))
    faulty = listing.NumberColumn(verbose_name=_("Read with faults"))
    repeated = listing.NumberColumn(verbose_name=_("Taken in before"))
    refused = listing.NumberColumn(verbose_name=_("Refused"))
    unread = listing.NumberColumn(verbose_name=_("Holds no advisory"))

    class Meta(listing.Table.Meta):
        model = ImportRun
        fields = ("started_at", "file_name", "status", "read", "faulty", "repeated", "refused", "unread")
        sequence = fields
        empty_text = _("Nothing was imported yet.")


class RunFilter(listing.FilterSet):
    q = listing.SearchFilter(fields=("file_name",), label=_("File or source"))
    status = listing.EnumFilter(RunStatus, label=_("State"))

    class Meta:
        model = ImportRun
        fields: tuple[str, ...] = ()


class DocumentTable(listing.Table):
    number = listing.NumberColumn(verbose_name=_("No."))
    name = tables.Column(verbose_name=_("Document"))
    part = tables.Column(verbose_name=_("Part of it"), attrs=listing.WIDE_ONLY)
    outcome = listing.EnumColumn(Outcome, verbose_name=_("Result"))
    identifier = tables.Column(verbose_name=_("Advisory"))
    line = listing.NumberColumn(verbose_name=_("Line"))
    column = listing.NumberColumn(verbose_name=pgettext_lazy("advisory", "Column"), attrs=listing.WIDE_ONLY_NUMBER)
    reason = tables.Column(verbose_name=_("Why"))
    fault_count = listing.NumberColumn(verbose_name=_("Faults in the document"))

    class Meta(listing.Table.Meta):
        model = ImportedDocument
        fields = ("number", "name", "part", "outcome", "identifier", "line", "column", "reason", "fault_count")
        sequence = fields
        order_by = "number"
        empty_text = _("No document is shown.")

    def render_reason(self, record: ImportedDocument) -> str:
        return labels.reason_of(record)


class DocumentFilter(listing.FilterSet):
    q = listing.SearchFilter(fields=("name", "identifier"), label=_("Document or number"))
    outcome = listing.EnumFilter(Outcome, label=_("Result"))

    class Meta:
        model = ImportedDocument
        fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A source as its list shows it, with the counts of its newest import."""

    pk: Any
    name: str
    kind: str
    state: str
    succeeded_at: datetime | None
    read: int | None
    faulty: int | None
    refused: int | None
    unread: int | None


class SourceTable(listing.Table):
    name = listing.LinkColumn("advisories:source", verbose_name=_("Name of the source"))
    kind = listing.EnumColumn(SourceKind, verbose_name=_("How it is asked"), attrs=listing.WIDE_ONLY)
    state = tables.Column(verbose_name=_("State"))
    succeeded_at = listing.MomentColumn(verbose_name=_("Last fetched"))
    read = listing.NumberColumn(verbose_name=_("Read without a fault"))
    faulty = listing.NumberColumn(verbose_name=_("Read with faults"))
    refused = listing.NumberColumn(verbose_name=_("Refused"))
    unread = listing.NumberColumn(verbose_name=_("Holds no advisory"))

    class Meta(listing.Table.Meta):
        empty_text = _("There is no source yet.")


class SourceFilter(rows.RowFilterSet):
    q = rows.RowSearchFilter(fields=("name",), label=_("Name of the source"))
    kind = rows.RowEnumFilter(SourceKind, label=_("How it is asked"))
