from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sonae.core.instruments.plan import prepare
from sonae.core.instruments.yaml_loader import load
from sonae.prevention.surveys.results import rules
from sonae.prevention.surveys.results.columns import columns_of, gates_of
from sonae.prevention.surveys.results.disclosure import shown_to_all
from sonae.prevention.surveys.results.rules import classes_of
from sonae.prevention.surveys.results.tests.oracle import possible_behind_a_gate
from sonae.prevention.surveys.results.vocabulary import ASKED, EVERYBODY, Column, Given, Shape, Stratum

FORMS = Path(__file__).parents[2] / "instruments"
TOTTORI = ("prefecture", "31")


def plan_of(form):
    return prepare(load((FORMS / form).read_bytes()))


@pytest.mark.parametrize("form", ["survey_hospital_r5.yaml", "survey_hospital_r6.yaml", "survey_hospital_r7.yaml"])
def test_a_shipped_form_names_its_gates(form):
    plan = plan_of(form)
    gates = gates_of(plan)
    assert set(gates) == {column.question for column in columns_of(plan)}
    for step in plan.asked:
        if step.relevant is not None and step.element.id in gates:
            assert step.relevant.looks_at & set(gates) <= gates[step.element.id], step.element.id
    assert any(gates.values())


def test_a_gate_of_the_section_and_one_before_the_gate_count_too():
    gates = gates_of(plan_of("survey_hospital_r7.yaml"))
    assert gates["backup_count"] == {"ehr_in_use"}
    assert gates["backup_offline"] == {"ehr_in_use", "backup_count"}
    assert gates["backup_frequency"] == {"ehr_in_use", "backup_count", "backup_offline"}
    assert gates["ciso"] == frozenset()


def hospital(prefecture, count, offline):
    """A hospital that has so many backups; without an electronic health record where None."""
    answers = {"ehr_in_use": "no" if count is None else "yes"}
    unasked = set()
    behind = {"backup_method", "backup_offline", "backup_generations", "backup_leak_protection", "backup_frequency"}
    if count is None:
        unasked = {"backup_count", *behind}
    elif count == "none":
        answers |= {"backup_count": count}
        unasked = behind
    else:
        answers |= {"backup_count": count, "backup_offline": offline, "backup_method": "combined"}
        answers |= {"backup_generations": offline, "backup_leak_protection": offline}
        unasked = {"backup_frequency"} if offline == "no" else set()
    return Given(Stratum("20-99", prefecture, "hospital"), answers, frozenset(unasked))


def shown_of(columns, givens, gates):
    strata, cubes = rules.count(columns, givens)
    submitted = [sum(one.stratum == stratum for one in givens) for stratum in strata]
    found = shown_to_all(cubes, strata, submitted=submitted, threshold=3, gates=gates)
    return {margins.column.question: margins.rows for margins in found}


def test_nobody_without_a_backup_is_read_from_how_many_were_asked_what_follows():
    plan = plan_of("survey_hospital_r7.yaml")
    # 20 handed in: 4 have no electronic health record, 1 no backup, 15 some.
    givens = [hospital("31", None, "") for _ in range(4)] + [hospital("31", "none", "")]
    givens += [hospital("31", "one" if n < 8 else "two_or_more", "yes" if n % 2 else "no") for n in range(15)]
    for place in ("13", "27", "32"):
        givens += [hospital(place, None, "") for _ in range(6)] + [hospital(place, "none", "") for _ in range(5)]
        givens += [hospital(place, "one" if n < 20 else "two_or_more", "yes" if n % 2 else "no") for n in range(40)]
    found = shown_of(columns_of(plan), givens, gates_of(plan))
    count = found["backup_count"]
    none = 5 + columns_by_id(plan)["backup_count"].options.index("none")
    assert count[TOTTORI][ASKED] == 16
    assert count[TOTTORI][none] is None
    for behind in ("backup_method", "backup_offline", "backup_generations", "backup_leak_protection"):
        for each, row in found[behind].items():
            assert (row[ASKED] is None) == (count[each][none] is None), (behind, each)
        # Nor is it what those say who were asked, added up.
        assert any(figure is None for figure in found[behind][TOTTORI][1:5])
    assert found["backup_offline"][EVERYBODY][ASKED] == 135, "the total stays"
    others = [found["backup_offline"]["prefecture", place][ASKED] for place in ("13", "27", "32")]
    assert others.count(40) == 1, "two others hide it, also from an officer of either, and the third stays"


def columns_by_id(plan):
    return {column.question: column for column in columns_of(plan)}


OUTER = Column("outer", Shape.ONE, ("yes", "no"))
GATE = Column("gate", Shape.ONE, ("none", "a", "c"))
BEHIND = Column("behind", Shape.ONE, ("yes", "no"))
TIED = {"gate": frozenset({"outer"}), "behind": frozenset({"outer", "gate"})}
PLACES = {"none": ("gate", 5), "a": ("gate", 6), "c": ("gate", 7), "asked": ("behind", 0)}
PLACES |= {"yes": ("behind", 5), "no": ("behind", 6)}
STRATA = tuple(Stratum("20-99", place, "hospital") for place in ("13", "31", "32"))


def answered(at, choice, behind):
    answers = {"outer": "yes", "gate": choice, **({"behind": behind} if choice != "none" else {})}
    return Given(STRATA[at], answers, frozenset({"behind"} if choice == "none" else ()))


def outside():
    """Three in each stratum that are asked neither; the adversary knows which."""
    unasked = frozenset({"gate", "behind"})
    return [Given(stratum, {"outer": "no"}, unasked) for stratum in STRATA for _ in range(3)]


@st.composite
def handed_in(draw):
    one = st.tuples(st.sampled_from(["none", "a", "c"]), st.sampled_from(["yes", "no"]))
    return [answered(at, *draw(one)) for at in range(len(STRATA)) for _ in range(draw(st.integers(3, 4)))]


def read_by_the_adversary(givens, gates):
    """The figures as they are, as they are shown, and what each of them can be after all that is shown."""
    columns = (OUTER, GATE, BEHIND)
    strata, cubes = rules.count(columns, givens)
    sizes = [sum(one.stratum == stratum for one in givens) for stratum in strata]
    rows = shown_of(columns, [*givens, *outside()], gates)
    true = {cube.column.question: rules.margins_of(cube, strata).rows for cube in cubes}
    shown, real = {}, {}
    for name, (question, place) in PLACES.items():
        for each, row in rows[question].items():
            shown[name, each], real[name, each] = row[place], true[question][each][place]
    own = [("prefecture", one.prefecture) for one in strata]
    together = [each for each in classes_of(strata[0]) if each not in own]
    published = {cell: figure for cell, figure in shown.items() if figure is not None}
    return real, shown, possible_behind_a_gate(own, together, sizes, published)


@settings(max_examples=25, deadline=None)
@given(handed_in())
def test_whoever_tries_all_answers_to_both_questions_cannot_tell_what_is_kept_back(givens):
    real, shown, possible = read_by_the_adversary(givens, TIED)
    for cell, number in real.items():
        assert number in possible[cell]
        if shown[cell] is None and 0 < number < 3:
            assert len(possible[cell]) > 1, (cell, number)


def test_the_adversary_reads_the_gate_from_what_is_behind_it_where_they_are_not_tied():
    givens = [answered(1, "none", "")] + [answered(1, "a", "yes") for _ in range(5)]
    for at in (0, 2):
        givens += [answered(at, "none", "") for _ in range(3)] + [answered(at, "a", "yes") for _ in range(4)]
    _, shown, possible = read_by_the_adversary(givens, {})
    assert shown["none", TOTTORI] is None
    assert possible["none", TOTTORI] == {1}
    _, shown, possible = read_by_the_adversary(givens, TIED)
    assert len(possible["none", TOTTORI]) > 1
