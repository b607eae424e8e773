"""The row of the checklist about the ledger, beside what the ledger itself says."""

import pytest
from django.urls import reverse

from sonae.core.instruments import services
from sonae.core.instruments.models import Edition
from sonae.prevention.assets import services as assets
from sonae.prevention.assets.models import Asset
from sonae.prevention.inspections import queries
from sonae.testing.cast import NOW

YEAR = 2025
ROW = "ledger"
YES = {ROW: {"answer": "yes", "checked_on": ["2025-06-02"]}}
AGAINST = "The evidence says otherwise"


@pytest.fixture
def opened(hospital, manager, now):
    services.load_shipped(now=now)
    form = Edition.objects.current().get(instrument=queries.FACILITY_FORM, fiscal_year=YEAR)
    return services.open_response(form.pk, institution_id=hospital.pk, occasion=str(YEAR), by=manager.viewer, now=now)


@pytest.fixture
def begun(opened, manager, now):
    return services.save_answers(opened.pk, {"gate": "yes"} | YES, seen=0, by=manager.viewer, now=now).response


def device(hospital, manager, **said):
    content = dict.fromkeys(("maker", "product", "version", "place", "responsible", "note"), "")
    content |= {"kind": "server", "name": "電子カルテ"} | said
    return assets.record_asset(hospital.pk, content, by=manager.viewer, now=NOW)


def looks_through(manager, hospital):
    answer = manager.client.post(reverse("assets:stocktakes"), {"institution": hospital.pk, "part": "devices"})
    assert answer.status_code == 302


def row_of(manager, hospital):
    """What the page of preparation says in the row of the ledger."""
    text = manager.client.get(reverse("inspections:preparation", args=[hospital.pk, YEAR])).content.decode()
    table = text[text.index('id="rows"') :]
    return next(part for part in table.split("</tr>") if "2-①" in part)


def question_of(manager, hospital, response):
    """The page of answering with the question of the ledger."""
    found = queries.preparation(hospital.pk, YEAR, manager.viewer, now=NOW)
    page = next(one.page for one in found.rows if one.question.id == ROW)
    return manager.client.get(reverse("instruments:page", args=[response.pk, page])).content.decode()


def test_the_row_is_covered_once_somebody_looked_through_the_ledger(begun, hospital, manager):
    device(hospital, manager, version="9.1", place="サーバ室", responsible="情報システム係")
    assert "No evidence" in row_of(manager, hospital)
    looks_through(manager, hospital)
    row = row_of(manager, hospital)
    assert "In place" in row and "Stocktake of the ledger" in row and "E1 On record" in row
    assert AGAINST not in question_of(manager, hospital, begun)


def test_a_yes_over_a_ledger_that_lacks_something_is_contradicted_beside_its_question(begun, hospital, manager):
    lacking = device(hospital, manager)
    assert AGAINST not in question_of(manager, hospital, begun)
    looks_through(manager, hospital)
    assert "Partly in place" in row_of(manager, hospital)
    assert AGAINST in question_of(manager, hospital, begun)
    assert manager.client.post(reverse("assets:retire-asset", args=[lacking.pk])).status_code == 302
    assert not Asset.objects.in_use().exists()
    text = question_of(manager, hospital, begun)
    assert AGAINST in text and "Not in place (Stocktake of the ledger" in text
