from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from sonae.core.institutions.vocabulary import InstitutionKind, Population, Prefecture
from sonae.core.instruments.models import Edition
from sonae.core.instruments.vocabulary import Respondent
from sonae.core.web import dates, words
from sonae.kernel import calendar
from sonae.kernel.calendar import JST
from sonae.kernel.decision import Refused
from sonae.prevention.surveys import rules
from sonae.prevention.surveys.models import Campaign
from sonae.prevention.surveys.places import prefecture_name
from sonae.prevention.surveys.vocabulary import (
    CallOutcome,
    CampaignContent,
    Channel,
    Excuse,
    Interval,
    PopulationRule,
    SurveyRefusal,
)

# Under which field a refusal of a draft stands.
_FIELDS = {
    SurveyRefusal.TITLE_MISSING: "title_ja",
    SurveyRefusal.EDITION_IS_OTHERS: "edition",
    SurveyRefusal.EDITION_REPLACED: "edition",
    SurveyRefusal.WINDOW_REVERSED: "last_day",
    SurveyRefusal.BEDS_REVERSED: "beds_to",
}
# The same of what is done in a campaign; what stands here for no field is said above the form.
WHY_FIELDS = {SurveyRefusal.REASON_MISSING: "why"}
REMINDER_FIELDS = {SurveyRefusal.REMINDER_OUTSIDE: "day", SurveyRefusal.REMINDER_TWICE: "day"}
LAST_DAY_FIELDS = {
    **WHY_FIELDS,
    SurveyRefusal.NOT_LATER: "last_day",
    SurveyRefusal.NOBODY_TO_EXTEND: "last_day",
}
CALL_FIELDS = {SurveyRefusal.CALL_IN_FUTURE: "called_at", SurveyRefusal.NEXT_CALL_PAST: "next_on"}
PROXY_FIELDS = {**WHY_FIELDS, SurveyRefusal.INFORMANT_MISSING: "informant"}


def _editions() -> list[tuple[str, str]]:
    rows = Edition.objects.current().filter(respondent=Respondent.FACILITY)
    language = words.language()
    found = [(str(row.pk), f"{getattr(row, f'title_{language}') or row.title_ja} ({row.edition})") for row in rows]
    return [_unchosen(), *found]


def _unchosen() -> tuple[str, str]:
    """Nothing is chosen beforehand: what nobody looked at would be sent as if somebody had decided it."""
    return ("", gettext("Please choose"))


class CampaignForm(forms.Form):
    """What an officer decides about a survey: what is asked, of whom, and from when until when."""

    title_ja = forms.CharField(label=_("Title in Japanese"), max_length=200)
    title_en = forms.CharField(
        label=_("Title in English"), max_length=200, required=False,
        help_text=_("Where it is left out, the pages in English show the Japanese title."),
    )  # fmt: skip
    edition = forms.ChoiceField(label=_("Survey form"), choices=_editions)
    fiscal_year = forms.IntegerField(label=_("Fiscal year"), min_value=2020, max_value=2098)
    reference_on = dates.DayField(
        label=_("Reference date"),
        help_text=_("The register as it was on this day says who is asked, and in which class they are counted."),
    )
    kinds = forms.MultipleChoiceField(
        label=_("Kinds of institution"), required=False, widget=forms.CheckboxSelectMultiple,
        choices=lambda: [(kind.value, words.of(kind)) for kind in InstitutionKind],
        help_text=_("None chosen: all kinds."), initial=[InstitutionKind.HOSPITAL.value],
    )  # fmt: skip
    beds_from = forms.IntegerField(
        label=_("Licensed beds, from"), required=False, min_value=0, max_value=100_000,
        help_text=_("This number itself is asked. Institutions whose beds are not known are then left out."),
    )  # fmt: skip
    beds_to = forms.IntegerField(
        label=_("Licensed beds, to"), required=False, min_value=0, max_value=100_000,
        help_text=_("This number itself is asked."),
    )  # fmt: skip
    prefectures = forms.MultipleChoiceField(
        label=_("Prefectures"), required=False, widget=forms.SelectMultiple(attrs={"size": 8}),
        choices=lambda: [(code.value, prefecture_name(code)) for code in Prefecture],
        help_text=_("None chosen: the whole country."),
    )  # fmt: skip
    population = forms.ChoiceField(
        label=_("Which register"), choices=lambda: [(one.value, words.of(one)) for one in Population],
        initial=Population.REAL.value,
    )  # fmt: skip
    opens_on = dates.DayField(
        label=_("First day"), help_text=_("Institutions are told from the morning of this day on.")
    )
    last_day = dates.DayField(label=_("Last day"), help_text=_("Answers are on time until the end of this day."))

    def clean(self) -> dict[str, Any]:
        chosen = super().clean() or self.cleaned_data
        least, most = chosen.get("beds_from"), chosen.get("beds_to")
        # Said together with whatever else is wrong, so that nobody mends the form twice.
        if least is not None and most is not None and not (beds := rules.may_ask_beds(_interval(least, most))).ok:
            self.add_error("beds_to", words.of(beds))
        if self.errors:
            return chosen
        edition = Edition.objects.get(pk=chosen["edition"])
        decision = rules.may_plan(
            self.content(), respondent=Respondent(edition.respondent), is_replaced=edition.replaced_at is not None
        )
        if isinstance(decision, Refused):
            self.add_error(_FIELDS.get(SurveyRefusal(decision.reason)), words.of(decision))
        return chosen

    def content(self) -> CampaignContent:
        """What was chosen."""
        chosen = self.cleaned_data
        return CampaignContent(
            title_ja=chosen["title_ja"],
            title_en=chosen["title_en"],
            edition_id=UUID(chosen["edition"]),
            fiscal_year=chosen["fiscal_year"],
            reference_on=chosen["reference_on"],
            rule=self._rule(),
            opens_at=calendar.start_of(chosen["opens_on"]),
            closes_at=calendar.end_of(chosen["last_day"]),
        )

    def _rule(self) -> PopulationRule:
        chosen = self.cleaned_data
        least, most = chosen["beds_from"], chosen["beds_to"]
        beds = None if least is None and most is None else _interval(least or 0, most)
        return PopulationRule(
            frozenset(map(InstitutionKind, chosen["kinds"])),
            beds,
            frozenset(map(Prefecture, chosen["prefectures"])),
            Population(chosen["population"]),
        )

    @staticmethod
    def initial_of(campaign: Campaign) -> dict[str, Any]:
        """A draft as the form shows it."""
        rule = campaign.rule
        beds = rule.beds
        return {
            "title_ja": campaign.title_ja,
            "title_en": campaign.title_en,
            "edition": str(campaign.edition_id),
            "fiscal_year": campaign.fiscal_year,
            "reference_on": campaign.reference_on,
            "kinds": sorted(rule.kinds),
            "beds_from": beds.least if beds else None,
            "beds_to": beds.below - 1 if beds and beds.below is not None else None,
            "prefectures": sorted(rule.prefectures),
            "population": rule.population.value,
            "opens_on": campaign.opens_at.astimezone(JST).date(),
            "last_day": calendar.last_day_before(campaign.closes_at),
        }


def _interval(least: int, most: int | None) -> Interval:
    """People say both ends as included; a rule keeps the first number beyond."""
    return Interval(least, None if most is None else most + 1)


def _why(label: Any) -> forms.CharField:
    return forms.CharField(
        label=label, min_length=rules.SHORTEST_REASON, max_length=rules.LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip


class WithdrawalForm(forms.Form):
    why = _why(_("Why is it withdrawn?"))


class ReminderForm(forms.Form):
    """A day on which everybody who has not answered is reminded."""

    day = dates.DayField(label=_("Day of the reminder"))


class ExtensionForm(forms.Form):
    """Until when instead, and why."""

    prefix = "extension"
    last_day = dates.DayField(
        label=_("New last day of the answer"), help_text=_("Answers are on time until the end of this day.")
    )
    why = _why(_("Reason for more time"))


class ManyForm(ExtensionForm):
    """The same for many: all who owe an answer, or those of a prefecture or kind."""

    prefix = "many"
    field_order = ("prefecture", "kind", "last_day", "why")
    prefecture = forms.ChoiceField(
        label=_("Prefecture"), required=False,
        choices=lambda: [("", _("All")), *((code.value, prefecture_name(code)) for code in Prefecture)],
    )  # fmt: skip
    kind = forms.ChoiceField(
        label=_("Kind of institution"), required=False,
        choices=lambda: [("", _("All")), *((kind.value, words.of(kind)) for kind in InstitutionKind)],
    )  # fmt: skip

    def chosen(self) -> dict[str, Any]:
        """What was chosen, as `services.begin_extension` takes it."""
        chosen = self.cleaned_data
        return {
            "due_at": calendar.end_of(chosen["last_day"]),
            "why": chosen["why"],
            "prefecture": Prefecture(chosen["prefecture"]) if chosen["prefecture"] else None,
            "kind": InstitutionKind(chosen["kind"]) if chosen["kind"] else None,
        }


class ExcuseForm(forms.Form):
    """Why no answer is expected."""

    prefix = "excuse"
    kind = forms.ChoiceField(
        label=_("Why no answer comes"), choices=lambda: [(one.value, words.of(one)) for one in Excuse]
    )
    why = _why(_("How that is known"))


class CallForm(forms.Form):
    """A call of the follow-up."""

    prefix = "call"
    called_at = dates.MomentField(label=_("When the call was made"), help_text=_("Japanese time."))
    whom = forms.CharField(label=_("Who was reached"), required=False, max_length=120)
    outcome = forms.ChoiceField(
        label=_("What came of it"),
        choices=lambda: [_unchosen(), *((one.value, words.of(one)) for one in CallOutcome)],
    )
    note = forms.CharField(
        label=_("Note"), required=False, max_length=rules.LONGEST_REASON, widget=forms.Textarea(attrs={"rows": 2})
    )
    next_on = dates.DayField(label=_("Call again on"), required=False)


class ProxyForm(forms.Form):
    """Who gives the answers that an officer enters, by which way, and why."""

    prefix = "proxy"
    channel = forms.ChoiceField(
        label=_("How the answers are given"), choices=lambda: [(one.value, words.of(one)) for one in Channel]
    )
    informant = forms.CharField(label=_("Who at the institution gives them"), max_length=120)
    why = _why(_("Why the institution does not answer itself"))
