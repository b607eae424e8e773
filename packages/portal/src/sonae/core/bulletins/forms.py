from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sonae.core.bulletins import rules
from sonae.core.bulletins.models import Bulletin
from sonae.core.bulletins.vocabulary import Audience, BulletinRefusal, Content
from sonae.core.institutions.models import Institution
from sonae.core.institutions.vocabulary import PREFECTURES, InstitutionKind, Prefecture
from sonae.core.web import dates, words
from sonae.core.web.vocabulary import Tlp
from sonae.kernel.calendar import JST
from sonae.kernel.decision import Refused

MOST_CODES = 2_000


class AudienceForm(forms.Form):
    """To whom: every institution that fits all conditions, and those named besides."""

    kinds = forms.MultipleChoiceField(
        label=_("Kinds of institution"),
        required=False,
        choices=lambda: [(kind.value, words.of(kind)) for kind in InstitutionKind],
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen: all kinds."),
    )
    prefectures = forms.MultipleChoiceField(
        label=_("Prefectures"),
        required=False,
        choices=lambda: [(code.value, _prefecture_name(code)) for code in Prefecture],
        widget=forms.SelectMultiple(attrs={"size": 8}),
        help_text=_("None chosen: the whole country."),
    )
    beds_from = forms.IntegerField(label=_("Licensed beds, from"), required=False, min_value=0, max_value=100_000)
    beds_to = forms.IntegerField(label=_("Licensed beds, to"), required=False, min_value=0, max_value=100_000)
    product = forms.CharField(
        label=_("Owners of this product"),
        required=False,
        max_length=rules.LONGEST_PRODUCT_KEY,
        widget=forms.TextInput(attrs={"list": "known-products"}),
        help_text=_("Maker and product as the asset ledgers hold them; width, case and blanks do not matter."),
    )
    codes = forms.CharField(
        label=_("Named institutions"),
        required=False,
        max_length=200_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Codes of the register, one per line. These receive it whatever the conditions say."),
    )

    def clean_codes(self) -> dict[str, int]:
        """The named codes with their institutions; every unknown code is named with its line."""
        lines = {number: line.strip() for number, line in enumerate(self.cleaned_data["codes"].splitlines(), 1)}
        wanted = {number: code for number, code in lines.items() if code}
        if len(wanted) > MOST_CODES:
            raise forms.ValidationError(_("At most %(most)s codes can be named."), params={"most": MOST_CODES})
        known = dict(
            Institution.objects.filter(register_code__in=set(wanted.values())).values_list("register_code", "pk")
        )
        unknown = [
            forms.ValidationError(
                _("Line %(line)s: %(why)s"),
                params={"line": number, "why": words.of(Refused(BulletinRefusal.CODE_UNKNOWN, {"value": code}))},
            )
            for number, code in wanted.items()
            if code not in known
        ]
        if unknown:
            raise forms.ValidationError(unknown)
        return known

    def clean(self) -> dict[str, Any]:
        chosen = super().clean() or self.cleaned_data
        if not self.errors:
            decision = rules.may_address(self.audience())
            if isinstance(decision, Refused):
                self.add_error("beds_to", words.of(decision))
        return chosen

    def audience(self) -> Audience:
        """What was chosen."""
        chosen = self.cleaned_data
        return Audience(
            kinds=frozenset(InstitutionKind(kind) for kind in chosen["kinds"]),
            beds_from=chosen["beds_from"],
            beds_to=chosen["beds_to"],
            prefectures=frozenset(Prefecture(code) for code in chosen["prefectures"]),
            product=rules.product_key(chosen["product"]),
            institution_ids=frozenset(chosen["codes"].values()),
        )


class BulletinForm(AudienceForm):
    """A draft as a person writes it."""

    tlp = forms.ChoiceField(
        label=_("How far it may travel (TLP 2.0)"),
        choices=lambda: [(tlp.value, words.of(tlp)) for tlp in Tlp],
        initial=Tlp.GREEN.value,
    )
    title_ja = forms.CharField(label=_("Title in Japanese"), max_length=200)
    title_en = forms.CharField(label=_("Title in English"), max_length=200)
    body_ja = forms.CharField(
        label=_("Text in Japanese"),
        max_length=50_000,
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text=_("Markdown."),
    )
    body_en = forms.CharField(
        label=_("Text in English"),
        max_length=50_000,
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text=_("Markdown."),
    )
    acknowledge_by = dates.MomentField(
        label=_("To be acknowledged by"),
        required=False,
        help_text=_("Japanese time. Left empty, nobody has to acknowledge it."),
    )
    field_order = ("tlp", "title_ja", "title_en", "body_ja", "body_en", "acknowledge_by")

    def content(self) -> Content:
        chosen = self.cleaned_data
        return Content(chosen["title_ja"], chosen["title_en"], chosen["body_ja"], chosen["body_en"])

    def verb_arguments(self) -> dict[str, Any]:
        """What `draft` and `revise` take."""
        due: datetime | None = self.cleaned_data["acknowledge_by"]
        return {"tlp": Tlp(self.cleaned_data["tlp"]), "audience": self.audience(), "acknowledge_by": due}

    @staticmethod
    def initial_of(bulletin: Bulletin) -> dict[str, Any]:
        """A draft as the form shows it."""
        codes = Institution.objects.filter(pk__in=bulletin.audience_institution_ids).values_list(
            "register_code", flat=True
        )
        return {
            "tlp": bulletin.tlp,
            "title_ja": bulletin.title_ja,
            "title_en": bulletin.title_en,
            "body_ja": bulletin.body_ja,
            "body_en": bulletin.body_en,
            "acknowledge_by": bulletin.acknowledge_by and bulletin.acknowledge_by.astimezone(JST),
            "kinds": bulletin.audience_kinds,
            "prefectures": bulletin.audience_prefectures,
            "beds_from": bulletin.audience_beds_from,
            "beds_to": bulletin.audience_beds_to,
            "product": bulletin.audience_product,
            "codes": "\n".join(sorted(codes)),
        }


class WithdrawalForm(forms.Form):
    why = forms.CharField(label=_("Why is it withdrawn?"), max_length=400, widget=forms.Textarea(attrs={"rows": 3}))


def _prefecture_name(code: Prefecture) -> str:
    facts = PREFECTURES[code]
    return facts.name_ja if words.is_japanese() else facts.name_en
