"""The lists of this room."""

from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

import django_tables2 as tables
from django.conf import settings
from django.utils.translation import gettext_lazy, pgettext_lazy

from sonae.core.institutions.vocabulary import Prefecture
from sonae.core.web import listing
from sonae.prevention.exposure import queries, rules
from sonae.prevention.exposure.labels import band_in_words, in_all_in_words
from sonae.prevention.exposure.models import Exposure, NamePair, Notice, Question
from sonae.prevention.exposure.vocabulary import Asking, Certainty, Course, PairState, Priority, Saying

# What a publisher or a hospital wrote, in a language that nobody said (HTML: the empty tag).
PUBLISHED = {"td": {"lang": ""}, "a": {"lang": ""}}
# On a phone: what, where, how urgent, until when, how far; the rest is on the page of the exposure.
_PUBLISHED_WIDE_ONLY = {"td": listing.WIDE_ONLY["td"] | PUBLISHED["td"]}


class ExposureTable(listing.Table):
    identifier = listing.LinkColumn(
        "exposure:exposure", accessor="notice__identifier", told_apart_by=("asset__name", listing.ROW),
        verbose_name=gettext_lazy("Advisory"),
    )  # fmt: skip
    asset = tables.Column(accessor="asset__name", verbose_name=gettext_lazy("Asset"))
    priority = listing.EnumColumn(Priority, order_by=("rank",), verbose_name=pgettext_lazy("vulnerability", "Priority"))
    due_at = listing.DueColumn(verbose_name=gettext_lazy("Due"))
    course = listing.EnumColumn(Course, verbose_name=gettext_lazy("Where it stands"))
    certainty = listing.EnumColumn(Certainty, verbose_name=gettext_lazy("Match"))
    title = tables.Column(
        accessor="notice__advisory__title", verbose_name=gettext_lazy("Title"), attrs=_PUBLISHED_WIDE_ONLY
    )
    institution = tables.Column(
        accessor="institution__name", verbose_name=gettext_lazy("Institution"), attrs=listing.WIDE_ONLY
    )
    base_score = tables.Column(verbose_name="CVSS", attrs={"td": {"class": "numeric"}})
    known_at = listing.MomentColumn(verbose_name=gettext_lazy("Known since"))

    class Meta(listing.Table.Meta):
        model = Exposure
        fields = (
            "identifier", "asset", "priority", "due_at", "course", "certainty", "title", "institution", "base_score",
            "known_at",
        )  # fmt: skip
        sequence = fields
        order_by = ("priority", "due_at")
        empty_text = gettext_lazy("No advisory concerns a device of the ledger.")


class ExposureFilter(listing.FilterSet):
    q = listing.SearchFilter(
        fields=("notice__identifier", "notice__advisory__title", "asset__name", "asset__product", "institution__name")
    )
    priority = listing.EnumFilter(Priority, label=pgettext_lazy("vulnerability", "Priority"))
    course = listing.EnumFilter(Course, label=gettext_lazy("Where it stands"))
    certainty = listing.EnumFilter(Certainty, label=gettext_lazy("Match"))

    class Meta:
        model = Exposure
        fields: tuple[str, ...] = ()


class QuestionTable(listing.Table):
    typed = listing.LinkColumn(
        "exposure:question", accessor="pair__typed", told_apart_by=("pair__product", listing.ROW),
        verbose_name=gettext_lazy("In the ledger"),
    )  # fmt: skip
    product = tables.Column(accessor="pair__product", verbose_name=gettext_lazy("In the advisory"))
    ask = listing.EnumColumn(Asking, verbose_name=pgettext_lazy("ledger", "Question"))
    institution = tables.Column(accessor="institution__name", verbose_name=gettext_lazy("Institution"))
    asked_at = listing.MomentColumn(verbose_name=pgettext_lazy("ledger", "Asked"))
    answer = listing.EnumColumn(Saying, verbose_name=gettext_lazy("Answer"))
    state = listing.EnumColumn(PairState, accessor="pair__state", verbose_name=gettext_lazy("For everybody"))

    class Meta(listing.Table.Meta):
        model = Question
        fields = ("typed", "product", "ask", "institution", "asked_at", "answer", "state")
        sequence = fields
        order_by = ("answer", "-asked_at")
        empty_text = gettext_lazy("There is no question about a product.")

    def render_typed(self, record: Question) -> str:
        return f"{record.pair.maker} {record.pair.typed}".strip()

    def render_product(self, record: Question) -> str:
        return f"{record.pair.vendor} {record.pair.product}".strip()


class QuestionFilter(listing.FilterSet):
    q = listing.SearchFilter(fields=("pair__typed", "pair__maker", "pair__product", "pair__vendor"))
    answer = listing.EnumFilter(Saying, label=gettext_lazy("Answer"))
    state = listing.EnumFilter(PairState, field_name="pair__state", label=gettext_lazy("For everybody"))

    class Meta:
        model = Question
        fields: tuple[str, ...] = ()


class PairTable(listing.Table):
    typed = listing.LinkColumn(
        "exposure:pair", told_apart_by=("product", listing.ROW), verbose_name=gettext_lazy("In a ledger")
    )
    maker = tables.Column(verbose_name=gettext_lazy("Maker in a ledger"))
    product = tables.Column(verbose_name=gettext_lazy("In the advisory"))
    vendor = tables.Column(verbose_name=gettext_lazy("Vendor in the advisory"))
    state = listing.EnumColumn(PairState, verbose_name=gettext_lazy("State"))
    is_for_triage = tables.BooleanColumn(verbose_name=gettext_lazy("Waits for an analyst"), yesno="✓,–")
    met_at = listing.MomentColumn(verbose_name=gettext_lazy("Known since"))

    class Meta(listing.Table.Meta):
        model = NamePair
        fields = ("typed", "maker", "product", "vendor", "state", "is_for_triage", "met_at")
        sequence = fields
        order_by = ("-is_for_triage", "-met_at")
        empty_text = gettext_lazy("No institution was asked about a product.")


class PairFilter(listing.FilterSet):
    q = listing.SearchFilter(fields=("typed", "maker", "product", "vendor"))
    state = listing.EnumFilter(PairState, label=gettext_lazy("State"))
    is_for_triage = listing.YesNoFilter(label=gettext_lazy("Waits for an analyst"))

    class Meta:
        model = NamePair
        fields: tuple[str, ...] = ()


class NationTable(listing.Table):
    """Numbers of institutions are never shown, ordered by or exported as they are: only the step they are in."""

    identifier = listing.LinkColumn(
        "exposure:prefectures", told_apart_by=("publisher",), verbose_name=gettext_lazy("Advisory")
    )
    title = tables.Column(accessor="advisory__title", verbose_name=gettext_lazy("Title"), attrs=PUBLISHED)
    publisher = tables.Column(verbose_name=gettext_lazy("Publisher"))
    updated_at = listing.MomentColumn(accessor="advisory__updated_at", verbose_name=gettext_lazy("Updated"))
    institutions = tables.Column(verbose_name=gettext_lazy("Institutions concerned"), orderable=False, accessor="pk")
    done = tables.Column(
        verbose_name=gettext_lazy("Institutions with nothing left to do"), orderable=False, accessor="pk"
    )

    class Meta(listing.Table.Meta):
        model = Notice
        fields = ("identifier", "title", "publisher", "updated_at", "institutions", "done")
        sequence = fields
        order_by = "-updated_at"
        empty_text = gettext_lazy("No advisory concerns an institution.")

    def render_institutions(self, value: UUID) -> str:
        return in_all(number for number, _ in self._numbers(value))

    def value_institutions(self, value: UUID) -> str:
        return self.render_institutions(value)

    def render_done(self, value: UUID) -> str:
        return in_all(done for _, done in self._numbers(value))

    def value_done(self, value: UUID) -> str:
        return self.render_done(value)

    def _numbers(self, notice_id: UUID) -> Collection[tuple[int, int]]:
        """What is counted of an advisory: for all rows that are shown at once."""
        if notice_id not in self._counted:
            rows = self.page.object_list if getattr(self, "page", None) else self.rows
            self._counted = queries.by_prefecture([row.record.pk for row in rows])
        return self._counted[notice_id].values()

    _counted: Mapping[UUID, Mapping[Prefecture, tuple[int, int]]] = {}


class NationFilter(listing.FilterSet):
    q = listing.SearchFilter(fields=("identifier", "advisory__title", "publisher"))

    class Meta:
        model = Notice
        fields: tuple[str, ...] = ()


class PrefectureTable(listing.Table):
    """The same for one advisory, by prefecture."""

    prefecture = tables.Column(verbose_name=gettext_lazy("Prefecture"), orderable=False)
    institutions = tables.Column(verbose_name=gettext_lazy("Institutions concerned"), orderable=False)
    done = tables.Column(verbose_name=gettext_lazy("Institutions with nothing left to do"), orderable=False)

    class Meta(listing.Table.Meta):
        sequence = ("prefecture", "institutions", "done")


def told(number: int) -> str:
    """A number of institutions of a prefecture as everybody may see it."""
    return band_in_words(rules.told_as(number, k=settings.DISCLOSURE_K))


def in_all(numbers: Iterable[int]) -> str:
    """The same of all prefectures together."""
    k = settings.DISCLOSURE_K
    return in_all_in_words(rules.told_in_all(numbers, k=k), k=k)
