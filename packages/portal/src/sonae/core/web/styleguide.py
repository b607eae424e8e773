"""Examples for every component, shown on one page. All of it is made up."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import django_tables2 as tables
from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from sonae.core.access.vocabulary import AccessRefusal
from sonae.core.institutions.vocabulary import PREFECTURES
from sonae.core.web import charts, dates, listing
from sonae.core.web.components import DutyCard, Moment, Step, StepState, Tone
from sonae.core.web.vocabulary import Tlp
from sonae.kernel import calendar
from sonae.kernel.decision import ALLOWED, Refused


class ExampleForm(forms.Form):
    """One field of every kind."""

    name = forms.CharField(
        label=_("Name of the institution"), max_length=60, help_text=_("As it stands in the register.")
    )
    beds = forms.IntegerField(label=_("Licensed beds"), min_value=0)
    noticed_on = dates.DayField(label=_("Day it was noticed"))
    kind = forms.ChoiceField(
        label=pgettext_lazy("example", "Kind"),
        choices=[("hospital", _("Hospital")), ("clinic", _("Clinic"))],
        widget=forms.RadioSelect,
    )
    systems = forms.MultipleChoiceField(
        label=_("Systems affected"),
        choices=[
            ("records", _("Electronic medical records")),
            ("billing", pgettext_lazy("example", "Billing")),
            ("images", pgettext_lazy("example", "Images")),
        ],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    prefecture = forms.ChoiceField(
        label=_("Prefecture"), choices=[("13", _("Tokyo")), ("27", _("Osaka"))], required=False
    )
    what_happened = forms.CharField(label=_("What happened"), widget=forms.Textarea, required=False)
    evidence = forms.FileField(
        label=pgettext_lazy("example", "File"), required=False, help_text=_("PDF or image, up to 5 MB.")
    )
    agreed = forms.BooleanField(label=_("I have checked what I entered."))


class ExampleTable(listing.Table):
    name = tables.Column(verbose_name=_("Name of the institution"))
    beds = listing.NumberColumn(verbose_name=_("Licensed beds"))
    reported_at = listing.MomentColumn(verbose_name=_("Reported"))


def examples(*, now: datetime, form_data: Mapping[str, Any] | None) -> dict[str, Any]:
    """The context of the style guide."""
    refused = Refused(AccessRefusal.ROLE_LACKS_PERMISSION)
    return {
        "synthetic": True,
        "now": now,
        "form": ExampleForm(form_data),
        "table": ExampleTable(_rows(now)),
        "refused": refused,
        "allowed": ALLOWED,
        "tones": tuple(Tone),
        "tlp_labels": tuple(Tlp),
        "facts": [
            (_("Registered name"), _("Fictitious Hospital No. 12")),
            (_("Licensed beds"), 1240),
            (_("Reported"), now),
        ],
        "moments": _moments(now),
        "steps": [
            Step(_("What happened"), StepState.DONE),
            Step(_("Systems affected"), StepState.CURRENT),
            Step(_("Confirm and send"), StepState.TODO),
        ],
        "duties": _duties(now),
        **_charts(),
    }


def _rows(now: datetime) -> list[dict[str, Any]]:
    return [
        {"name": _("Fictitious Hospital No. 12"), "beds": 1240, "reported_at": now - timedelta(hours=3)},
        {"name": _("Fictitious Clinic No. 7"), "beds": 19, "reported_at": now - timedelta(days=2)},
    ]


def _moments(now: datetime) -> list[Moment]:
    return [
        Moment(
            now - timedelta(hours=30), _("Ransom note found"), _("Two servers show a ransom note."), tone=Tone.DANGER
        ),
        Moment(now - timedelta(hours=29), _("Reported to the ministry"), by=_("Fictitious Hospital No. 12")),
        Moment(now - timedelta(hours=4), _("Servers taken off the network"), tone=Tone.WARNING),
        Moment(now - timedelta(hours=1), _("Restored from the offline copy"), tone=Tone.SUCCESS),
    ]


def _duties(now: datetime) -> list[DutyCard]:
    today = calendar.jst_day(now)
    why = _("An indicator of attack was seen in the traffic of your institution.")
    return [
        DutyCard(
            _("Confirm the alert and report what you found"),
            calendar.end_of(today - timedelta(days=2)),
            why,
            _("Example rule (for this page only)"),
            "#duties",
            unverified=True,
            place=_("Fictitious Hospital No. 12"),
            tone=Tone.DANGER,
            state_words=_("Overdue"),
        ),
        DutyCard(
            _("Answer the survey"),
            calendar.end_of(today + timedelta(days=9)),
            _("Your institution takes part in the survey."),
            _("Example rule (for this page only)"),
            "#duties",
            tone=Tone.INFO,
            state_words=pgettext_lazy("example", "Open"),
        ),
    ]


def _charts() -> dict[str, Any]:
    bands = (("20–99", 2640), ("100–199", 2780), ("200–399", 1490), ("400–", 730))
    months = (("4", 12), ("5", 9), ("6", 17), ("7", 21), ("8", 14), ("9", 30), ("10", 26), ("11", 19))
    return {
        "bars": [charts.Bar(label, value, href="#charts") for label, value in bands],
        "series": [
            pgettext_lazy("example", "Done"),
            pgettext_lazy("example", "Acknowledged"),
            pgettext_lazy("example", "Opened"),
            pgettext_lazy("example", "Not opened"),
        ],
        "stacks": [charts.Stack(_("Hospitals"), (410, 220, 130, 90)), charts.Stack(_("Clinics"), (120, 300, 210, 260))],
        "points": [charts.Point(label, value) for label, value in months],
        "spark": [value for _label, value in months],
        "heat_columns": [label for label, _value in months],
        "heat_rows": [
            charts.HeatRow(_("Hospitals"), tuple(value for _label, value in months)),
            charts.HeatRow(_("Clinics"), (0, 2, 4, None, 8, 12, 3, 1)),
        ],
        "cells": {
            code.value: charts.Cell((int(code.value) * 37) % 101, href="#charts")
            for code in PREFECTURES
            if code.value != "47"
        },
    }
