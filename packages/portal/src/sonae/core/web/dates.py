"""The fields in which people enter a day or a moment: a slip of the keyboard, such as the year 9999, comes back."""

from datetime import datetime
from typing import Any

import django_filters
from django import forms
from django.utils.translation import gettext_lazy as _

from sonae.kernel import calendar

_EARLIEST, _LATEST = calendar.ENTERED_FROM, calendar.ENTERED_THROUGH
_TOO_EARLY = _("Please check the year: days before 1970 are not entered here.")
_TOO_LATE = _("Please check the year: days after 2099 are not entered here.")


class DayField(forms.DateField):
    """A day of Japan that can be entered, typed or chosen."""

    widget = forms.DateInput(attrs={"type": "date", "min": _EARLIEST.isoformat(), "max": _LATEST.isoformat()})

    def run_validators(self, value: Any) -> None:
        super().run_validators(value)
        if value in self.empty_values:
            return
        if value < _EARLIEST:
            raise forms.ValidationError(_TOO_EARLY, code="min_value")
        if value > _LATEST:
            raise forms.ValidationError(_TOO_LATE, code="max_value")


class MomentField(forms.DateTimeField):
    """A moment in Japanese time that can be entered, typed or chosen."""

    widget = forms.DateTimeInput(
        attrs={"type": "datetime-local", "min": f"{_EARLIEST}T00:00", "max": f"{_LATEST}T23:59"},
        format="%Y-%m-%dT%H:%M",
    )

    def to_python(self, value: Any) -> datetime | None:
        try:
            return super().to_python(value)
        except OverflowError:  # the first and the last day of the calendar have no neighbour in another time zone
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from None

    def run_validators(self, value: Any) -> None:
        super().run_validators(value)
        if value in self.empty_values:
            return
        if value < calendar.start_of(_EARLIEST):
            raise forms.ValidationError(_TOO_EARLY, code="min_value")
        if value >= calendar.end_of(_LATEST):
            raise forms.ValidationError(_TOO_LATE, code="max_value")


class MomentFilter(django_filters.DateTimeFilter):  # type: ignore[misc]  # the library has no types
    """A moment by which a list is narrowed."""

    field_class = MomentField
