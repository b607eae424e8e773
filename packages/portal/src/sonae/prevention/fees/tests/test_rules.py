"""What is asked by beds and day, against an oracle that reads every clause, and at every line that they draw."""

import datetime as dt
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonae.core.assurance import catalogue as controls
from sonae.kernel.errors import BadInput
from sonae.prevention.fees import catalogue, rules
from sonae.prevention.fees.vocabulary import Applies, FeesRefusal, Situation, Turn, Weight

R4, R6, R8 = dt.date(2023, 7, 1), dt.date(2025, 7, 1), dt.date(2026, 7, 1)
TRANSITION = dt.date(2025, 5, 31)
DAYS = st.dates(dt.date(2022, 4, 1), dt.date(2030, 12, 31))
BEDS = st.sampled_from((0, 19, 20, 99, 100, 199, 200, 201, 398, 399, 400, 401, 499, 500)) | st.integers(0, 2_000)


def asked(beds, on, **conditions):
    found = rules.asked_of(Situation(beds, on), catalogue.standards().values())
    return [one for one in found if all(getattr(one, name) == value for name, value in conditions.items())]


def measures(beds, on, weight):
    return {one.control for one in asked(beds, on, weight=weight)}


@pytest.mark.parametrize(("beds", "day", "is_asked"), [
    (399, R4, False), (400, R4, True), (500, R4, True), (200, R4, False),
    (199, R6, False), (200, R6, True), (201, R6, True), (399, R6, True), (400, R6, True),
    (19, R6, False), (20, R6, False), (99, R6, False), (100, R6, False), (499, R6, True), (500, R6, True),
])  # fmt: skip
def test_a_dedicated_manager_is_asked_for_from_the_line_of_each_revision(beds, day, is_asked):
    assert ("organisation.dedicated-manager" in measures(beds, day, Weight.REQUIRED)) is is_asked


@pytest.mark.parametrize(("beds", "counts"), [(199, False), (200, True), (398, True), (399, False), (400, False)])
def test_the_way_out_of_2024_is_read_as_it_is_written_and_leaves_out_399_beds(beds, counts):
    found = asked(beds, TRANSITION, weight=Weight.DEEMED_MET)
    assert bool(found) is counts
    assert all(one.quotation == "200床以上399床未満" for one in found)
    assert not asked(beds, TRANSITION + dt.timedelta(days=1), weight=Weight.DEEMED_MET)


@pytest.mark.parametrize("beds", [19, 20, 99, 199, 200, 400, 500])
def test_backups_were_desirable_first_and_required_of_every_size_afterwards(beds):
    assert "backup.several-methods" not in measures(beds, R4, Weight.REQUIRED)
    assert ("backup.several-methods" in measures(beds, R4, Weight.DESIRABLE)) is (beds >= 400)
    assert {"backup.several-methods", "backup.offline", "bcp", "bcp.drilled"} <= measures(beds, R6, Weight.REQUIRED)


@pytest.mark.parametrize("beds", [None, 19, 200, 399, 400, 800])
def test_of_the_revision_that_nobody_has_read_everything_is_to_be_confirmed(beds):
    found = asked(beds, R8)
    assert found
    assert all(one.weight is Weight.TO_BE_CONFIRMED and one.source.unverified for one in found)


def test_the_first_and_the_last_day_of_a_revision_belong_to_it():
    for one in catalogue.standards().values():
        assert rules.in_force(one, on=one.since)
        assert not rules.in_force(one, on=one.since - dt.timedelta(days=1))
        if one.until:
            assert rules.in_force(one, on=one.until)
            assert not rules.in_force(one, on=one.until + dt.timedelta(days=1))


def test_beds_that_are_not_known_leave_open_only_what_draws_a_line():
    for one in catalogue.standards().values():
        found = rules.applies(one, Situation(None, one.since))
        assert found is (Applies.DEPENDS_ON_BEDS if one.at_least or one.below else Applies.YES)


@given(BEDS, DAYS)
def test_what_is_asked_is_what_reading_every_clause_finds(beds, on):
    plainly = []
    for one in catalogue.standards().values():
        days = on.toordinal() - one.since.toordinal()
        over = one.until is not None and on.toordinal() > one.until.toordinal()
        if days >= 0 and not over and beds in range(one.at_least, one.below or 100_000):
            plainly.append(one.id)
    assert [one.id for one in asked(beds, on)] == plainly


@given(BEDS, DAYS, BEDS, DAYS)
def test_changes_lead_from_what_was_asked_to_what_is_asked(beds, on, then_beds, then_on):
    standards = list(catalogue.standards().values())
    before, after = Situation(beds, on), Situation(then_beds, then_on)
    found = rules.changes(before, after, standards)
    was = {one.key for one in rules.asked_of(before, standards)}
    becomes = {one.key for one in rules.asked_of(after, standards)}
    assert {one.standard.key for one in found if one.turn is not Turn.BEGINS} == was
    assert {one.standard.key for one in found if one.turn is not Turn.ENDS} == becomes
    assert len(found) == len(was | becomes)
    backwards = rules.changes(after, before, standards)
    swap = {Turn.BEGINS: Turn.ENDS, Turn.ENDS: Turn.BEGINS}
    assert {(one.standard.key, swap.get(one.turn, one.turn)) for one in found} == {
        (one.standard.key, one.turn) for one in backwards
    }


def test_a_hospital_that_grows_from_199_to_200_beds_meets_two_new_demands():
    found = rules.changes(Situation(199, R6), Situation(200, R6), list(catalogue.standards().values()))
    new = {one.standard.control for one in found if one.turn is Turn.BEGINS}
    assert new == {"organisation.dedicated-manager", "training.yearly"}
    assert not any(one.turn is Turn.ENDS for one in found)


def test_a_hospital_of_399_beds_met_new_rules_in_2024_that_one_of_400_knew():
    small = rules.changes(Situation(399, R4), Situation(399, R6), list(catalogue.standards().values()))
    large = rules.changes(Situation(400, R4), Situation(400, R6), list(catalogue.standards().values()))
    turns = {size: {one.standard.control: one.turn for one in found} for size, found in ((399, small), (400, large))}
    assert turns[399]["organisation.dedicated-manager"] is Turn.BEGINS
    assert turns[400]["organisation.dedicated-manager"] is Turn.STAYS
    assert turns[400]["backup.several-methods"] is Turn.WEIGHS_OTHERWISE


def test_a_day_before_the_first_standard_is_refused_instead_of_answered_with_nothing():
    refused = rules.may_ask_for(dt.date(2022, 3, 31), catalogue.standards().values())
    assert refused.reason is FeesRefusal.BEFORE_THE_FIRST_STANDARD
    assert rules.may_ask_for(dt.date(2022, 4, 1), catalogue.standards().values()).ok


def test_every_standard_names_a_control_and_a_source():
    for one in catalogue.standards().values():
        assert one.control in controls.controls()
        assert one.source.title.ja and one.source.title.en


FILE = """\
edition: 2026-11-30
standards:
  - id: one
    fee: {ja: 加算, en: Fee}
    tiers: {ja: 加算1, en: Tier 1}
    demand: {ja: 要件, en: Demand}
    control: bcp
    weight: required
    beds: {at_least: 200, below: 400}
    since: 2024-06-01
    until: 2026-05-31
    source: {ja: 出典, en: Source, as_of: 2026-11-22, unverified: false}
"""


@pytest.mark.parametrize(("changed", "field", "line"), [
    ("control: bcp|control: bread", "standards[1].control", 7),
    ("until: 2026-05-31|until: 2024-05-31", "standards[1].until", 11),
    ("below: 400|below: 200", "standards[1].beds", 9),
    ("below: 400|below: some", "standards[1].beds.below", 9),
    ("weight: required|weight: nice", "standards[1].weight", 8),
    ("since: 2024-06-01|since: soon", "standards[1].since", 10),
    ("at_least: 200|at_least: 200, about: 5", "standards[1].beds.about", 9),
])  # fmt: skip
def test_a_mistake_in_a_file_is_named_with_line_and_field(tmp_path, changed, field, line):
    path = tmp_path / "standards.yaml"
    path.write_text(FILE.replace(*changed.split("|")))
    with pytest.raises(BadInput) as error:
        catalogue.read([path])
    assert (error.value.problems[0].field, error.value.problems[0].line) == (field, line)


def test_the_file_of_that_test_is_well_formed(tmp_path):
    path = tmp_path / "standards.yaml"
    path.write_text(FILE)
    (found,) = catalogue.read([path]).values()
    assert found == replace(found, at_least=200, below=400, weight=Weight.REQUIRED)


def test_no_quotation_is_ours(tmp_path):
    quoted = [one.quotation for one in catalogue.standards().values() if one.quotation]
    assert quoted and all(re.fullmatch(r"\d+床以上\d+床未満", one) for one in quoted)
