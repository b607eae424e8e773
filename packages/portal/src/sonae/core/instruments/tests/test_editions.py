"""The order of editions, and which one is in force."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonae.core.assurance.vocabulary import DataFileProblem
from sonae.core.instruments import queries, services, testing
from sonae.core.instruments.edition_rules import Term, in_force, rank
from sonae.core.instruments.models import Edition
from sonae.core.instruments.testing import FORM
from sonae.core.instruments.vocabulary import FormProblem
from sonae.kernel.errors import BadInput
from sonae.testing.cast import NOW


def an_edition(officer, edition, *facts):
    text = FORM.replace('edition: "2026"', f'edition: "{edition}"').replace("fiscal_year: 2026\n", "")
    return testing.an_edition(by=officer.viewer, now=NOW, form="\n".join([*facts, text]))


@pytest.mark.parametrize(
    "editions",
    [
        ["R1", "R9", "R10", "R100"],
        ["2", "10", "010.1"],
        ["Ｒ９", "R10"],
        ["2025-05-14", "2026-06-01"],
        ["第2版", "第10版"],
        ["", "0", "00000000001", "2" * 39],
        ["r9", "R10", "r11"],
    ],
)
def test_editions_sort_as_people_count(editions):
    ranks = [rank(edition) for edition in editions]
    assert ranks == sorted(ranks)


@given(st.integers(0, 10**30), st.integers(0, 10**30))
def test_of_two_numbers_the_larger_comes_later(one, other):
    assert (rank(f"R{one}") < rank(f"R{other}")) is (one < other)


@given(st.text(max_size=40))
def test_every_edition_has_a_rank_that_its_column_holds(edition):
    assert len(rank(edition)) <= 80


def test_editions_stand_newest_first(officer):
    for edition, year in (("R9", 2027), ("R10", 2028), ("R8", 2026)):
        an_edition(officer, edition, f"fiscal_year: {year}")
    for edition in ("9", "10"):
        an_edition(officer, edition)
    assert [found.edition for found in Edition.objects.all()] == ["R10", "R9", "R8", "10", "9"]


TERMS = [
    (Term("A"), "always"),
    (Term("B", 2024), "of the fiscal year 2024"),
    (Term("C", 2025, date(2025, 5, 14)), "from May 2025"),
    (Term("D", 2026, date(2026, 6, 1), date(2027, 3, 31)), "until March 2027"),
]


@pytest.mark.parametrize(
    ("day", "found"),
    [
        (date(2024, 3, 31), "always"),
        (date(2024, 4, 1), "of the fiscal year 2024"),
        # In April the form of the new year is not out yet: that of the old one stands.
        (date(2025, 5, 13), "of the fiscal year 2024"),
        (date(2025, 5, 14), "from May 2025"),
        (date(2026, 5, 31), "from May 2025"),
        (date(2027, 3, 31), "until March 2027"),
        (date(2027, 4, 1), "from May 2025"),
    ],
)
def test_in_force_is_what_began_last_and_has_not_ended(day, found):
    assert in_force(TERMS, on=day) == found
    assert in_force(reversed(TERMS), on=day) == found
    assert in_force([], on=day) is None


def test_of_an_edition_its_newest_version_is_in_force(officer, hospital, manager, django_assert_num_queries):
    services.load_shipped(now=NOW)
    first = an_edition(officer, "R9", "valid_from: 2026-04-01")
    services.open_response(first.pk, institution_id=hospital.pk, occasion="2026", by=manager.viewer, now=NOW)
    second = an_edition(officer, "R9", "valid_from: 2026-05-01")
    with django_assert_num_queries(1):
        assert queries.edition_in_force("readiness", on=date(2026, 5, 1)) == second
    assert queries.edition_in_force("readiness", on=date(2026, 4, 30)) is None
    assert queries.edition_in_force("checklist-facility", on=date(2025, 5, 20)).edition == "R7"
    assert queries.edition_in_force("checklist-facility", on=date(2025, 4, 20)).edition == "R6"
    assert queries.edition_in_force("unheard-of", on=date(2026, 5, 1)) is None


NESTED = """\
id: nested
edition: "1"
title: {ja: 入れ子}
respondent: facility
items:
  - section: sites
    label: {ja: 拠点}
    repeat: true
    items:
      - {question: site, kind: text, label: {ja: 名称}}
      - question: devices
        kind: table
        label: {ja: 機器}
        columns: [{question: device, kind: text, label: {ja: 機器名}}]
"""


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd"])
def test_a_source_that_is_no_address_of_the_web_is_refused(officer, url):
    named = FORM.replace("source: {", "source: {url: '%s', ", 1)
    testing.an_edition(by=officer.viewer, now=NOW, form=named % "https://example.jp/a")
    with pytest.raises(BadInput) as refused:
        testing.an_edition(by=officer.viewer, now=NOW, form=named % url)
    (problem,) = refused.value.problems
    assert (problem.reason, problem.field) == (DataFileProblem.OUT_OF_RANGE, "source url")


def test_rows_within_rows_are_refused_where_they_would_be_published(officer):
    with pytest.raises(BadInput) as caught:
        services.publish(NESTED.encode(), file_name="nested.yaml", by=officer.viewer, now=NOW)
    assert [(one.reason, one.facts["around"]) for one in caught.value.problems] == [(FormProblem.ROWS_IN_ROWS, "sites")]
    apart = NESTED.replace("repeat: true", "number: '1'")
    assert services.publish(apart.encode(), file_name="apart.yaml", by=officer.viewer, now=NOW).version == 1
