from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from sonae.core.institutions import sources
from sonae.core.institutions.models import Institution
from sonae.core.institutions.vocabulary import (
    Beds,
    ContactRole,
    FileRefusal,
    ImportKind,
    InstitutionKind,
    Prefecture,
    PublishedInstitution,
)
from sonae.core.web import dates, words
from sonae.core.web.uploads import UploadField


class UploadForm(forms.Form):
    """A published list to import."""

    kind = forms.ChoiceField(
        label=_("List"),
        choices=lambda: [(member.value, words.of(member)) for member in ImportKind],
        widget=forms.RadioSelect,
        initial=ImportKind.REGISTER.value,
    )
    file = UploadField(
        most_bytes=sources.LIMITS.file_bytes,
        refusal=FileRefusal.FILE_TOO_LARGE,
        accept=".csv,.zip",
        help_text=_("CSV in UTF-8, or a ZIP archive with one such file, as the ministry publishes it."),
    )
    as_of = dates.DayField(
        label=_("As of"),
        required=False,
        help_text=_("Only where the name of the file does not say it."),
    )
    may_vanish = forms.IntegerField(
        label=_("How many may be missing"),
        required=False,
        min_value=0,
        max_value=300_000,
        help_text=_(
            "Leave this blank. If an import is refused because too many institutions or codes are missing from the "
            "file, and the file is complete, give the number here."
        ),
    )


class BedsForm(forms.Form):
    """Licensed beds as of a day."""

    as_of = dates.DayField(label=_("As of"))
    total = forms.IntegerField(label=_("Total"), min_value=0, max_value=20_000)
    general = forms.IntegerField(label=_("General beds"), min_value=0, max_value=20_000, required=False)
    convalescent = forms.IntegerField(label=_("Long-term care beds"), min_value=0, max_value=20_000, required=False)
    psychiatric = forms.IntegerField(label=_("Psychiatric beds"), min_value=0, max_value=20_000, required=False)
    tuberculosis = forms.IntegerField(label=_("Tuberculosis beds"), min_value=0, max_value=20_000, required=False)
    infectious = forms.IntegerField(label=_("Infectious-disease beds"), min_value=0, max_value=20_000, required=False)

    def beds(self) -> Beds:
        return Beds(**{name: self.cleaned_data[name] for name in self.fields if name != "as_of"})


class NameForm(forms.Form):
    """Another name from a day on."""

    name = forms.CharField(label=_("Name"), max_length=200)
    name_kana = forms.CharField(label=_("Name in kana"), max_length=300, required=False)
    on = dates.DayField(label=_("From this day on"))


class MergeForm(forms.Form):
    """The other row of the register that is the same institution."""

    register_code = forms.CharField(
        label=_("Register code of the other entry"),
        max_length=40,
        help_text=_(
            "Its histories and contacts move here, and its code stays as a former one. The other entry is then gone: "
            "this cannot be undone."
        ),
    )
    is_same = forms.BooleanField(label=_("I have made sure that both entries are the same institution."))

    def __init__(self, *args: Any, rows: QuerySet[Institution], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._rows = rows

    def clean_register_code(self) -> Institution:
        found = self._rows.filter(register_code=self.cleaned_data["register_code"]).first()
        if found is None:
            raise forms.ValidationError(_("No institution of the register has this code."))
        return found


class ContactForm(forms.Form):
    """A person or desk to call."""

    role = forms.ChoiceField(
        label=_("To be called for"), choices=lambda: [(member.value, words.of(member)) for member in ContactRole]
    )
    name = forms.CharField(label=_("Name of the person or desk"), max_length=120)
    email = forms.EmailField(label=_("E-mail address"), required=False)
    phone = forms.CharField(label=_("Telephone"), max_length=40, required=False)
    note = forms.CharField(label=_("Note"), max_length=400, required=False)


class VendorLinkForm(forms.Form):
    """A vendor and what it does here."""

    name = forms.CharField(label=_("Vendor"), max_length=200)
    corporate_number = forms.RegexField(
        label=_("Corporate number"),
        regex=r"^[0-9]{13}$",
        required=False,
        help_text=_("13 digits, where known: it tells vendors of the same name apart."),
    )
    service = forms.CharField(
        label=_("System or service"), max_length=200, help_text=_("For example: electronic medical record.")
    )


class NetworkForm(forms.Form):
    """Public addresses of the own house."""

    network = forms.CharField(
        label=_("Address or network"),
        max_length=80,
        help_text=_(
            "A public address, or a network with its prefix, as your provider gave it: 192.0.2.1 or 192.0.2.0/28."
        ),
    )
    note = forms.CharField(label=_("Note"), max_length=200, required=False)


class InstitutionForm(forms.Form):
    """An institution that no published list has yet."""

    register_code = forms.RegexField(
        label=_("Register code"),
        regex=r"^(?!SYN-)[0-9A-Za-z-]{1,40}$",
        help_text=_("The ID under which the next list will name it, or one of your own: letters, digits, hyphens."),
    )
    kind = forms.ChoiceField(
        label=_("Kind"), choices=lambda: [(member.value, words.of(member)) for member in InstitutionKind]
    )
    name = forms.CharField(label=_("Name"), max_length=200)
    name_kana = forms.CharField(label=_("Name in kana"), max_length=300, required=False)
    prefecture = forms.ChoiceField(
        label=_("Prefecture"), choices=lambda: [(member.value, words.of(member)) for member in Prefecture]
    )
    municipality = forms.CharField(
        label=_("Municipality code"), max_length=5, help_text=_("Five digits; a designated city's ward has its own.")
    )
    address = forms.CharField(label=pgettext_lazy("place", "Address"), max_length=300, required=False)
    beds = forms.IntegerField(label=_("Licensed beds"), min_value=0, max_value=20_000, required=False)

    def row(self) -> PublishedInstitution:
        """What was entered, in the form in which a list would publish it."""
        entered: dict[str, Any] = {name: self.cleaned_data[name] for name in self.fields if name != "beds"}
        entered["kind"] = InstitutionKind(entered["kind"])
        entered["prefecture"] = Prefecture(entered["prefecture"])
        return PublishedInstitution(
            line=0,
            short_name="",
            name_latin="",
            latitude=None,
            longitude=None,
            website="",
            beds=Beds(total=self.cleaned_data["beds"]),
            **entered,
        )
