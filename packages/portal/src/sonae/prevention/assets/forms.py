from datetime import date, datetime
from typing import Any, cast

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from sonae.core.documents.vocabulary import FileRefusal
from sonae.core.institutions.models import Institution
from sonae.core.web import dates, words
from sonae.core.web.uploads import UploadField
from sonae.kernel.calendar import jst_day
from sonae.kernel.decision import Refused
from sonae.prevention.assets import rules
from sonae.prevention.assets.intake import cells, files
from sonae.prevention.assets.intake.drafts import SHOWN, Draft
from sonae.prevention.assets.intake.vocabulary import (
    ANSWERS,
    Identity,
    LedgerField,
    Mapping,
    Newcomers,
    QuestionAnswer,
    QuestionKind,
)
from sonae.prevention.assets.models import Asset, Connection, NetworkZone
from sonae.prevention.assets.services import AssetContent, ConnectionContent, ZoneContent
from sonae.prevention.assets.vocabulary import (
    AssetKind,
    ClinicalService,
    ConnectionKind,
    Criticality,
    Known,
    LedgerPart,
    Patcher,
)


class AssetForm(forms.ModelForm):
    """A row of the ledger."""

    kind = forms.ChoiceField(label=_("Kind"), choices=lambda: [(kind.value, words.of(kind)) for kind in AssetKind])
    internet_facing = forms.ChoiceField(
        label=_("Reachable from the internet"), required=False,
        choices=lambda: [(one.value, words.of(one)) for one in (Known.UNKNOWN, Known.YES, Known.NO)],
    )  # fmt: skip
    acquired_on = dates.DayField(label=_("Acquired on"), required=False)
    support_ends_on = dates.DayField(label=_("Support ends on"), required=False)

    class Meta:
        model = Asset
        fields = (
            "kind", "name", "maker", "product", "model_number", "version", "os", "firmware", "asset_number", "serial",
            "hostname", "mac_address", "ip_address", "udi", "external_key", "zone", "internet_facing", "place",
            "responsible", "acquired_on", "support_ends_on", "note",
        )  # fmt: skip
        labels = {
            "name": _("Name"),
            "maker": _("Maker"),
            "product": _("Product"),
            "model_number": _("Model number"),
            "version": _("Version"),
            "os": _("Operating system"),
            "firmware": _("Firmware version"),
            "asset_number": _("Asset number"),
            "serial": _("Serial number"),
            "hostname": _("Host name"),
            "mac_address": _("MAC address"),
            "ip_address": _("IP address"),
            "udi": _("UDI (unique device identification)"),
            "external_key": _("Key in another program"),
            "zone": _("Network zone"),
            "place": _("Place"),
            "responsible": _("Responsible"),
            "note": _("Note"),
        }
        help_texts = {"version": _("Operating system or firmware, as the device shows it.")}
        widgets = {"note": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, zones: QuerySet[NetworkZone], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ModelChoiceField, self.fields["zone"]).queryset = zones
        levels = [("", "–"), *((one.value, words.of(one)) for one in Criticality if one is not Criticality.UNKNOWN)]
        for service in ClinicalService:
            self.fields[f"service_{service}"] = forms.ChoiceField(
                label=_("If it stops: %(service)s") % {"service": words.of(service)}, choices=levels, required=False,
                initial=self.instance.services.get(service.value, ""),
            )  # fmt: skip

    def clean_internet_facing(self) -> str:
        return self.cleaned_data["internet_facing"] or Known.UNKNOWN

    def clean_mac_address(self) -> str:
        return self._read("mac_address")

    def clean_ip_address(self) -> str:
        return self._read("ip_address")

    def _read(self, field: str) -> str:
        """As lists are read, so that a device typed in by hand is recognised in the next one."""
        value, problem = cells.value_of(field, self.cleaned_data[field])
        if problem is not None:
            raise forms.ValidationError(words.of(Refused(problem.reason, problem.facts)))
        return value

    def content(self) -> AssetContent:
        found = {name: self.cleaned_data[name] for name in self.Meta.fields}
        levels = {one.value: self.cleaned_data[f"service_{one}"] for one in ClinicalService}
        return cast(AssetContent, {**found, "services": {name: level for name, level in levels.items() if level}})


class ZoneForm(forms.ModelForm):
    """A part of the network."""

    internet_reachable = forms.ChoiceField(
        label=_("Reachable from the internet"), choices=lambda: [(one.value, words.of(one)) for one in Known]
    )
    vendor_reachable = forms.ChoiceField(
        label=_("Reachable by vendors"), choices=lambda: [(one.value, words.of(one)) for one in Known]
    )

    class Meta:
        model = NetworkZone
        fields = ("name", "purpose", "internet_reachable", "vendor_reachable")
        labels = {"name": _("Name"), "purpose": _("Purpose")}

    def content(self) -> ZoneContent:
        return cast(ZoneContent, {name: self.cleaned_data[name] for name in self.Meta.fields})


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


# A list of a hospital is recognised by the first that it has; more than five nobody has.
PRIORITIES = 5


class UploadForm(WhereForm):
    """A file for the ledger of an institution."""

    file = UploadField(
        most_bytes=files.MOST_BYTES,
        refusal=FileRefusal.TOO_LARGE,
        accept=".csv,.txt,.xlsx,.json,.xml,.spdx,.tag,.yaml,.yml",
        help_text=_(
            "Your own list (Excel or CSV, whatever its columns), a list of components (CycloneDX, SPDX), or a scan of "
            "the network (nmap -oX). Nothing is changed before you have seen what would change."
        ),
    )
    # From the page of the asset whose components the file lists.
    asset = forms.ModelChoiceField(queryset=Asset.objects.none(), required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, institutions: QuerySet[Institution], assets: QuerySet[Asset], **kwargs: Any) -> None:
        super().__init__(*args, institutions=institutions, **kwargs)
        chosen = cast(forms.ModelChoiceField, self.fields["asset"])
        chosen.queryset = assets


class MappingForm(forms.Form):
    """Where the columns of a table go."""

    source = forms.CharField(
        label=_("What this list is called"),
        max_length=80,
        required=False,
        help_text=_(
            "The next list of the same name is compared with this one: what is missing in it is asked about. Leave it "
            "blank if this list is no complete one."
        ),
    )
    default_kind = forms.ChoiceField(
        label=_("Kind of devices whose row does not say it"),
        choices=lambda: [(kind.value, words.of(kind)) for kind in AssetKind],
    )
    newcomers = forms.ChoiceField(
        label=_("What to do with a device that is not in the ledger"),
        choices=lambda: [(one.value, words.of(one)) for one in Newcomers],
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, draft: Draft, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.draft = draft
        offered = [("", gettext("(not used)")), *((one.value, words.of(one)) for one in LedgerField)]
        for column, proposed in enumerate(draft.mapping.columns):
            samples = [line.cells[column] for line in draft.samples if column < len(line.cells) and line.cells[column]]
            name = draft.header.names[column] if column < len(draft.header.names) else ""
            self.fields[f"column_{column}"] = forms.ChoiceField(
                label=gettext("Column %(number)s: %(name)s") % {"number": column + 1, "name": cells.plain(name) or "–"},
                help_text=" / ".join(dict.fromkeys(sample[:40] for sample in samples[:3])),
                choices=offered, required=False, initial=proposed,
            )  # fmt: skip
        for place in range(PRIORITIES):
            kept = draft.mapping.priority
            self.fields[f"identity_{place}"] = forms.ChoiceField(
                label=gettext("A device is recognised by (%(number)s)") % {"number": place + 1}, required=False,
                choices=[("", "–"), *((one.value, words.of(one)) for one in Identity)],
                initial=kept[place].value if place < len(kept) else "",
            )  # fmt: skip
        self.initial = dict(self.initial) | {
            "source": draft.source, "default_kind": draft.mapping.default_kind,
            "newcomers": draft.mapping.newcomers.value,
        }  # fmt: skip

    def mapping(self) -> Mapping:
        chosen = [self.cleaned_data[f"identity_{place}"] for place in range(PRIORITIES)]
        return Mapping(
            sheet=self.draft.mapping.sheet,
            header_line=self.draft.mapping.header_line,
            data_line=self.draft.mapping.data_line,
            columns=tuple(self.cleaned_data[f"column_{one}"] for one in range(len(self.draft.mapping.columns))),
            priority=tuple(Identity(one) for one in dict.fromkeys(filter(None, chosen))) or self.draft.mapping.priority,
            newcomers=Newcomers(self.cleaned_data["newcomers"]),
            default_kind=self.cleaned_data["default_kind"],
        )

    def preview(self) -> list[tuple[str, ...]]:
        """The first rows as the file has them."""
        width = len(self.draft.mapping.columns)
        return [(line.cells + ("",) * width)[:width] for line in self.draft.samples[:SHOWN]]


class AnswerForm(forms.Form):
    """What a person says of a device, and how they know."""

    answer = forms.ChoiceField(label=_("Answer"), widget=forms.RadioSelect)
    place = forms.CharField(
        label=_("Where it is now"), max_length=120, required=False,
        help_text=_("Only where it moved."),
    )  # fmt: skip
    reason = forms.CharField(label=_("How you know"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, kind: QuestionKind, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = cast(forms.ChoiceField, self.fields["answer"])
        chosen.choices = [(one.value, words.of(one)) for one in ANSWERS[kind]]
        if QuestionAnswer.MOVED not in ANSWERS[kind]:
            del self.fields["place"]
