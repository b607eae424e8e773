"""Days and moments that people enter: no form lets a slip of the keyboard pass, and none breaks on it."""

import importlib
import pkgutil
from collections.abc import Iterator

import django_filters
import pytest
from django import forms
from django.utils.translation import override
from pydantic import TypeAdapter, ValidationError

import sonae
from sonae.core.web import dates
from sonae.core.web.operations import Day, Moment

SLIPS = ("0001-01-01", "0202-11-23", "1900-01-01", "1969-12-31", "2100-01-01", "9999-12-31")
FIT = ("1970-01-01", "2026-11-23", "2099-12-31")


def below(kind: type) -> Iterator[type]:
    for one in kind.__subclasses__():
        yield one
        yield from below(one)


def ours(kind: type) -> list[type]:
    """Every class of this kind that a room of the portal defines."""
    for module in pkgutil.walk_packages(sonae.__path__, "sonae."):
        if module.name.rpartition(".")[2] in {"forms", "views", "audit", "styleguide", "tables", "imports"}:
            importlib.import_module(module.name)
    return [one for one in below(kind) if one.__module__.startswith("sonae.") and ".tests." not in one.__module__]


def test_every_form_asks_for_days_and_moments_with_the_fields_that_look_at_the_year():
    asked = [
        (form.__qualname__, name, field)
        for form in ours(forms.BaseForm)
        for name, field in getattr(form, "base_fields", {}).items()
        if isinstance(field, forms.DateField | forms.DateTimeField)
    ]
    assert len(asked) >= 7
    assert [
        (form, name) for form, name, field in asked if not isinstance(field, dates.DayField | dates.MomentField)
    ] == []


def test_every_list_that_is_narrowed_by_a_moment_does_so_too():
    narrowed = [
        (kind.__qualname__, name, one)
        for kind in ours(django_filters.FilterSet)
        for name, one in getattr(kind, "base_filters", {}).items()
        if isinstance(one, django_filters.DateFilter | django_filters.DateTimeFilter)
    ]
    assert narrowed
    assert [(kind, name) for kind, name, one in narrowed if not isinstance(one, dates.MomentFilter)] == []


@pytest.mark.parametrize("typed", SLIPS)
def test_a_slip_of_the_year_comes_back_in_words(typed):
    for field, given in ((dates.DayField(), typed), (dates.MomentField(), f"{typed}T12:00")):
        with override("en"), pytest.raises(forms.ValidationError, match="check the year"):
            field.clean(given)


@pytest.mark.parametrize("typed", ["0001-01-01T00:00", "9999-12-31T23:59"])
def test_the_ends_of_the_calendar_break_nothing(typed):
    with pytest.raises(forms.ValidationError):
        dates.MomentField().clean(typed)


@pytest.mark.parametrize("typed", FIT)
def test_a_year_that_can_be_meant_is_taken(typed):
    assert dates.DayField().clean(typed).isoformat() == typed
    assert dates.MomentField().clean(f"{typed}T12:00").date().isoformat() == typed
    assert TypeAdapter(Day).validate_python(typed).isoformat() == typed
    assert TypeAdapter(Moment).validate_python(f"{typed}T12:00:00+09:00").date().isoformat() == typed


@pytest.mark.parametrize("typed", SLIPS)
def test_the_api_takes_no_other_years_than_the_pages(typed):
    for kind, given in ((Day, typed), (Moment, f"{typed}T12:00:00+09:00")):
        with pytest.raises(ValidationError, match="between 1970 and 2099"):
            TypeAdapter(kind).validate_python(given)


def test_a_field_left_empty_says_nothing():
    assert dates.MomentField(required=False).clean("") is None
    assert dates.DayField(required=False).clean("") is None
