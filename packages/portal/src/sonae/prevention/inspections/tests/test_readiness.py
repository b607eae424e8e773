"""Readiness against an oracle that reads the form's file and judges each row for itself, one sentence at a time."""

from datetime import date, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from sonae.core.instruments import yaml_loader
from sonae.core.instruments.definition import Instrument
from sonae.core.instruments.plan import Plan, prepare
from sonae.core.instruments.vocabulary import FindingReason as F
from sonae.kernel.calendar import JST
from sonae.prevention.inspections import self_check
from sonae.prevention.inspections.vocabulary import RowStanding

FORMS = Path(__file__).parent.parent / "instruments"
YEARS = {"r5": 2023, "r6": 2024, "r7": 2025}


def plan_of(form: str) -> Plan:
    read = yaml_loader.load((FORMS / f"checklist_facility_{form}.yaml").read_bytes())
    assert isinstance(read, Instrument), read
    plan = prepare(read)
    assert isinstance(plan, Plan)
    return plan


PLANS = {form: plan_of(form) for form in YEARS}
FILES = {form: yaml.safe_load((FORMS / f"checklist_facility_{form}.yaml").read_text("utf-8")) for form in YEARS}


def rows_in_the_file(form: str) -> list[dict]:
    return [row for item in FILES[form]["items"] if "section" in item for row in item["items"]]


def lacking_by_hand(form: str, answers: dict, *, today: date) -> set[str]:
    """The rows that lack something, read from the form's file and from nothing else."""
    gate = answers.get("gate")
    if gate not in ("yes", "no"):
        return {"gate"}
    if gate == "no":
        return set()
    first, last = date(YEARS[form], 4, 1), date(YEARS[form] + 1, 3, 31)
    lacking = set()
    for row in rows_in_the_file(form):
        answer = answers.get(row["question"])
        if answer is None:
            if row.get("required"):
                lacking.add(row["question"])
            continue
        possible = {"yes", "no"} | ({"out_of_scope"} if row.get("may_be_out_of_scope") else set())
        checked = [date.fromisoformat(day) for day in answer.get("checked_on", [])]
        is_dated = 0 < len(checked) <= row["dates"]["rounds"] and all(
            first <= day <= min(last, today) for day in checked
        )
        target = answer.get("target_on")
        needs_target = answer.get("answer") == "no" and row["dates"].get("target", True)
        has_target = target is not None and first <= date.fromisoformat(target) <= last
        if answer.get("answer") not in possible or not is_dated or (needs_target and not has_target):
            lacking.add(row["question"])
    return lacking


@st.composite
def a_self_check(draw):
    form = draw(st.sampled_from(sorted(YEARS)))
    year = YEARS[form]
    # Mostly inside the fiscal year, with both of its edges and the days beside them.
    edges = [date(year, 3, 31), date(year, 4, 1), date(year + 1, 3, 31), date(year + 1, 4, 1)]
    inside = st.dates(date(year, 4, 1), date(year + 1, 3, 31))
    day = st.one_of(inside, inside, st.sampled_from(edges)).map(date.isoformat)
    answer = st.fixed_dictionaries(
        {"answer": st.sampled_from(["yes", "no", "no", "out_of_scope"])},
        optional={"checked_on": st.lists(day, min_size=0, max_size=3), "target_on": day},
    )
    complete = {"answer": "yes", "checked_on": [date(year, 4, 1).isoformat()]}
    answers = {
        row["question"]: said
        for row in rows_in_the_file(form)
        if (said := draw(st.one_of(st.just(complete), st.just(complete), st.none(), answer))) is not None
    }
    gate = draw(st.sampled_from(["yes", "yes", "yes", "no", None]))
    today = draw(st.dates(date(year, 4, 1), date(year + 2, 1, 1)))
    return form, answers | ({"gate": gate} if gate else {}), today


@settings(max_examples=120, deadline=None)
@given(a_self_check())
def test_readiness_says_what_the_file_of_the_form_says(case):
    form, answers, today = case
    found = self_check.readiness_of(
        PLANS[form], answers, now=datetime(today.year, today.month, today.day, 12, tzinfo=JST)
    )
    expected = lacking_by_hand(form, answers, today=today)
    assert {lack.question for lack in found.lacks} == expected
    assert found.is_ready == (not expected)
    by_standing = {row.question for row in found.rows if row.standing is RowStanding.LACKING}
    assert by_standing == expected


@pytest.mark.parametrize("form", YEARS)
def test_every_shape_of_an_answer_to_every_row_is_judged_alike(form):
    year = YEARS[form]
    before, first, last, after = f"{year}-03-31", f"{year}-04-01", f"{year + 1}-03-31", f"{year + 1}-04-01"
    checks = [None, [], [first], [first, first], [first, first, first], [before], [first, before]]
    for row in rows_in_the_file(form):
        for said, checked, target in product(["yes", "no", "out_of_scope"], checks, [None, before, first, last, after]):
            answer = {"answer": said, "checked_on": checked, "target_on": target}
            answers = answered(form, **{row["question"]: {name: value for name, value in answer.items() if value}})
            found = self_check.readiness_of(PLANS[form], answers, now=at(form))
            assert {lack.question for lack in found.lacks} == lacking_by_hand(form, answers, today=at(form).date()), (
                answer
            )


def test_a_no_to_a_row_for_reference_of_fiscal_2023_needs_no_day():
    no = {"answer": "no", "checked_on": ["2023-06-02"]}
    assert self_check.readiness_of(PLANS["r5"], answered("r5", bcp=no), now=at("r5")).is_ready
    assert not self_check.readiness_of(PLANS["r5"], answered("r5", ledger=no), now=at("r5")).is_ready


def answered(form: str, **others: object) -> dict[str, object]:
    day = f"{YEARS[form]}-06-02"
    rows = {row["question"]: {"answer": "yes", "checked_on": [day]} for row in rows_in_the_file(form)}
    return {"gate": "yes", **rows, **others}


def at(form: str) -> datetime:
    return datetime(YEARS[form], 7, 1, 9, tzinfo=JST)


@pytest.mark.parametrize("form", YEARS)
def test_no_in_every_row_is_ready_once_each_says_until_when(form):
    last = f"{YEARS[form] + 1}-03-31"
    no = {"answer": "no", "checked_on": [f"{YEARS[form]}-06-02"], "target_on": last}
    noes = {row["question"]: no for row in rows_in_the_file(form)}
    found = self_check.readiness_of(PLANS[form], {"gate": "yes", **noes}, now=at(form))
    assert found.is_ready
    assert all(row.target_on == date.fromisoformat(last) for row in found.rows if row.question != "gate")
    assert {row.standing for row in found.rows} == {RowStanding.COMPLETE}


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({}, F.MISSING),
        ({"checked_on": ["2025-06-02"]}, F.MISSING),
        ({"answer": "yes"}, F.CHECK_DATE_MISSING),
        ({"answer": "yes", "checked_on": ["2025-07-02"]}, F.CHECK_DATE_IN_FUTURE),
        ({"answer": "yes", "checked_on": ["2025-03-31"]}, F.CHECK_DATE_OUTSIDE_YEAR),
        ({"answer": "no", "checked_on": ["2025-06-02"]}, F.TARGET_DATE_MISSING),
        ({"answer": "no", "checked_on": ["2025-06-02"], "target_on": "2026-04-01"}, F.TARGET_DATE_OUTSIDE_YEAR),
        ({"answer": "out_of_scope", "checked_on": ["2025-06-02"]}, F.OUT_OF_SCOPE_NOT_POSSIBLE),
    ],
)
def test_a_row_says_what_it_lacks(answer, reason):
    found = self_check.readiness_of(PLANS["r7"], answered("r7", bcp=answer), now=at("r7"))
    assert [(lack.question, lack.reason) for lack in found.lacks] == [("bcp", reason)]


def test_what_is_left_over_behind_the_gate_lacks_nothing():
    found = self_check.readiness_of(PLANS["r7"], answered("r7", gate="no"), now=at("r7"))
    assert found.is_ready
    standings = {row.question: row.standing for row in found.rows}
    assert standings.pop("gate") is RowStanding.COMPLETE
    assert set(standings.values()) == {RowStanding.NOT_ASKED}


def test_rows_for_reference_of_fiscal_2023_may_stay_empty():
    asked = answered("r5")
    del asked["bcp"]
    found = self_check.readiness_of(PLANS["r5"], asked, now=at("r5"))
    assert found.is_ready
    assert next(row for row in found.rows if row.question == "bcp").standing is RowStanding.MAY_STAY_EMPTY


def test_what_is_lacking_comes_in_the_order_of_the_form():
    empty = self_check.readiness_of(PLANS["r7"], {"gate": "yes"}, now=at("r7") + timedelta(days=1))
    assert [lack.question for lack in empty.lacks] == [row["question"] for row in rows_in_the_file("r7")]


@pytest.mark.parametrize("raw", [7, "maybe", ["yes"], {"answer": 3}, {"answer": "yes", "checked_on": [None, 5, "x"]}])
def test_whatever_stands_in_a_row_is_no_exception(raw):
    found = self_check.readiness_of(PLANS["r7"], answered("r7", bcp=raw), now=at("r7"))
    assert {lack.question for lack in found.lacks} == {"bcp"}
