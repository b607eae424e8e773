from collections.abc import Iterable
from enum import StrEnum
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.institutions.models import Institution
from sonae.core.web import dates, words
from sonae.kernel.decision import Refused
from sonae.kernel.errors import NotAllowed
from sonae.kernel.ids import new_id
from sonae.prevention.sharing import services as sharing
from sonae.prevention.sharing.vocabulary import IndicatorKind
from sonae.response.incidents.vocabulary import (
    AffectedSystem,
    Attached,
    CareImpact,
    IncidentRefusal,
    IndicatorOrigin,
    Leak,
    Phase,
    Report,
)

LONGEST_TEXT = 10_000
UPLOAD_LIMIT_BYTES = 20 * 1024 * 1024
# Whoever pastes a whole report by mistake reads twenty sentences, not thousands.
MOST_PROBLEMS = 20


_FIELD_OF: dict[StrEnum, str] = {
    IncidentRefusal.SEEN_MISSING: "seen",
    IncidentRefusal.PHONE_MISSING: "phone",
    IncidentRefusal.NOTICED_IN_FUTURE: "noticed_at",
    IncidentRefusal.NOTICED_TOO_LONG_AGO: "noticed_at",
}


class ReportForm(forms.Form):
    """The six fields: what is seen, since when, what stopped, what it does to care, what was done, whom to call."""

    intake_id = forms.UUIDField(widget=forms.HiddenInput)
    institution = forms.ModelChoiceField(
        label=_("Institution"), queryset=Institution.objects.none(), to_field_name="register_code"
    )
    seen = forms.CharField(
        label=_("1. What do you see?"),
        help_text=_("A few words are enough. For example: charts do not open, a demand for money on the screens."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=LONGEST_TEXT,
    )
    noticed_at = dates.MomentField(
        label=_("2. When did anyone first notice it?"),
        help_text=_("Leave it empty while nobody knows."),
        required=False,
    )
    systems = forms.MultipleChoiceField(
        label=_("3. What has stopped?"),
        choices=lambda: [(system.value, words.of(system)) for system in AffectedSystem],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    care = forms.ChoiceField(
        label=_("4. What does it do to patients?"),
        choices=lambda: [(care.value, words.of(care)) for care in CareImpact],
        widget=forms.RadioSelect,
        initial=CareImpact.UNKNOWN,
    )
    measures = forms.CharField(
        label=_("5. What have you done so far?"),
        widget=forms.Textarea(attrs={"rows": 2}),
        required=False,
        max_length=LONGEST_TEXT,
    )
    phone = forms.CharField(
        label=_("6. At which number does someone answer?"),
        help_text=_("Best a mobile phone: the telephones of the hospital may be down."),
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
        max_length=60,
    )
    is_drill = forms.BooleanField(
        label=_("This is an exercise"), required=False, help_text=_("Nobody outside your institution is told.")
    )

    def __init__(self, *args: Any, viewer: Viewer, typed: dict[str, list[str]] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["intake_id"].initial = new_id()
        self._offer_institutions(viewer)
        for name, values in (typed or {}).items():
            if name in self.fields and values:
                self.fields[name].initial = values if name == "systems" else values[0]

    def _offer_institutions(self, viewer: Viewer) -> None:
        reach = access.reach(viewer, Permission.INCIDENT_REPORT)
        listed: QuerySet[Institution] = Institution.objects.listed()
        own = Q(pk__in=reach.institution_ids) | Q(jurisdiction_id__in=reach.jurisdiction_ids)
        chosen = self.fields["institution"]
        assert isinstance(chosen, forms.ModelChoiceField)
        chosen.queryset = listed if reach.nation else listed.filter(own)
        if reach.nation or reach.jurisdiction_ids:
            # Whoever takes a call for another looks the code up in the register; a list of thousands helps nobody.
            chosen.widget = forms.TextInput(attrs={"autocomplete": "off"})
            chosen.help_text = _("The code of the institution in the register.")
        else:
            first = chosen.queryset.first()
            chosen.initial = first and first.register_code

    def report(self) -> Report:
        """What was said, as the verb takes it."""
        said = self.cleaned_data
        return Report(
            institution_id=said["institution"].pk,
            seen=said["seen"],
            phone=said["phone"],
            noticed_at=said["noticed_at"],
            systems=frozenset(AffectedSystem(system) for system in said["systems"]),
            care=CareImpact(said["care"]),
            measures=said["measures"],
        )

    def refuse(self, refused: Refused) -> None:
        """Shows at the field it is about why the report was not taken."""
        self.add_error(_FIELD_OF.get(refused.reason), words.of(refused))

    @property
    def intake(self) -> UUID:
        intake_id: UUID = self.cleaned_data["intake_id"]
        return intake_id

    @classmethod
    def typed_in(cls, posted: QueryDict) -> dict[str, list[str]]:
        """What was typed, valid or not, to be kept in a draft."""
        return {
            name: [value[:LONGEST_TEXT] for value in posted.getlist(name)[:50]]
            for name in cls.base_fields
            if name in posted
        }


class StateForm(forms.Form):
    """What is known now about the things that change by the hour."""

    care = forms.ChoiceField(
        label=_("Effect on care"),
        choices=lambda: [(care.value, words.of(care)) for care in CareImpact],
        widget=forms.RadioSelect,
    )
    leak = forms.ChoiceField(
        label=_("Leak of data"),
        choices=lambda: [(leak.value, words.of(leak)) for leak in Leak],
        widget=forms.RadioSelect,
    )
    systems = forms.MultipleChoiceField(
        label=_("What has stopped"),
        choices=lambda: [(system.value, words.of(system)) for system in AffectedSystem],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )


class NoteForm(forms.Form):
    text = forms.CharField(
        label=_("Note for the timeline"), widget=forms.Textarea(attrs={"rows": 3}), max_length=LONGEST_TEXT
    )


class TypedIndicatorsForm(forms.Form):
    """Indicators typed or pasted, one per line; the kind is recognised."""

    values = forms.CharField(
        label=_("Addresses, names, URLs, mail addresses or file hashes"),
        help_text=_("One per line. Forms like hxxp and [.] are understood."),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=50_000,
    )

    def clean_values(self) -> str:
        """What was typed, unless a line is no indicator: then each such line is named, and nothing is lost."""
        said: str = self.cleaned_data["values"]
        self._attached: list[Attached] = []
        problems: list[forms.ValidationError] = []
        for number, line in enumerate(said.splitlines(), start=1):
            if not line.strip():
                continue
            try:
                self._attached.append(Attached(*sharing.recognise(line.strip())))
            except NotAllowed as refused:
                facts = {"number": number, "why": words.of(refused.refusal)}
                problems.append(forms.ValidationError(_("Line %(number)s: %(why)s"), params=facts))
        if problems:
            raise forms.ValidationError(problems[:MOST_PROBLEMS])
        return said

    def attached(self) -> list[Attached]:
        """One indicator for each line that was typed."""
        return self._attached


class EventFileForm(forms.Form):
    """A file of a sensor, from which candidates are read; nothing of it is kept."""

    file = forms.FileField(
        label=_("File of a sensor (Suricata EVE; JSON, gzip or zip)"),
        help_text=_("It is read once and not kept. You confirm each indicator before it is stored."),
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > UPLOAD_LIMIT_BYTES:
            raise forms.ValidationError(
                _("The file is too large. The limit is %(limit)s bytes."), params={"limit": f"{UPLOAD_LIMIT_BYTES:,}"}
            )
        return file


class MoveForm(forms.Form):
    """Into which phase, why, and for a duplicate which case is kept."""

    phase = forms.ChoiceField(
        choices=lambda: [(phase.value, words.of(phase)) for phase in Phase], widget=forms.HiddenInput
    )
    reason = forms.CharField(label=_("Reason"), required=False, max_length=2_000)
    kept_number = forms.CharField(label=_("Number of the incident that is kept"), required=False, max_length=20)


def confirmed(posted: QueryDict) -> Iterable[Attached]:
    """The candidates that a person ticked: "kind|context|value"; what is no such triple is left out."""
    kinds = {kind.value for kind in IndicatorKind}
    for text in posted.getlist("chosen")[:500]:
        kind, _bar, rest = text.partition("|")
        context, _bar, value = rest.partition("|")
        if kind in kinds and value:
            yield Attached(IndicatorKind(kind), value, IndicatorOrigin.EXTRACTED, context)
