"""The form of a draft. Choices come from the institution itself, so that only true ones are offered."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sonae.core.institutions import rules as register
from sonae.core.institutions.models import Institution
from sonae.core.institutions.vocabulary import PREFECTURES, InstitutionKind, Prefecture, Region
from sonae.core.web import words
from sonae.core.web.vocabulary import Tlp
from sonae.kernel.calendar import jst_day
from sonae.kernel.decision import Refused
from sonae.prevention.sharing.vocabulary import IndicatorKind
from sonae.response.disclosure import composition, rules
from sonae.response.disclosure.models import ChosenIndicator, Disclosure
from sonae.response.disclosure.services import Content
from sonae.response.disclosure.vocabulary import Attack, Found, Route, Statements, WithdrawalReason

UNSAID = ""
# A collector may not fetch RED, so a disclosure that nobody's collector could use is not offered.
LEVELS = (Tlp.CLEAR, Tlp.GREEN, Tlp.AMBER, Tlp.AMBER_STRICT)


class DisclosureForm(forms.Form):
    """What is said, what is sent, how far it may go."""

    kind = forms.ChoiceField(label=_("Kind of institution"), required=False)
    area = forms.ChoiceField(label=_("Area"), required=False)
    beds = forms.ChoiceField(label=_("Licensed beds"), required=False)
    month = forms.ChoiceField(label=_("Month"), required=False)
    attack = forms.ChoiceField(label=_("Kind of attack"), required=False)
    route = forms.ChoiceField(label=_("Way in"), required=False)
    indicators = forms.MultipleChoiceField(
        label=_("Indicators to send"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Only indicators that a person confirmed are offered."),
    )
    summary_ja = forms.CharField(
        label=_("Summary in Japanese"),
        required=False,
        max_length=4_000,
        widget=forms.Textarea(attrs={"rows": 5, "lang": "ja"}),
        help_text=_("In your own words. No names, places, exact days, exact numbers of beds or addresses."),
    )
    summary_en = forms.CharField(
        label=_("Summary in English"),
        required=False,
        max_length=4_000,
        widget=forms.Textarea(attrs={"rows": 5, "lang": "en"}),
    )
    tlp = forms.ChoiceField(label=_("How far it may be passed on (TLP)"))
    revision = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(
        self, *args: Any, institution: Institution, months: list[str], indicators: list[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.institution = institution
        unsaid = (UNSAID, _("Do not say"))
        kind = InstitutionKind(institution.kind)
        self._choices("kind", [unsaid, (kind.value, words.of(kind))])
        self._choices("area", [unsaid, *_areas(institution)])
        self._choices("beds", [unsaid, *_bed_ranges(institution)])
        self._choices("month", [unsaid, *((month, composition.month_words(month)) for month in months)])
        # Nothing is said before a person says it: the first choice would else become a fact.
        self._choices("attack", _unsaid_first(Attack.UNSAID, Attack))
        self._choices("route", _unsaid_first(Route.UNSAID, Route))
        self._choices(
            "indicators",
            [(f"{kind}|{value}", f"{words.of(IndicatorKind(kind))}: {value}") for kind, value in indicators],
        )
        self._choices("tlp", [(level.value, words.of(level)) for level in LEVELS])

    def content(self) -> Content:
        """What was typed, as the verbs take it. Only for a form that is valid."""
        said = self.cleaned_data
        chosen = (one.partition("|") for one in said["indicators"])
        return Content(
            statements=statements_of(said),
            summary_ja=said["summary_ja"],
            summary_en=said["summary_en"],
            tlp=Tlp(said["tlp"]),
            indicators=tuple((IndicatorKind(kind), value) for kind, _bar, value in chosen),
        )

    @staticmethod
    def initial_of(disclosure: Disclosure) -> dict[str, Any]:
        said = disclosure.statements()
        chosen = ChosenIndicator.objects.filter(disclosure=disclosure)
        return {
            "kind": next(iter(disclosure.kinds), UNSAID),
            "area": area_value(said),
            "beds": beds_value(said.beds_from, said.beds_through),
            "month": said.month,
            "attack": said.attack,
            "route": said.route,
            "indicators": [f"{one.kind}|{one.value}" for one in chosen],
            "summary_ja": disclosure.summary_ja,
            "summary_en": disclosure.summary_en,
            "tlp": disclosure.tlp,
            "revision": disclosure.revision,
        }

    def _choices(self, name: str, choices: list[tuple[Any, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices


class LookedAtForm(forms.Form):
    """Each number, day and unknown name of the texts, to be ticked by the person who lets them out."""

    looked_at = forms.MultipleChoiceField(
        label=_("May be published as it stands"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_(
            "Please find each of these in the text below, and tick it only if it tells nobody whose attack it was."
        ),
    )

    def __init__(self, *args: Any, marks: Iterable[Found], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.doubts = {f"{one.mark}|{one.text}": one for one in rules.doubts(marks)}
        field = self.fields["looked_at"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            (value, _("%(kind)s: “%(text)s”") % {"kind": words.of(one.mark), "text": one.text})
            for value, one in self.doubts.items()
        ]

    def clean_looked_at(self) -> list[Found]:
        ticked = [self.doubts[value] for value in self.cleaned_data["looked_at"]]
        decision = rules.is_looked_at(self.doubts.values(), ticked)
        if isinstance(decision, Refused):
            raise forms.ValidationError(words.of(decision))
        return ticked


class WithdrawalForm(forms.Form):
    """Why a disclosure is taken back: the sentence that everyone reads, and words of one's own for the ledger."""

    reason = forms.ChoiceField(
        label=_("What everyone who received it will read"),
        widget=forms.RadioSelect,
    )
    why = forms.CharField(
        label=_("Why it is withdrawn, in your own words"),
        required=False,
        max_length=1_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_(
            "Kept in the ledger; the sector does not read it. What was said cannot be unsaid: it stays there as well."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["reason"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(reason.value, words.of(reason)) for reason in WithdrawalReason]


def statements_of(said: dict[str, Any]) -> Statements:
    """The statements behind the values of the form's fields; unknown values say nothing."""
    area = str(said.get("area") or "")
    lowest, _dash, highest = str(said.get("beds") or "").partition("-")
    return Statements(
        kinds=frozenset({InstitutionKind(said["kind"])}) if said.get("kind") else frozenset(),
        prefecture=Prefecture(area.removeprefix("prefecture:")) if area.startswith("prefecture:") else None,
        region=Region(area.removeprefix("region:")) if area.startswith("region:") else None,
        beds_from=int(lowest) if lowest.isdecimal() else None,
        beds_through=int(highest) if highest.isdecimal() else None,
        month=str(said.get("month") or ""),
        attack=Attack(said.get("attack") or Attack.UNSAID),
        route=Route(said.get("route") or Route.UNSAID),
    )


def _unsaid_first[One: StrEnum](unsaid: One, members: Iterable[One]) -> list[tuple[str, str]]:
    said = [(one.value, words.of(one)) for one in members if one is not unsaid]
    return [(unsaid.value, str(_("Do not say"))), *said]


def months_offered(now: datetime) -> list[str]:
    """This month and the two before: an attack is disclosed soon, and a day is never said."""
    today = jst_day(now)
    found = []
    year, month = today.year, today.month
    for _back in range(3):
        found.append(f"{year:04d}-{month:02d}")
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
    return found


def area_value(said: Statements) -> str:
    if said.prefecture:
        return f"prefecture:{said.prefecture}"
    return f"region:{said.region}" if said.region else UNSAID


def beds_value(lowest: int | None, highest: int | None) -> str:
    if lowest is None and highest is None:
        return UNSAID
    return f"{'' if lowest is None else lowest}-{'' if highest is None else highest}"


def _areas(institution: Institution) -> list[tuple[str, str]]:
    prefecture = Prefecture(institution.prefecture)
    names = PREFECTURES[prefecture]
    region = register.region_of(prefecture)
    return [
        (f"region:{region}", words.of(region)),
        (f"prefecture:{prefecture}", names.name_ja if words.is_japanese() else names.name_en),
    ]


def _bed_ranges(institution: Institution) -> list[tuple[str, str]]:
    beds = institution.licensed_beds
    if beds is None:
        return []
    return [
        (beds_value(lowest, highest), composition.bed_words(lowest, highest))
        for lowest, highest in reversed(rules.BED_RANGES)
        if (lowest, highest) != (None, None)
        and (lowest is None or lowest <= beds)
        and (highest is None or beds <= highest)
    ]
