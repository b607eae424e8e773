"""What was published opens for ever, as it was read then."""

import json
from dataclasses import fields, replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sonae.core.assurance import datafile
from sonae.core.instruments import queries, services, testing
from sonae.core.instruments.checks import check
from sonae.core.instruments.definition import Bounds, Choice, Instrument, KeptSheet, Question, Table, Words
from sonae.core.instruments.kept_definition import SHAPE, from_json, to_json
from sonae.core.instruments.models import EditionFile
from sonae.core.instruments.plan import Plan, prepare, reopened
from sonae.core.instruments.tests import test_xlsform
from sonae.core.instruments.tests.forms import a_list, a_plan, a_question, a_section, an_instrument
from sonae.core.instruments.vocabulary import AnswerKind, FindingReason, Target
from sonae.core.instruments.yaml_loader import load
from sonae.testing.cast import NOW

pytestmark = pytest.mark.filterwarnings("ignore:.* extension is not supported and will be removed:UserWarning")


def there_and_back(instrument):
    return from_json(to_json(instrument), shape=SHAPE)


def shipped():
    return list(datafile.of_every_app(services.editions.FOLDER))


@pytest.mark.parametrize("path", shipped(), ids=lambda path: path.stem)
def test_a_form_that_comes_with_sonae_is_kept_as_it_is(path):
    instrument = load(path.read_bytes())
    assert isinstance(instrument, Instrument)
    assert there_and_back(instrument) == instrument
    assert to_json(there_and_back(instrument)) == to_json(instrument)


@pytest.mark.shared
@pytest.mark.parametrize("name", test_xlsform.real_names())
def test_a_real_form_is_kept_as_it_is(tmp_path, name):
    instrument = test_xlsform.read_real(test_xlsform.real_form(tmp_path, name))
    if isinstance(instrument, Instrument):
        assert there_and_back(instrument) == instrument


_TEXT = st.text(max_size=6)
_WORDS = st.dictionaries(st.sampled_from(["ja", "en", "default"]), _TEXT, max_size=3).map(Words.of)
_PAIRS = st.lists(st.tuples(_TEXT, _TEXT), max_size=2).map(tuple)
_NUMBER = st.none() | st.floats(allow_nan=False) | st.integers(-9, 9).map(float)
_CHOICES = st.lists(st.builds(Choice, value=_TEXT, words=_WORDS, columns=_PAIRS), max_size=2).map(tuple)
_COLUMN = st.builds(
    Question,
    id=_TEXT,
    name=_TEXT,
    kind=st.sampled_from(AnswerKind),
    number=_TEXT,
    words=_WORDS,
    media=st.lists(st.tuples(_TEXT, _WORDS), max_size=2).map(tuple),
    targets=st.lists(st.sampled_from(Target), max_size=2).map(tuple),
    bounds=st.none() | st.builds(Bounds, unit=_WORDS, is_whole=st.booleans(), least=_NUMBER, most=_NUMBER),
    required=_TEXT,
    may_be_unknown=st.booleans(),
    others=_PAIRS,
)
_QUESTION = st.builds(
    replace,
    _COLUMN,
    table=st.none()
    | st.builds(Table, columns=st.lists(_COLUMN, max_size=2).map(tuple), rows=_CHOICES, most=st.none() | st.just(0)),
)
_ITEMS = st.recursive(
    st.lists(_QUESTION, max_size=2).map(tuple),
    lambda inner: st.lists(_QUESTION | st.builds(lambda below: a_section("s", *below), inner), max_size=3).map(tuple),
    max_leaves=4,
)


@settings(max_examples=200, deadline=None)
@given(_ITEMS, _CHOICES, st.none() | st.dates(), _PAIRS)
def test_any_instrument_is_kept_as_it_is(items, choices, day, others):
    instrument = an_instrument(
        *items,
        lists=(replace(a_list("l"), choices=choices),),
        valid_from=day,
        others=others,
        sheets=(KeptSheet("osm", ("a", "b"), (("1", "2"),)),),
    )
    text = to_json(instrument)
    assert from_json(text, shape=SHAPE) == instrument
    # Canonical: neither blanks nor an order of its own.
    assert text == json.dumps(json.loads(text), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def test_what_was_kept_before_a_field_was_added_is_read_with_its_default():
    kept = json.loads(to_json(an_instrument(a_question("q"))))
    assert set(kept["items"][0]) == {"id", "name", "kind"}
    assert {one.name for one in fields(Question)} > set(kept["items"][0])


def test_a_shape_of_a_newer_program_is_not_guessed_at():
    with pytest.raises(AssertionError, match="newer"):
        from_json("{}", shape=SHAPE + 1)


def test_an_edition_opens_though_its_file_would_be_refused_today(officer, monkeypatch):
    edition = testing.an_edition(by=officer.viewer, now=NOW)
    EditionFile.objects.filter(edition=edition).update(content=b"what no loader reads any more")
    monkeypatch.setattr(queries, "_plans", {})
    assert "remark" in queries.plan_of(edition).names
    assert queries.content_of(edition) == b"what no loader reads any more"


def test_a_rule_that_can_no_longer_be_read_is_undecided_and_the_rest_goes_on():
    instrument = an_instrument(
        a_question("old", AnswerKind.NUMBER, constraint="abolished(.)", bounds=Bounds(least=2, most=1)),
        a_question("sum", AnswerKind.CALCULATE, calculation="${sum} + 1"),
        a_question("new", required="true()"),
    )
    assert not isinstance(prepare(instrument), Plan)
    findings = check(reopened(instrument), {"old": 3}, now=NOW)
    assert ("old", FindingReason.NOT_DECIDED) in [(one.question, one.reason) for one in findings.found]
    assert ("new", FindingReason.MISSING) in [(one.question, one.reason) for one in findings.found]


def test_a_sound_instrument_is_reopened_as_it_was_prepared():
    plan = a_plan(a_question("n", AnswerKind.NUMBER, constraint=". > 3"), valid_from=date(2026, 4, 1))
    again = reopened(plan.instrument)
    for answers in ({"n": 3}, {"n": 4}):
        assert check(again, answers, now=NOW) == check(plan, answers, now=NOW)
