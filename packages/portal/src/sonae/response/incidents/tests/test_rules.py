from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from sonae.kernel.decision import ALLOWED, Refused
from sonae.kernel.ids import new_id
from sonae.response.incidents import first_steps, rules
from sonae.response.incidents.testing import a_report
from sonae.response.incidents.vocabulary import (
    CareImpact,
    Field,
    IncidentFacts,
    IncidentRefusal,
    Leak,
    Phase,
)

NOW = datetime(2026, 11, 22, 21, tzinfo=UTC)  # Monday 06:00 in Japan
WHY = IncidentRefusal


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({}, None),
        ({"noticed_at": None}, None),
        ({"systems": frozenset(), "measures": "", "care": CareImpact.UNKNOWN}, None),
        ({"seen": "  "}, WHY.SEEN_MISSING),
        ({"phone": "none"}, WHY.PHONE_MISSING),
        ({"noticed_at": NOW + timedelta(minutes=4)}, None),
        ({"noticed_at": NOW + timedelta(minutes=6)}, WHY.NOTICED_IN_FUTURE),
        ({"noticed_at": NOW - rules.REACHES_BACK}, None),
        ({"noticed_at": NOW - rules.REACHES_BACK - timedelta(minutes=1)}, WHY.NOTICED_TOO_LONG_AGO),
        ({"noticed_at": datetime(1900, 1, 1, tzinfo=UTC)}, WHY.NOTICED_TOO_LONG_AGO),
    ],
)
def test_six_fields_are_enough_and_most_may_be_unknown(said, reason):
    decision = rules.may_report(a_report(1, now=NOW, **said), now=NOW)
    assert decision == ALLOWED if reason is None else isinstance(decision, Refused) and decision.reason is reason


def test_the_institution_knows_as_soon_as_anyone_of_its_staff_does():
    assert rules.known_at(a_report(1, now=NOW, noticed_at=NOW - timedelta(hours=9)), now=NOW) == NOW - timedelta(
        hours=9
    )
    assert rules.known_at(a_report(1, now=NOW, noticed_at=None), now=NOW) == NOW
    assert rules.known_at(a_report(1, now=NOW, noticed_at=NOW + timedelta(minutes=3)), now=NOW) == NOW


_DONE = {"leak": Leak.RULED_OUT, "open_duties": 0, "unanswered_steps": 0}


@pytest.mark.parametrize("before", Phase)
@pytest.mark.parametrize("after", Phase)
def test_only_the_steps_of_the_machine_can_be_taken(before, after):
    decision = rules.may_move(IncidentFacts(before, **_DONE), after, reason="because it is so", has_kept_case=True)
    assert decision.ok == (after in rules.next_phases(before))


@pytest.mark.parametrize("step", [step for step in rules.TRANSITIONS if step.needs_reason])
def test_a_step_back_or_aside_says_why(step):
    facts = IncidentFacts(step.before, **_DONE)
    decision = rules.may_move(facts, step.after, reason=" x ", has_kept_case=True)
    assert isinstance(decision, Refused) and decision.reason is WHY.REASON_MISSING


def test_every_phase_is_reached_and_left():
    assert {step.after for step in rules.TRANSITIONS} | {Phase.SUSPECTED} == set(Phase)
    assert {step.before for step in rules.TRANSITIONS} == set(Phase)


@pytest.mark.parametrize(
    ("facts", "after", "reason"),
    [
        (IncidentFacts(Phase.ACTIVE, Leak.UNKNOWN, unanswered_steps=1), Phase.CONTAINED, WHY.STEPS_UNANSWERED),
        (IncidentFacts(Phase.ACTIVE, Leak.UNKNOWN, open_duties=3), Phase.CONTAINED, None),
        (IncidentFacts(Phase.REVIEW, Leak.RULED_OUT, open_duties=1), Phase.CLOSED, WHY.DUTY_OPEN),
        (IncidentFacts(Phase.REVIEW, Leak.UNKNOWN), Phase.CLOSED, WHY.LEAK_UNKNOWN),
        (IncidentFacts(Phase.REVIEW, Leak.CONFIRMED), Phase.CLOSED, None),
    ],
)
def test_what_stands_in_the_way(facts, after, reason):
    decision = rules.may_move(facts, after, reason="")
    assert decision == ALLOWED if reason is None else isinstance(decision, Refused) and decision.reason is reason


def test_a_duplicate_names_the_case_that_is_kept():
    decision = rules.may_move(IncidentFacts(Phase.SUSPECTED, Leak.UNKNOWN), Phase.DUPLICATE, reason="reported twice")
    assert isinstance(decision, Refused) and decision.reason is WHY.KEPT_CASE_MISSING


def test_the_severity_comes_from_what_it_does_to_patients():
    assert set(rules.SEVERITY) == set(CareImpact)


@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        (Field.SYSTEMS, ["charts"], ["spaceship"]),
        (Field.SYSTEMS, [], "charts"),
        (Field.CARE, "stopped", "fine"),
        (Field.LEAK, "feared", ""),
        (Field.PHONE, "03-0000-0000", "later"),
        (Field.SEEN, "x", "  "),
        (Field.MEASURES, "x", 7),
    ],
)
def test_what_can_be_stated_under_each_heading(field, good, bad):
    assert rules.may_state(field, good) == ALLOWED
    assert not rules.may_state(field, bad).ok


def test_numbers_are_short_and_do_not_count():
    numbers = [rules.number_of(new_id()) for _ in range(200)]
    assert len(set(numbers)) == 200
    assert all(len(number) == 9 and not set(number) & set("ILOU") for number in numbers)
    assert rules.number_of(UUID(int=0)) == "0000-0000"


def test_the_cuts_stand_in_the_order_of_the_ministrys_template():
    steps = [step.id for step in first_steps.shipped().steps if step.is_containment]
    assert steps == ["cut-backup-line", "cut-external-lines", "close-segment-borders"]
    assert first_steps.shipped().source_url.startswith("https://www.mhlw.go.jp/")
