"""The lists of this room: campaigns, whom to follow up, what the register says differently, one's own surveys."""

from typing import Any

from django.db.models import F, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from sonae.core.institutions.vocabulary import ContactRole, InstitutionKind, Prefecture
from sonae.core.web import listing, words
from sonae.core.web.listing import tables
from sonae.prevention.surveys import queries, rules
from sonae.prevention.surveys.models import AskedInstitution, Campaign
from sonae.prevention.surveys.places import prefecture_name
from sonae.prevention.surveys.vocabulary import Band, CallOutcome, CampaignState, Stage


class TitleColumn(listing.LinkColumn):
    """The title of a campaign in the language of the page."""

    def render(self, record: Campaign | AskedInstitution) -> str:
        return (record if isinstance(record, Campaign) else record.campaign).title

    def value(self, record: Campaign | AskedInstitution) -> str:
        return self.render(record)


class PrefectureColumn(tables.Column):
    def render(self, value: str) -> str:
        return prefecture_name(value)

    def value(self, value: str) -> str:
        return prefecture_name(value)


class StageColumn(tables.Column):
    """How far an institution has come; a mark that no answer comes is said with it."""

    def render(self, record: AskedInstitution) -> str:
        return words.of(record.stage)

    def value(self, record: AskedInstitution) -> str:
        return self.render(record)


class PhoneColumn(tables.Column):
    """The number to call; where there is none, that is said, on the page and in the file."""

    empty_values = ()

    def render(self, value: str | None) -> str:
        return value or gettext("No telephone number in the register")

    def value(self, value: str | None) -> str:
        return self.render(value)


class ProxiedColumn(tables.Column):
    """Whether an officer entered answers in place of the institution."""

    def render(self, value: bool) -> str:  # noqa: FBT001
        return gettext("Entered in its place") if value else ""

    def value(self, value: bool) -> str:  # noqa: FBT001
        return self.render(value)


class CampaignTable(listing.Table):
    title = TitleColumn(
        "surveys:detail", accessor="title_ja", told_apart_by=("opens_at", listing.ROW), verbose_name=_("Survey")
    )
    fiscal_year = tables.Column(verbose_name=_("Fiscal year"), attrs=listing.SHORT)
    state = listing.EnumColumn(CampaignState, verbose_name=_("State"), attrs=listing.SHORT)
    opens_at = listing.DateColumn(verbose_name=_("First day"), attrs=listing.WIDE_ONLY)
    closes_at = listing.DueColumn(verbose_name=_("Answers until"), attrs=listing.WIDE_ONLY)
    asked_count = listing.NumberColumn(verbose_name=_("Institutions asked"), attrs=listing.WIDE_ONLY_NUMBER)

    class Meta(listing.Table.Meta):
        model = Campaign
        fields = ("title", "fiscal_year", "state", "opens_at", "closes_at", "asked_count")
        sequence = fields
        order_by = ("-fiscal_year", "-opens_at")
        empty_text = _("There is no survey yet.")


class CampaignFilter(listing.FilterSet):
    q = listing.SearchFilter(fields=("title_ja", "title_en"))
    state = listing.EnumFilter(CampaignState, label=_("State"))
    fiscal_year = listing.django_filters.NumberFilter(label=_("Fiscal year"), max_value=9999)

    class Meta:
        model = Campaign
        fields: tuple[str, ...] = ()


class OwnTable(listing.Table):
    title = TitleColumn(
        "surveys:own", accessor="campaign__title_ja", args=("campaign_id",),
        told_apart_by=("institution__name", "campaign__year_name"),
        verbose_name=_("Survey"),
    )  # fmt: skip
    institution = tables.Column(
        accessor="institution__name", order_by=("institution__name",), verbose_name=_("Institution")
    )
    stage = StageColumn(
        accessor="pk", order_by=("response__state", "opened_at"), verbose_name=_("How far the answer is")
    )
    due_at = listing.DueColumn(verbose_name=_("Answers until"))
    state = listing.EnumColumn(
        CampaignState, accessor="campaign__state", verbose_name=_("State of the survey"), attrs=listing.WIDE_ONLY
    )

    class Meta(listing.Table.Meta):
        model = AskedInstitution
        fields = ("title", "institution", "stage", "due_at", "state")
        sequence = fields
        order_by = "-due_at"
        empty_text = _("No survey asks your institution.")


class AskedFilter(listing.FilterSet):
    q = listing.SearchFilter(fields=("institution__name", "institution__name_kana", "institution__register_code"))
    stage = listing.EnumFilter(Stage, label=_("How far the answer is"), method="with_stage")
    band = listing.EnumFilter(Band, label=_("Licensed beds"))
    prefecture = listing.django_filters.ChoiceFilter(
        label=_("Prefecture"), empty_label=_("All"),
        choices=lambda: [(code.value, prefecture_name(code)) for code in Prefecture],
    )  # fmt: skip

    class Meta:
        model = AskedInstitution
        fields: tuple[str, ...] = ()

    def with_stage(self, rows: QuerySet[AskedInstitution], _name: str, value: str) -> Any:
        return rows.filter(queries.stage_condition(Stage(value)))


class FollowUpFilter(AskedFilter):
    """Where nobody asked for a stage or for those who answered too, those who still owe an answer."""

    owes = listing.YesNoFilter(label=_("Still owes an answer"), method="with_debt")
    reached = listing.YesNoFilter(label=_("Somebody to tell by mail"), method="with_reach")
    outcome = listing.EnumFilter(CallOutcome, label=_("Last call"), field_name="last_outcome")
    phone = listing.YesNoFilter(label=_("Telephone number in the register"), method="with_phone")

    def __init__(self, data: QueryDict, **kwargs: Any) -> None:
        if not {"owes", "stage"} & set(data):
            data = data.copy()
            data["owes"] = "yes"
        super().__init__(data, **kwargs)

    def with_debt(self, rows: QuerySet[AskedInstitution], _name: str, value: bool) -> Any:  # noqa: FBT001
        owing = AskedInstitution.objects.outstanding().values("pk")
        return rows.filter(pk__in=owing) if value else rows.exclude(pk__in=owing)

    def with_phone(self, rows: QuerySet[AskedInstitution], _name: str, value: bool) -> Any:  # noqa: FBT001
        annotated: dict[str, Any] = {"contact_phone__isnull": not value}
        return rows.filter(**annotated)

    def with_reach(self, rows: QuerySet[AskedInstitution], _name: str, value: bool) -> Any:  # noqa: FBT001
        asked = AskedInstitution.objects
        return rows.filter(pk__in=(asked.mailed() if value else asked.unreached()).values("pk"))


class FollowUpTable(listing.Table):
    institution = listing.LinkColumn(
        "surveys:asked", accessor="institution__name", order_by=("institution__name",),
        told_apart_by=("institution__register_code",), verbose_name=_("Institution"),
    )  # fmt: skip
    code = tables.Column(
        accessor="institution__register_code", order_by=("institution__register_code",),
        verbose_name=_("Register code"), attrs=listing.WIDE_ONLY,
    )  # fmt: skip
    prefecture = PrefectureColumn(verbose_name=_("Prefecture"), attrs=listing.WIDE_ONLY)
    band = listing.EnumColumn(Band, verbose_name=_("Licensed beds"), attrs=listing.WIDE_ONLY)
    stage = StageColumn(
        accessor="pk", order_by=("response__state", "opened_at"), verbose_name=_("How far the answer is")
    )
    due_at = listing.DueColumn(verbose_name=_("Answers until"))
    calls_made = listing.NumberColumn(verbose_name=_("Calls"), attrs=listing.WIDE_ONLY_NUMBER)
    last_called_at = listing.MomentColumn(verbose_name=_("Last call"), attrs=listing.WIDE_ONLY)
    last_outcome = listing.EnumColumn(CallOutcome, verbose_name=_("What came of it"), attrs=listing.WIDE_ONLY)
    is_proxied = ProxiedColumn(verbose_name=_("By proxy"), attrs=listing.WIDE_ONLY)
    call_again_on = listing.DateColumn(verbose_name=_("Call again on"))
    contact_role = listing.EnumColumn(ContactRole, verbose_name=_("To be called for"), attrs=listing.WIDE_ONLY)
    contact_name = tables.Column(verbose_name=_("Whom to call"), attrs=listing.WIDE_ONLY)
    contact_phone = PhoneColumn(verbose_name=_("Telephone"), attrs=listing.SHORT)

    class Meta(listing.Table.Meta):
        model = AskedInstitution
        fields = (
            "call_again_on", "institution", "code", "prefecture", "band", "contact_role", "contact_name",
            "contact_phone", "stage", "due_at", "calls_made", "last_called_at", "last_outcome", "is_proxied",
        )  # fmt: skip
        sequence = fields
        # Whoever is to be called again comes first, then by place: one telephone list for each prefecture.
        order_by = "call_again_on"
        empty_text = _("Nobody is asked in the places that you follow up.")

    def order_call_again_on(
        self,
        rows: QuerySet[AskedInstitution],
        is_descending: bool,  # noqa: FBT001
    ) -> tuple[QuerySet[AskedInstitution], bool]:
        """Those without a day come last either way, whichever database."""
        day = F("call_again_on").desc(nulls_last=True) if is_descending else F("call_again_on").asc(nulls_last=True)
        return rows.order_by(day, "prefecture", "institution__name"), True


class DriftColumn(tables.Column):
    """What the register says differently today."""

    def render(self, record: AskedInstitution) -> str:
        found = rules.drifts(record.then(), queries.today_of(record.institution))
        return ", ".join(words.of(drift) for drift in sorted(found))

    def value(self, record: AskedInstitution) -> str:
        return self.render(record)


class DifferenceTable(listing.Table):
    institution = listing.LinkColumn(
        "surveys:asked", accessor="institution__name", order_by=("institution__name",),
        told_apart_by=("institution__register_code",), verbose_name=_("Institution"),
    )  # fmt: skip
    prefecture = PrefectureColumn(verbose_name=_("Prefecture then"), attrs=listing.WIDE_ONLY)
    kind = listing.EnumColumn(InstitutionKind, verbose_name=_("Kind then"), attrs=listing.WIDE_ONLY)
    licensed_beds = listing.NumberColumn(verbose_name=_("Beds then"))
    beds_now = listing.NumberColumn(
        accessor="institution__licensed_beds", order_by=("institution__licensed_beds",), verbose_name=_("Beds now")
    )
    drift = DriftColumn(accessor="pk", orderable=False, verbose_name=_("What differs"))
    stage = StageColumn(
        accessor="pk", order_by=("response__state", "opened_at"), verbose_name=_("How far the answer is")
    )

    class Meta(listing.Table.Meta):
        model = AskedInstitution
        fields = ("institution", "prefecture", "kind", "licensed_beds", "beds_now", "drift", "stage")
        sequence = fields
        order_by = ("prefecture", "institution")
        empty_text = _("The register says the same as on the reference date.")
