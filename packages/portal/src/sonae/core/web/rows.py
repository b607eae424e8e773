"""Lists whose rows no table of the database holds: searched, filtered, sorted, paged and exported as all others are."""

from typing import Any
from unicodedata import normalize

from sonae.core.web import listing


class Rows[Row](list[Row]):
    """Rows worked out for this request, in the order in which they are shown unless somebody asks for another."""

    model = None  # filters ask every list for it

    def all(self) -> "Rows[Row]":
        return self

    def none(self) -> "Rows[Row]":
        return Rows()


class RowFilterSet(listing.FilterSet):
    """The conditions of such a list."""

    def filter_queryset(self, queryset: Rows[Any]) -> Rows[Any]:
        for name, value in self.form.cleaned_data.items():
            queryset = self.filters[name].filter(queryset, value)
        return queryset


class RowSearchFilter(listing.SearchFilter):
    """Every word typed must occur in one of the fields; full and half width, capital and small are the same."""

    def filter(self, queryset: Rows[Any], value: str) -> Rows[Any]:  # type: ignore[override]
        typed = _plain(value or "").split()
        return Rows(row for row in queryset if all(self._occurs(word, row) for word in typed))

    def _occurs(self, word: str, row: object) -> bool:
        return any(word in _plain(getattr(row, name)) for name in self.fields)


class RowEnumFilter(listing.EnumFilter):
    """One member of a vocabulary, offered in its words."""

    def filter(self, queryset: Rows[Any], value: str) -> Rows[Any]:
        return Rows(row for row in queryset if getattr(row, str(self.field_name)) == value) if value else queryset


def _plain(text: str) -> str:
    return normalize("NFKC", text).casefold()
