"""Filters of mail templates: the words of `sonae_web` without their HTML."""

from datetime import date, datetime
from enum import StrEnum

from django import template

from sonae.core.web import words
from sonae.kernel.decision import Refused

register = template.Library()


@register.filter
def jst(moment: datetime | None) -> str:
    return words.jst(moment) if moment else ""


@register.filter
def jdate(day: date | None) -> str:
    return words.jdate(day) if day else ""


@register.filter
def due(moment: datetime | None) -> str:
    return words.due(moment) if moment else ""


@register.filter
def number(value: float | None) -> str:
    return words.number(value) if value is not None else ""


@register.filter
def labelled(value: str, enum_path: str) -> str:
    """The words of a member: `{{ row.state|labelled:"incidents.Phase" }}`."""
    app_label, _, enum_name = enum_path.rpartition(".")
    return words.of(words.member_of(app_label, enum_name, value))


@register.filter
def readable(value: object) -> str:
    return words.of(value) if isinstance(value, Refused | StrEnum) else words.readable(value)
