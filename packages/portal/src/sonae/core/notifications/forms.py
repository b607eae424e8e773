from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.institutions.models import Institution


class EndpointForm(forms.Form):
    """Where to call, and on whose behalf."""

    institution = forms.ModelChoiceField(
        Institution.objects.none(),
        required=False,
        label=_("Institution"),
        empty_label=_("Myself"),
        help_text=_("The webhook is called for what concerns this institution, or for what concerns you."),
    )
    url = forms.CharField(
        label=_("Address"),
        max_length=500,
        help_text=_("For example https://hooks.example.org/sonae. The address must be reachable from the internet."),
        widget=forms.URLInput(attrs={"inputmode": "url", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, viewer: Viewer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["institution"]
        assert isinstance(field, forms.ModelChoiceField), "the field above"
        field.queryset = Institution.objects.filter(pk__in=viewer.institution_ids)
        if not access.may(viewer, Permission.SECTOR_SEE).ok:
            field.required, field.empty_label = True, None
