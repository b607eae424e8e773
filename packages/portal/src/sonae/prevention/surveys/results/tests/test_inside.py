import pytest
from django.urls import reverse

from sonae.prevention.surveys.results import inside, queries, services
from sonae.prevention.surveys.results.vocabulary import EVERYBODY
from sonae.prevention.surveys.vocabulary import Dimension

pytestmark = pytest.mark.django_db
TOTTORI = {Dimension.PREFECTURE: "31"}


def test_an_address_names_one_class_of_each_breakdown_and_nothing_else():
    wanted = ["prefecture:13", "", "kind:hospital", "prefecture:31", "prefecture:99", "age:3", "beds"]
    found = inside.read(wanted)
    assert found == {Dimension.PREFECTURE: "31", Dimension.KIND: "hospital"}
    assert inside.query_of(found) == "within=prefecture%3A31&within=kind%3Ahospital"
    assert inside.read([]) == {}


def test_the_ministry_looks_at_the_beds_inside_a_prefecture(edition, officer):
    page = officer.client.get(
        reverse("results:detail", args=[edition.pk]), {"within": ["prefecture:31", "kind:hospital"], "by": "band"}
    ).text
    assert "Only institutions inside: Tottori – Hospital" in page
    table = page[page.index('id="q1"') :].partition("</section>")[0]
    assert "1 <small>8.3%</small>" in table, "one of twelve, nothing kept back"
    assert ">36<" not in table
    assert 'href="?within=prefecture%3A31&amp;within=kind%3Ahospital&amp;by=kind"' in page
    assert '<option value="prefecture:31" selected>Tottori</option>' in page
    assert 'value="prefecture:02"' not in page, "nobody was asked there"


def test_figures_and_rates_inside_a_class_are_those_of_its_row_in_the_nation(edition, officer):
    whole = queries.sheet_of(edition, officer.viewer)
    for dimension, value in {each for each in whole.rates if each != EVERYBODY}:
        held = queries.sheet_inside(edition, {Dimension(dimension): value})
        assert held.rates[EVERYBODY] == whole.rates[dimension, value]
        for position, margins in whole.questions.items():
            assert held.questions[position].rows[EVERYBODY] == margins.rows[dimension, value]


def test_nobody_but_the_ministry_is_shown_a_table_that_was_not_cleared(
    edition, officer, manager, prefecture_officer, client, now
):
    services.publish(edition.pk, by=officer.viewer, now=now)
    address = reverse("results:detail", args=[edition.pk])
    for person in (manager, prefecture_officer):
        refused = person.client.get(address, {"within": "prefecture:31"})
        assert refused.status_code == 403, person.role
        assert "<small>" not in refused.text
        page = person.client.get(address).text
        assert "Tables inside a class are shown to the ministry alone" in page
        assert 'name="within"' not in page
    everybody = reverse("results:public", args=[edition.pk])
    assert client.get(everybody, {"within": "prefecture:31"}).text == client.get(everybody).text


def test_looking_inside_asks_the_database_as_often_as_looking_at_the_nation(
    edition, officer, django_assert_max_num_queries
):
    client, address = officer.client, reverse("results:detail", args=[edition.pk])
    client.get(address)
    with django_assert_max_num_queries(12):
        client.get(address, {"within": "prefecture:31", "by": "all"})
