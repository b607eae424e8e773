from typing import Any, cast

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from sonae.core.institutions.models import Vendor
from sonae.core.web import words
from sonae.core.web.dates import DayField
from sonae.prevention.exposure import course
from sonae.prevention.exposure.vocabulary import Course, Saying, Step


class StepForm(forms.Form):
    """Where it stands from now on, with what belongs to that."""

    to = forms.ChoiceField(
        label=_("Where it stands"), choices=lambda: [(one.value, words.of(one)) for one in course.STEPS],
        widget=forms.RadioSelect,
    )  # fmt: skip
    why = forms.CharField(
        label=_("Reason, or measure taken"),
        max_length=course.LONGEST_WHY,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Needed where it does not concern you, is mitigated, or the risk is accepted."),
    )
    done_on = DayField(label=_("Fixed on"), required=False, help_text=_("Needed where it is fixed."))
    version = forms.CharField(
        label=_("Version since"),
        max_length=200,
        required=False,
        help_text=_("Where the fix is another version. Please write it into the ledger as well."),
    )
    until = DayField(
        label=_("Holds until"),
        required=False,
        help_text=_("Needed for a measure, an accepted risk, and where you wait for a vendor. It is then asked again."),
    )
    vendor = forms.ModelChoiceField(
        label=_("Vendor"), queryset=Vendor.objects.none(), required=False,
        help_text=_("Needed where you wait for a vendor."),
    )  # fmt: skip

    def __init__(self, *args: Any, vendors: QuerySet[Vendor], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ModelChoiceField, self.fields["vendor"]).queryset = vendors

    def step(self) -> Step:
        """What was said."""
        said = self.cleaned_data
        vendor = said["vendor"]
        return Step(
            Course(said["to"]), why=said["why"], done_on=said["done_on"], version=said["version"], until=said["until"],
            vendor_id=vendor.pk if vendor else None,
        )  # fmt: skip


class AnswerForm(forms.Form):
    """Whether two names mean one product."""

    answer = forms.ChoiceField(
        label=_("Answer"), choices=lambda: [(one.value, words.of(one)) for one in Saying], widget=forms.RadioSelect
    )


class DecisionForm(forms.Form):
    """What counts of two names for everybody."""

    decision = forms.ChoiceField(
        label=_("Decision"),
        choices=[
            ("same", _("They mean one product")),
            ("different", _("They mean two products")),
            ("reopen", _("Take the decision back")),
        ],
        widget=forms.RadioSelect,
    )
    why = forms.CharField(
        label=_("How this is known"),
        max_length=1_000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("For example the maker's own page, or a call. Do not name an institution."),
    )
