"""Lists that search, filter, sort, page and export, all from one address and all the same way."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from unicodedata import normalize

import django_filters
import django_tables2 as tables
from django import forms
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_tables2.columns.base import LinkTransform
from django_tables2.utils import Accessor

from sonae.core.web import navigation, sheets, words
from sonae.kernel import calendar
from sonae.kernel.open_enum import OpenEnum

# Rows of a table, or those of `rows.Rows`.
type Found = QuerySet[Any] | Sequence[Any]
# A list of words, whether one room owns it or several bring to it.
type Vocabulary = type[StrEnum] | OpenEnum[Any]

PER_PAGE_CHOICES = (25, 50, 100, 200)
_HIGHEST_PAGE = 10_000_000  # what lies beyond is a mistake or mischief, and overflows the databases' integers


class Table(tables.Table):
    """A table in Sonae's manner: sort headers that screen readers understand, and words when it is empty."""

    class Meta:
        template_name = "web/components/table.html"
        empty_text = _("There is nothing to show.")


# Among what tells links of one text apart: the place in the list, where rows may be alike in everything a person reads.
ROW = "row"
# How a column stands on a phone: as narrow as its words, or left to the page of the row and to the files.
SHORT = {"td": {"class": "short"}}
WIDE_ONLY = {"td": {"class": "wide-only"}}
WIDE_ONLY_NUMBER = {"td": {"class": "numeric wide-only"}}


class _NamedLink(LinkTransform):
    """A link that a screen reader can tell from its neighbours of the same text: it also says what its row is about."""

    def __init__(self, *, told_apart_by: Sequence[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._names = tuple(Accessor(name) for name in told_apart_by if name != ROW)
        self._counts = ROW in told_apart_by

    def __call__(self, content: Any, **kwargs: Any) -> str:
        record = kwargs["record"]
        found = [words.readable(value) for name in self._names if (value := name.resolve(record, quiet=True))]
        if self._counts:
            found.append(gettext("row %(number)s") % {"number": words.number(kwargs["bound_row"].row_counter + 1)})
        hidden = format_html('<span class="visually-hidden"> – {}</span>', ", ".join(found)) if found else ""
        return str(super().__call__(format_html("{}{}", content, hidden), **kwargs))


class LinkColumn(tables.Column):
    """A text that leads to a page; exports as the text.

    Where rows may share the text, `told_apart_by` names the fields that a screen reader says after it.
    """

    def __init__(
        self, url_name: str, *, args: Sequence[str] = ("pk",), told_apart_by: Sequence[str] = (), **kwargs: Any
    ) -> None:
        leads_to = (url_name, [Accessor(arg) for arg in args])
        super().__init__(linkify=leads_to, **kwargs)
        if told_apart_by:
            self.link = _NamedLink(told_apart_by=told_apart_by, reverse_args=leads_to, attrs=self.attrs.get("a", {}))


class MomentColumn(tables.Column):
    """A moment in Japanese time with its day of the week; exports as a date with time."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(attrs={"td": {"class": "nowrap"}} | kwargs.pop("attrs", {}), **kwargs)

    def render(self, value: datetime) -> str:
        return format_html('<time datetime="{}">{}</time>', value.isoformat(), words.jst(value))

    def value(self, value: datetime) -> datetime:
        return value


class DueColumn(tables.Column):
    """Until when: a period that ends with a day is written, and exported, as that day."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(attrs={"td": {"class": "nowrap"}} | kwargs.pop("attrs", {}), **kwargs)

    def render(self, value: datetime) -> str:
        return format_html('<time datetime="{}">{}</time>', value.isoformat(), words.due(value))

    def value(self, value: datetime) -> datetime | date:
        day = words.last_day(value)
        return value if day is None else day


class DateColumn(tables.Column):
    """A day with its day of the week; exports as a date."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(attrs={"td": {"class": "nowrap"}} | kwargs.pop("attrs", {}), **kwargs)

    def render(self, value: date) -> str:
        return format_html('<time datetime="{}">{}</time>', value.isoformat(), words.jdate(value))

    def value(self, value: date) -> date:
        return value


class NumberColumn(tables.Column):
    """A number, grouped and aligned; exports as a number."""

    def __init__(self, **kwargs: Any) -> None:
        numeric = {"td": {"class": "numeric"}, "th": {"class": "numeric"}}
        super().__init__(attrs=numeric | kwargs.pop("attrs", {}), **kwargs)

    def render(self, value: float) -> str:
        return words.number(value)

    def value(self, value: float) -> float:
        return value


class EnumColumn(tables.Column):
    """A member of a vocabulary in its words; exports the words."""

    def __init__(self, enum: Vocabulary, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.enum = enum

    def render(self, value: str) -> str:
        return words.of(self.enum(value))

    def value(self, value: str) -> str:
        return words.of(self.enum(value))


class FilterSet(django_filters.FilterSet):
    """The conditions of a list; its form is drawn as the filter bar, the search first."""

    @classmethod
    def get_filters(cls) -> dict[str, django_filters.Filter]:
        found = super().get_filters()
        return dict(sorted(found.items(), key=lambda item: not isinstance(item[1], SearchFilter)))


class SearchFilter(django_filters.CharFilter):
    """Every word typed must occur in one of the fields; full and half width are the same."""

    def __init__(self, *, fields: Sequence[str], label: str | Promise = _("Search"), **kwargs: Any) -> None:
        super().__init__(label=label, max_length=200, widget=forms.SearchInput, **kwargs)
        self.fields = tuple(fields)

    def filter(self, queryset: QuerySet[Model], value: str) -> QuerySet[Model]:
        for word in normalize("NFKC", value or "").split():
            anywhere = Q()
            for name in self.fields:
                anywhere |= Q(**{f"{name}__icontains": word})
            queryset = queryset.filter(anywhere)
        return queryset


class EnumFilter(django_filters.ChoiceFilter):
    """One member of a vocabulary, offered in its words."""

    def __init__(self, enum: Vocabulary, **kwargs: Any) -> None:
        # A callable, because the words depend on the language of the request.
        super().__init__(
            choices=lambda: [(member.value, words.of(member)) for member in enum], empty_label=_("All"), **kwargs
        )


class YesNoFilter(django_filters.TypedChoiceFilter):
    """Yes or no; nothing chosen shows both."""

    def __init__(self, **kwargs: Any) -> None:
        # A typed field has no empty label of its own.
        answers = [("", _("All")), ("yes", _("Yes")), ("no", _("No"))]
        super().__init__(choices=answers, coerce=lambda given: given == "yes", **kwargs)


@dataclass(frozen=True, slots=True)
class Listing:
    """What the frame of a list shows about it."""

    count: int
    as_of: datetime
    # Where the rows come from a published list, the day it tells of: what was true then is not true now.
    data_as_of: date | None
    per_page: int
    per_page_choices: tuple[int, ...]
    is_filtered: bool
    # Sent along with the filter form; drawn among the rows, so that they are as new as the rows.
    kept: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """What one answer handed out of a list: how many rows, under which conditions, and as which kind of file."""

    rows: int
    conditions: Mapping[str, str]
    file: str = ""


def respond(
    request: HttpRequest,
    *,
    table: type[Table],
    queryset: Found,
    template: str,
    filename: str,
    filterset: type[FilterSet] | None = None,
    context: Mapping[str, Any] | None = None,
    data_as_of: date | None = None,
    note: Callable[[Shown], None] | None = None,
) -> HttpResponseBase:
    """The list as a page, as rows alone for htmx, or as a file, as asked for; `note` hears of what is handed out."""
    chosen = filterset(request.GET, queryset=queryset, request=request) if filterset else None
    found = _found(chosen, queryset)
    drawn = table(data=found, request=request, order_by=_sort_of(request.GET, table), order_by_field="sort")
    _break_ties(drawn)
    conditions = _conditions(chosen)
    file = file_name(filename, now=_now(request), is_filtered=bool(conditions))
    export = request.GET.get("export", "")
    if note and export in ("csv", "xlsx"):
        note(Shown(len(drawn.rows), _asked(chosen), export))
    match export:
        case "csv":
            return sheets.csv_response(drawn, filename=file)
        case "xlsx":
            return sheets.xlsx_response(drawn, filename=file, about=_about(request, filename, conditions, data_as_of))
    per_page = _per_page(request.GET)
    drawn.paginate(page=1, per_page=per_page)
    drawn.page = drawn.paginator.get_page(_page(request.GET))
    if note:
        note(Shown(len(drawn.page), _asked(chosen)))
    page = {
        **(context or {}),
        "table": drawn,
        "filter": chosen,
        "listing": Listing(
            count=drawn.paginator.count,
            as_of=_now(request),
            data_as_of=data_as_of,
            per_page=per_page,
            per_page_choices=PER_PAGE_CHOICES,
            is_filtered=bool(conditions),
            kept=tuple((name, request.GET[name]) for name in ("sort", "per_page") if name in request.GET),
        ),
    }
    response = render(request, f"{template}#rows" if _wants_rows(request) else template, page)
    patch_vary_headers(response, ("HX-Request",))
    return response


def _found(chosen: FilterSet | None, queryset: Found) -> Found:
    if chosen is None:
        return queryset
    found: Found = chosen.qs if chosen.is_valid() else chosen.queryset.none()
    return found


def _break_ties(drawn: Table) -> None:
    """Ends every order with the key: equal values must not change places between two pages."""
    rows = drawn.data.data
    if not isinstance(rows, QuerySet):
        return  # sorting in memory keeps the order of equal values
    drawn.data.data = rows.order_by(*(rows.query.order_by or rows.model._meta.ordering), "pk")


def _sort_of(query: QueryDict, table: type[Table]) -> list[str] | None:
    """The order asked for; a column that the table does not have or does not sort by is not an order."""
    sortable = {name for name, column in table.base_columns.items() if column.orderable is not False}
    asked = [name for name in query.getlist("sort") if name.removeprefix("-") in sortable]
    return asked or None


def _page(query: QueryDict) -> int:
    text = query.get("page", "1")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 1
    return min(max(number, 1), _HIGHEST_PAGE)


def _per_page(query: QueryDict) -> int:
    choices = {str(choice): choice for choice in PER_PAGE_CHOICES}
    return choices.get(query.get("per_page", ""), PER_PAGE_CHOICES[0])


def _conditions(chosen: FilterSet | None) -> list[tuple[str, str]]:
    """What was asked for, in the words of the filter bar."""
    if chosen is None:
        return []
    return [
        (str(field.label or name), _chosen_words(field, given))
        for name, field in chosen.form.fields.items()
        if (given := chosen.data.get(name))
    ]


def _asked(chosen: FilterSet | None) -> dict[str, str]:
    """What was chosen, by the names of the filters. Words typed freely may name anybody: only that there were some."""
    if chosen is None:
        return {}
    offered = {name: hasattr(field, "choices") for name, field in chosen.form.fields.items()}
    return {name: chosen.data[name] if offered[name] else "*" for name in offered if chosen.data.get(name)}


def _chosen_words(field: forms.Field, given: str) -> str:
    offered = {str(value): str(label) for value, label in getattr(field, "choices", ())}
    return offered.get(given, given)


def _wants_rows(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true" and request.headers.get("HX-History-Restore-Request") != "true"


def _now(request: HttpRequest) -> datetime:
    return getattr(request, "now", None) or timezone.now()


def file_name(filename: str, *, now: datetime, is_filtered: bool) -> str:
    """The name tells what a CSV file cannot: as of which minute in Japan, and that it is not the whole list."""
    return f"{filename}-{now.astimezone(calendar.JST):%Y%m%d-%H%M}{'-filtered' if is_filtered else ''}"


def _about(
    request: HttpRequest, filename: str, conditions: list[tuple[str, str]], data_as_of: date | None
) -> sheets.About:
    return sheets.About(
        title=navigation.title_of(request) or filename,
        read_at=_now(request),
        data_as_of=data_as_of,
        conditions=tuple(conditions),
    )
