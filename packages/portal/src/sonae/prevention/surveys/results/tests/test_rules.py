from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sonae.core.instruments import checks
from sonae.core.instruments.definition import Choice, ChoiceList, Instrument, Question, Section, Words
from sonae.core.instruments.plan import prepare
from sonae.core.instruments.tests.forms import a_plan, a_table
from sonae.core.instruments.vocabulary import AnswerKind, Respondent
from sonae.kernel.decision import Refused
from sonae.prevention.surveys.results import rules
from sonae.prevention.surveys.results.columns import columns_of
from sonae.prevention.surveys.results.tests.oracle import counted_plainly
from sonae.prevention.surveys.results.vocabulary import (
    EVERYBODY,
    Column,
    Cube,
    Given,
    PublishDoubt,
    ResultRefusal,
    ResultStage,
    ResultState,
    Shape,
    Stratum,
)
from sonae.prevention.surveys.vocabulary import CampaignState, Dimension

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
UNKNOWN = {"unknown_as_of": "2026-11-20T09:00:00+09:00"}
STRATA = [
    Stratum(band, prefecture, kind)
    for band, kind in (("20-99", "hospital"), ("500+", "hospital"), ("0-19", "clinic"))
    for prefecture in ("01", "13")
]
KINDS = [AnswerKind.YES_NO, AnswerKind.SINGLE, AnswerKind.MULTIPLE, AnswerKind.NUMBER, AnswerKind.TEXT]


@st.composite
def forms(draw):
    """A form of up to six questions, in which each may hang on an earlier one, alone or in a section that does."""
    items, gates = [], []
    for number in range(draw(st.integers(1, 6))):
        kind = draw(st.sampled_from(KINDS))
        relevant = ""
        if gates and draw(st.booleans()):
            relevant = f"${{{draw(st.sampled_from(gates))}}} = '{draw(st.sampled_from(['yes', 'no']))}'"
        question = Question(
            id=f"q{number}", name=f"q{number}", kind=kind, may_be_unknown=draw(st.booleans()),
            may_be_out_of_scope=kind is AnswerKind.YES_NO and draw(st.booleans()),
            choices="some" if kind in (AnswerKind.SINGLE, AnswerKind.MULTIPLE) else "",
            relevant=relevant,
        )  # fmt: skip
        if kind is AnswerKind.YES_NO:
            gates.append(question.id)
        if draw(st.booleans()):
            gate = f"${{{draw(st.sampled_from(gates))}}} = 'yes'" if gates and gates != [question.id] else ""
            # A section behind a gate that stands inside of it would be a ring.
            gate = "" if f"{{{question.id}}}" in gate else gate
            items.append(Section(id=f"s{number}", name=f"s{number}", items=(question,), relevant=gate))
        else:
            items.append(question)
    some = ChoiceList("some", tuple(Choice(value=value) for value in ("yes", "no", "none")))
    return Instrument(
        id="made", edition="1", title=Words.of({"ja": "調査"}), items=tuple(items), choice_lists=(some,),
        respondent=Respondent.FACILITY,
    )  # fmt: skip


ANSWERS = st.sampled_from(
    [None, "", "yes", "no", "none", "out_of_scope", ["yes", "none"], [], 7, UNKNOWN, {"answer": "no"}, {"answer": ""}]
)


@settings(max_examples=60, deadline=None)
@given(forms(), st.data())
def test_every_figure_is_what_reading_everything_again_for_it_gives(form, data):
    plan = prepare(form)
    columns = columns_of(plan)
    ids = [column.question for column in columns]
    answered = st.tuples(st.sampled_from(STRATA), st.fixed_dictionaries({}, optional=dict.fromkeys(ids, ANSWERS)))
    responses = data.draw(st.lists(answered, max_size=12))

    def givens():
        for stratum, answers in responses:
            hidden = checks.check(plan, answers, now=NOW).not_asked
            yield Given(stratum, answers, frozenset(question for question, rows in hidden if not rows))

    strata, cubes = rules.count(columns, givens())
    classes = {each for stratum, _ in responses for each in rules.classes_of(stratum)} | {EVERYBODY}
    margins = [rules.margins_of(cube, strata).rows for cube in cubes]
    assert all(set(rows) == classes for rows in margins)
    for each in classes:
        plain = counted_plainly(
            plan, columns, responses, now=NOW, wanted=lambda stratum, each=each: each in rules.classes_of(stratum)
        )
        assert [rows[each] for rows in margins] == plain


def test_the_denominator_is_those_who_were_asked_on_the_way_through_the_form():
    form = Instrument(
        id="skip", edition="1", title=Words.of({"ja": "調査"}), respondent=Respondent.FACILITY,
        items=(
            Question(id="bcp", name="bcp", kind=AnswerKind.YES_NO),
            Question(id="drill", name="drill", kind=AnswerKind.YES_NO, relevant="${bcp} = 'yes'", may_be_unknown=True),
        ),
    )  # fmt: skip
    plan = prepare(form)
    handed_in = [
        {"bcp": "yes", "drill": "yes"},
        {"bcp": "yes", "drill": "no"},
        {"bcp": "yes", "drill": UNKNOWN},
        {"bcp": "yes"},
        {"bcp": "no", "drill": "yes"},
        {},
    ]
    givens = [
        Given(STRATA[0], one, frozenset(name for name, _ in checks.check(plan, one, now=NOW).not_asked))
        for one in handed_in
    ]
    strata, (bcp, drill) = rules.count(columns_of(plan), givens)
    assert rules.margins_of(bcp, strata).rows[EVERYBODY] == (6, 1, 0, 0, 5, 4, 1)
    assert rules.margins_of(drill, strata).rows[EVERYBODY] == (4, 1, 1, 0, 2, 1, 1)
    assert rules.share(1, 4) == 0.25
    assert rules.share(1, 0) is None
    assert rules.share(None, 4) is None


def test_a_table_is_counted_as_filled_in_or_not():
    plan = a_plan(a_table())
    (column,) = columns_of(plan)
    assert column.shape is Shape.NONE
    strata, (cube,) = rules.count([column], [Given(STRATA[0], {"devices": [{"maker": "甲"}]}, frozenset())])
    assert rules.margins_of(cube, strata).rows[EVERYBODY] == (1, 0, 0, 0, 1)


def test_the_figures_of_a_prefecture_are_those_of_its_institutions():
    columns = columns_of(prepare(Instrument(
        id="one", edition="1", title=Words.of({"ja": "調査"}), respondent=Respondent.FACILITY,
        items=(Question(id="bcp", name="bcp", kind=AnswerKind.YES_NO),),
    )))  # fmt: skip
    givens = [Given(stratum, {"bcp": "yes"}, frozenset()) for stratum in STRATA for _ in range(3)]
    strata, (cube,) = rules.count(columns, givens)
    inside = rules.added_up(cube, rules.places_inside(strata, {Dimension.PREFECTURE: "13"}))
    assert inside.rows[EVERYBODY][0] == 9
    assert {each[1] for each in inside.rows if each[0] == "prefecture"} == {"13"}
    assert inside.rows["kind", "hospital"][0] == 6


@pytest.mark.parametrize("seed", range(20))
def test_figures_inside_classes_are_those_of_the_strata_counted_alone(seed):
    """Against the slow way: a cube of nothing but these strata, added up stratum by stratum."""
    chance = Random(seed)
    strata = sorted({Stratum(*(chance.choice(some) for some in ("ab", "12", "xyz"))) for _ in range(9)})
    column = Column("bcp", Shape.ONE, ("yes", "no"))
    cube = Cube(column, tuple(tuple(chance.randrange(5) for _ in range(column.width)) for _ in strata))
    for inside in ({}, {Dimension.PREFECTURE: "1"}, {Dimension.BAND: "a", Dimension.KIND: "z"}, {Dimension.BAND: "c"}):
        held = [at for at, one in enumerate(strata) if all(one.along(each) == value for each, value in inside.items())]
        alone = rules.margins_of(Cube(column, tuple(cube.counts[at] for at in held)), [strata[at] for at in held])
        assert rules.added_up(cube, rules.places_inside(strata, inside)) == alone, inside


def test_only_those_from_whom_nothing_is_kept_back_look_inside_a_class():
    assert rules.may_look_inside(sees_all=True).ok
    refused = rules.may_look_inside(sees_all=False)
    assert isinstance(refused, Refused)
    assert refused.reason is ResultRefusal.INSIDE_NOT_CLEARED


OLD = NOW - timedelta(hours=1)


@pytest.mark.parametrize(
    ("stage", "campaign", "as_of", "is_counting", "answered", "why"),
    [
        (ResultStage.PRELIMINARY, CampaignState.OPEN, OLD, False, 1, None),
        (ResultStage.FINAL, CampaignState.CLOSED, OLD, False, 1, None),
        (ResultStage.FINAL, CampaignState.OPEN, OLD, False, 1, ResultRefusal.FINAL_BEFORE_CLOSE),
        (ResultStage.PRELIMINARY, CampaignState.OPEN, NOW, False, 1, ResultRefusal.AS_OF_TOO_NEW),
        (ResultStage.PRELIMINARY, CampaignState.OPEN, OLD, True, 1, ResultRefusal.COUNTING_ALREADY),
        (ResultStage.PRELIMINARY, CampaignState.OPEN, OLD, False, 0, ResultRefusal.NOTHING_TO_COUNT),
    ],
)
def test_when_an_edition_may_be_counted(stage, campaign, as_of, is_counting, answered, why):
    found = rules.may_count(stage, campaign, as_of=as_of, is_counting=is_counting, answered=answered, now=NOW)
    assert (found.reason if isinstance(found, Refused) else None) == why


@pytest.mark.parametrize(
    ("state", "number", "submitted", "newest", "has_unseen", "why"),
    [
        (ResultState.COUNTED, 2, 1, 1, False, None),
        (ResultState.COUNTED, 2, 0, 1, False, ResultRefusal.NOBODY_HANDED_IN),
        (ResultState.COUNTED, 1, 1, 2, False, ResultRefusal.NEWER_IS_PUBLISHED),
        (ResultState.COUNTED, 2, 1, 1, True, ResultRefusal.NEWER_IS_PUBLISHED),
        (ResultState.COUNTING, 1, 0, 0, False, ResultRefusal.NOT_COUNTED),
        (ResultState.PUBLISHED, 1, 1, 0, False, ResultRefusal.NOT_COUNTED),
        (ResultState.CANCELLED, 1, 0, 0, False, ResultRefusal.NOT_COUNTED),
    ],
)
def test_when_an_edition_may_be_shown_to_everybody(state, number, submitted, newest, has_unseen, why):
    found = rules.may_publish(state, number=number, submitted=submitted, newest_published=newest, has_unseen=has_unseen)
    assert (found.reason if isinstance(found, Refused) else None) == why
    assert rules.may_cancel(state).ok is (state is ResultState.COUNTING)


@pytest.mark.parametrize(
    ("asked", "submitted", "counted", "in_the_making", "campaign", "doubts"),
    [
        (2, 1, False, False, CampaignState.CLOSED, ()),
        (7_640, 3_819, False, False, CampaignState.CLOSED, (PublishDoubt.FEW_ANSWERED,)),
        (2, 2, True, False, CampaignState.CLOSED, (PublishDoubt.NEWER_IS_COUNTED,)),
        (2, 2, False, True, CampaignState.OPEN, (PublishDoubt.NEWER_IS_BEING_COUNTED, PublishDoubt.SURVEY_IS_OPEN)),
    ],
)
def test_what_speaks_against_publishing_an_edition(asked, submitted, counted, in_the_making, campaign, doubts):
    found = rules.doubts_of_publishing(
        asked=asked, submitted=submitted, newer_counted=counted, newer_in_the_making=in_the_making, campaign=campaign
    )
    assert found == doubts
