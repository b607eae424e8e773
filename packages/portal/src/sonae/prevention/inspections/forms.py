from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from sonae.core.instruments.vocabulary import FormProblem
from sonae.core.web import words
from sonae.kernel.decision import Refused
from sonae.prevention.inspections.ministry_form.drafts import MOST_BYTES


class AskForm(forms.Form):
    """To whom of a vendor the link to its form goes."""

    name = forms.CharField(label=_("Name of the person who answers"), max_length=100)
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

    file = forms.FileField(
        label=_("File"), max_length=255, widget=forms.ClearableFileInput(attrs={"accept": ".xlsx"}),
        help_text=_("The ministry's workbook (.xlsx) of one form, as it was downloaded."),
    )  # fmt: skip

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > MOST_BYTES:
            most = {"most": MOST_BYTES // 1_000_000}
            raise forms.ValidationError(words.of(Refused(FormProblem.FILE_TOO_LARGE, most)))
        return file
