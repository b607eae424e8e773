from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from sonae.core.accounts.models import Account
from sonae.core.web import dates, words
from sonae.prevention.inspections.visits import rules
from sonae.prevention.inspections.visits.models import RowEntry
from sonae.prevention.inspections.visits.vocabulary import Entry, Observation, Side, Written


def _why(label: Any) -> forms.CharField:
    return forms.CharField(
        label=label, min_length=rules.SHORTEST_REASON, max_length=rules.LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip


def _text(label: Any, *, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label, required=False, max_length=rules.LONGEST_TEXT, help_text=help_text,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip


class ArrangeForm(forms.Form):
    """When the visit is, and who goes."""

    prefix = "arrange"
    on = dates.DayField(label=_("Day of the visit"))
    team = forms.MultipleChoiceField(label=_("Who goes"), widget=forms.CheckboxSelectMultiple)
    companions = forms.CharField(
        label=_("Who comes along without an account"), required=False, max_length=200,
        help_text=_("Names and offices, as they shall stand in the report."),
    )  # fmt: skip

    def __init__(self, *args: Any, inspectors: list[Account], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        team = self.fields["team"]
        assert isinstance(team, forms.MultipleChoiceField), "declared above"
        team.choices = [(str(one.pk), str(one)) for one in inspectors]

    def members(self) -> list[UUID]:
        return [UUID(one) for one in self.cleaned_data["team"]]


class MoveForm(forms.Form):
    """Another day, and why."""

    prefix = "move"
    on = dates.DayField(label=_("New day of the visit"))
    why = _why(_("Reason, which the institution reads"))


class CancelForm(forms.Form):
    prefix = "cancel"
    why = _why(_("Reason, which the institution reads if it was told of the visit"))


class RowForm(forms.Form):
    """What was seen of one row. The hidden fields make a form that is sent twice count once, and show whether
    somebody else wrote meanwhile."""

    id = forms.UUIDField(widget=forms.HiddenInput)
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)
    value = forms.ChoiceField(
        label=_("What was seen on site"), required=False, widget=forms.RadioSelect,
        choices=lambda: [(one.value, words.of(one)) for one in Observation],
    )  # fmt: skip
    note = _text(
        _("Note"),
        help_text=_(
            "Please write here why something was not looked at or does not apply, or why a row that is not met gets no "
            "finding. The institution reads it in the report."
        ),
    )
    finding = _text(
        pgettext_lazy("inspection", "Finding"),
        help_text=_("What should be mended. Leave it empty where nothing should."),
    )
    advice = _text(_("Advice"), help_text=_("How it can be done, where help is to be had, what others did."))
    due_on = dates.DayField(
        label=_("To be mended by"), required=False,
        help_text=_("With a day, the institution is asked to report what it did."),
    )  # fmt: skip

    @staticmethod
    def initial_of(entry: RowEntry | None) -> dict[str, Any]:
        """The row as it stands."""
        if entry is None:
            return {"id": uuid4(), "seen": 0}
        said = entry.written()
        return {
            "id": uuid4(), "seen": entry.revision or 0, "value": said.value, "note": said.note,
            "finding": said.finding, "advice": said.advice, "due_on": said.due_on,
        }  # fmt: skip

    def entry(self, item: str, *, now: Any) -> Entry:
        """What was written, as an entry."""
        said = self.cleaned_data
        written = Written(
            said["value"], said["note"].strip(), said["finding"].strip(), said["advice"].strip(), said["due_on"]
        )
        return Entry(said["id"], item, written, said["seen"], now)


class PhotoForm(forms.Form):
    """A picture of a row."""

    prefix = "photo"
    id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    file = forms.FileField(
        label=_("Picture (JPEG or PNG)"),
        help_text=_("Where and when it was taken is removed from the file. Please take no picture of patients."),
    )


class SignatureForm(forms.Form):
    """A name under what the visit says now."""

    prefix = "sign"
    id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)
    side = forms.ChoiceField(label=_("For whom"), choices=lambda: [(one.value, words.of(one)) for one in Side])
    name = forms.CharField(
        label=_("Name of whoever signs"), max_length=rules.LONGEST_NAME,
        help_text=_("With position or office. On a tablet it can be signed by hand."),
    )  # fmt: skip


class AnswerForm(forms.Form):
    """What the institution did about a finding."""

    prefix = "answer"
    text = forms.CharField(
        label=_("What was done"), min_length=rules.SHORTEST_REASON, max_length=rules.LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 5}),
    )  # fmt: skip
    file = forms.FileField(label=_("A paper or picture that shows it"), required=False)


class SendBackForm(forms.Form):
    """Why an answer goes back, and until when it is mended."""

    prefix = "back"
    why = _why(_("What is still needed"))
    due_on = dates.DayField(label=_("New due day"))
