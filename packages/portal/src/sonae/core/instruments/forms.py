from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from sonae.core.access import queries as grants
from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.models import Account
from sonae.core.accounts.vocabulary import Role, Viewer
from sonae.core.institutions.models import Institution, VendorLink
from sonae.core.instruments import draft_rules, entries, link_rules, map_file, map_rules, queries
from sonae.core.instruments import response_rules as rules
from sonae.core.instruments.comparisons import YearMap
from sonae.core.instruments.entries import Seen
from sonae.core.instruments.models import Response
from sonae.core.instruments.outline import Line
from sonae.core.instruments.vocabulary import Comparison, FormProblem, Respondent
from sonae.core.instruments.xlsform.workbook import MOST_BYTES
from sonae.core.web import words
from sonae.core.web.uploads import UploadField
from sonae.kernel.decision import Refused


class BeginForm(forms.Form):
    """For which institution, and of which vendor, a response is begun."""

    institution = forms.ModelChoiceField(label=_("Institution"), queryset=Institution.objects.none(), empty_label=None)
    vendor = forms.ModelChoiceField(label=_("Vendor"), queryset=VendorLink.objects.none(), required=False)

    def __init__(self, *args: Any, viewer: Viewer, respondent: Respondent, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = access.reach(viewer, Permission.RESPONSE_ANSWER).institution_ids
        self._offer("institution", Institution.objects.filter(pk__in=own).order_by("pk"))
        if respondent is Respondent.VENDOR:
            links = VendorLink.objects.current().filter(institution_id__in=own).select_related("vendor", "institution")
            self._offer("vendor", links)
            # A link names the institution, too.
            del self.fields["institution"]
            self.fields["vendor"].required = True
            self.fields["vendor"].label_from_instance = _link_words  # type: ignore[attr-defined]
        else:
            del self.fields["vendor"]

    def _offer(self, name: str, rows: Any) -> None:
        chosen = self.fields[name]
        assert isinstance(chosen, forms.ModelChoiceField)
        chosen.queryset = rows

    @property
    def whose(self) -> tuple[int, int | None]:
        """Of which institution the response is, and of which vendor about it."""
        link: VendorLink | None = self.cleaned_data.get("vendor")
        if link is not None:
            return link.institution_id, link.vendor_id
        return self.cleaned_data["institution"].pk, None


class WorkbookForm(forms.Form):
    """A workbook that was filled in."""

    file = UploadField(
        most_bytes=MOST_BYTES, refusal=FormProblem.FILE_TOO_LARGE, accept=".xlsx",
        help_text=_("The file that was downloaded here, in .xlsx."),
    )  # fmt: skip


class FormFile(forms.Form):
    """A form to be looked through, as a file."""

    file = UploadField(
        most_bytes=MOST_BYTES, refusal=FormProblem.FILE_TOO_LARGE, accept=".xlsx,.yaml,.yml",
        help_text=_("A workbook in the manner of XLSForm (.xlsx) or YAML (.yaml), at most 5 MB."),
    )  # fmt: skip


class NewForm(FormFile):
    """The same with a note for colleagues."""

    note = forms.CharField(
        label=_("Note"), max_length=draft_rules.LONGEST_NOTE, required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("For your colleagues: what is new, and why. Institutions do not see it."),
    )  # fmt: skip


class MapFileForm(forms.Form):
    """A table of questions that was filled in."""

    file = UploadField(
        most_bytes=map_file.MOST_BYTES, refusal=FormProblem.FILE_TOO_LARGE, accept=".csv",
        help_text=_("The table that was downloaded here (CSV), filled in."),
    )  # fmt: skip


class PairForm(forms.Form):
    """How one question of an edition compares with one of an earlier edition."""

    question = forms.ChoiceField(label=_("Question of the earlier edition"), required=False)
    comparison = forms.TypedChoiceField(label=_("Comparison"), coerce=Comparison)
    why_ja = forms.CharField(
        label=_("Why, in Japanese"), required=False, max_length=map_rules.LONGEST_WHY,
        widget=forms.Textarea(attrs={"rows": 2}), help_text=_("It stands beside the figures of the two years."),
    )  # fmt: skip
    why_en = forms.CharField(
        label=_("Why, in English"), required=False, max_length=map_rules.LONGEST_WHY,
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip

    # Which word of a person stood there when the page was opened.
    seen = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)

    def __init__(self, *args: Any, year_map: YearMap, became: str, **kwargs: Any) -> None:
        pair = year_map.pairs.get(became)
        if pair is not None:
            initial = {"question": pair.question, "comparison": pair.comparison.value}
            kwargs["initial"] = initial | {"why_ja": pair.why.ja, "why_en": pair.why.en, "seen": pair.seen}
        super().__init__(*args, **kwargs)
        # `map_rules.may_confirm` asks for it then; the mark beside the label says so.
        self.fields["why_ja"].needed_when = _("Required unless it is the same")  # type: ignore[attr-defined]
        plan = queries.plan_of(year_map.earlier)
        before = [(id_, f"{queries.title_of(plan, id_)} ({id_})") for id_ in year_map.before]
        offered: dict[str, list[tuple[str, Any]]] = {
            "question": [("", _("None: it was not asked")), *before],
            "comparison": [(one.value, words.of(one)) for one in Comparison],
        }
        for name, choices in offered.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = choices


class AttachForm(forms.Form):
    """A file as an answer."""

    file = forms.FileField(
        label=_("File"), max_length=255,
        help_text=_("PDF, Word, Excel, CSV, text or a picture; at most 10 MB. Please attach nothing about patients."),
    )  # fmt: skip


def _link_words(link: VendorLink) -> str:
    return f"{link.vendor} ({link.service}) – {link.institution}"


class HandOverForm(forms.Form):
    """Which colleague goes on."""

    colleague = forms.ModelChoiceField(
        label=_("Colleague"),
        help_text=_("They can enter answers. Submitting stays with you and the other managers."),
        queryset=Account.objects.none(),
    )

    def __init__(self, *args: Any, response: Response, by: Viewer, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        here = grants.holders(Role, now=now, institution_id=response.institution_id)
        chosen = self.fields["colleague"]
        assert isinstance(chosen, forms.ModelChoiceField)
        others = {account.pk for account in here} - {by.account_id}
        chosen.queryset = Account.objects.filter(pk__in=others).order_by("name", "pk")
        chosen.initial = response.handed_to_id


class LinkForm(forms.Form):
    """To whom of the vendor the link goes."""

    name = forms.CharField(label=_("Name of the person who answers"), max_length=link_rules.LONGEST_NAME)
    address = forms.EmailField(
        label=_("Their e-mail address"),
        help_text=_("The link goes to this address only. Please make sure that it is theirs."),
    )

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        decision = link_rules.may_be_named(name)
        if isinstance(decision, Refused):
            raise forms.ValidationError(words.of(decision))
        return name


class SignForm(forms.Form):
    """Who submits for a vendor."""

    name = forms.CharField(label=_("Your name"), max_length=link_rules.LONGEST_NAME)
    position = forms.CharField(label=_("Your position"), max_length=link_rules.LONGEST_NAME)


class ReturnForm(forms.Form):
    """What has to be put right."""

    reason = forms.CharField(
        label=_("What has to be put right"),
        help_text=_("The institution reads this. It stays in the history of the response."),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=rules.LONGEST_REASON,
    )


@dataclass(slots=True)
class SentPage:
    """What came back from a page of questions."""

    # What was changed, by the revision of the response that its page had shown.
    changed: dict[int, dict[str, object]] = field(default_factory=dict)
    # Every answer as it was typed, and what the page had shown of it.
    typed: dict[str, object] = field(default_factory=dict)
    showed: dict[str, Seen] = field(default_factory=dict)
    # Two answers of which nobody has chosen one yet.
    unchosen: set[str] = field(default_factory=set)
    # Where the other one was chosen.
    given_up: set[str] = field(default_factory=set)
    # All that the page showed with two answers.
    disputed: set[str] = field(default_factory=set)
    # What a source filled in and somebody has looked at.
    looked: set[str] = field(default_factory=set)

    def change(self, question: str, value: object, *, seen: int) -> None:
        self.changed.setdefault(seen, {})[question] = value


def sent_page(posted: QueryDict, lines: Iterable[Line], stored: Mapping[str, object], *, now: datetime) -> SentPage:
    """What was typed and what was changed; an answer that nobody touched is no change, whoever changed it meanwhile."""
    page = SentPage()
    for line in entries.shown_in(posted, lines):
        id_ = line.item.id
        typed = entries.answer_in(line, posted, stored=stored.get(id_), now=now)
        showed = entries.seen_in(posted.get(f"was:{id_}", "")) or Seen(0, "")
        page.typed[id_], page.showed[id_] = typed, showed
        if f"looked:{id_}" in posted:
            page.looked.add(id_)
        if f"conflict:{id_}" not in posted:
            if entries.fingerprint(typed) != showed.fingerprint:
                page.change(id_, typed, seen=showed.revision)
            continue
        page.disputed.add(id_)
        match posted.get(f"choice:{id_}"):
            case "mine":
                page.change(id_, typed, seen=showed.revision)
            case "theirs":
                page.given_up.add(id_)
            case _:
                page.unchosen.add(id_)
    return page
