import os
from datetime import UTC, date, datetime
from datetime import time as datetime_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sonae.core.instruments.checks import Finding, check, not_asked
from sonae.core.instruments.definition import Bounds, CheckDates, Choice, Table, Words
from sonae.core.instruments.plan import prepare
from sonae.core.instruments.tests import forms
from sonae.core.instruments.tests.forms import a_list, a_plan, a_question, a_section, an_instrument
from sonae.core.instruments.vocabulary import AnswerKind, DefinitionProblem, FindingReason
from sonae.core.web import words
from sonae.kernel.decision import Refused
from tools import effort

NOW = datetime(2026, 11, 22, 21, 0, tzinfo=UTC)
R = FindingReason


def found(plan, answers):
    findings = check(plan, answers, now=NOW).found
    assert all(words.of(Refused(one.reason, one.facts)) for one in findings)
    return [(one.question, one.reason) for one in findings]


# --- One answer -------------------------------------------------------------------------------------------------------

DEVICE = a_list("devices", "vpn", "edr")
UNKNOWN = {"unknown_as_of": "2026-11-23T06:00:00+09:00"}
ANSWERS = [
    (a_question("q"), "ok", None),
    (a_question("q"), 3, R.NOT_TEXT),
    (a_question("q"), "x" * 10_001, R.TEXT_TOO_LONG),
    (a_question("q", AnswerKind.NUMBER), 3, None),
    (a_question("q", AnswerKind.NUMBER), "3.5", None),
    (a_question("q", AnswerKind.NUMBER), "three", R.NOT_A_NUMBER),
    (a_question("q", AnswerKind.NUMBER), True, R.NOT_A_NUMBER),
    (a_question("q", AnswerKind.NUMBER), float("inf"), R.NOT_A_NUMBER),
    (a_question("q", AnswerKind.NUMBER), 10**400, R.NOT_A_NUMBER),
    (a_question("q", AnswerKind.NUMBER, bounds=Bounds(is_whole=True)), 3.5, R.NOT_WHOLE),
    (a_question("q", AnswerKind.NUMBER, bounds=Bounds(least=0)), -1, R.TOO_SMALL),
    (a_question("q", AnswerKind.NUMBER, bounds=Bounds(most=9)), 10, R.TOO_LARGE),
    (a_question("q", AnswerKind.NUMBER, bounds=Bounds(least=0, most=9)), 9, None),
    (a_question("q", AnswerKind.NUMBER, bounds=Bounds(unit=Words.of({"ja": "台"}))), {"number": 3, "unit": "台"}, None),
    (
        a_question("q", AnswerKind.NUMBER, bounds=Bounds(unit=Words.of({"ja": "台"}))),
        {"number": 3, "unit": "床"},
        R.UNIT_IS_OTHER,
    ),
    (a_question("q", AnswerKind.DATE), "2026-02-28", None),
    (a_question("q", AnswerKind.DATE), date(2026, 2, 28), None),
    (a_question("q", AnswerKind.DATE), NOW, None),
    (a_question("q", AnswerKind.TIME), datetime_time(13, 30), None),
    (a_question("q", AnswerKind.DATE), "2026-02-30", R.NOT_A_DATE),
    (a_question("q", AnswerKind.DATE), "2026-02-28T10:00:00Z", R.NOT_A_DATE),
    (a_question("q", AnswerKind.TIME), "13:30", None),
    (a_question("q", AnswerKind.TIME), "25:30", R.NOT_A_TIME),
    (a_question("q", AnswerKind.TIME), "noon", R.NOT_A_TIME),
    (a_question("q", AnswerKind.MOMENT), "2026-11-23T06:00:00+09:00", None),
    (a_question("q", AnswerKind.MOMENT), "2026-11-23", R.NOT_A_MOMENT),
    (a_question("q", AnswerKind.TICK), True, None),
    (a_question("q", AnswerKind.TICK), "yes", R.NOT_A_TICK),
    (a_question("q", AnswerKind.LOCATION), "35.6 139.7 0 5", None),
    (a_question("q", AnswerKind.LOCATION), "95 139", R.NOT_A_LOCATION),
    (a_question("q", AnswerKind.LOCATION), 7, R.NOT_A_LOCATION),
    (a_question("q", AnswerKind.FILE), "a.pdf", None),
    (a_question("q", AnswerKind.FILE), ["a.pdf", "b.png"], None),
    (a_question("q", AnswerKind.FILE), {"name": "a.pdf"}, R.NOT_A_FILE),
    (a_question("q", AnswerKind.SINGLE, choices="devices"), "vpn", None),
    (a_question("q", AnswerKind.SINGLE, choices="devices"), "ids", R.CHOICE_UNKNOWN),
    (a_question("q", AnswerKind.SINGLE, choices="devices"), ["vpn"], R.NOT_TEXT),
    (a_question("q", AnswerKind.SINGLE, choices="devices", has_other=True), "other", None),
    (a_question("q", AnswerKind.SINGLE, choices="list.csv"), "anything", None),
    (a_question("q", AnswerKind.MULTIPLE, choices="devices"), ["vpn", "edr"], None),
    (a_question("q", AnswerKind.MULTIPLE, choices="devices"), "vpn edr", None),
    (a_question("q", AnswerKind.MULTIPLE, choices="devices"), ["vpn", "ids"], R.CHOICE_UNKNOWN),
    (a_question("q", AnswerKind.MULTIPLE, choices="devices"), ["vpn", "vpn"], R.CHOICE_TWICE),
    (a_question("q", AnswerKind.MULTIPLE, choices="devices"), 7, R.NOT_A_LIST),
    (a_question("q", AnswerKind.RANKING, choices="devices"), ["edr", "vpn"], None),
    (a_question("q", AnswerKind.YES_NO), "yes", None),
    (a_question("q", AnswerKind.YES_NO), {"answer": "out_of_scope"}, R.OUT_OF_SCOPE_NOT_POSSIBLE),
    (a_question("q", AnswerKind.YES_NO), "out_of_scope", R.OUT_OF_SCOPE_NOT_POSSIBLE),
    (a_question("q", AnswerKind.YES_NO, may_be_out_of_scope=True), {"answer": "out_of_scope"}, None),
    (a_question("q", AnswerKind.YES_NO, choices="devices"), "out_of_scope", R.OUT_OF_SCOPE_NOT_POSSIBLE),
    (a_question("q", AnswerKind.YES_NO, choices="devices"), "yes", R.CHOICE_UNKNOWN),
    (a_question("q", AnswerKind.YES_NO), "はい", R.CHOICE_UNKNOWN),
    (a_question("q", required="true()"), "", R.MISSING),
    (a_question("q", required="true()"), "  ", R.MISSING),
    (a_question("q", required="true()", may_be_unknown=True), UNKNOWN, None),
    (a_question("q", may_be_unknown=True), {"unknown_as_of": "2026-11-23T06:00:00.001+09:00"}, R.UNKNOWN_IN_FUTURE),
    (a_question("q", required="true()"), UNKNOWN, R.UNKNOWN_NOT_POSSIBLE),
    (a_question("q"), UNKNOWN, R.UNKNOWN_NOT_POSSIBLE),
    (a_question("q", AnswerKind.YES_NO), UNKNOWN, R.UNKNOWN_NOT_POSSIBLE),
    (a_question("q", required="true()"), {"unknown_as_of": "later"}, R.NOT_TEXT),
    (a_question("q", may_be_unknown=True), {"unknown_as_of": "2026-11-22"}, R.NOT_TEXT),
    (a_question("q", required="false()"), None, None),
    (a_question("q", required="1 = 1"), None, R.MISSING),
    (a_question("q", AnswerKind.NUMBER, constraint=". > 3"), 3, R.CONSTRAINT_BROKEN),
    (a_question("q", AnswerKind.NUMBER, constraint=". > 3"), 4, None),
    (a_question("q", AnswerKind.NUMBER, constraint=". > 3"), "", None),
]


@pytest.mark.parametrize(("question", "answer", "reason"), ANSWERS, ids=str)
def test_an_answer_is_judged(question, answer, reason):
    plan = a_plan(question, lists=(DEVICE,))
    assert found(plan, {"q": answer}) == ([("q", reason)] if reason else [])


# --- Rows of the checklist
# ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "reasons"),
    [
        ({"answer": "yes", "checked_on": "2026-05-01"}, []),
        ({"answer": "yes"}, [R.CHECK_DATE_MISSING]),
        ("yes", [R.CHECK_DATE_MISSING]),
        ({"answer": "yes", "checked_on": "May"}, [R.NOT_A_DATE]),
        ({"answer": "yes", "checked_on": "2026-11-23"}, []),
        ({"answer": "yes", "checked_on": "2026-11-24"}, [R.CHECK_DATE_IN_FUTURE]),
        ({"answer": "yes", "checked_on": "2026-04-01"}, []),
        ({"answer": "yes", "checked_on": "2026-03-31"}, [R.CHECK_DATE_OUTSIDE_YEAR]),
        ({"answer": "no", "checked_on": "2026-03-31", "target_on": "2026-04-01"}, [R.CHECK_DATE_OUTSIDE_YEAR]),
        ({"answer": "yes", "checked_on": ["2026-05-01", "2026-06-01"]}, [R.TOO_MANY_CHECK_DATES]),
        ({"answer": "no", "checked_on": ["2026-05-01"]}, [R.TARGET_DATE_MISSING]),
        ({"answer": "no", "checked_on": ["2026-05-01"], "target_on": "2027-03-31"}, []),
        ({"answer": "no", "checked_on": ["2026-05-01"], "target_on": "2027-04-01"}, [R.TARGET_DATE_OUTSIDE_YEAR]),
        ({"answer": "no", "checked_on": ["2026-05-01"], "target_on": "2026-03-31"}, [R.TARGET_DATE_OUTSIDE_YEAR]),
        ({"answer": "no", "target_on": "soon"}, [R.CHECK_DATE_MISSING, R.NOT_A_DATE]),
        ({"answer": "out_of_scope", "checked_on": ["2026-05-01"]}, []),
        (None, [R.MISSING]),
    ],
)
def test_a_row_of_the_checklist_wants_its_dates(answer, reasons):
    answers = {
        "gate": "yes",
        "manager": answer,
        "ledger": {"answer": "yes", "checked_on": ["2026-05-01", "2026-09-01"]},
    }
    assert found(forms.a_checklist(), answers) == [("manager", reason) for reason in reasons]


@pytest.mark.parametrize(
    ("answer", "reason"), [("out_of_scope", R.OUT_OF_SCOPE_NOT_POSSIBLE), (UNKNOWN, R.UNKNOWN_NOT_POSSIBLE)]
)
def test_a_gate_is_not_answered_with_what_would_only_hide_the_form(answer, reason):
    assert found(forms.a_checklist(), {"gate": answer}) == [("gate", reason)]


def test_only_what_is_answered_by_itself_may_be_unknown_and_only_a_yes_or_no_out_of_scope():
    columns = Table(columns=(a_question("maker"),))
    flaws = prepare(
        an_instrument(
            a_question("table", AnswerKind.TABLE, table=columns, may_be_unknown=True),
            a_question("sum", AnswerKind.NUMBER, calculation="1 + 1", may_be_unknown=True),
            a_question("beds", AnswerKind.NUMBER, may_be_unknown=True, may_be_out_of_scope=True),
            a_question("row", AnswerKind.YES_NO, may_be_unknown=True, may_be_out_of_scope=True),
        )
    )
    assert {(flaw.reason, flaw.id, flaw.part) for flaw in flaws} == {
        (DefinitionProblem.NEVER_UNKNOWN, "table", "may_be_unknown"),
        (DefinitionProblem.NEVER_UNKNOWN, "sum", "may_be_unknown"),
        (DefinitionProblem.NEVER_OUT_OF_SCOPE, "beds", "may_be_out_of_scope"),
    }


def test_each_check_date_of_a_row_is_judged():
    row = {"answer": "yes", "checked_on": ["2026-03-31", "2026-11-24"]}
    manager = {"answer": "yes", "checked_on": "2026-05-01"}
    findings = found(forms.a_checklist(), {"gate": "yes", "manager": manager, "ledger": row})
    assert findings == [("ledger", R.CHECK_DATE_OUTSIDE_YEAR), ("ledger", R.CHECK_DATE_IN_FUTURE)]


def test_after_the_fiscal_year_a_check_still_lies_inside_it():
    plan, after = forms.a_checklist(), datetime(2027, 4, 2, tzinfo=UTC)
    for day, reasons in (("2027-03-31", []), ("2027-04-01", [R.CHECK_DATE_OUTSIDE_YEAR])):
        row = {"answer": "yes", "checked_on": day}
        findings = check(plan, {"gate": "yes", "manager": row, "ledger": row}, now=after).found
        assert [one.reason for one in findings] == reasons * 2


def test_without_a_fiscal_year_any_date_will_do_but_one_in_the_future():
    row = a_question("q", AnswerKind.YES_NO, dates=CheckDates())
    plan = a_plan(row, fiscal_year=None)
    assert found(plan, {"q": {"answer": "no", "checked_on": "2019-05-01", "target_on": "2099-01-01"}}) == []
    assert found(plan, {"q": {"answer": "yes", "checked_on": "2026-11-24"}}) == [("q", R.CHECK_DATE_IN_FUTURE)]


def test_a_filter_that_cannot_be_decided_in_time_is_reported():
    values = [f"c{number}" for number in range(900)]
    nested = "count(instance('many')/root/item[name != '']) > 0 and " * 3 + "true()"
    question = a_question("q", AnswerKind.SINGLE, choices="many", choice_filter=nested)
    plan = a_plan(question, lists=(a_list("many", *values),))
    assert found(plan, {"q": "c1"}) == [("q", R.NOT_DECIDED)]


def test_tables_in_the_rows_of_a_repeat_keep_their_rows_apart():
    table = forms.a_table(rows=(Choice(value="vpn"),))
    plan = a_plan(a_section("sites", table, is_repeat=True))
    sites = [{"devices": [{"row": "vpn", "maker": "a"}]}, {"devices": [{"row": "vpn", "maker": "b"}]}]
    assert found(plan, {"sites": sites}) == []
    twice = [{"devices": [{"row": "vpn", "maker": "a"}, {"row": "vpn", "maker": "a"}]}, *sites]
    assert (("devices", R.ROW_TWICE)) in found(plan, {"sites": twice})


def test_the_dice_are_thrown_by_the_caller():
    plan = a_plan(a_question("r", AnswerKind.CALCULATE, calculation="random()"))
    assert check(plan, {}, now=NOW, chance=lambda: 0.25).calculated == {("r", ()): 0.25}
    assert check(plan, {}, now=NOW).calculated == {("r", ()): 0.5}


@pytest.mark.parametrize(("sent", "kept"), [(0.75, 0.75), ("0.75", "0.75"), (None, 0.25), ([], 0.25), (10**400, 0.25)])
def test_what_was_once_worked_out_is_kept(sent, kept):
    plan = a_plan(a_question("r", AnswerKind.CALCULATE, calculation="once(random())"))
    assert check(plan, {"r": sent}, now=NOW, chance=lambda: 0.25).calculated == {("r", ()): kept}


def test_behind_the_gate_nothing_is_asked():
    findings = check(forms.a_checklist(), {"gate": "no"}, now=NOW)
    assert findings.is_sound
    assert findings.asks("gate")
    assert not findings.asks("manager")
    assert findings.not_asked == {("manager", ()), ("ledger", ())}


# --- Relevance, calculations
# ---------------------------------------------------------------------------------------------


def test_what_is_not_asked_counts_as_empty_and_its_answer_is_reported():
    plan = a_plan(
        a_question("c", relevant="${b} = 'x'", required="true()"),
        a_question("b", relevant="${a} = 'x'"),
        a_question("a"),
    )
    assert found(plan, {"a": "x", "b": "x"}) == [("c", R.MISSING)]
    # b is void, so c is not asked either, whatever was sent for b.
    assert found(plan, {"a": "y", "b": "x"}) == [("b", R.NOT_RELEVANT)]
    assert found(plan, {"a": "y", "b": "x", "c": "x"}) == [("b", R.NOT_RELEVANT), ("c", R.NOT_RELEVANT)]


def test_a_section_that_is_not_asked_hides_all_below_it():
    inner = a_section("inner", a_question("deep", required="true()"), relevant="true()")
    plan = a_plan(a_question("a"), a_section("outer", inner, a_question("beside"), relevant="${a} = 'x'"))
    assert found(plan, {"a": "y"}) == []
    assert found(plan, {"a": "y", "deep": "z"}) == [("deep", R.NOT_RELEVANT)]
    assert found(plan, {"a": "x"}) == [("deep", R.MISSING)]


def test_calculations_come_in_the_order_in_which_they_need_each_other():
    plan = a_plan(
        a_question("total", AnswerKind.CALCULATE, calculation="${double} + 1"),
        a_question("double", AnswerKind.CALCULATE, calculation="${n} * 2"),
        a_question("is_large", AnswerKind.CALCULATE, calculation="${total} > 10"),
        a_question("n", AnswerKind.NUMBER),
        a_question("why", relevant="${is_large} = 'true'", required="true()"),
    )
    findings = check(plan, {"n": 7, "total": 99}, now=NOW)
    assert findings.calculated == {("double", ()): 14.0, ("total", ()): 15.0, ("is_large", ()): "true"}
    assert findings.found == (Finding("why", R.MISSING),)


@pytest.mark.parametrize(
    ("rules", "names"),
    [
        ({"a": "${a} + 1"}, "a → a"),
        ({"a": "${b}", "b": "${a}"}, {"a → b → a", "b → a → b"}),
        ({"a": "${b}", "b": "${c}", "c": "${a}"}, {"a → b → c → a", "b → c → a → b", "c → a → b → c"}),
    ],
)
def test_questions_that_wait_for_each_other_are_named(rules, names):
    questions = [a_question(id_, AnswerKind.CALCULATE, calculation=rule) for id_, rule in rules.items()]
    (flaw,) = prepare(an_instrument(*questions))
    assert flaw.reason is DefinitionProblem.CYCLE
    assert flaw.facts["names"] in names


def test_every_ring_is_named_not_only_the_first():
    rules = {"a": "${b}", "b": "${a}", "c": "${d}", "d": "${c}", "e": "${a}"}
    flaws = prepare(
        an_instrument(*[a_question(i, AnswerKind.CALCULATE, calculation=rule) for i, rule in rules.items()])
    )
    assert [flaw.reason for flaw in flaws] == [DefinitionProblem.CYCLE] * 2


def test_a_section_cannot_depend_on_what_it_holds():
    flaws = prepare(an_instrument(a_section("s", a_question("a"), relevant="${a} = 'x'")))
    assert [flaw.reason for flaw in flaws] == [DefinitionProblem.CYCLE]


def test_every_flaw_of_an_instrument_is_found_at_once():
    flaws = prepare(
        an_instrument(
            a_question("a", relevant="${none} = 1", constraint="(", required="foo()"),
            a_question("a", AnswerKind.SINGLE, choices="none"),
            a_question("n", AnswerKind.NUMBER, bounds=Bounds(least=2, most=1), controls=("mfa", "nonsense")),
            valid_from=date(2026, 4, 1),
            valid_until=date(2026, 3, 1),
        ),
        controls={"mfa"},
    )
    assert {(flaw.reason, flaw.id, flaw.part) for flaw in flaws} == {
        (DefinitionProblem.EXPRESSION, "a", "relevant"),
        (DefinitionProblem.EXPRESSION, "a", "constraint"),
        (DefinitionProblem.EXPRESSION, "a", "required"),
        (DefinitionProblem.ID_TWICE, "a", "id"),
        (DefinitionProblem.CHOICES_MISSING, "a", "choices"),
        (DefinitionProblem.BOUNDS_CROSSED, "n", "bounds"),
        (DefinitionProblem.CONTROL_UNKNOWN, "n", "controls"),
        (DefinitionProblem.ENDS_BEFORE_IT_BEGINS, "", "valid_until"),
    }


# --- Choices that depend
# ---------------------------------------------------------------------------------------------------


def test_a_filter_leaves_the_choices_that_fit_other_answers():
    cities = a_list("cities", "yokohama", "kawasaki", "chiba", of=["kanagawa", "kanagawa", "chiba"])
    plan = a_plan(
        a_question("pref"),
        a_question("city", AnswerKind.SINGLE, choices="cities", choice_filter="of = ${pref}"),
        a_question("more", AnswerKind.MULTIPLE, choices="cities", choice_filter="of = ${pref}"),
        lists=(cities,),
    )
    assert found(plan, {"pref": "kanagawa", "city": "kawasaki", "more": ["kawasaki", "yokohama"]}) == []
    assert found(plan, {"pref": "chiba", "city": "kawasaki"}) == [("city", R.CHOICE_NOT_OFFERED)]
    assert found(plan, {"pref": "chiba", "more": ["chiba", "yokohama"]}) == [("more", R.CHOICE_NOT_OFFERED)]


def test_the_words_of_a_choice_and_of_a_list_can_be_asked_for():
    plan = a_plan(
        a_question("q", AnswerKind.SINGLE, choices="devices"),
        a_question("w", AnswerKind.CALCULATE, calculation="jr:choice-name(${q}, '${q}')"),
        a_question("l", AnswerKind.CALCULATE, calculation="instance('devices')/root/item[name = ${q}]/label"),
        lists=(DEVICE,),
    )
    assert set(check(plan, {"q": "edr"}, now=NOW).calculated.values()) == {"edrの"}


def test_other_has_a_question_for_its_words():
    plan = a_plan(a_question("q", AnswerKind.SINGLE, choices="devices", has_other=True), lists=(DEVICE,))
    assert found(plan, {"q": "other", "q_other": "ids"}) == []
    assert found(plan, {"q": "vpn", "q_other": "ids"}) == [("q_other", R.NOT_RELEVANT)]


# --- Repeats and tables
# -----------------------------------------------------------------------------------------------------


def a_repeat(**facts):
    return a_section(
        "sites",
        a_question("name", required="true()"),
        a_question("beds", AnswerKind.NUMBER, constraint=". <= ${limit}"),
        a_question("plan", relevant="${beds} >= 20", required="true()"),
        a_section("wards", a_question("ward", required="position(../..) = 1"), is_repeat=True),
        is_repeat=True,
        **facts,
    )


def test_each_row_of_a_repeat_is_judged_by_its_own_answers():
    plan = a_plan(
        a_question("limit", AnswerKind.NUMBER),
        a_repeat(),
        a_question("all_beds", AnswerKind.CALCULATE, calculation="sum(${beds})"),
    )
    answers = {
        "limit": 100,
        "sites": [
            {"name": "本院", "beds": 90, "plan": "あり", "wards": [{"ward": "東"}, {}]},
            {"name": "分院", "beds": 19, "plan": "あり", "wards": [{}]},
            {"beds": 200},
            "row",
        ],
    }
    findings = check(plan, answers, now=NOW)
    assert {(one.question, one.reason, one.rows) for one in findings.found} == {
        ("ward", R.MISSING, (1, 2)),
        ("plan", R.NOT_RELEVANT, (2,)),
        ("name", R.MISSING, (3,)),
        ("plan", R.MISSING, (3,)),
        ("beds", R.CONSTRAINT_BROKEN, (3,)),
        ("name", R.MISSING, (4,)),
        ("sites", R.NOT_FIELDS, (4,)),
    }
    assert findings.calculated == {("all_beds", ()): 309.0}
    assert not findings.asks("plan", 2)


@pytest.mark.parametrize(
    ("sent", "reasons"),
    [
        ([{"name": "a"}, {"name": "b"}], []),
        ([{"name": "a"}], [R.TOO_FEW_ROWS]),
        ([{"name": "a"}] * 3, [R.TOO_MANY_ROWS]),
        (None, [R.TOO_FEW_ROWS]),
        ("x", [R.NOT_A_LIST, R.TOO_FEW_ROWS]),
        ([{"name": "a"}] * 1_001, [R.TOO_MANY_ROWS, R.TOO_FEW_ROWS]),
    ],
)
def test_a_repeat_has_as_many_rows_as_its_count(sent, reasons):
    plan = a_plan(a_question("limit", AnswerKind.NUMBER), a_repeat(count="${limit}"))
    assert [reason for _, reason in found(plan, {"limit": 2, "sites": sent})] == reasons


def test_a_repeat_that_is_not_asked_has_no_rows():
    plan = a_plan(a_question("limit", AnswerKind.NUMBER), a_repeat(relevant="${limit} > 0"))
    assert found(plan, {"limit": 0, "sites": [{}]}) == [("sites", R.NOT_RELEVANT)]


def test_a_row_may_look_at_the_row_before_it():
    total = "${beds} + coalesce(indexed-repeat(${running}, ${sites}, position(..) - 1), 0)"
    plan = a_plan(
        a_section(
            "sites",
            a_question("beds", AnswerKind.NUMBER),
            a_question("running", AnswerKind.CALCULATE, calculation=total),
            is_repeat=True,
        )
    )
    calculated = check(plan, {"sites": [{"beds": 3}, {"beds": 4}, {"beds": 5}]}, now=NOW).calculated
    assert [calculated["running", (row,)] for row in (1, 2, 3)] == [3.0, 7.0, 12.0]


@pytest.mark.parametrize(
    ("table", "sent", "reasons"),
    [
        ({}, [{"maker": "a", "units": 1}], []),
        ({}, [{"maker": "a", "units": 0}, {"units": 3}], [("units", R.TOO_SMALL), ("maker", R.MISSING)]),
        ({"least": 1}, [], [("devices", R.TOO_FEW_ROWS)]),
        ({"most": 1}, [{"maker": "a"}, {"maker": "b"}], [("devices", R.TOO_MANY_ROWS)]),
        ({"rows": ("vpn", "edr")}, [{"row": "vpn", "maker": "a"}, {"row": "edr", "maker": "b"}], []),
        (
            {"rows": ("vpn", "edr")},
            [{"row": "vpn", "maker": "a"}, {"row": "vpn", "maker": "b"}],
            [("devices", R.ROW_TWICE)],
        ),
        (
            {"rows": ("vpn", "edr")},
            [{"row": "ids", "maker": "a"}],
            [("devices", R.TOO_FEW_ROWS), ("devices", R.ROW_UNKNOWN)],
        ),
        ({}, [{"maker": "a", "colour": "red"}], [("devices", R.QUESTION_UNKNOWN)]),
        # Questions of another level are none of a row.
        ({}, [{"maker": "a", "devices": []}], [("devices", R.QUESTION_UNKNOWN)]),
    ],
)
def test_a_table_is_judged_row_by_row(table, sent, reasons):
    table = {**table, "rows": tuple(Choice(value=name) for name in table.get("rows", ()))}
    assert found(a_plan(forms.a_table(**table)), {"devices": sent}) == reasons


# --- Whatever is sent
# ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sent", [None, [], "x", 7, [{"q": 1}]])
def test_answers_are_fields(sent):
    assert found(a_plan(a_question("q")), sent) == [("", R.NOT_FIELDS)]


def test_each_level_has_its_own_questions():
    inner = a_section("wards", a_question("ward"), is_repeat=True)
    plan = a_plan(a_question("q"), a_section("all", a_section("sites", a_question("site"), inner, is_repeat=True)))
    assert found(plan, {"q": "a", "sites": [{"site": "b", "wards": [{"ward": "c"}]}]}) == []
    for answers in (
        {"site": "b"}, {"ward": "c"}, {"wards": []}, {"all": {"q": "a"}}, {"row": 1},
    ):  # fmt: skip
        assert found(plan, answers) == [("", R.QUESTION_UNKNOWN)]
    for row in ({"q": "a"}, {"ward": "c"}, {"sites": []}, {"all": {}}):
        assert found(plan, {"sites": [row]}) == [("sites", R.QUESTION_UNKNOWN)]
    assert found(plan, {"sites": [{"wards": [{"site": "b"}]}]}) == [("wards", R.QUESTION_UNKNOWN)]


def test_a_question_of_another_edition_is_reported():
    assert found(a_plan(a_question("q")), {"old": 1, 7: 2}) == [("", R.QUESTION_UNKNOWN)] * 2


def test_a_rule_that_costs_too_much_is_reported_and_not_taken_as_kept():
    plan = a_plan(a_question("q", constraint="regex(., '(a|aa)+(a|aa)+(a|aa)+b')"))
    assert found(plan, {"q": "a" * 9_999}) in ([("q", R.CONSTRAINT_BROKEN)], [("q", R.NOT_DECIDED)])
    doubling = [a_question("c0")]
    doubling += [
        a_question(f"c{n}", AnswerKind.CALCULATE, calculation=f"concat(${{c{n - 1}}}, ${{c{n - 1}}})")
        for n in range(1, 40)
    ]
    began = effort.begun()
    assert ("c15", R.NOT_DECIDED) in found(a_plan(*doubling), {"c0": "xxxx"})
    began.at_most(5)


def a_table_of(*columns, rows):
    """A plan of one table, and as many rows that differ."""
    plan = a_plan(a_question("t", AnswerKind.TABLE, table=Table(columns=columns)))
    return plan, {"t": [{columns[0].id: f"s{number}"} for number in range(rows)]}


UNIQUE = "count(/f/t[serial = current()]) = 1"


@pytest.mark.parametrize(("rows", "reasons"), [(500, set()), (1_000, {R.TOO_MUCH_TO_CHECK})])
def test_steps_are_counted_for_each_rule_and_all_together_have_an_end(rows, reasons):
    plan, answers = a_table_of(a_question("serial", constraint=UNIQUE), rows=rows)
    assert {reason for _, reason in found(plan, answers)} - {R.NOT_DECIDED} == reasons
    answers["t"][7] = {"serial": "s3"}
    if not reasons:
        assert found(plan, answers) == [("serial", R.CONSTRAINT_BROKEN)] * 2


def hostile_forms():
    big = " ".join(["xxxxxxxxx"] * 900)
    doubled = [
        a_question(f"c{n}", AnswerKind.CALCULATE, calculation=f"concat(${{c{n - 1}}}, ${{c{n - 1}}})")
        for n in range(1, 4)
    ]
    columns = [a_question(f"q{n}", constraint="string-length(.) > 0") for n in range(2_000)]
    yield (
        "many columns",
        [a_question("t", AnswerKind.TABLE, table=Table(columns=tuple(columns)))],
        {"t": [{"q1": "x", "q1999": "y"}] * 1_000},
    )
    rules = {
        "all pairs": "/f/t/serial = /f/t/more or /f/t/serial > /f/t/more",
        "conditions in conditions": "count(/f/t[count(/f/t[serial = 'x' or serial = 'y']) > 0]) > 0",
        "many parts": " + ".join(["1"] * 900) + " > 0",
        "paths": "count(${serial}" + "/../serial" * 40 + ") > 0",
        "parents": "count(/f/t/serial/.." + "/../t/serial/.." * 5 + ") > 0",
        "unions": "count(" + " | ".join(["/f/t/serial"] * 40) + ") > 0",
        "patterns": "regex(., concat('(a|b){1,90}', position(..), '(c|d){1,90}'))",
    }
    for name, rule in rules.items():
        table = Table(columns=(a_question("serial", constraint=rule), a_question("more", constraint=rule)))
        answers = {"t": [{"serial": f"s{number}", "more": "x"} for number in range(1_000)]}
        yield name, [a_question("t", AnswerKind.TABLE, table=table)], answers
    for call in ("substring(${c3}, 2, 9)", "normalize-space(${c3})", "translate(${c3}, 'x', 'y')", "area(${c3})",
                 "selected(${c3}, 'y')", "digest(${c3}, 'MD5')", "${c3} = ${c3}"):  # fmt: skip
        rule = " and ".join([f"string-length({call}) >= 0"] * 20)
        table = Table(columns=(a_question("serial", constraint=rule),))
        items = [a_question("c0"), *doubled, a_question("t", AnswerKind.TABLE, table=table)]
        yield call, items, {"c0": big, "t": [{"serial": "x"}] * 1_000}


HOSTILE = list(hostile_forms())


@pytest.mark.parametrize("rule", ["sum(../part/*) > 2", "count(../many[a > 1]) > 0", "${c} = 3"])
def test_what_a_condition_may_look_at_is_read_before_it_is_said_what_is_asked(rule):
    part = a_section("part", a_question("b", AnswerKind.NUMBER), a_question("c", AnswerKind.NUMBER))
    many = a_section("many", a_question("a", AnswerKind.NUMBER), is_repeat=True)
    plan = a_plan(many, part, a_question("d", relevant=rule), a_section("rest", a_question("e"), relevant="${d} = ''"))
    for answers in ({"b": 2, "c": 3, "many": [{"a": 2}]}, {"b": 0, "c": 0, "many": []}, {"d": "x", "c": 3}):
        assert not_asked(plan, answers, now=NOW) == check(plan, answers, now=NOW).not_asked


def test_plain_questions_that_nothing_hangs_on_are_not_read_to_say_what_is_asked():
    inside = [a_question("plain"), a_question("other", relevant="${gate} = 'x'")]
    plan = a_plan(a_question("gate"), a_section("part", *inside, relevant="${gate} != ''"))
    assert {step.element.id for step in plan.deciding} == {"gate", "part", "other"}
    assert not_asked(plan, {}, now=NOW) == {("plain", ()), ("other", ())}


@pytest.mark.skipif("COVERAGE_RUN" in os.environ, reason="measured lines cost more than they do")
@pytest.mark.parametrize(("items", "answers"), [(items, sent) for _, items, sent in HOSTILE],
                         ids=[name for name, _, _ in HOSTILE])  # fmt: skip
def test_no_form_keeps_a_check_without_an_end(items, answers):
    plan = a_plan(*items)
    began = effort.begun()
    findings = check(plan, answers, now=NOW)
    began.at_most(1)
    # Whatever was given up is told: what was not worked out is never taken as kept.
    assert findings.is_sound or findings.found[0].reason in (R.TOO_MUCH_TO_CHECK, R.CONSTRAINT_BROKEN)


_JSON = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.sampled_from(["yes", "no", "vpn"])
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                ["q", "answer", "checked_on", "target_on", "number", "unit", "row", "maker", "unknown_as_of"]
            ),
            inner,
            max_size=3,
        ),
    ),
    max_leaves=8,
)
EVERY_KIND = a_plan(
    *[
        a_question(kind, kind, constraint="string-length(.) < 3 or . > today()", required="${text} = 'yes'")
        for kind in AnswerKind
        if kind
        not in (AnswerKind.SINGLE, AnswerKind.MULTIPLE, AnswerKind.RANKING, AnswerKind.TABLE, AnswerKind.CALCULATE)
        and kind != AnswerKind.TEXT
    ],
    a_question("text"),
    a_question("single", AnswerKind.SINGLE, choices="devices", relevant="${number} > 1"),
    a_question("multiple", AnswerKind.MULTIPLE, choices="devices", choice_filter="name != ${text}"),
    forms.a_table(most=2),
    a_repeat(count="${number}"),
    a_question("limit", AnswerKind.NUMBER),
    a_question("sum", AnswerKind.CALCULATE, calculation="sum(${units}) + ${number} + ${date}"),
    lists=(DEVICE,),
)


@settings(max_examples=300, deadline=None)
@given(
    st.dictionaries(st.sampled_from([*AnswerKind, "sites", "devices", "limit", "sum", "nonsense"]), _JSON, max_size=6)
)
def test_no_answers_break_the_check(answers):
    findings = check(EVERY_KIND, answers, now=NOW)
    assert {one.question for one in findings.found} <= EVERY_KIND.names | {""}
    assert not_asked(EVERY_KIND, answers, now=NOW) == findings.not_asked


def test_an_honest_response_of_eighty_questions_is_sound():
    assert check(prepare(forms.eighty_questions()), forms.eighty_answers(), now=NOW).is_sound


def test_rows_whose_number_cannot_be_decided_are_not_taken_for_none():
    numbers = a_section(
        "many", a_question("a", AnswerKind.NUMBER), a_question("b", AnswerKind.NUMBER), is_repeat=True
    )  # fmt: skip
    counted = a_section("rows", a_question("c"), is_repeat=True, count="number(${a} > ${b})")
    plan = a_plan(numbers, counted)
    few = {"many": [{"a": 1, "b": 2}] * 3}
    assert found(plan, few) == []
    assert ("rows", R.NOT_DECIDED) in found(plan, {"many": [{"a": 1, "b": 2}] * 1_000})
