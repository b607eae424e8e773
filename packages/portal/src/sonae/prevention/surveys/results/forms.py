from datetime import timedelta

from django import forms
from django.utils.translation import gettext_lazy as _

from sonae.core.web import dates, words
from sonae.prevention.surveys.results import rules
from sonae.prevention.surveys.results.vocabulary import ResultRefusal, ResultStage


class CountForm(forms.Form):
    """What is counted: preliminary or final figures, as of when."""

    stage = forms.ChoiceField(
        label=_("Which figures"), choices=lambda: [(stage.value, words.of(stage)) for stage in ResultStage]
    )
    as_of = dates.MomentField(
        label=_("As of"),
        help_text=_("What had been submitted by this moment and was not returned for correction is counted."),
    )


# Under which field a refusal stands; what stands here for no field is said above the form.
COUNT_FIELDS = {
    ResultRefusal.AS_OF_TOO_NEW: "as_of",
    ResultRefusal.NOTHING_TO_COUNT: "as_of",
    ResultRefusal.FINAL_BEFORE_CLOSE: "stage",
}
# What the form offers as its moment: the last one that can be counted.
OFFERED_BEFORE = rules.SETTLED_AFTER + timedelta(minutes=1)
