from django import forms
from django.utils.translation import gettext_lazy as _


class AskForm(forms.Form):
    """To whom of a vendor the link to its form goes."""

    name = forms.CharField(label=_("Name of the person who answers"), max_length=100)
    address = forms.EmailField(label=_("Their e-mail address"))
