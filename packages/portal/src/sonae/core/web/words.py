"""What a page prints for a value: enum members and refusals in their slice's words, moments in JST, numbers grouped."""

import importlib
import importlib.util
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Literal, cast

from django.apps import apps
from django.utils.functional import Promise
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from sonae.kernel import calendar
from sonae.kernel.decision import Refused

# A text now, or one whose language is decided when it is drawn.
type Text = str | Promise
type Labels = Mapping[type[StrEnum], Mapping[StrEnum, Text]]

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def of(said: StrEnum | Refused) -> str:
    """The words of an enum member, or the whole sentence of a refusal with its facts filled in."""
    if isinstance(said, Refused):
        return str(_template_of(said.reason)) % {name: readable(value) for name, value in said.facts.items()}
    return str(_template_of(said))


def readable(value: object) -> str:
    """A fact as a person reads it: members in words, moments and days in Japanese time, whole numbers grouped."""
    match value:
        case StrEnum():
            return of(value) if is_labelled(value) else value.value
        case datetime():
            return jst(value)
        case date():
            return jdate(value)
        case bool():
            return _("Yes") if value else _("No")
        case int() | float():
            return number(value)
        case None:
            return "–"
        case _:
            return str(value)


def is_labelled(member: StrEnum) -> bool:
    """Whether the slice that defines this member has words for it."""
    return member in _labels_for(type(member)).get(type(member), {})


def member_of(app_label: str, enum_name: str, value: str) -> StrEnum:
    """The member of a slice's vocabulary that a stored text stands for."""
    vocabulary = importlib.import_module(f"{apps.get_app_config(app_label).name}.vocabulary")
    return cast(type[StrEnum], getattr(vocabulary, enum_name))(value)


def is_japanese() -> bool:
    return str(get_language()).startswith("ja")


def language() -> Literal["ja", "en"]:
    """The language of whoever reads, as texts that are kept in both know it."""
    return "ja" if is_japanese() else "en"


def jst(moment: datetime) -> str:
    """2026年11月23日（月） 06:00, or Mon 23 Nov 2026 06:00 JST."""
    local = moment.astimezone(calendar.JST)
    clock = f"{local:%H:%M}"
    return f"{jdate(local.date())} {clock}" if is_japanese() else f"{jdate(local.date())} {clock} JST"


def jdate(day: date) -> str:
    """A day with its day of the week; a moment counts as the day it falls on in Japan."""
    local = calendar.jst_day(day) if isinstance(day, datetime) else day
    return calendar.date_ja(local) if is_japanese() else calendar.date_en(local)


def number(value: float) -> str:
    """Digits in groups of three; a fraction keeps up to two places."""
    if value == int(value):
        return f"{int(value):,}"
    return f"{value:,.2f}".rstrip("0").rstrip(".")


def percent(part: float, whole: float) -> str:
    """A share with the two numbers it comes from; without a whole there is no share."""
    if not whole:
        return _("– (of 0)")
    shares = {"share": share(part, whole), "part": number(part), "whole": number(whole)}
    return _("%(share)s%% (%(part)s of %(whole)s)") % shares


def share(part: float, whole: float) -> str:
    """The share in per cent, without its sign; two of eight thousand are few, and not none."""
    if not whole:
        return "–"
    per_cent = 100 * part / whole
    if 0 < per_cent < 0.05:
        return "<0.1"
    return ">99.9" if 99.95 <= per_cent < 100 else f"{per_cent:.1f}"


def ago(moment: datetime, *, now: datetime) -> str:
    """How long before (or after) `now`, in the largest unit that fits."""
    gap = abs(now - moment)
    if gap < MINUTE:
        return _("just now")
    count, past, future = _span(gap)
    return (past if moment <= now else future) % {"count": number(count)}


def interval(span: timedelta) -> str:
    """How often: every hour, every 5 minutes; in the largest unit that leaves a whole number."""
    if span % HOUR == timedelta(0):
        count = span // HOUR
        return ngettext("every %(count)s hour", "every %(count)s hours", count) % {"count": number(count)}
    if span % MINUTE == timedelta(0):
        count = span // MINUTE
        return ngettext("every %(count)s minute", "every %(count)s minutes", count) % {"count": number(count)}
    count = int(span.total_seconds())
    return ngettext("every %(count)s second", "every %(count)s seconds", count) % {"count": number(count)}


def time_left(due_at: datetime, *, now: datetime) -> str:
    """How much time a duty leaves, or by how much it is late, in Japanese days while there are any."""
    last, today = calendar.last_day_before(due_at), calendar.jst_day(now)
    if calendar.is_past(due_at, now=now):
        days = max(1, (today - last).days)
        if now - due_at < HOUR:
            return _("Overdue")
        if now - due_at < DAY and not _ends_a_day(due_at):
            hours = int((now - due_at) / HOUR)
            return ngettext("%(count)s hour overdue", "%(count)s hours overdue", hours) % {"count": number(hours)}
        return ngettext("%(count)s day overdue", "%(count)s days overdue", days) % {"count": number(days)}
    days = (last - today).days
    if days == 0:
        return _("Due today")
    return ngettext("%(count)s day left", "%(count)s days left", days) % {"count": number(days)}


def due(due_at: datetime) -> str:
    """The end of a period as people say it: "until the day", or the very moment when it falls inside a day."""
    day = last_day(due_at)
    if day is not None:
        return _("until %(day)s") % {"day": jdate(day)}
    return _("until %(moment)s") % {"moment": jst(due_at)}


def last_day(due_at: datetime) -> date | None:
    """The last day of a period that ends with a day; None when it ends inside one."""
    return calendar.last_day_before(due_at) if _ends_a_day(due_at) else None


def size(size_bytes: int) -> str:
    """A file's size in the largest unit that leaves a number of at least one."""
    amount = float(size_bytes)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000 or unit == "GB":
            return f"{amount:,.0f} {unit}" if unit == "B" else f"{amount:,.1f} {unit}"
        amount /= 1000
    raise AssertionError("the last unit takes every size")


def _ends_a_day(due_at: datetime) -> bool:
    local = due_at.astimezone(calendar.JST)
    return (local.hour, local.minute, local.second, local.microsecond) == (0, 0, 0, 0)


def _span(gap: timedelta) -> tuple[int, str, str]:
    if gap < HOUR:
        count = int(gap / MINUTE)
        return (
            count,
            ngettext("%(count)s minute ago", "%(count)s minutes ago", count),
            ngettext("in %(count)s minute", "in %(count)s minutes", count),
        )
    if gap < DAY:
        count = int(gap / HOUR)
        return (
            count,
            ngettext("%(count)s hour ago", "%(count)s hours ago", count),
            ngettext("in %(count)s hour", "in %(count)s hours", count),
        )
    return (
        gap.days,
        ngettext("%(count)s day ago", "%(count)s days ago", gap.days),
        ngettext("in %(count)s day", "in %(count)s days", gap.days),
    )


def _template_of(member: StrEnum) -> Text:
    try:
        return _labels_for(type(member))[type(member)][member]
    except KeyError:
        raise LookupError(
            f"{type(member).__qualname__}.{member.name} has no words in the labels of its slice"
        ) from None


@cache
def _labels_for(enum: type[StrEnum]) -> Labels:
    """The LABELS of the slice that defines `enum`: the nearest labels.py at or above its module."""
    package = enum.__module__
    while "." in package:
        package = package.rpartition(".")[0]
        name = f"{package}.labels"
        if importlib.util.find_spec(name):
            return cast(Labels, importlib.import_module(name).LABELS)
    return {}
