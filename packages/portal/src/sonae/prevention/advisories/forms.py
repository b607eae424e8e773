from django import forms
from django.utils.translation import gettext_lazy as _

from sonae.core.web import words
from sonae.core.web.uploads import UploadField
from sonae.prevention.advisories.vocabulary import DocumentRefusal, SourceKind

MOST_UPLOADED_BYTES = 64_000_000
MOST_TRIED = 20


class UploadForm(forms.Form):
    """A file with advisories."""

    file = UploadField(
        most_bytes=MOST_UPLOADED_BYTES,
        refusal=DocumentRefusal.TOO_LARGE,
        accept=".json,.xml,.rdf,.yaml,.yml,.csv,.gz,.tgz,.tar,.zip",
        help_text=_(
            "CSAF, MyJVN (XML or JSON), JVN RSS, NVD, CVE records, OSV, KEV or EPSS: one document, or an archive "
            "(zip, tar, gzip) of many. Larger files are imported on the portal's machine: sonae feeds import."
        ),
    )


class SourceForm(forms.Form):
    """A source to be asked from now on."""

    name = forms.SlugField(
        label=_("Name of the source"),
        max_length=60,
        help_text=_(
            "Latin letters, digits and hyphens, for example vendor-csaf. It is also typed on the command line."
        ),
    )
    kind = forms.ChoiceField(
        label=_("How it is asked"), choices=lambda: [(member.value, words.of(member)) for member in SourceKind]
    )
    address = forms.CharField(
        label=_("Address of the source"),
        max_length=500,
        required=False,
        help_text=_("It begins with https://. Leave it blank for files that people bring."),
    )


class RangeForm(forms.Form):
    """What a version text means."""

    said = forms.CharField(
        label=_("The versions that are meant"),
        max_length=1_000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("For example: >=1.0 <2.3, or in the notation VERS: vers:generic/>=1.0|<2.3. All versions: *"),
    )
    why = forms.CharField(
        label=_("Why it means this"),
        max_length=1_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_(
            "Where this is known from: the publisher's own page, a call, the manual. Needed to state the range; "
            "everybody reads it."
        ),
    )
    versions = forms.CharField(
        label=_("Versions to try"),
        max_length=1_000,
        required=False,
        help_text=_("Separated by commas. The preview says of each whether it is in the range."),
    )

    def tried(self) -> list[str]:
        """The versions somebody wants to see an answer for."""
        typed = self.cleaned_data["versions"].replace("、", ",").split(",")
        return [version.strip() for version in typed if version.strip()][:MOST_TRIED]
