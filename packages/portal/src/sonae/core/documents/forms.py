from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import NATIONWIDE, Permission
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.documents import rules
from sonae.core.documents.vocabulary import PURPOSES, Sensitivity
from sonae.core.institutions.models import Institution
from sonae.core.web import words
from sonae.core.web.vocabulary import Tlp
from sonae.kernel.decision import Refused


def _choices(enum: Any) -> Any:
    return lambda: [(member.value, words.of(member)) for member in enum]


class UploadForm(forms.Form):
    """A file with what it is for and how far it may go."""

    file = forms.FileField(label=_("File"), max_length=255)
    institution = forms.ModelChoiceField(
        Institution.objects.none(), required=False, label=_("Institution"), empty_label=_("No institution (nationwide)")
    )
    purpose = forms.ChoiceField(label=_("Purpose"), choices=_choices(PURPOSES))
    sensitivity = forms.ChoiceField(
        label=_("Who may see it"),
        choices=_choices(Sensitivity),
        widget=forms.RadioSelect,
        initial=Sensitivity.SHAREABLE,
    )
    tlp = forms.ChoiceField(
        label="TLP",
        required=False,
        choices=lambda: [("", _("Without a mark")), *_choices(Tlp)()],
        help_text=_("Only if the file came with a Traffic Light Protocol mark."),
    )

    def __init__(self, *args: Any, viewer: Viewer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["institution"]
        assert isinstance(field, forms.ModelChoiceField), "the field above"
        field.queryset = Institution.objects.filter(pk__in=viewer.institution_ids)
        if not access.may(viewer, Permission.DOCUMENT_STORE, at=NATIONWIDE).ok:
            field.required, field.empty_label = True, None
        most = max(limit.most_bytes for limit in (PURPOSES[one] for one in PURPOSES)) // rules.MEGABYTE
        self.fields["file"].help_text = _(
            "PDF, Excel, Word, CSV, text or a picture; at most %(most)s MB. Files with macros or scripts are refused."
        ) % {"most": most}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("sensitivity"):
            sensitivity = Sensitivity(cleaned["sensitivity"])
            belongs = rules.may_belong(sensitivity, has_institution=bool(cleaned.get("institution")))
            if isinstance(belongs, Refused):
                self.add_error("institution", words.of(belongs))
        return cleaned
