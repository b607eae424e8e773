from typing import Any, cast

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from sonae.core.institutions.models import Institution
from sonae.core.web import words
from sonae.prevention.detection.vocabulary import Finding


class AnswerForm(forms.Form):
    """What was found when a sighting was followed up."""

    finding = forms.ChoiceField(
        label=_("What was found"),
        choices=lambda: [(finding.value, words.of(finding)) for finding in Finding],
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label=_("What was done"),
        help_text=_(
            "Which device, what was checked, what was changed. It is kept in this portal. Managers and executives of "
            "your institution read it, and programs they gave a token; so can whoever runs the portal's database."
        ),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=4_000,
    )


class EnrolForm(forms.Form):
    """A collector to be installed."""

    name = forms.CharField(
        label=_("Name of the collector"),
        help_text=_("For example the place where it runs: server room, 2nd floor."),
        max_length=80,
    )
    institution = forms.ModelChoiceField(label=_("Institution"), queryset=Institution.objects.none())

    def __init__(self, *args: Any, institutions: QuerySet[Institution], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = cast(forms.ModelChoiceField, self.fields["institution"])
        chosen.queryset = institutions
        chosen.initial = institutions.first()
