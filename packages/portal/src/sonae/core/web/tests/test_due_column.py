"""A due moment is one thing on the page, in the list and in what is exported."""

from datetime import date, datetime

from sonae.core.web import listing, words
from sonae.kernel.calendar import JST

COLUMN = listing.DueColumn()


def test_a_period_that_ends_with_a_day_is_that_day_everywhere():
    midnight = datetime(2026, 11, 24, 0, 0, tzinfo=JST)
    assert words.due(midnight) in COLUMN.render(midnight)
    assert COLUMN.value(midnight) == date(2026, 11, 23)


def test_a_moment_inside_a_day_stays_a_moment():
    noon = datetime(2026, 11, 24, 12, 0, tzinfo=JST)
    assert words.due(noon) in COLUMN.render(noon)
    assert COLUMN.value(noon) == noon
