"""A walk over every page of the portal, in both languages."""

import pytest

from tests.journeys import pages

SHEETS = pages.sheets()


@pytest.mark.browser
@pytest.mark.parametrize("sheet", SHEETS, ids=map(str, SHEETS))
def test_a_page_speaks_one_language_fits_every_screen_and_shuts_nobody_out(sheet, walk, portal):
    visitor = walk(sheet.part)
    visitor.open(sheet.address(portal, language=visitor.language), status=sheet.status)
    visitor.check(str(sheet))


def test_every_address_is_walked_or_said_to_be_no_page():
    walked = {sheet.name for sheet in SHEETS}
    forgotten = sorted(set(pages.addresses()) - walked - pages.NO_PAGES)
    assert not forgotten, f"please add these to tests/journeys/pages.py: {forgotten}"


def test_nothing_that_is_said_to_be_no_page_is_walked():
    assert not {sheet.name for sheet in SHEETS} & pages.NO_PAGES
