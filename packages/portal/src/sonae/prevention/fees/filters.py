"""Conditions of lists that depend on a day and on a number of beds."""

import datetime as dt
from typing import Any, Protocol

import django_filters
from django import forms
from django.core.exceptions import ValidationError

from sonae.core.web import dates, words
from sonae.core.web.rows import RowFilterSet
from sonae.kernel.calendar import jst_day
from sonae.kernel.decision import Refused
from sonae.prevention.fees import rules
from sonae.prevention.fees.catalogue import standards
from sonae.prevention.fees.vocabulary import Situation

MOST_BEDS = 10_000


def _known_day(on: dt.date) -> None:
    decision = rules.may_ask_for(on, standards().values())
    if isinstance(decision, Refused):
        raise ValidationError(words.of(decision))


class _OfTheSituation(django_filters.Filter):
    """What is told of a situation; the list itself makes use of it."""

    def filter(self, queryset: Any, _value: Any) -> Any:
        return queryset


class DayFilter(_OfTheSituation):
    """A day of a situation."""

    field_class = dates.DayField

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(validators=[_known_day], **kwargs)


class BedsFilter(_OfTheSituation):
    """A number of licensed beds of a situation."""

    field_class = forms.IntegerField

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=0, max_value=MOST_BEDS, **kwargs)


class HasBeds(Protocol):
    """A hospital as far as a situation needs it."""

    @property
    def beds(self) -> int | None: ...


class OfASituation(RowFilterSet):
    """Lists that depend on a day and on beds: today, and the beds of one's own institution, where nobody says else."""

    def situation(self, own: HasBeds | None, *, day: str, beds: str) -> Situation:
        given = self.form.cleaned_data
        on = given[day] or jst_day(self.request.now)
        own_beds = own.beds if own else None
        return Situation(own_beds if given[beds] is None else given[beds], on)
