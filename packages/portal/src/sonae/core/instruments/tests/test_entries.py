"""Answers as fields of a form and back: what nobody touches comes back as it was, and what is typed is kept."""

from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sonae.core.instruments import entries
from sonae.core.instruments.definition import CheckDates, Choice, Question, Section, Table
from sonae.core.instruments.entries import Filled
from sonae.core.instruments.outline import Line
from sonae.core.instruments.vocabulary import AnswerKind
from sonae.testing.cast import NOW

K = AnswerKind
DAYS = st.dates().map(str)
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).map(str.strip).filter(bool)
UNKNOWN = st.just({"unknown_as_of": "2026-11-23T06:00:00+09:00"})


def question(kind, **more):
    return Question(id="q", name="q", kind=kind, **more)


ANSWERS = {
    K.TEXT: TEXTS,
    K.NUMBER: st.integers(-(10**14), 10**14) | st.decimals(-1000, 1000, places=2).map(float).filter(lambda n: n % 1),
    K.DATE: DAYS,
    K.TICK: st.just("OK"),
    K.SINGLE: st.sampled_from(["a", "b"]),
    K.MULTIPLE: st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, unique=True),
    K.RANKING: st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, unique=True),
    K.MOMENT: st.datetimes(datetime(1970, 1, 1), datetime(2099, 1, 1)).map(
        lambda moment: f"{moment:%Y-%m-%dT%H:%M}+09:00"
    ),
}


@pytest.mark.parametrize("kind", ANSWERS)
def test_an_answer_that_nobody_touches_comes_back_as_it_was(kind):
    line = Line(question(kind))

    @settings(max_examples=40, deadline=None)
    @given(ANSWERS[kind] | UNKNOWN | st.none())
    def same(answer):
        assert entries.as_entered(line, answer, now=NOW) == answer

    same()


@pytest.mark.parametrize(
    "answer",
    [
        None,
        {"answer": "yes", "checked_on": ["2026-05-01"]},
        {"answer": "no", "checked_on": ["2026-05-01", "2026-06-01"], "target_on": "2026-09-30"},
        {"checked_on": ["2026-05-01"]},
        {"unknown_as_of": "2026-11-23T06:00:00+09:00"},
    ],
)
def test_a_row_of_the_checklist_comes_back_with_its_dates(answer):
    line = Line(question(K.YES_NO, dates=CheckDates(rounds=2)))
    assert entries.as_entered(line, answer, now=NOW) == answer


def test_rows_come_back_and_empty_ones_are_taken_away():
    columns = (Question(id="name", name="name", kind=K.TEXT), Question(id="count", name="count", kind=K.NUMBER))
    line = Line(question(K.TABLE, table=Table(columns=columns)))
    rows = [{"name": "甲", "count": 3}, {"name": "乙"}]
    assert entries.as_entered(line, rows, now=NOW) == rows
    sent = Filled({"rows:q": ["3"], "answer:q:0:name": [""], "answer:q:1:name": ["乙"], "answer:q:2:count": ["２"]})
    assert entries.answer_in(line, sent, stored=rows, now=NOW) == [{"name": "乙"}, {"count": 2}]


def test_rows_with_names_keep_them_and_what_repeats_inside_of_a_row_is_left_alone():
    columns = (Question(id="count", name="count", kind=K.NUMBER),)
    named = Line(question(K.TABLE, table=Table(columns=columns, rows=(Choice(value="x"), Choice(value="y")))))
    sent = Filled({"rows:q": ["2"], "answer:q:1:count": ["5"]})
    assert entries.answer_in(named, sent, stored=None, now=NOW) == [{"row": "x"}, {"row": "y", "count": 5}]
    assert entries.answer_in(named, Filled({"rows:q": ["2"]}), stored=None, now=NOW) is None
    inner = Section(id="inner", name="inner", is_repeat=True, items=columns)
    repeat = Line(Section(id="q", name="q", is_repeat=True, items=(Question(id="n", name="n", kind=K.TEXT), inner)))
    rows = [{"n": "甲", "inner": [{"count": 1}]}]
    assert entries.as_entered(repeat, rows, now=NOW) == rows


@pytest.mark.parametrize(
    ("kind", "typed", "answer"),
    [
        (K.NUMBER, "１，２００", 1200),
        (K.NUMBER, "3.5", 3.5),
        (K.NUMBER, "many", "many"),
        (K.NUMBER, "1e400", "1e400"),
        (K.DATE, "soon", "soon"),
        (K.TEXT, " a\r\nb ", "a\nb"),
        (K.TEXT, "  ", None),
        (K.MOMENT, "2026-04-01T13:30", "2026-04-01T13:30+09:00"),
    ],
)
def test_what_is_typed_is_kept_right_or_wrong(kind, typed, answer):
    assert entries.answer_in(Line(question(kind)), Filled({"answer:q": [typed]}), stored=None, now=NOW) == answer


def test_not_known_as_of_now_stands_until_there_is_an_answer():
    line = Line(question(K.TEXT))

    new = Filled({"answer:q": ["old"], "answer:q@unknown": ["now"]})
    assert entries.answer_in(line, new, stored="old", now=NOW) == {"unknown_as_of": "2026-11-23T18:00:00+09:00"}
    since = "2026-11-23T06:00:00+09:00"
    still = Filled({"answer:q": [""], "answer:q@unknown": [since]})
    assert entries.answer_in(line, still, stored=None, now=NOW) == {"unknown_as_of": since}
    known = Filled({"answer:q": ["known"], "answer:q@unknown": [since]})
    assert entries.answer_in(line, known, stored=None, now=NOW) == "known"


@pytest.mark.parametrize("text", ["", "7", "x.abc", "-1.abc", "1234567890123.abc", "7."])
def test_what_no_page_wrote_says_nothing_about_what_was_seen(text):
    assert entries.seen_in(text) is None
    assert entries.seen_in("7.abc") == entries.Seen(7, "abc")
