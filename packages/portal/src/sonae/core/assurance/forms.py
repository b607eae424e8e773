from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from sonae.core.assurance import catalogue, rules
from sonae.core.assurance.catalogue_files.tree import MOST_JSON_BYTES
from sonae.core.assurance.models import ImportedCatalogue
from sonae.core.assurance.vocabulary import (
    SOURCES,
    AssuranceRefusal,
    CatalogueProblem,
    Finding,
    Said,
    Source,
    Strength,
)
from sonae.core.documents.vocabulary import Sensitivity
from sonae.core.institutions.models import Institution
from sonae.core.web import dates, words
from sonae.core.web.uploads import UploadField
from sonae.kernel import calendar
from sonae.kernel.decision import Refused

_FIELD_OF: dict[StrEnum, str] = {
    AssuranceRefusal.BEGINS_IN_FUTURE: "since",
    AssuranceRefusal.ENDS_BEFORE_IT_BEGINS: "until",
    AssuranceRefusal.TOO_STRONG_FOR_TELLER: "strength",
}


MOST_DOCUMENTS = 100


class EvidenceForm(forms.Form):
    """What someone knows about a control of an institution."""

    register_code = forms.CharField(label=_("Register code of the institution"), max_length=40)
    control = forms.ChoiceField(label=_("Control"))
    finding = forms.ChoiceField(label=_("What is so"))
    source = forms.ChoiceField(label=_("Who says so"))
    strength = forms.ChoiceField(label=_("How much stands behind it"))
    reference = forms.CharField(
        label=_("What it rests on"),
        max_length=120,
        help_text=_("For example the title and date of a document, or the number of an inspection."),
    )
    since = dates.DayField(label=_("Since when"))
    until = dates.DayField(
        label=_("Until when"),
        required=False,
        help_text=_("The last day. Left empty, the period that the catalogue suggests is used."),
    )
    document = forms.TypedChoiceField(
        label=_("Document on file"), required=False, coerce=UUID, empty_value=None, help_text=_("The newest hundred.")
    )
    file = forms.FileField(
        label=_("Or a new file"),
        required=False,
        max_length=255,
        help_text=_("It is looked through before it is kept, and stays among the documents of the institution."),
    )
    sensitivity = forms.ChoiceField(
        label=_("Who may see the new file"),
        required=False,
        choices=lambda: [(one.value, words.of(one)) for one in (Sensitivity.SHAREABLE, Sensitivity.INSTITUTION_ONLY)],
        widget=forms.RadioSelect,
        initial=Sensitivity.SHAREABLE,
    )
    note = forms.CharField(label=_("Note"), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(
        self, *args: Any, inside: Iterable[Institution], institutions: Any, documents: Any, now: datetime, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._now = now
        self._inside = {institution.register_code for institution in inside}
        self._institutions = institutions
        teller = rules.teller(is_program=False, is_inside=bool(self._inside))
        self.fields["control"].choices = [  # type: ignore[attr-defined]
            (control.id, catalogue.in_language(control.title)) for control in catalogue.controls().values()
        ]
        self.fields["finding"].choices = [(one.value, words.of(one)) for one in Finding]  # type: ignore[attr-defined]
        self.fields["source"].choices = [(one.value, words.of(one)) for one in rules.MAY_SPEAK[teller]]  # type: ignore[attr-defined]
        self.fields["strength"].choices = [(one.value, words.of(one)) for one in rules.strengths_of(teller)]  # type: ignore[attr-defined]
        if len(self._inside) == 1:
            self.initial.setdefault("register_code", next(iter(self._inside)))
        about = str(self.data.get("register_code") or self.initial.get("register_code") or "").strip()
        newest = documents.filter(institution__register_code=about).order_by("-stored_at")[:MOST_DOCUMENTS]
        self.fields["document"].choices = [  # type: ignore[attr-defined]
            ("", _("None")),
            *((one.pk, one.name) for one in newest),
        ]

    def clean_register_code(self) -> Institution:
        found: Institution | None = self._institutions.filter(
            register_code=self.cleaned_data["register_code"].strip()
        ).first()
        if found is None:
            raise forms.ValidationError(_("No institution in your reach has this register code."))
        return found

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("document") and given.get("file"):
            self.add_error("file", _("Please choose one: a document on file or a new one."))
        if self.errors:
            return given
        since = calendar.start_of(given["since"])
        until = calendar.end_of(given["until"]) if given["until"] else self._suggested_end(since, given["control"])
        self._said = self._what_is_said(given, since=since, until=until)
        # Whoever belongs to this institution speaks from inside, whoever supervises it from outside.
        teller = rules.teller(is_program=False, is_inside=given["register_code"].register_code in self._inside)
        decision = rules.may_file(self._said, teller=teller, now=self._now)
        if isinstance(decision, Refused):
            self.add_error(_FIELD_OF.get(decision.reason, "source"), words.of(decision))
        return given

    def said(self) -> Said:
        """What a valid form says."""
        return self._said

    @staticmethod
    def _what_is_said(given: dict[str, Any], *, since: datetime, until: datetime) -> Said:
        return Said(
            control=given["control"],
            institution_id=given["register_code"].pk,
            source=Source(SOURCES(given["source"]), given["reference"].strip()),
            strength=Strength(given["strength"]),
            finding=Finding(given["finding"]),
            since=since,
            until=until,
            document_id=given["document"],
            facts={"note": given["note"]} if given["note"] else {},
        )

    @staticmethod
    def _suggested_end(since: datetime, control: str) -> datetime:
        return since + timedelta(days=catalogue.control(control).lasts_days)


class WithdrawalForm(forms.Form):
    """Why a piece of evidence no longer counts."""

    why = forms.CharField(
        label=_("Reason for withdrawing"),
        min_length=rules.SHORTEST_REASON,
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class CatalogueForm(forms.Form):
    """The file of a catalogue that others publish."""

    file = UploadField(
        most_bytes=MOST_JSON_BYTES,
        refusal=CatalogueProblem.FILE_TOO_LARGE,
        accept=".json,.yaml,.yml",
        help_text=_("An OSCAL 1.x catalogue in JSON, or a library of CISO Assistant with one framework in YAML."),
    )
    follows = forms.ModelChoiceField(
        label=_("Later version of"),
        queryset=ImportedCatalogue.objects.none(),
        required=False,
        empty_label=_("What the file says itself"),
        help_text=_("Only where a new version has another title and says nothing of the one before."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        follows = self.fields["follows"]
        assert isinstance(follows, forms.ModelChoiceField)
        follows.queryset = ImportedCatalogue.objects.current()
