from django import forms
from django.utils.translation import gettext_lazy as _

from sonae.core.duties import rules
from sonae.core.web import dates


class FulfilmentForm(forms.Form):
    """What was done."""

    note = forms.CharField(
        label=_("What was done"),
        help_text=_("One or two sentences. Please do not write names of patients."),
        widget=forms.Textarea(attrs={"rows": 4}),
        min_length=rules.SHORTEST_NOTE,
        max_length=1000,
    )


class WaiverForm(forms.Form):
    """Why a duty is lifted."""

    why = forms.CharField(
        label=_("Reason for waiving"),
        help_text=_("The institution and the auditor will read this."),
        widget=forms.Textarea(attrs={"rows": 4}),
        min_length=rules.SHORTEST_REASON,
        max_length=1000,
    )


class RedatingForm(forms.Form):
    """Until when instead, and why."""

    due_on = dates.DayField(label=_("New last day"), help_text=_("The duty is on time until the end of this day."))
    why = forms.CharField(
        label=_("Reason for moving the due moment"),
        help_text=_("The institution and the auditor will read this."),
        widget=forms.Textarea(attrs={"rows": 4}),
        min_length=rules.SHORTEST_REASON,
        max_length=1000,
    )
