from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sonae.core.instruments.forms import WorkbookForm
from sonae.prevention.inspections.ministry_form.drafts import MOST_BYTES


class AskForm(forms.Form):
    """To whom of a vendor the link to its form goes."""

    name = forms.CharField(label=_("Name of the person who answers"), max_length=100)
    address = forms.EmailField(label=_("Their e-mail address"))


class MinistryForm(WorkbookForm):
    """The checklist of a fiscal year as the ministry publishes it."""

    most_bytes = MOST_BYTES

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].help_text = _("The ministry's workbook (.xlsx) of one form, as it was downloaded.")
