from django import forms
from django.utils.translation import gettext_lazy as _

from sonae.core.instruments import link_rules
from sonae.core.instruments.vocabulary import FormProblem
from sonae.core.web.uploads import UploadField
from sonae.prevention.inspections.ministry_form.drafts import MOST_BYTES


class AskForm(forms.Form):
    """To whom of a vendor the link to its form goes."""

    name = forms.CharField(label=_("Name of the person who answers"), max_length=link_rules.LONGEST_NAME)
    address = forms.EmailField(label=_("Their e-mail address"))


class DiagramForm(forms.Form):
    """The contact diagram of an institution."""

    prefix = "diagram"
    file = forms.FileField(
        label=_("File"), max_length=255,
        help_text=_("PDF, Word, Excel or a picture. The newest one lies in the folder; older ones stay on record."),
    )  # fmt: skip


class MinistryForm(forms.Form):
    """The checklist of a fiscal year as the ministry publishes it."""

    file = UploadField(
        most_bytes=MOST_BYTES, refusal=FormProblem.FILE_TOO_LARGE, accept=".xlsx",
        help_text=_("The ministry's workbook (.xlsx) of one form, as it was downloaded."),
    )  # fmt: skip
