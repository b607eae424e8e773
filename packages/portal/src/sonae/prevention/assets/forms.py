from datetime import date, datetime
from typing import Any, cast

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from sonae.core.institutions.models import Institution
from sonae.core.web import dates, words
from sonae.kernel.calendar import jst_day
from sonae.kernel.decision import Refused
from sonae.prevention.assets import rules
from sonae.prevention.assets.models import Asset, Connection
from sonae.prevention.assets.services import AssetContent, ConnectionContent
from sonae.prevention.assets.vocabulary import AssetKind, ConnectionKind, Known, LedgerPart, Patcher


class AssetForm(forms.ModelForm):
    """A row of the ledger."""

    kind = forms.ChoiceField(label=_("Kind"), choices=lambda: [(kind.value, words.of(kind)) for kind in AssetKind])

    class Meta:
        model = Asset
        fields = ("kind", "name", "maker", "product", "version", "place", "responsible", "note")
        labels = {
            "name": _("Name"),
            "maker": _("Maker"),
            "product": _("Product"),
            "version": _("Version"),
            "place": _("Place"),
            "responsible": _("Responsible"),
            "note": _("Note"),
        }
        help_texts = {"version": _("Operating system or firmware, as the device shows it.")}
        widgets = {"note": forms.Textarea(attrs={"rows": 3})}

    def content(self) -> AssetContent:
        return cast(AssetContent, {name: self.cleaned_data[name] for name in self.Meta.fields})


class ConnectionForm(forms.ModelForm):
    """A way in from outside."""

    kind = forms.ChoiceField(label=_("Kind"), choices=lambda: [(one.value, words.of(one)) for one in ConnectionKind])
    source_restricted = forms.ChoiceField(
        label=_("Restricted to known sources"), choices=lambda: [(known.value, words.of(known)) for known in Known]
    )
    multi_factor = forms.ChoiceField(
        label=_("Multi-factor authentication"), choices=lambda: [(known.value, words.of(known)) for known in Known]
    )
    patched_by = forms.ChoiceField(
        label=_("Who installs updates"), choices=lambda: [(one.value, words.of(one)) for one in Patcher]
    )
    last_checked_on = dates.DayField(label=_("Last checked"), required=False)

    class Meta:
        model = Connection
        fields = (
            "kind", "name", "vendor", "purpose", "device", "firmware", "source_restricted", "multi_factor",
            "patched_by", "contract_clause", "last_checked_on", "note",
        )  # fmt: skip
        labels = {
            "name": _("Name"),
            "vendor": _("Vendor"),
            "purpose": _("Purpose"),
            "device": _("Device at which it ends"),
            "firmware": _("Firmware version"),
            "contract_clause": _("Clause of the contract about updates"),
            "note": _("Note"),
        }
        widgets = {
            "note": forms.Textarea(attrs={"rows": 3}),
        }

    def __init__(self, *args: Any, devices: QuerySet[Asset], now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._today = jst_day(now)
        cast(forms.ModelChoiceField, self.fields["device"]).queryset = devices

    def clean_last_checked_on(self) -> date | None:
        checked: date | None = self.cleaned_data["last_checked_on"]
        decision = rules.may_have_checked(checked, today=self._today)
        if isinstance(decision, Refused):
            raise forms.ValidationError(words.of(decision))
        return checked

    def content(self) -> ConnectionContent:
        return cast(ConnectionContent, {name: self.cleaned_data[name] for name in self.Meta.fields})


class WhereForm(forms.Form):
    """At which institution, for people who keep the ledger of several."""

    institution = forms.ModelChoiceField(label=_("Institution"), queryset=Institution.objects.none())

    def __init__(self, *args: Any, institutions: QuerySet[Institution], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = cast(forms.ModelChoiceField, self.fields["institution"])
        chosen.queryset = institutions
        chosen.initial = institutions.first()


class StocktakeForm(WhereForm):
    """Which part of the ledger of which institution was looked through."""

    part = forms.ChoiceField(
        label=pgettext_lazy("ledger", "Part"),
        choices=lambda: [(one.value, words.of(one)) for one in LedgerPart],
        help_text=_("Where the list of connections is empty, this puts on record that there are none."),
    )


class WithdrawalForm(forms.Form):
    """Why a stocktake is taken back."""

    why = forms.CharField(label=_("Reason"), max_length=1000)
