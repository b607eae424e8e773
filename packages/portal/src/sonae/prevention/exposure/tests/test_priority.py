"""How urgent an exposure is: the tree as CERT/CC published it, and what each thing that is known changes."""

from dataclasses import replace
from datetime import date
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonae.prevention.exposure import priority
from sonae.prevention.exposure.vocabulary import (
    Automatable,
    Exploitation,
    Ground,
    HumanImpact,
    Known,
    Priority,
    Reach,
    SystemExposure,
)

PUBLISHED = Path(__file__).parent / "data" / "deployer_tree.txt"
WORM = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
VPN = Known(
    kev_since=date(2026, 6, 1), epss=0.9, vector=WORM, score=9.8, reach=Reach.INTERNET, impact=HumanImpact.VERY_HIGH
)
NOTHING = Known(kev_since=None, epss=None, vector="", score=None, reach=Reach.UNKNOWN, impact=None)

knowns = st.builds(
    Known,
    kev_since=st.none() | st.dates(),
    epss=st.none() | st.floats(0, 1),
    vector=st.sampled_from(["", WORM, WORM.replace("PR:N", "PR:H"), "CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:N", "nonsense:"]),
    score=st.none() | st.floats(0, 10),
    reach=st.sampled_from(Reach),
    impact=st.none() | st.sampled_from(HumanImpact),
)


def grounds(known):
    return [one.ground for one in priority.judge(known).because]


def test_every_outcome_is_that_of_the_published_tree():
    lines = [line.split() for line in PUBLISHED.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    heading, rows = lines[0], lines[1:]
    told = {(row[0], row[1], row[2], impact): row[at] for row in rows for at, impact in enumerate(heading[3:], start=3)}
    assert len(told) == 72
    for found in product(Exploitation, SystemExposure, Automatable, HumanImpact):
        assert priority.outcome(*found) == told[found]


def test_an_attacked_gateway_open_to_the_internet_cannot_wait():
    judged = priority.judge(VPN)
    assert judged.priority is Priority.IMMEDIATE
    assert grounds(VPN) == [
        Ground.EXPLOITED, Ground.REACHED_FROM_INTERNET, Ground.AUTOMATABLE, Ground.CLINIC_DEPENDS, Ground.SEVERITY
    ]  # fmt: skip


def test_what_is_not_known_is_said_and_is_never_taken_for_harmless():
    assert grounds(NOTHING) == [
        Ground.NOT_KNOWN_EXPLOITED, Ground.REACH_UNKNOWN, Ground.AUTOMATABLE_UNKNOWN,
        Ground.CLINIC_DEPENDENCE_UNKNOWN, Ground.SEVERITY_UNKNOWN,
    ]  # fmt: skip
    assert priority.judge(NOTHING).priority is Priority.SCHEDULED


@pytest.mark.parametrize(
    ("vector", "ground"),
    [
        (WORM, Ground.AUTOMATABLE),
        ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H", Ground.AUTOMATABLE),
        ("CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:N/VC:H", Ground.NOT_AUTOMATABLE),
        (WORM.replace("AV:N", "AV:L"), Ground.NOT_AUTOMATABLE),
        (WORM.replace("UI:N", "UI:R"), Ground.NOT_AUTOMATABLE),
        ("AV:N/AC:L/Au:N/C:P/I:P/A:P", Ground.AUTOMATABLE_UNKNOWN),
        ("", Ground.AUTOMATABLE_UNKNOWN),
    ],
)
def test_whether_it_can_be_done_to_all_at_once_is_read_off_the_vector(vector, ground):
    assert ground in grounds(replace(VPN, vector=vector))


def test_a_likely_exploit_counts_as_one_that_is_public():
    assert priority.judge(replace(NOTHING, epss=priority.LIKELY_FROM)).exploitation is Exploitation.PUBLIC_POC
    assert priority.judge(replace(NOTHING, epss=0.0999)).exploitation is Exploitation.NONE


@given(knowns)
def test_to_know_of_attacks_or_of_a_way_in_never_makes_it_less_urgent(known):
    rank = list(Priority).index
    now = rank(priority.judge(known).priority)
    attacked = replace(known, kev_since=date(2026, 1, 1))
    assert rank(priority.judge(attacked).priority) >= now
    assert rank(priority.judge(replace(known, reach=Reach.INTERNET)).priority) >= now
    assert rank(priority.judge(replace(known, impact=HumanImpact.VERY_HIGH)).priority) >= now
    assert priority.order(priority.judge(attacked), attacked) <= priority.order(priority.judge(known), known)


@given(st.lists(knowns, min_size=1, max_size=5))
def test_an_advisory_is_as_urgent_as_the_most_urgent_of_what_it_tells(told):
    judged = [priority.judge(one) for one in told]
    most = priority.most_urgent(judged)
    assert most in judged
    assert all(list(Priority).index(most.priority) >= list(Priority).index(one.priority) for one in judged)


def test_each_outcome_but_deferring_has_days_and_the_more_urgent_has_fewer():
    days = [priority.SETTLED_WITHIN[one] for one in Priority if one is not Priority.DEFER]
    assert days == sorted(days, reverse=True)
    assert len(set(days)) == 3
